#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Outputs that cannot be written: a closed pipe, a full disk."""
import subprocess

from command import STDIN, WEIR, equal, expect, folder, main, ndjson, pipeline, read, report_of, test, true, weir, write

TEXT = ndjson([{"a": i} for i in range(100)])


@test("a reader that goes away ends the run with exit 0 and a balanced ledger")
def _():
    with folder() as path:
        line = "source.generate count=200000 record={} ! sink.stdout"
        done = subprocess.run(f"set -o pipefail; '{WEIR}' run --report {path}/r -e '{line}' | head -1", shell=True,
                              executable="/bin/bash", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        equal((done.returncode, done.stdout.count(b"\n")), (0, 1), done.stderr)
        report = report_of(path + "/r")
        true(report["records"]["out"] < report["records"]["in"], report)
        true(report["records"]["failed"] > 0, report)


@test("an endless stream into head ends by itself")
def _():
    done = subprocess.run(f"'{WEIR}' run -q -e 'source.generate ! sink.stdout' | head -3", shell=True, stdout=subprocess.PIPE,
                          timeout=60)
    equal(done.stdout.count(b"\n"), 3)


@test("a full disk is one clear error, exit 1, and every record is accounted for")
def _():
    with folder() as path:
        result = weir("run", "--report", path + "/r", "-e", "source.stdin ! sink.file path=/dev/full", input=TEXT)
        expect(result, 1, "weir: ", "/dev/full", "space")
        equal(sum(line.startswith("weir: ") for line in result.err.splitlines()), 1, result)
        records = report_of(path + "/r")["records"]
        equal((records["out"], records["failed"]), (0, records["in"]))


@test("stdout on a full disk is the same")
def _():
    with folder() as path, open("/dev/full", "wb") as full:
        done = subprocess.run([WEIR, "run", "--report", path + "/r", "-e", "source.stdin ! sink.stdout"], input=TEXT.encode(),
                              stdout=full, stderr=subprocess.PIPE, timeout=60)
        equal(done.returncode, 1, done.stderr)
        equal(report_of(path + "/r")["records"]["out"], 0)


@test("a file that may grow no further keeps whole lines, and every record is accounted for")
def _():
    with folder() as path:
        line = f"source.generate count=5000 ! sink.file path={path}/out"
        done = subprocess.run(f"ulimit -f 100; exec '{WEIR}' run --report {path}/r -e '{line}'", shell=True, executable="/bin/bash",
                              stderr=subprocess.PIPE, timeout=60)
        equal(done.returncode, 1, done.stderr)
        true(b"File too large" in done.stderr, done.stderr)
        records = report_of(path + "/r")["records"]
        text = read(path + "/out")
        equal((records["out"], text[-1]), (text.count("\n"), "\n"))


@test("dead letters that cannot be written are an error")
def _():
    with folder() as path:
        file = write(path + "/p.json", pipeline(STDIN, {"type": "filter.match", "where": ".a > 0"}, {"type": "sink.null"},
                                                **{"dead-letter": {"type": "sink.file", "path": "/dev/full"}}))
        expect(weir("run", file, "--report", path + "/r", input="{broken\n" + TEXT), 1)
        report = report_of(path + "/r")
        equal((report["dead_letters"], report["records"]["failed"]), ({"written": 0, "lost": 1}, 1))


@test("a closed stderr does not stop the run")
def _():
    done = subprocess.run(f"'{WEIR}' run -e 'source.stdin ! sink.stdout' 2>&-", shell=True, input=TEXT.encode(),
                          stdout=subprocess.PIPE, timeout=60)
    equal((done.returncode, done.stdout.decode()), (0, TEXT))


@test("a closed stdout takes no record, and a closed stdin is not an empty one")
def _():
    with folder() as path:
        for line, closed, failed in (("source.stdin ! sink.stdout", ">&-", 100), ("source.stdin ! sink.null", "<&-", 0)):
            done = subprocess.run(f"'{WEIR}' run --report {path}/r -e '{line}' {closed}", shell=True, input=TEXT.encode(),
                                  stderr=subprocess.PIPE, timeout=60)
            equal(done.returncode, 1, done.stderr)
            true(b"Bad file descriptor" in done.stderr, done.stderr)
            records = report_of(path + "/r")["records"]
            equal((records["out"], records["failed"]), (0, failed))
    done = subprocess.run(f"'{WEIR}' list >&-", shell=True, stderr=subprocess.PIPE, timeout=60)
    equal(done.returncode, 1, done.stderr)


main()
