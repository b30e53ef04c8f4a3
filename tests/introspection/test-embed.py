#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs in examples/ that embed the library run, and give what the pipeline says."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from tap import Skip, equal, main, test, true  # noqa: E402

BUILD = os.environ["WEIR_BUILD"]


def expected(hidden):
    """(ip, path, status) of the server errors, with the last parts of the address hidden."""
    with open(os.path.join(ROOT, "data/samples/access.ndjson"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    mask = lambda ip: ".".join(ip.split(".")[:-hidden] + ["x"] * hidden)  # noqa: E731
    return [{"ip": mask(r["remote_addr"]), "path": r["path"], "status": r["status"]} for r in rows if r["status"] >= 500]


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, timeout=60)
    equal(done.returncode, 0, done.stderr.decode())
    return done.stdout.decode().splitlines()


def need(program):
    return shutil.which(program) or skip(f"{program} is not installed")


def skip(reason):
    raise Skip(reason)


def tells(lines, hidden):
    rows = expected(hidden)
    equal([json.loads(line) for line in lines[:len(rows)]], rows)
    return "\n".join(lines[len(rows):])


@test("from Python")
def _():
    if subprocess.run(["/usr/bin/python3", "-c", "import gi"], stderr=subprocess.DEVNULL).returncode:
        skip("PyGObject is not installed")
    true("in 200" in tells(run("/usr/bin/python3", "examples/embed.py"), 2))


@test("from JavaScript")
def _():
    true("in 200" in tells(run(need("gjs"), "examples/embed.js"), 2))


@test("from C")
def _():
    report = json.loads(tells(run(os.path.join(BUILD, "examples", "embed")), 1))
    equal((report["records"]["in"], report["balanced"]), (200, True))


@test("from Vala")
def _():
    compiler = need("valac")
    packages = run("pkg-config", "--cflags", "gio-unix-2.0", "json-glib-1.0")[0].split()
    places = ["-I" + os.path.join(ROOT, "include"), "-I" + os.path.join(BUILD, "include"), "-L" + os.path.join(BUILD, "core")]
    flags = [part for flag in ("-w", *packages, *places, "-lweir-1") for part in ("-X", flag)]
    gir = os.path.join(BUILD, "core")
    with tempfile.TemporaryDirectory(prefix="weir-vala-") as folder:
        source, program = shutil.copy(os.path.join(ROOT, "examples/embed.vala"), folder), os.path.join(folder, "embed")
        run(compiler, "--girdir", gir, "--pkg", "gio-2.0", "--pkg", "Weir-1.0", *flags, "-o", program, source)
        report = json.loads(tells(run(program), 1))
    equal((report["records"]["in"], report["balanced"]), (200, True))


main()
