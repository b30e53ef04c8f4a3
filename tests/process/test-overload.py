#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Live streams that bring twice what a slow stage can do: what is delivered is on time, and it is much, and the right ones."""
import contextlib
import json
import signal
import socket
import sys
import threading
import time

from command import Skip, equal, folder, free_port, main, pipeline, report_of, started, tell, test, true, wait_for, weir, write

SLOW = """import sys, time
wait = FIRST
for line in sys.stdin:
    time.sleep(wait)
    wait = EACH
    print(line, end="", flush=True)
"""
NULL = {"type": "sink.null"}


def worker(each, first=0):
    """A stage that takes so many seconds for a record."""
    return {"type": "transform.exec", "workers": 1, "command": [sys.executable, "-c", SLOW.replace("EACH", str(each)).replace("FIRST", str(first or each))]}


def run(stages, **keys):
    with folder() as path:
        equal(weir("run", "-q", "--report", path + "/r", write(path + "/p.json", pipeline(*stages, **keys))).code, 0)
        return report_of(path + "/r")


def generate(count, **options):
    return {"type": "source.generate", "count": count, "record": {"i": 1}, **options}


def measure_capacity(stage, count):
    """Records per second that the stage can do, on one thread of weir."""
    report = run([generate(count), stage, NULL], threads=1)
    return report["records"]["out"] / report["seconds"]


def overload(stage, capacity, seconds, deadline):
    """Twice the capacity for so many seconds."""
    rate = 2 * capacity
    return run([generate(int(rate * seconds), rate=rate, live=True), stage, NULL], deadline=deadline, late="drop", overload="shed", threads=1)


def is_good(stage, capacity, attempt):
    report = overload(stage, capacity, 3, "50ms")
    goodput = report["deadline"]["met"] / report["seconds"] / capacity
    tell(f"{attempt}: capacity {capacity:.0f}/s, goodput {goodput:.2f} of it, p99 {report['latency_us']['p99'] / 1000:.1f} ms, {report['records']}")
    true(report["latency_us"]["p99"] <= 50000 and report["records"]["shed"] > 0, report)
    return goodput >= 0.6


def check_overload(stage, count, nominal=0):
    """In one attempt of three: the machine may have something else to do."""
    for attempt in (1, 2, 3):
        capacity = measure_capacity(stage, count)
        if capacity > 0.7 * nominal and is_good(stage, capacity, attempt):
            return
    if capacity <= 0.7 * nominal:
        raise Skip(f"the machine is busy: {capacity:.0f} records/s where {nominal} should be")
    raise AssertionError("goodput is below 0.6 of the capacity")


@test("at twice the capacity of a worker what is delivered is on time, and most of what it can do")
def _():
    check_overload(worker(0.002), 500, 450)


@test("at twice the capacity of an expression it is the same")
def _():
    check_overload({"type": "transform.map", "to": "[range(200000)] | map(. * 2) | add"}, 200)


@test("a stage that was slow once is tried again, and served as soon as it is fast")
def _():
    report = run([generate(6000, rate=2000, live=True), worker(0.001, first=0.3), NULL], deadline="100ms", late="drop", overload="shed")
    true(report["deadline"]["met"] > 1000, report["records"])


@contextlib.contextmanager
def two_doors(path):
    """A pipeline that two kinds of client send to, by one slow stage to a file."""
    ports = [free_port(), free_port()]
    sources = [{"id": f"in-{port}", "type": "source.tcp", "listen": f"127.0.0.1:{port}"} for port in ports]
    stages = [*sources, {**worker(0.001), "from": [source["id"] for source in sources]}, {"type": "sink.file", "path": path + "/out"}]
    file = write(path + "/p.json", pipeline(*stages, deadline="100ms", late="drop", overload="shed", priority=".p"))
    with started("run", "--report", path + "/r", file) as process:
        yield process, ports


def send_evenly(port, priority, rate, seconds, counts):
    """Sends at the rate, whatever becomes of it; those that are due together go together."""
    begun, sent = time.monotonic(), 0
    line = b'{"p":%d}\n' % priority
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        while sent < rate * seconds:
            due = min(int((time.monotonic() - begun) * rate) + 1, rate * seconds)
            client.sendall(line * (due - sent))
            sent = due
            time.sleep(0.002)
    counts[priority] = sent


def listens(port):
    with contextlib.suppress(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=20).close()
        return True


@test("of two streams over TCP the one of high priority comes through")
def _():
    with folder() as path, two_doors(path) as (process, ports):
        for port in ports:
            wait_for(lambda: listens(port), "a listener")
        sent = {}
        senders = [threading.Thread(target=send_evenly, args=(port, priority, rate, 4, sent))
                   for port, priority, rate in zip(ports, (1, 9), (1500, 300))]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        equal(process.wait(30), 0)
        records = report_of(path + "/r")["records"]
        with open(path + "/out", encoding="utf-8") as file:
            high = sum(json.loads(line)["p"] == 9 for line in file)
        tell(f"{high} of {sent[9]} of priority 9; {records}")
        equal(records["in"], sent[1] + sent[9])
        true(records["shed"] > 0 and records["out"] > 0.3 * records["in"], records)
        true(high >= 0.85 * sent[9], f"{high} of {sent[9]} of priority 9: {records}")


main()
