#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""weir run --report."""
import json
import os
import subprocess

from command import WEIR, equal, expect, folder, main, ndjson, read, report_of, test, true, weir

TEXT = ndjson([{"a": i} for i in range(20)])
LINE = "source.stdin ! filter.match where='.a >= 5' ! sink.stdout"
LEDGER = {"in", "created", "out", "filtered", "absorbed", "invalid", "late", "shed", "failed", "in_flight"}


@test("the report has every key, and its numbers are those of the run")
def _():
    with folder() as path:
        result = weir("run", "--report", path + "/r", "-e", LINE, input=TEXT)
        expect(result, 0)
        report = report_of(path + "/r")
        equal(set(report), {"pipeline", "seconds", "records", "balanced", "dead_letters", "results", "bytes", "deadline", "latency_us", "stages"})
        equal(set(report["records"]), LEDGER)
        equal((report["records"]["in"], report["records"]["out"], report["records"]["filtered"]), (20, 15, 5))
        equal(report["bytes"], {"in": len(TEXT), "out": len(result.out)})
        equal(report["dead_letters"], {"written": 0, "lost": 0})
        equal(report["results"], {"written": 0, "lost": 0})
        equal(set(report["deadline"]), {"met", "missed"})
        equal(set(report["latency_us"]), {"p50", "p90", "p99", "p999", "max"})


@test("each stage is in the report, in the order of the pipeline")
def _():
    with folder() as path:
        weir("run", "--report", path + "/r", "-e", LINE, input=TEXT)
        stages = report_of(path + "/r")["stages"]
        equal([(stage["id"], stage["type"]) for stage in stages],
              [("stdin", "source.stdin"), ("match", "filter.match"), ("stdout", "sink.stdout")])
        for stage in stages:
            equal(set(stage), {"id", "type", "records", "busy_seconds", "process_us"})
            equal(set(stage["records"]), LEDGER)
            equal(set(stage["process_us"]), {"p50", "p99"})


@test("a report replaces the one before as a whole, and leaves no other file behind")
def _():
    with folder() as path:
        for rows in (20, 3):
            weir("run", "--report", path + "/r", "-e", LINE, input=ndjson([{"a": 9}] * rows))
            equal(report_of(path + "/r")["records"]["in"], rows)
        equal(os.listdir(path), ["r"])


@test("a link to a report stays a link")
def _():
    with folder() as path:
        os.mkdir(path + "/d")
        open(path + "/d/r", "w").close()
        os.symlink("d/r", path + "/link")
        expect(weir("run", "--report", path + "/link", "-e", LINE, input=TEXT), 0)
        true(os.path.islink(path + "/link"), "the link")
        report_of(path + "/d/r")


@test("a report can go to a pipe")
def _():
    done = subprocess.run([WEIR, "run", "-q", "--report", "/dev/stdout", "-e", "source.stdin ! sink.null"], input=TEXT.encode(),
                          stdout=subprocess.PIPE, timeout=60)
    equal(done.returncode, 0)
    equal(json.loads(done.stdout)["records"]["in"], 20)


@test("a report is written of a run that failed")
def _():
    with folder() as path:
        expect(weir("run", "--report", path + "/r", "-e", "source.stdin ! sink.file path=/dev/full", input=TEXT), 1)
        records = report_of(path + "/r")["records"]
        equal((records["in"], records["out"], records["failed"]), (20, 0, 20))


@test("a report that cannot be written is an error, and the records are still delivered")
def _():
    for path in ("/no/such/folder/r", "/dev/full"):
        result = weir("run", "--report", path, "-e", LINE, input=TEXT)
        expect(result, 1, "weir: ", "report", path)
        equal(len(result.records), 15)


@test("no report is written for a pipeline with mistakes")
def _():
    with folder() as path:
        expect(weir("run", "--report", path + "/r", "-e", "source.stdin ! filter.match wher=. ! sink.null"), 2)
        equal(os.listdir(path), [])


main()
