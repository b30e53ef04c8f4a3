# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the built command: WEIR in the environment names it."""
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from tap import Skip, equal, main, tell, test, true  # noqa: E402,F401

WEIR = os.environ["WEIR"]
LIMIT = 60  # seconds that no command of these tests needs
STDIN = {"type": "source.stdin"}
STDOUT = {"type": "sink.stdout"}
OUTCOMES = ("out", "filtered", "absorbed", "invalid", "late", "shed", "failed", "in_flight")


class Result:
    def __init__(self, done):
        self.code = done.returncode
        self.bytes = done.stdout or b""
        self.out = self.bytes.decode("utf-8", "replace")
        self.err = (done.stderr or b"").decode("utf-8", "replace")

    @property
    def records(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.out[:600]}\nstderr: {self.err[:1200]}"


def weir(*arguments, input="", **environment):
    """Runs weir with ARGUMENTS to its end; input is text or bytes."""
    return Result(subprocess.run([WEIR, *arguments], input=input.encode() if isinstance(input, str) else input,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT,
                                 env={**os.environ, **environment}))


@contextlib.contextmanager
def started(*arguments, **options):
    """Runs weir in the background; it is killed if it still runs at the end."""
    process = subprocess.Popen([WEIR, *arguments], **{"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE, **options})
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="weir-test-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        true(time.monotonic() < end, what() if callable(what) else what)
        time.sleep(0.01)


def memory_of(process, name="VmHWM"):
    """KiB, by their name in the status of the process."""
    return int(re.search(rf"{name}:\s+(\d+)", read(f"/proc/{process.pid}/status")).group(1))


def write(path, content):
    with open(path, "w", encoding="utf-8") as file:
        file.write(content if isinstance(content, str) else json.dumps(content, indent=2))
    return path


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def pipeline(*stages, **keys):
    return {"name": "test", "stages": list(stages), **keys}


def ndjson(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def report_of(path):
    report = json.loads(read(path))
    ledgers = [report["records"], *(stage["records"] for stage in report["stages"])]
    for ledger in ledgers:
        equal(ledger["in"] + ledger["created"], sum(ledger[key] for key in OUTCOMES), f"ledger {ledger}")
    equal(report["balanced"], True)
    return report


def expect(result, code, *words):
    """The exit code, and WORDS on standard error."""
    equal(result.code, code, result)
    for word in words:
        true(word in result.err, f"{word!r} on standard error of {result}")
