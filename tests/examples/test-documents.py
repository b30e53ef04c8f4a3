#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the documents show of a command is what it prints; times may differ.

A block under `<!-- run: COMMAND -->` is compared. `test-documents.py --update` writes these blocks
anew, and those under `<!-- file: NAME -->`, which the lint compares.
"""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from tap import equal, main, test, true  # noqa: E402

DOCUMENTS = [os.path.join(ROOT, "README.md"), *sorted(glob.glob(os.path.join(ROOT, "data/docs/*.md")))]
BLOCK = re.compile(r"(<!-- run: (.+?) -->\n+```\w*\n)(.*?)(^```)", re.MULTILINE | re.DOTALL)
FILE = re.compile(BLOCK.pattern.replace("run:", "file:"), BLOCK.flags)
TIME = re.compile(r"\d[\d.,]*\s*(ns|us|µs|ms|s|min|h|/s|MB/s)\b")


def run(command):
    """Standard output and standard error, as a terminal shows them."""
    path = os.path.dirname(os.path.abspath(os.environ["WEIR"])) + ":" + os.environ["PATH"]
    environment = {**os.environ, "PATH": path, "OUT": "/dev/null", "DEAD": "/dev/null"}
    done = subprocess.run(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, cwd=ROOT, timeout=60, env=environment)
    return done.stdout.decode()


def timeless(text):
    return [re.sub(r"\s+", " ", TIME.sub("T", line)).strip() for line in text.splitlines()]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def update():
    for document in DOCUMENTS:
        text = FILE.sub(lambda m: m.group(1) + read(m.group(2)) + m.group(4), read(document))
        text = BLOCK.sub(lambda m: m.group(1) + re.sub(" +$", "", run(m.group(2)), flags=re.MULTILINE) + m.group(4), text)
        with open(document, "w", encoding="utf-8") as file:
            file.write(text)


def compare(command, text, document):
    """A machine that stalls may miss a deadline that the document shows as met: three tries."""
    for _try in range(3):
        got = timeless(run(command))
        if got == timeless(text):
            return
    equal(got, timeless(text), f"{command} in {document}")


@test("each command that a document shows prints what the document says")
def _():
    shown = 0
    for document in DOCUMENTS:
        for _head, command, text, _end in BLOCK.findall(read(document)):
            compare(command, text, os.path.basename(document))
            shown += 1
    true(shown, "no document shows a command")


if sys.argv[1:] == ["--update"]:
    update()
else:
    main()
