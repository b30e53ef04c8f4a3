#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pipeline key results: a line for each end of a record."""
import json
import os
import sys

from command import STDIN, STDOUT, equal, expect, folder, main, ndjson, pipeline, read, report_of, test, true, weir, write

KEYS = ["id", "stage", "success", "outcome", "processing_us", "latency_us", "deadline_met", "error"]
ENDS = ("out", "filtered", "absorbed", "invalid", "late", "shed", "failed")
SPLIT = {"type": "transform.map", "id": "split", "to": ".[]"}
NUMBER = {"type": "validate.require", "fields": {".i": "number"}}
NULL = {"type": "sink.null"}


def run(*stages, input="", **keys):
    """What it gives, its report and its results."""
    with folder() as path:
        keys = {"results": {"type": "sink.file", "path": path + "/results"}, **keys}
        result = weir("run", "--report", path + "/report", write(path + "/p.json", pipeline(*stages, **keys)), input=input)
        rows = [json.loads(line) for line in read(path + "/results").splitlines()] if os.path.exists(path + "/results") else []
        return result, report_of(path + "/report"), rows


def ends(rows):
    return sorted((row["id"], row["stage"], row["outcome"]) for row in rows)


@test("each end of a record is a line with its place, its outcome and its times")
def _():
    where = {"type": "filter.match", "where": ".i < 3"}
    result, report, rows = run(STDIN, NUMBER, where, STDOUT, input=ndjson([{"i": 1}, {"i": "x"}, {"i": 3}]) + "{\n", deadline="1h")
    expect(result, 0)
    equal(ends(rows), [("stdin:0", "stdout", "out"), ("stdin:20", "match", "filtered"), ("stdin:29", "require", "failed"),
                       ("stdin:9", "require", "invalid")])
    equal({row["outcome"]: row["success"] for row in rows}, {"out": True, "filtered": True, "invalid": False, "failed": False})
    for row in rows:
        equal(list(row), KEYS)
        true(0 <= row["processing_us"] <= row["latency_us"] and row["deadline_met"] is True, row)
        equal(row["error"] is None, row["success"], row)
    equal(report["results"], {"written": 4, "lost": 0})


@test("there are as many results as the ledger counts ends, each with an id of its own")
def _():
    text = ndjson([[{"i": i}] * (i % 4) for i in range(3000)])
    for threads in (0, 1, 4):
        result, report, rows = run(STDIN, SPLIT, {**NUMBER, "id": "check"}, {"type": "filter.match", "where": ".i % 2 == 0"}, NULL,
                                   input=text, threads=threads)
        expect(result, 0)
        for end in ENDS:
            equal(sum(row["outcome"] == end for row in rows), report["records"][end], end)
        equal(len({row["id"] for row in rows}), len(rows))


@test("the second and further outputs of a map have numbers")
def _():
    _result, _report, rows = run(STDIN, SPLIT, {"type": "transform.set", "fields": {".j": ".i"}}, NULL, input='[{"i":1},{"i":2},{"i":3}]\n')
    equal([row["id"] for row in rows], ["stdin:0", "stdin:0.1", "stdin:0.2"])


@test("what an aggregate makes has its name")
def _():
    _result, _report, rows = run(STDIN, {"type": "aggregate.group", "compute": {"n": "count()"}}, NULL, input="{}\n{}\n")
    equal(ends(rows), [("group:0", "null", "out"), ("stdin:0", "group", "absorbed"), ("stdin:3", "group", "absorbed")])


@test("each copy of a record has its own end")
def _():
    _result, _report, rows = run(STDIN, {**NULL, "id": "a"}, {**NULL, "id": "b", "from": "stdin"}, input="{}\n")
    equal(ends(rows), [("stdin:0", "a", "out"), ("stdin:0", "b", "out")])


@test("what leaves by a port that is read ends where that leads")
def _():
    _result, _report, rows = run(STDIN, NUMBER, NULL, {**NULL, "id": "bad", "from": "require.invalid"}, input='{"i":"x"}\n')
    equal([(row["stage"], row["success"], row["error"]) for row in rows], [("bad", True, None)])


@test("a late record says by how much, in its result and in its dead letter")
def _():
    with folder() as path:
        dead = {"type": "sink.file", "path": path + "/dead"}
        _result, _report, rows = run(STDIN, STDOUT, input="{}\n", deadline="1ns", late="dead-letter", **{"dead-letter": dead})
        letter = json.loads(read(path + "/dead"))
    equal((rows[0]["outcome"], rows[0]["success"], rows[0]["deadline_met"]), ("late", False, False))
    true(rows[0]["error"].startswith("late by ") and letter["message"].startswith("late by "), (rows, letter))
    equal((letter["reason"], letter["stage"], letter["deadline_ms"]), ("late", "stdout", 0))
    true(letter["latency_ms"] >= 0, letter)


@test("a record that is delivered late has succeeded, and missed its deadline")
def _():
    _result, report, rows = run(STDIN, NULL, input="{}\n", deadline="1ns")
    equal([(row["outcome"], row["success"], row["deadline_met"]) for row in rows], [("out", True, False)])
    equal(report["deadline"], {"met": 0, "missed": 1})


@test("without a deadline none is met or missed")
def _():
    _result, _report, rows = run(STDIN, NULL, input="{}\n")
    equal(rows[0]["deadline_met"], None)


@test("the time that a worker took counts as work")
def _():
    slow = "import sys, time\nfor line in sys.stdin:\n    time.sleep(0.05)\n    print(line, end='', flush=True)"
    _result, _report, rows = run(STDIN, {"type": "transform.exec", "command": [sys.executable, "-c", slow]}, NULL, input="{}\n")
    true(50000 <= rows[0]["processing_us"] <= rows[0]["latency_us"], rows)


@test("results that cannot be written are counted and fail the run, and the records are still delivered")
def _():
    result, report, _rows = run(STDIN, STDOUT, input="{}\n" * 100, results={"type": "sink.file", "path": "/dev/full"})
    expect(result, 1, "results")
    equal((report["results"], report["records"]["out"]), ({"written": 0, "lost": 100}, 100))
    equal(len(result.records), 100)


@test("a failed sink has results too")
def _():
    result, _report, rows = run(STDIN, {"type": "sink.file", "path": "/dev/full"}, input="{}\n" * 3)
    expect(result, 1, "No space left")
    equal([(row["outcome"], row["success"]) for row in rows], [("failed", False)] * 3)
    true(all("No space left" in row["error"] for row in rows), rows)


@test("a line can have results, and weir test leaves their file alone")
def _():
    with folder() as path:
        results = {"type": "sink.file", "path": path + "/r"}
        expect(weir("run", "-q", "-e", f"results='{json.dumps(results)}' ! source.stdin ! sink.null", input="{}\n"), 0)
        equal(len(read(path + "/r").splitlines()), 1)
        file = pipeline(STDIN, STDOUT, results={"type": "sink.file", "path": path + "/t"},
                        tests=[{"name": "passes", "input": [{}], "output": [{}]}])
        expect(weir("test", write(path + "/p.json", file)), 0)
        true(not os.path.exists(path + "/t"), "weir test wrote results")


main()
