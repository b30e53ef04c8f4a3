#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""weir bench."""
import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.dom.minidom

from command import ROOT, WEIR, Skip, equal, expect, folder, main, read, started, test, true, weir

SMALL = ("--records", "2000", "--repeat", "3")
JOBS = ("j1", "j2", "j3", "j4", "j5", "j6")


def rows_of(*arguments):
    result = weir("bench", "--json", *arguments)
    expect(result, 0)
    return json.loads(result.out)


@test("--list names the benchmarks, one a line")
def _():
    result = weir("bench", "--list")
    expect(result, 0)
    names = [line.split()[0] for line in result.out.splitlines()]
    equal(names, [*JOBS, "spawn", "workers", "memory", "latency"])


@test("a job prints records, megabytes and latency of both modes")
def _():
    result = weir("bench", "j2", *SMALL)
    expect(result, 0)
    words = ("records/s", "MB/s", "p99", "2000 records", "3 runs", "in-process", "end-to-end")
    true(all(word in result.out for word in words), result)


@test("each job runs in both modes, with the median between the slowest and the fastest")
def _():
    report = rows_of(*JOBS, "--records", "2000", "--repeat", "1")
    equal([(row["name"], row["mode"]) for row in report["benchmarks"]],
          [(name, mode) for name in JOBS for mode in ("in-process", "end-to-end")])
    for row in report["benchmarks"]:
        equal((row["records"], row["repeat"], row["threads"]), (2000, 1, 1))
        true(row["bytes"] > 2000 * (100 if row["name"] == "j6" else 300), row)
        for key in ("seconds", "records_per_second", "megabytes_per_second"):
            true(0 < row[key]["min"] <= row[key]["median"] <= row[key]["max"], row)
        true(row["latency_us"]["p50"] <= row["latency_us"]["p99"] <= row["latency_us"]["p999"], row)


@test("spawn and memory compare ways to do the same")
def _():
    report = rows_of("spawn", "memory", *SMALL)
    equal([row["mode"] for row in report["benchmarks"]], ["posix_spawn", "guard", "guard-4GiB", "g_spawn_sync", "GSubprocess", "pool", "malloc"])
    true(all(row["nanoseconds_each"]["median"] > 0 for row in report["benchmarks"]), report)


@test("workers has a row for each way to reach one, and needs the example workers")
def _():
    report = rows_of("workers", *SMALL)
    equal([row["mode"] for row in report["benchmarks"]], ["lines", "lines-one", "frames-c", "frames-python", "memory-one"])
    equal([row["records"] for row in report["benchmarks"]], [2000, 100, 2000, 2000, 100])
    true(all(row["nanoseconds_each"]["median"] > 0 for row in report["benchmarks"]), report)
    expect(weir("bench", "workers", "--workers", "/no/such/folder"), 1, "bench workers", "/no/such/folder", "--workers")


@test("--json tells the machine and the version")
def _():
    report = rows_of("memory", *SMALL)
    true(report["machine"]["cpu"] and report["machine"]["cpus"] >= 1, report)
    true(report["version"] in weir("--version").out, report)


@test("without names all are run")
def _():
    result = weir("bench", "--records", "1000", "--repeat", "1")
    expect(result, 0)
    true(all(f"{name}: " in result.out for name in (*JOBS, "spawn", "workers", "memory")), result)
    equal(result.err, "")


@test("--threads 0 and 2 run the jobs too")
def _():
    for threads in (0, 2):
        rows = rows_of("j4", "--records", "3000", "--repeat", "1", "--threads", str(threads))["benchmarks"]
        equal([(row["records"], row["threads"]) for row in rows], [(3000, threads)] * 2)


@test("the data leaves nothing behind")
def _():
    with folder() as path:
        expect(weir("bench", "j1", *SMALL, TMPDIR=path), 0)
        equal(os.listdir(path), [])


@test("data that cannot be made is an error")
def _():
    expect(weir("bench", "j1", *SMALL, TMPDIR="/no/such/folder"), 1, "bench j1", "/no/such/folder")


WAYS = ["relay", "tcp", "in-process"]
QUANTILES = ["p50", "p90", "p99", "p999", "max"]
SHORT = ("latency", "--rate", "2000", "--duration", "200ms")


@test("latency accounts for every record that it offered, in each way, and draws it")
def _():
    with folder() as path:
        report = rows_of(*SHORT, "--plot", f"{path}/l.svg")
        picture = xml.dom.minidom.parseString(read(f"{path}/l.svg"))
    equal([row["mode"] for row in report["benchmarks"]], WAYS)
    for row in report["benchmarks"]:
        equal((row["rate"], row["records"], row["met"] + row["missed"]), (2000, 400, 400), row)
        equal(row["arrived"], 400, row)
        latency = [row["latency_us"][name] for name in QUANTILES]
        true(0 < latency[0] and latency == sorted(latency), row)
        equal(round(row["goodput"] * row["seconds"]), row["met"], row)
    texts = [node.firstChild.data for node in picture.getElementsByTagName("text")]
    true("p99.9" in texts and any("weir bench" in text for text in texts), texts)
    true(not re.search("href|url", picture.toxml()), "refers to something")


