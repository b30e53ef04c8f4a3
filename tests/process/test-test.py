#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""weir test: the tests inside pipeline files."""
import os

from command import STDIN, STDOUT, equal, expect, folder, main, pipeline, test, true, weir, write

FILTER = {"type": "filter.match", "where": ".a > ${LEAST:-1}"}
LARGE = {"name": "keeps the large", "input": [{"a": 1}, {"a": 2}], "output": [{"a": 2}]}
WRONG = {"name": "is wrong", "input": [{"a": 1}, {"a": 2}], "output": [{"a": 3}]}


def file_of(path, *tests):
    return write(path, pipeline(STDIN, FILTER, STDOUT, tests=list(tests)))


@test("tests that pass are ok, with exit 0")
def _():
    with folder() as path:
        result = weir("test", file_of(path + "/p.json", LARGE, {**LARGE, "name": "again"}))
        expect(result, 0)
        true("\nok keeps the large\nok again\n2 passed, 0 failed\n" in result.out, result)


@test("a test that fails shows what was expected and what came, with exit 1")
def _():
    with folder() as path:
        result = weir("test", file_of(path + "/p.json", LARGE, WRONG))
        expect(result, 1)
        true("\nnot ok is wrong\n" in result.out and "1 passed, 1 failed" in result.out, result)
        difference = ["".join(line.split()) for line in result.out.splitlines() if line.startswith("    ")]
        true('-{"a":3}' in difference and '+{"a":2}' in difference, result)


@test("a record that is written on several lines is shown on one, and of many differences the first ones")
def _():
    with folder() as path:
        wrong = {"name": "many", "input": [{"a": i, "b": [i]} for i in range(2, 102)], "output": []}
        result = weir("test", file_of(path + "/p.json", wrong))
        expect(result, 1)
        true('\n    + {"a": 2, "b": [2]}\n' in result.out, result)
        equal(result.out.count("(no more expected)"), 20, result)
        true("stdout: 80 more records differ" in result.out, result)


@test("numbers are compared by their value, integers with every digit")
def _():
    with folder() as path:
        same = {"name": "same", "input": [{"a": 2}, {"a": 9007199254740993}], "output": [{"a": 2.0}, {"a": 9007199254740993}]}
        other = {"name": "other", "input": [{"a": 9007199254740993}], "output": [{"a": 9007199254740992}]}
        result = weir("test", file_of(path + "/p.json", same, other))
        expect(result, 1)
        true("\nok same\nnot ok other\n" in result.out, result)


@test("a folder is searched for pipeline files, and nothing else in it is minded")
def _():
    with folder() as path:
        os.mkdir(path + "/sub")
        file_of(path + "/sub/p.json", LARGE)
        file_of(path + "/a.json", LARGE)
        write(path + "/data.json", {"rows": []})
        write(path + "/notes.txt", "no JSON")
        result = weir("test", path)
        expect(result, 0)
        true("2 passed, 0 failed" in result.out, result)


@test("a failure in one file of a folder is exit 1, and the others still run")
def _():
    with folder() as path:
        file_of(path + "/a.json", WRONG)
        file_of(path + "/b.json", LARGE)
        result = weir("test", path)
        expect(result, 1)
        true("1 passed, 1 failed" in result.out, result)


@test("a file without tests is said, and fine")
def _():
    with folder() as path:
        result = weir("test", write(path + "/p.json", pipeline(STDIN, STDOUT)))
        expect(result, 0)
        true("no tests" in result.out and "1 file without tests" in result.out, result)


@test("a file with mistakes is exit 2, and the others still run")
def _():
    with folder() as path:
        bad = write(path + "/a.json", '{"stages": [\n{"type": "source.stdn"}]}')
        file_of(path + "/b.json", LARGE)
        result = weir("test", path)
        expect(result, 2, bad + ":2:")
        true("1 passed, 0 failed, 1 file with mistakes" in result.out, result)


@test("a folder without a pipeline file and a file that is not there are exit 2")
def _():
    with folder() as path:
        expect(weir("test", path), 2, path)
        expect(weir("test", path + "/gone.json"), 2, "gone.json")


@test("--set reaches the pipelines")
def _():
    with folder() as path:
        file = file_of(path + "/p.json", LARGE)
        expect(weir("test", file, "--set", "LEAST=0"), 1)


@test("a test does not touch the files of the pipeline")
def _():
    with folder() as path:
        stages = pipeline({"type": "source.file", "path": path + "/in"}, {"type": "sink.file", "path": path + "/out"},
                          tests=[{"name": "passes", "input": [{"a": 1}], "output": [{"a": 1}]}])
        expect(weir("test", write(path + "/p.json", stages)), 0)
        equal(os.listdir(path), ["p.json"])


main()
