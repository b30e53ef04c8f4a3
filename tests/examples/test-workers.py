#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The workers in examples/workers, each by itself: what it is given, and what it answers."""
import json
import os
import struct
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from tap import equal, main, test, true  # noqa: E402

SCRIPTS = os.path.join(ROOT, "examples", "workers")
PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(os.environ["WEIR"])), "examples", "workers")
HEAD = struct.Struct("<IQI")
NO_DEADLINE = 0xFFFFFFFF
ONLY, MORE, END, ERROR, READY = range(5)


def converse(program, data):
    done = subprocess.run([program], input=data, stdout=subprocess.PIPE, timeout=60)
    equal(done.returncode, 0, program)
    return done.stdout


def lines(program, rows):
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    return [json.loads(line) for line in converse(program, text).splitlines()]


def join(frames):
    return b"".join(HEAD.pack(12 + len(payload), number, info) + payload for number, info, payload in frames)


def split(data):
    found = []
    while data:
        length, number, info = HEAD.unpack_from(data)
        true(len(data) >= 4 + length, "half a frame")
        found.append((number, info, data[16:4 + length]))
        data = data[4 + length:]
    return found


@test("network.py tells the kind of network")
def _():
    rows = [{"path": "/", "remote_addr": "10.0.0.1"}, {"path": "/a", "remote_addr": "8.8.8.8"}]
    equal([row["private"] for row in lines(f"{SCRIPTS}/network.py", rows)], [True, False])


@test("sign.sh adds a field and keeps the others as they are")
def _():
    rows = [{"a": 1}, {"b": "back\\slash \"quoted\" %s  two"}]
    equal(lines(f"{SCRIPTS}/sign.sh", rows), [{"checked_by": "sign.sh", **row} for row in rows])


@test("echo-lines gives each line back")
def _():
    data = b"one\n\n" + b"x" * 100000 + b"\n"
    equal(converse(f"{PROGRAMS}/echo-lines", data), data)


@test("echo-frames gives each payload back")
def _():
    payloads = [b"", b"{}", b"a\nb", b"x" * 300000, b"last"]
    given = join((i + 1, NO_DEADLINE, payload) for i, payload in enumerate(payloads))
    equal(split(converse(f"{PROGRAMS}/echo-frames", given)), [(i + 1, ONLY, p) for i, p in enumerate(payloads)])


@test("title-frames.py answers, fails or gives nothing")
def _():
    rows = [{"method": "GET", "path": "/a"}, {"method": "GET", "path": "/health"}, {"method": "GET"}]
    given = join((7 + i, 50, json.dumps(row).encode()) for i, row in enumerate(rows))
    good, none, bad = split(converse(f"{SCRIPTS}/title-frames.py", given))
    equal((good[:2], json.loads(good[2])["title"]), ((7, ONLY), "GET /a"))
    equal(none, (8, END, b""))
    equal(bad, (9, ERROR, b"the record has no path"))


@test("a worker of frames answers frame by frame, however they come")
def _():
    for program in (f"{PROGRAMS}/echo-frames", f"{SCRIPTS}/title-frames.py"):
        child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        for number in range(1, 4):
            given = join([(number, 50, b'{"method":"GET","path":"/"}')])
            child.stdin.write(given[:20])
            child.stdin.write(given[20:])
            length, answered, info = HEAD.unpack(child.stdout.read(16))
            equal((answered, info), (number, ONLY), program)
            child.stdout.read(length - 12)
        child.stdin.close()
        equal(child.wait(60), 0, program)


main()