@test("latency as text has a table for each way, and the machine's own lag")
def _():
    result = weir("bench", *SHORT, "--arrivals", "poisson", "--deadline", "1s")
    expect(result, 0)
    true(all(word in result.out for word in ("poisson", "offered/s", "goodput/s", "p99.9", "sender's lag", "deadline 1s")), result)
    equal([line.split(":")[0] for line in result.out.splitlines() if re.match("[a-z]", line)], ["latency", *WAYS])


@test("latency without a rate raises it until the deadline is no longer met")
def _():
    rows = rows_of("latency", "--duration", "20ms", "--deadline", "1ns")["benchmarks"]
    equal([(row["mode"], row["rate"]) for row in rows], [(way, rate) for way in WAYS for rate in (1000, 2000)])
    true(all(row["met"] == 0 and row["goodput"] == 0 for row in rows), rows)


@test("latency under overload: with a stage of known cost, what is shed was offered all the same")
def _():
    rows = rows_of("latency", "--overload", "--rate", "10000", "--duration", "300ms", "--arrivals", "poisson")["benchmarks"]
    equal([(row["mode"], row["cost_us"]) for row in rows], [("shed", 200), ("block", 200)])
    for row in rows:
        equal(row["met"] + row["missed"], row["records"], row)
        true(row["records"] > 2000 and row["goodput"] <= 5500, row)
    shed, block = rows
    true(shed["arrived"] < shed["records"] and block["arrived"] == block["records"], rows)
    true(shed["latency_us"]["p50"] < block["latency_us"]["p50"], rows)


def descendants(pid):
    """PID and all below it, the nearest first."""
    found = [pid]
    for parent in found:
        done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], stdout=subprocess.PIPE, check=False)
        found += [int(word) for word in done.stdout.split()]
    return found


def wait_for_server(pid):
    """The `weir run` below PID, when it has been there for a moment."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for child in descendants(pid)[1:]:
            if b"source.tcp" in open(f"/proc/{child}/cmdline", "rb").read():
                return child
        time.sleep(0.01)
    raise AssertionError("no server was started")


@test("a server that stands still shows in all records that were meant for that time")
def _():
    with started("bench", "latency", "--json", "--rate", "2000", "--duration", "2s", stdout=subprocess.PIPE) as process:
        server = wait_for_server(process.pid)
        time.sleep(1.2)
        os.kill(server, signal.SIGSTOP)
        time.sleep(0.5)
        os.kill(server, signal.SIGCONT)
        row = json.loads(process.communicate(timeout=60)[0])["benchmarks"][1]
    equal((row["mode"], row["records"], row["arrived"]), ("tcp", 4000, 4000), row)
    true(row["missed"] >= 800 and row["latency_us"]["p90"] >= 200000, row)  # of 1000 meant for that half second
    true(row["latency_us"]["p50"] < 100000, row)


@test("the server of latency does not outlive it")
def _():
    with started("bench", "latency", "--rate", "1000", "--duration", "2s", stdout=subprocess.DEVNULL) as process:
        server = wait_for_server(process.pid)
        process.kill()
        end = time.monotonic() + 10
        while os.path.exists(f"/proc/{server}") and time.monotonic() < end:
            time.sleep(0.01)
    true(not os.path.exists(f"/proc/{server}"), f"{server} still runs")


@test("a picture that cannot be written is an error")
def _():
    expect(weir("bench", *SHORT, "--plot", "/no/such/folder/l.svg"), 1, "bench latency", "/no/such/folder")


@test("tests/bench/compare measures weir beside a tool that is there")
def _():
    command = [sys.executable, os.path.join(ROOT, "tests/bench/compare"), "--weir", WEIR, "--tools", "python3", "--jobs", "j2", "j5", "j6",
               "--records", "2000", "--runs", "1", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60)
    equal(done.returncode, 0, done.stderr.decode())
    report = json.loads(done.stdout)
    equal(report["left_out"], [])
    equal([(row["job"], row["tool"]) for row in report["results"] if "ratio" in row], [("j2", "python3"), ("j5", "python3"), ("j6", "python3")])


@test("bad usage is exit 2")
def _():
    expect(weir("bench", "nothing"), 2, "nothing")
    expect(weir("bench", "j2", "j7"), 2, "j7")
    expect(weir("bench", "--records", "0"), 2, "--records")
    expect(weir("bench", "--repeat", "0"), 2, "--repeat")
    expect(weir("bench", "--threads", "-1"), 2, "--threads")
    for option, wrong in (("--rate", "-1"), ("--rate", "1e9"), ("--rate", "nan"), ("--duration", "0s"), ("--duration", "5"), ("--deadline", "1h"),
                          ("--arrivals", "often")):
        expect(weir("bench", "latency", option, wrong), 2, option)


@test("a picture that cannot be written is told before anything is measured")
def _():
    begun = time.monotonic()
    expect(weir("bench", "latency", "--duration", "20s", "--rate", "1000", "--plot", "/no/such/folder/l.svg"), 1, "/no/such/folder/l.svg")
    true(time.monotonic() - begun < 15, "it measured first")


main()
