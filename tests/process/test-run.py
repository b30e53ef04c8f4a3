#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""weir run: pipelines in files and lines, its options and exit codes."""
import json
import os
import re

from command import STDIN, STDOUT, equal, expect, folder, main, ndjson, pipeline, read, report_of, test, true, weir, write

ROWS = [{"i": i, "status": (200, 404, 503)[i % 3]} for i in range(30)]
TEXT = ndjson(ROWS)
ERRORS = [row for row in ROWS if row["status"] >= 500]
LINE = "source.stdin ! filter.match where='.status >= 500' ! sink.stdout"


@test("a file and a line run the same pipeline")
def _():
    with folder() as path:
        file = write(path + "/p.json", pipeline(STDIN, {"type": "filter.match", "where": ".status >= 500"}, STDOUT))
        for arguments in ((file,), ("-e", LINE), ("--launch", LINE)):
            result = weir("run", *arguments, input=TEXT)
            expect(result, 0)
            equal(result.records, ERRORS)


@test("the ledger goes to stderr, without a live line when that is no terminal")
def _():
    result = weir("run", "-e", "source.stdin ! sink.stdout", input=TEXT)
    expect(result, 0)
    equal(result.out, TEXT)
    true(re.search(r"\bin\b", result.err) and re.search(r"\b30\b", result.err), result)
    true("\r" not in result.err and "\033" not in result.err, result)


@test("--quiet leaves stderr empty when nothing is wrong")
def _():
    for option in ("--quiet", "-q"):
        equal(weir("run", option, "-e", LINE, input=TEXT).err, "")


@test("debug messages stay out of the data")
def _():
    result = weir("run", "-e", "source.stdin ! sink.stdout", input=TEXT, G_MESSAGES_DEBUG="all")
    equal(result.out, TEXT)
    true("open-sinks" in result.err, result)


@test("--quiet does not hide an error")
def _():
    expect(weir("run", "--quiet", "-e", "source.stdin ! sink.file path=/dev/full", input=TEXT), 1, "weir: ", "/dev/full")


@test("text that is not ASCII passes whatever the locale")
def _():
    result = weir("run", "-q", "-e", "source.stdin ! filter.match where='.s == \"Zürich\"' ! sink.stdout",
                  input='{"s":"Zürich"}\n{"s":"x"}\n', LC_ALL="C")
    expect(result, 0)
    equal(result.out, '{"s":"Zürich"}\n')


@test("--set gives values, before the environment")
def _():
    line = "source.stdin ! filter.match where='.status >= ${MIN:-500}' ! sink.stdout"
    count = lambda *arguments, **environment: len(weir("run", *arguments, "-e", line, input=TEXT, **environment).records)
    equal((count(), count(MIN="404"), count("--set", "MIN=200", MIN="404")), (10, 20, 30))


@test("--set without a name or a value is bad usage")
def _():
    for value in ("MIN", "=5", "9A=5", "A B=5"):
        expect(weir("run", "--set", value, "-e", LINE), 2, "--set", value)


@test("a variable that is not set is a mistake that names it")
def _():
    expect(weir("run", "-e", "source.stdin ! sink.file path=${WEIR_NOT_SET}"), 2, "WEIR_NOT_SET")


@test("--threads takes 0 to 256")
def _():
    for number in ("0", "1", "2"):
        equal(weir("run", "--threads", number, "-e", LINE, input=TEXT).records, ERRORS)
    for number in ("-1", "257", "many"):
        expect(weir("run", f"--threads={number}", "-e", LINE), 2, "weir: ")


@test("--deadline overrides the file; a bad one is bad usage")
def _():
    with folder() as path:
        file = write(path + "/p.json", pipeline(STDIN, STDOUT, deadline="1h", late="drop"))
        for arguments, late in (((), 0), (("--deadline", "1ns"), 30)):
            expect(weir("run", file, "--report", path + "/r", *arguments, input=TEXT), 0)
            equal(report_of(path + "/r")["records"]["late"], late)
        for value in ("fifty", "0s", "-1s", ""):
            expect(weir("run", file, "--deadline", value), 2, "--deadline")


@test("--strict exits 3 when something was late, missed, invalid or failed, and 0 else")
def _():
    strict = lambda line, text: weir("run", "--strict", "-e", line, input=text).code
    equal(strict(LINE, TEXT), 0)
    equal(strict("deadline=1ns late=drop ! source.stdin ! sink.stdout", TEXT), 3)
    equal(strict("deadline=1ns ! source.stdin ! sink.stdout", TEXT), 3)
    equal(strict(LINE, TEXT + "{broken\n"), 3)
    equal(strict('source.stdin ! validate.require fields=\'{".ip": "string"}\' ! sink.stdout', TEXT), 3)


@test("--strict does not mind a late record that leaves by a port that is read")
def _():
    stages = [STDIN, STDOUT, {"type": "sink.null", "from": "stdout.late"}]
    with folder() as path:
        file = write(path + "/p.json", json.dumps(pipeline(*stages, deadline="1ns")))
        equal(weir("run", "--strict", file, input='{"a":1}\n').code, 0)


@test("what a stage tells while it runs is a line of weir's, and not there with --quiet")
def _():
    line = "source.generate count=1 ! sink.tcp connect=127.0.0.1:1 drain-timeout=50ms"
    expect(weir("run", "-e", line), 1, "weir: tcp: 127.0.0.1:1 refused the connection; it is tried again\n")
    result = weir("run", "--quiet", "-e", line)
    equal(result.err, "weir: tcp: 127.0.0.1:1 refused the connection; 1 record was not written\n")


@test("a pipeline file that is not there is exit 2 and named")
def _():
    expect(weir("run", "/no/such/file.json"), 2, "/no/such/file.json")


@test("an input that is not there is an error that names it")
def _():
    result = weir("run", "-e", "source.file path=/no/such/input ! sink.stdout")
    true(result.code in (1, 2) and "/no/such/input" in result.err, result)


@test("an unreadable folder as pipeline is exit 2")
def _():
    with folder() as path:
        expect(weir("run", path), 2, path)


@test("stages that run on several workers at once give what one gives")
def _():
    rename = """transform.rename fields='{".path": ".to", ".status": ".code"}'"""
    change = """transform.set fields='{".a": ".status", ".b": ".path"}'"""
    for stage in (rename, change):
        line = f"source.generate count=60000 ! {stage} ! sink.stdout"
        one, several = (weir("run", "-q", "--threads", threads, "-e", line) for threads in ("0", "4"))
        expect(one, 0)
        expect(several, 0)
        true(one.bytes == several.bytes, f"{len(one.bytes)} and {len(several.bytes)} bytes")


main()
