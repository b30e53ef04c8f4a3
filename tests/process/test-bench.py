#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""weir bench."""
import json
import os

import subprocess
import sys

from command import ROOT, WEIR, equal, expect, folder, main, test, true, weir

SMALL = ("--records", "2000", "--repeat", "3")
JOBS = ("j1", "j2", "j3", "j4", "j5", "j6")


def rows_of(*arguments):
    result = weir("bench", "--json", *arguments)
    expect(result, 0)
    return json.loads(result.out)


@test("--list names the benchmarks, one a line")
def _():
    result = weir("bench", "--list")
    expect(result, 0)
    names = [line.split()[0] for line in result.out.splitlines()]
    equal(names, [*JOBS, "spawn", "workers", "memory"])


@test("a job prints records, megabytes and latency of both modes")
def _():
    result = weir("bench", "j2", *SMALL)
    expect(result, 0)
    words = ("records/s", "MB/s", "p99", "2000 records", "3 runs", "in-process", "end-to-end")
    true(all(word in result.out for word in words), result)


@test("each job runs in both modes, with the median between the slowest and the fastest")
def _():
    report = rows_of(*JOBS, "--records", "2000", "--repeat", "1")
    equal([(row["name"], row["mode"]) for row in report["benchmarks"]],
          [(name, mode) for name in JOBS for mode in ("in-process", "end-to-end")])
    for row in report["benchmarks"]:
        equal((row["records"], row["repeat"], row["threads"]), (2000, 1, 1))
        true(row["bytes"] > 2000 * (100 if row["name"] == "j6" else 300), row)
        for key in ("seconds", "records_per_second", "megabytes_per_second"):
            true(0 < row[key]["min"] <= row[key]["median"] <= row[key]["max"], row)
        true(row["latency_us"]["p50"] <= row["latency_us"]["p99"] <= row["latency_us"]["p999"], row)


@test("spawn and memory compare ways to do the same")
def _():
    report = rows_of("spawn", "memory", *SMALL)
    equal([row["mode"] for row in report["benchmarks"]], ["posix_spawn", "guard", "guard-4GiB", "g_spawn_sync", "GSubprocess", "pool", "malloc"])
    true(all(row["nanoseconds_each"]["median"] > 0 for row in report["benchmarks"]), report)


@test("workers has a row for each way to reach one, and needs the example workers")
def _():
    report = rows_of("workers", *SMALL)
    equal([row["mode"] for row in report["benchmarks"]], ["lines", "lines-one", "frames-c", "frames-python", "memory-one"])
    equal([row["records"] for row in report["benchmarks"]], [2000, 100, 2000, 2000, 100])
    true(all(row["nanoseconds_each"]["median"] > 0 for row in report["benchmarks"]), report)
    expect(weir("bench", "workers", "--workers", "/no/such/folder"), 1, "bench workers", "/no/such/folder", "--workers")


@test("--json tells the machine and the version")
def _():
    report = rows_of("memory", *SMALL)
    true(report["machine"]["cpu"] and report["machine"]["cpus"] >= 1, report)
    true(report["version"] in weir("--version").out, report)


@test("without names all are run")
def _():
    result = weir("bench", "--records", "1000", "--repeat", "1")
    expect(result, 0)
    true(all(f"{name}: " in result.out for name in (*JOBS, "spawn", "workers", "memory")), result)
    equal(result.err, "")


@test("--threads 0 and 2 run the jobs too")
def _():
    for threads in (0, 2):
        rows = rows_of("j4", "--records", "3000", "--repeat", "1", "--threads", str(threads))["benchmarks"]
        equal([(row["records"], row["threads"]) for row in rows], [(3000, threads)] * 2)


@test("the data leaves nothing behind")
def _():
    with folder() as path:
        expect(weir("bench", "j1", *SMALL, TMPDIR=path), 0)
        equal(os.listdir(path), [])


@test("data that cannot be made is an error")
def _():
    expect(weir("bench", "j1", *SMALL, TMPDIR="/no/such/folder"), 1, "bench j1", "/no/such/folder")


@test("tests/bench/compare measures weir beside a tool that is there")
def _():
    command = [sys.executable, os.path.join(ROOT, "tests/bench/compare"), "--weir", WEIR, "--tools", "python3", "--jobs", "j2", "j5", "j6",
               "--records", "2000", "--runs", "1", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60)
    equal(done.returncode, 0, done.stderr.decode())
    report = json.loads(done.stdout)
    equal(report["left_out"], [])
    equal([(row["job"], row["tool"]) for row in report["results"] if "ratio" in row], [("j2", "python3"), ("j5", "python3"), ("j6", "python3")])


@test("bad usage is exit 2")
def _():
    expect(weir("bench", "nothing"), 2, "nothing")
    expect(weir("bench", "j2", "j7"), 2, "j7")
    expect(weir("bench", "--records", "0"), 2, "--records")
    expect(weir("bench", "--repeat", "0"), 2, "--repeat")
    expect(weir("bench", "--threads", "-1"), 2, "--threads")


main()
