#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""weir list, inspect, graph and schema."""
import json
import os
import shutil

from command import STDIN, STDOUT, Skip, equal, expect, folder, main, pipeline, read, test, true, weir, write

KINDS = ("source", "transform", "validate", "aggregate", "filter", "sink")
TYPES = ("source.stdin source.file source.generate source.exec filter.match filter.sample filter.dedupe "
         "transform.map transform.set transform.remove transform.rename transform.parse validate.require "
         "validate.range aggregate.group sink.stdout sink.file sink.null sink.exec").split()
LINE = "source.stdin ! filter.match id=m where=.a ! sink.stdout"


@test("list has every stage type with a summary, in the order of flow")
def _():
    result = weir("list")
    expect(result, 0)
    rows = [line.split(None, 1) for line in result.out.splitlines()]
    true(set(TYPES) <= {row[0] for row in rows} and all(len(row) == 2 for row in rows), result)
    ranks = [KINDS.index(row[0].split(".")[0]) for row in rows]
    equal(ranks, sorted(ranks))


@test("list KIND has the types of that kind alone")
def _():
    for kind in KINDS:
        listed = [line.split()[0] for line in weir("list", kind).out.splitlines()]
        true(listed and all(name.startswith(kind + ".") for name in listed), listed)
    expect(weir("list", "fliter"), 2, '"filter"')


@test("list --json has the same types")
def _():
    true(set(TYPES) <= {row["type"] for row in json.loads(weir("list", "--json").out)}, "types")


@test("inspect describes each type: options, ports, an example")
def _():
    for name in TYPES:
        result = weir("inspect", name)
        expect(result, 0)
        true(all(word in result.out for word in (name, "Ports", "Options", "Example", "licence")), result)


@test("inspect tells type, range, default and meaning of an option")
def _():
    text = weir("inspect", "filter.sample").out
    true("rate" in text and "seed" in text and "else" in text and "default" in text, text)
    options = {row["name"]: row for row in json.loads(weir("inspect", "filter.sample", "--json").out)["options"]}
    true({"name", "type", "required", "doc", "range"} <= set(options["rate"]), options)
    equal(json.loads(weir("inspect", "filter.match", "--json").out)["options"][0]["required"], True)


@test("the example of each type has no mistakes")
def _():
    for name in TYPES:
        example = json.loads(weir("inspect", name, "--json").out)["example"]
        true(name in example, example)
        result = weir("check", "-e", example)
        true(result.code == 0, f"{example}: {result}")


@test("inspect of an unknown type is exit 2 with the nearest name")
def _():
    expect(weir("inspect", "filter.smaple"), 2, "filter.sample")


@test("graph draws dot and mermaid, with the ports")
def _():
    with folder() as path:
        file = write(path + "/p.json", pipeline(STDIN, {"id": "m", "type": "filter.match", "where": ".a"}, STDOUT,
                                                {"type": "sink.null", "from": "m.else"}))
        for arguments, start in (((), "digraph"), (("--format", "dot"), "digraph"), (("--format", "mermaid"), "flowchart")):
            result = weir("graph", file, *arguments)
            expect(result, 0)
            true(result.out.startswith(start) and "else" in result.out, result)


@test("graph draws svg when graphviz is there, and asks for it when not")
def _():
    expect(weir("graph", "-e", LINE, "--format", "svg", PATH="/nowhere"), 1, "graphviz")
    if not shutil.which("dot"):
        raise Skip("graphviz is not installed")
    result = weir("graph", "-e", LINE, "--format", "svg")
    expect(result, 0)
    true("<svg" in result.out, result)


@test("graph --output writes a file")
def _():
    with folder() as path:
        result = weir("graph", "-e", LINE, "--output", path + "/g.dot")
        expect(result, 0)
        equal(result.out, "")
        true(read(path + "/g.dot").startswith("digraph"), "dot")
        expect(weir("graph", "-e", LINE, "--output", path + "/no/g.dot"), 1, "no/g.dot")


@test("graph of a bad format or file is exit 2")
def _():
    expect(weir("graph", "-e", LINE, "--format", "svgg"), 2, '"svg"')
    expect(weir("graph", "/no/such.json"), 2, "/no/such.json")


@test("schema is a JSON Schema that knows the stage types")
def _():
    result = weir("schema")
    expect(result, 0)
    schema = json.loads(result.out)
    true("stages" in schema["properties"] and "$schema" in schema, "keys")
    true(all(name in result.out for name in TYPES), "types")


main()
