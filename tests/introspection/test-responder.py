#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers that use the library: the one in Python in examples/, and what a binding sees of WeirResponder."""
import json
import os
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from tap import equal, main, test, true  # noqa: E402

WORKER = os.path.join(ROOT, "examples/workers/responder.py")
WEIR = os.path.join(os.environ["WEIR_BUILD"], "weir")
HEAD = struct.Struct("<IQI")
ONLY, MORE, END, ERROR, READY = range(5)
NO_DEADLINE = 0xFFFFFFFF


def frame(record_id, payload):
    return HEAD.pack(12 + len(payload), record_id, NO_DEADLINE) + payload


def cut(data):
    """(id, kind, payload) of each frame; the one that says that the worker is ready is left out."""
    frames = []
    while data:
        length, record_id, kind = HEAD.unpack_from(data)
        frames.append((record_id, kind, data[16:4 + length]))
        data = data[4 + length:]
    equal(frames[0], (0, READY, b""), "the first frame")
    return frames[1:]


def talk(command, *payloads):
    data = b"".join(frame(i + 1, p) for i, p in enumerate(payloads))
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, timeout=60, check=True)
    return cut(done.stdout)


def python(body):
    return [sys.executable, "-c", "import gi\ngi.require_version('Weir', '1.0')\nfrom gi.repository import GLib, Weir\n"
            "worker = Weir.Responder.new_from_environment()\n" + body]


@test("the worker in Python answers frames on standard input and output")
def _():
    replies = talk([WORKER], b'{"a":1,"b":"\xc3\xa9"}', b"[", b"3")
    equal([(i, kind) for i, kind, _p in replies], [(1, ONLY), (2, ERROR), (3, ERROR)])
    equal(json.loads(replies[0][2]), {"a": 1, "b": "é", "fields": 2})


@test("it serves a stage with either framing, and keeps the order")
def _():
    rows = [{"i": i, "s": "x" * (i % 90)} for i in range(3000)]
    for framing in "frames", "shared-memory":
        graph = {"stages": [{"type": "source.stdin"},
                            {"type": "transform.exec", "command": [WORKER], "framing": framing, "workers": 2},
                            {"type": "sink.stdout"}]}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"name": "responder", **graph}, file)
            file.flush()
            done = subprocess.run([WEIR, "run", "--quiet", file.name], stdout=subprocess.PIPE, timeout=60, check=True,
                                  input="".join(json.dumps(r) + "\n" for r in rows).encode())
        equal([json.loads(line) for line in done.stdout.splitlines()], [{**r, "fields": 2} for r in rows], framing)


@test("an answer may have many outputs or none, and what is printed is no answer")
def _():
    body = """
while (text := worker.read()) is not None:
    print('seen', text)
    for word in text.split():
        worker.emit(word, -1)
    worker.finish()
"""
    replies = talk(python(body), b"two words", b"")
    equal(replies, [(1, MORE, b"two"), (1, MORE, b"words"), (1, END, b""), (2, END, b"")])


@test("bytes need not be UTF-8")
def _():
    body = """
while (data := worker.read_bytes()) is not None:
    worker.reply_bytes(GLib.Bytes.new(data.get_data()[::-1]))
"""
    equal(talk(python(body), b"\x00\xff\n"), [(1, ONLY, b"\n\xff\x00")])


@test("garbage is an error that can be caught")
def _():
    body = """
try:
    worker.read()
except GLib.Error as error:
    raise SystemExit(7 if 'impossible length' in error.message else 1)
"""
    done = subprocess.run(python(body), input=b"\xff" * 16, stdout=subprocess.DEVNULL, timeout=60, check=False)
    equal(done.returncode, 7)


true(os.access(WORKER, os.X_OK), WORKER)
main()
