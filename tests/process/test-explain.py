#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""weir explain."""
import json
import os

from command import ROOT, STDIN, STDOUT, equal, expect, folder, main, pipeline, test, true, weir, write

MATCH = {"id": "fast", "type": "filter.match", "where": ".geo.country == \"DE\""}
MAP = {"id": "slow", "type": "transform.map", "to": "walk(.)"}
NULL = {"type": "sink.null"}


def explain(*stages, **keys):
    """What weir explain --json says of a pipeline."""
    with folder() as path:
        result = weir("explain", "--json", write(path + "/p.json", pipeline(*stages, **keys)))
    expect(result, 0)
    return json.loads(result.out)


def expressions(explanation):
    return {f"{stage['id']}.{row['option']}": row
            for segment in explanation["segments"] for stage in segment["stages"] for row in stage["expressions"]}


@test("explain shows segments, stages, expressions and their engines")
def _():
    with folder() as path:
        result = weir("explain", write(path + "/p.json", pipeline(STDIN, MATCH, MAP, STDOUT)))
    expect(result, 0)
    words = ("segment 1", "filter.match", ".geo.country", "walk(.)", "libjq: ", "threads", "dead letters")
    true(all(word in result.out for word in words), result)


@test("a line is explained as a file is")
def _():
    result = weir("explain", "-e", "source.stdin ! filter.match where=.a ! sink.stdout")
    expect(result, 0)
    true("where: .a" in result.out, result)


@test("an expression that libjq runs has a reason, a native one has none")
def _():
    rows = expressions(explain(STDIN, MATCH, MAP, STDOUT))
    equal(rows["slow.to"]["engine"], "libjq")
    for row in rows.values():
        true(row["engine"] in ("native", "libjq") and bool(row["reason"]) == (row["engine"] == "libjq"), row)


@test("the fields of a native expression are in the scan of its segment")
def _():
    explanation = explain(STDIN, MATCH, STDOUT)
    scans = [field for segment in explanation["segments"] for scan in segment["scans"] for field in scan["fields"]]
    for row in expressions(explanation).values():
        true(set(row["fields"]) <= set(scans), explanation)


@test("fields that stages declare share a scan up to a stage that makes new records")
def _():
    need = {"type": "validate.require", "fields": {".a": "any", ".b": "any"}}
    limit = {"type": "validate.range", "fields": {".b": [0, 1]}}
    scans = explain(STDIN, need, limit, {"type": "transform.map", "to": "walk(.)"}, need, STDOUT, threads=1)["segments"][0]["scans"]
    equal([(scan["before"], scan["fields"]) for scan in scans], [("require", [".a", ".b"]), ("require-2", [".a", ".b"])])


@test("segments are joined by queues with bounds")
def _():
    segments = explain(STDIN, MATCH, STDOUT, {"type": "sink.null", "from": "fast.else"}, threads=1)["segments"]
    equal(len(segments), 2)
    queue = segments[1]["input"]["queue"]
    equal(queue["from"], ["fast.else"])
    true(queue["batches"] > 0 and queue["bytes"] > 0, queue)
    true({"port": "else", "to": "null"} in segments[0]["stages"][1]["ports"], segments)


@test("stateless stages run on several threads at a time when there are several, others on one")
def _():
    dedupe = {"type": "filter.dedupe", "key": ".a"}
    for threads in (1, 3):
        explanation = explain(STDIN, MATCH, dedupe, STDOUT, threads=threads)
        rules = {stage["id"]: stage["rule"] for segment in explanation["segments"] for stage in segment["stages"]}
        equal(rules, {"stdin": "source", "fast": "stateless", "dedupe": "serial", "stdout": "serial"})
        for segment in explanation["segments"]:
            parallel = threads > 1 and all(stage["rule"] == "stateless" for stage in segment["stages"])
            equal(segment["threads"], threads if parallel else 1, segment)


@test("the CPUs that threads are pinned to are told")
def _():
    equal(explain(STDIN, STDOUT, threads=2, affinity="0,0")["affinity"], [0, 0])
    equal(explain(STDIN, STDOUT, threads=2)["affinity"], None)


@test("deadline, late policy, priority, threads and dead letters are told")
def _():
    explanation = explain(STDIN, STDOUT, **{"deadline": "50ms", "late": "dead-letter", "dead-letter": NULL, "threads": 3, "priority": ".p"})
    equal([explanation[key] for key in ("deadline", "late", "dead_letters", "threads")], ["50ms", "dead-letter", "sink.null", 3])
    equal(explanation["priority"]["source"], ".p")
    equal(explanation["segments"][-1]["input"]["queue"]["from"], ["dead letters of all stages"])
    plain = explain(STDIN, STDOUT, threads=0)
    equal([plain[key] for key in ("deadline", "late", "dead_letters", "threads", "priority")], [None, "deliver", None, 0, 5])


@test("the results' sink is told, and the queue before it")
def _():
    explanation = explain(STDIN, STDOUT, results=NULL)
    equal(explanation["results"], "sink.null")
    equal(explanation["segments"][-1]["input"]["queue"]["from"], ["results of all stages"])
    equal(explain(STDIN, STDOUT)["results"], None)
    line = "results='{\"type\": \"sink.null\"}' ! source.stdin ! sink.stdout"
    true("\n  results       sink.null\n" in weir("explain", "-e", line).out, "the table has no results")


@test("the expressions of an aggregate are those of by and compute")
def _():
    group = {"type": "aggregate.group", "by": {"c": ".geo.country"}, "compute": {"n": "count()", "sum": "sum(.bytes)"}}
    rows = expressions(explain(STDIN, group, STDOUT))
    equal({name: row["source"] for name, row in rows.items()}, {"group.by/c": ".geo.country", "group.compute/sum": ".bytes"})


@test("every example can be explained")
def _():
    folder_of_examples = os.path.join(ROOT, "examples")
    for name in sorted(os.listdir(folder_of_examples)):
        if name.endswith(".json"):
            expect(weir("explain", os.path.join(folder_of_examples, name)), 0)


@test("a file with mistakes is exit 2, and nothing is run")
def _():
    expect(weir("explain", "/no/such.json"), 2, "/no/such.json")
    expect(weir("explain"), 2, "missing")
    with folder() as path:
        expect(weir("explain", "-e", f"source.stdin ! filter.mtach ! sink.file path={path}/out"), 2, "filter.match")
        expect(weir("explain", "-e", f"source.stdin ! sink.file path={path}/out"), 0)
        equal(os.listdir(path), [])


main()
