#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""weir bench."""
import json

from command import equal, expect, main, test, true, weir

SMALL = ("--records", "2000", "--repeat", "3")


@test("--list names the benchmarks")
def _():
    result = weir("bench", "--list")
    expect(result, 0)
    true(result.out.startswith("j2 "), result)


@test("a benchmark prints records, megabytes and latency")
def _():
    result = weir("bench", "j2", *SMALL)
    expect(result, 0)
    true(all(word in result.out for word in ("records/s", "MB/s", "p99", "2000 records", "3 runs")), result)


@test("--json has the median between the slowest and the fastest")
def _():
    result = weir("bench", "--json", *SMALL)
    expect(result, 0)
    rows = json.loads(result.out)
    equal(len(rows), 1)
    row = rows[0]
    equal((row["name"], row["records"], row["repeat"]), ("j2", 2000, 3))
    for key in ("records_per_second", "mb_per_second"):
        true(0 < row[key]["min"] <= row[key]["median"] <= row[key]["max"], row)
    true(row["latency_us"]["p50"] <= row["latency_us"]["p99"] <= row["latency_us"]["p999"], row)


@test("bad usage is exit 2")
def _():
    expect(weir("bench", "nothing"), 2, "nothing")
    expect(weir("bench", "--records", "0"), 2, "--records")
    expect(weir("bench", "--repeat", "0"), 2, "--repeat")


main()
