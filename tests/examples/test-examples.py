#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every pipeline in examples/ is checked, its tests are run, and it is run itself."""
import contextlib
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from tap import Skip, equal, main, test, true  # noqa: E402

WEIR = os.environ["WEIR"]
SAMPLE = os.path.join(ROOT, "data", "samples", "access.ndjson")
EXAMPLES = sorted(glob.glob(os.path.join(ROOT, "examples", "*.json")))
OUTCOMES = ("out", "filtered", "absorbed", "invalid", "late", "shed", "failed", "in_flight")


def weir(*arguments, **environment):
    with open(SAMPLE, "rb") as stdin:
        return subprocess.run([WEIR, *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
                              timeout=60, env={**os.environ, **environment})


@contextlib.contextmanager
def collector(file, folder, files):
    """A peer for a pipeline that ends with a sink that connects: its address. What it took is a file."""
    kind = load(file)["stages"][-1]["type"]
    listener = socket.socket(socket.AF_UNIX if kind == "sink.unix" else socket.AF_INET)
    listener.bind(os.path.join(folder, "collector") if kind == "sink.unix" else ("127.0.0.1", 0))
    listener.listen()
    taken = []

    def take():
        with contextlib.suppress(OSError):
            while True:
                with listener.accept()[0] as peer:
                    while piece := peer.recv(65536):
                        taken.append(piece)

    threads = [threading.Thread(target=take, daemon=True) for _i in range(2)]
    for thread in threads:
        thread.start()
    name = listener.getsockname()
    yield name if kind == "sink.unix" else "%s:%d" % name
    listener.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join()
    listener.close()
    if taken:
        files["COLLECTOR"] = b"".join(taken)


def client_of(kind, address):
    """A socket that is connected to a source, as soon as that listens."""
    family = socket.AF_UNIX if kind == "source.unix" else socket.AF_INET
    end = time.monotonic() + 30
    while True:
        client = socket.socket(family, socket.SOCK_DGRAM if kind == "source.udp" else socket.SOCK_STREAM)
        with contextlib.suppress(OSError):
            client.connect(address)
            if kind != "source.udp" or client.send(b"") == client.send(b"") == 0:
                return client
        client.close()
        true(time.monotonic() < end, f"nobody listens at {address}")
        time.sleep(0.02)


def is_fed(file):
    return load(file)["stages"][0]["type"] in ("source.tcp", "source.unix", "source.udp")


def free_port(kind):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "source.udp" else socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()


def fed(file, folder, *arguments, **environment):
    """Runs a pipeline that others send to: it gets the sample, and is interrupted."""
    kind = load(file)["stages"][0]["type"]
    address = os.path.join(folder, "listener") if kind == "source.unix" else free_port(kind)
    listen = address if kind == "source.unix" else "%s:%d" % address
    with subprocess.Popen([WEIR, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          cwd=ROOT, env={**os.environ, **environment, "LISTEN": listen}) as process:
        with client_of(kind, address) as client, open(SAMPLE, "rb") as sample:
            for line in sample:
                client.sendall(line)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def run(file, *arguments):
    """Runs a pipeline with its files in a folder of its own: (result, report, name → bytes)."""
    files = {}
    with tempfile.TemporaryDirectory(prefix="weir-examples-") as folder:
        path = {name: os.path.join(folder, name) for name in ("OUT", "DEAD", "report")}
        with collector(file, folder, files) as address:
            command = ("run", file, "--report", path["report"], *arguments)
            environment = {"OUT": path["OUT"], "DEAD": path["DEAD"], "COLLECTOR": address}
            done = fed(file, folder, *command, **environment) if is_fed(file) else weir(*command, **environment)
        equal(done.returncode, 0, done.stderr.decode())
        for name in set(os.listdir(folder)) - {"collector"}:
            with open(os.path.join(folder, name), "rb") as opened:
                files[name] = opened.read()
        return done, json.loads(files.pop("report")), files


def balanced(report):
    ledgers = [report["records"], *(stage["records"] for stage in report["stages"])]
    return report["balanced"] and all(r["in"] + r["created"] == sum(r[k] for k in OUTCOMES) for r in ledgers)


def load(file):
    with open(file, encoding="utf-8") as opened:
        return json.load(opened)


def checks(file):
    done = weir("check", file)
    equal(done.returncode, 0, done.stderr.decode())


def passes(file):
    pipeline = load(file)
    true(pipeline.get("description"), "it has no description")
    true(len(pipeline["stages"]) <= 6, "it has more than 6 stages")
    true(pipeline.get("tests"), "it has no tests")
    done = weir("test", file)
    equal(done.returncode, 0, (done.stdout + done.stderr).decode())


def runs(file):
    done, report, files = run(file)
    true(balanced(report), report)
    equal(report["records"]["in_flight"], 0)
    true(report["records"]["in"] >= 20, "it reads next to nothing")
    if load(file)["stages"][-1]["type"] != "sink.null":
        true(done.stdout or files, "nothing came out")


for FILE in EXAMPLES:
    NAME = os.path.basename(FILE)
    test(f"{NAME} has no mistakes")(lambda file=FILE: checks(file))
    test(f"{NAME} passes its own tests")(lambda file=FILE: passes(file))
    test(f"{NAME} runs, and its ledger balances")(lambda file=FILE: runs(file))


def example(name):
    return os.path.join(ROOT, "examples", name + ".json")


def jq(program):
    if not shutil.which("jq"):
        raise Skip("jq is not installed")
    done = subprocess.run(["jq", "-c", program, SAMPLE], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@test("server-errors gives what jq gives")
def _():
    done, _report, _files = run(example("server-errors"), "--deadline", "1h")
    expected = jq("select(.status >= 500) | {ip: .remote_addr, path, status, ms: (.request_time * 1000)}")
    equal([json.loads(line) for line in done.stdout.splitlines()], expected)


@test("routing writes and counts the same errors")
def _():
    done, report, files = run(example("routing"))
    errors = jq("select(.status >= 400)")
    equal(len(files["OUT"].splitlines()), len(errors))
    equal(sum(json.loads(line)["n"] for line in done.stdout.splitlines()), len(errors))
    equal(report["records"]["created"], len(errors) + len(done.stdout.splitlines()))


@test("deadlines sends what is late before the map out by its port")
def _():
    done, report, files = run(example("deadlines"), "--deadline", "1ns")
    equal((len(done.stdout), len(files["OUT"].splitlines())), (0, 200))
    equal((report["records"]["out"], report["deadline"]["missed"]), (200, 200))


@test("results has a line for each record, and they agree with the ledger")
def _():
    _done, report, files = run(example("results"))
    rows = [json.loads(line) for line in files["OUT"].splitlines()]
    equal(len(rows), report["records"]["in"])
    equal(sum(row["outcome"] == "filtered" for row in rows), report["records"]["filtered"])
    equal({row["stage"] for row in rows}, {"slow", "stdout"})


@test("validate-require writes dead letters that say why")
def _():
    _done, report, files = run(example("validate-require"))
    letters = [json.loads(line) for line in files["DEAD"].splitlines()]
    equal(len(letters), report["records"]["invalid"])
    equal({letter["reason"] for letter in letters}, {"invalid"})
    true(all(letter["message"] and letter["stage"] == "require" for letter in letters), letters)


main()
