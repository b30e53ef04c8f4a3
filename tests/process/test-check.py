#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""weir check, and mistakes as weir run tells them."""
import os
import re

from command import STDIN, STDOUT, equal, expect, folder, main, pipeline, test, true, weir, write

BAD = """{
  "name": "x", "dedline": "50ms", "deadline": "fifty",
  "stages": [
    {"type": "source.stdn"},
    {"type": "filter.match", "wher": ".a"},
    {"type": "filter.match", "where": ".a ==="},
    {"type": "transform.map", "to": ".", "from": "nobody"},
    {"type": "sink.stdout"}
  ]
}
"""
EXPECTED = (("/dedline", 2, 16, "deadline"), ("/deadline", 2, 0, "fifty"), ("/stages/0/type", 4, 0, "source.stdin"),
            ("/stages/1/wher", 5, 0, "where"), ("/stages/2/where", 6, 0, ""), ("/stages/3/from", 7, 0, "nobody"))


@test("check and run tell every mistake, one a line, with place and hint")
def _():
    with folder() as path:
        file = write(path + "/bad.json", BAD)
        for verb in ("check", "run"):
            result = weir(verb, file)
            expect(result, 2)
            equal(result.out, "")
            lines = re.findall(rf"^{re.escape(file)}:(\d+):(\d+): (/\S*?): (.+)$", result.err, re.M)
            found = {pointer: (int(line), int(column), text) for line, column, pointer, text in lines}
            for pointer, line, column, hint in EXPECTED:
                true(pointer in found, f"{pointer} in {result}")
                equal(found[pointer][0], line, pointer)
                true(column in (0, found[pointer][1]), f"column of {pointer} in {found}")
                true(hint in found[pointer][2], f"{hint} in {found[pointer]}")


@test("mistakes are in the order of the text")
def _():
    with folder() as path:
        result = weir("check", write(path + "/bad.json", BAD))
        places = [tuple(map(int, place)) for place in re.findall(r":(\d+):(\d+): /", result.err)]
        equal(places, sorted(places))


@test("a syntax error has its line and column")
def _():
    with folder() as path:
        result = weir("check", write(path + "/s.json", '{"stages": [\n{"type": }]}'))
        expect(result, 2)
        true(re.search(r"s\.json:2:\d+:", result.err), result)


@test("a good file is ok on stdout, and nothing is run")
def _():
    with folder() as path:
        file = write(path + "/p.json", pipeline({"type": "source.generate", "count": 1}, {"type": "sink.file", "path": path + "/out"}))
        result = weir("check", file)
        expect(result, 0)
        equal((result.out, result.err), (f"{file}: ok\n", ""))
        equal(os.listdir(path), ["p.json"])


@test("several files are all checked, whatever the first says")
def _():
    with folder() as path:
        good = write(path + "/good.json", pipeline(STDIN, STDOUT))
        bad, gone = write(path + "/bad.json", BAD), path + "/gone.json"
        result = weir("check", bad, good, gone)
        expect(result, 2, bad + ":2:", gone)
        equal(result.out, f"{good}: ok\n")


@test("a line is checked too")
def _():
    expect(weir("check", "-e", "source.stdin ! sink.null"), 0)
    expect(weir("check", "-e", "source.stdin ! filter.match wher=.a ! sink.null"), 2, "-e:1:", "where")


main()
