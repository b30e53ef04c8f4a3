#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The wall clock is stepped by an hour, both ways, under pipelines that run: nothing but the time that is told may change."""
import contextlib
import json
import os
import select
import signal
import socket
import struct
import time

from command import equal, folder, free_port, main, pipeline, read, report_of, started, test, true, wait_for, write

HOUR = 3600
GENERATE = {"type": "source.generate", "rate": 1000, "live": True, "record": {"i": {"$seq": 1}}}
NOW = {"type": "transform.set", "fields": {".now": "now"}}


class Stepped:
    """A pipeline whose sink is the file `out`, on a wall clock that can be stepped."""

    def __init__(self, path):
        self.path, self.begun = path, time.monotonic()
        write(path + "/offset", "\0" * 8)

    def set_off(self, seconds):
        with open(self.path + "/offset", "r+b") as file:  # it stays the file that was mapped
            file.write(struct.pack("=q", seconds))

    def rows(self):
        with contextlib.suppress(FileNotFoundError):
            return [json.loads(line) for line in read(self.path + "/out").splitlines(True) if line.endswith("\n")]
        return []

    def is_off(self, seconds):
        """Whether the last record tells a time that is so many seconds off."""
        rows = self.rows()
        return bool(rows) and abs(rows[-1]["now"] - time.time() - seconds) < 60

    def step_both_ways(self, then):
        """Steps the clock, calls THEN, and waits until records tell the new time."""
        for seconds in (0, HOUR, 0, -HOUR, 0):
            self.set_off(seconds)
            then()
            wait_for(lambda: self.is_off(seconds), f"a record that is {seconds} s off")

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        told = self.process.stderr.read().decode()
        equal(self.process.wait(30), 0, told)
        return report_of(self.path + "/r"), told


@contextlib.contextmanager
def stepped(*stages, **keys):
    with folder() as path:
        run = Stepped(path)
        file = write(path + "/p.json", pipeline(*stages, NOW, {"type": "sink.file", "path": path + "/out"}, **keys))
        with started("run", "--report", path + "/r", file,
                     env={**os.environ, "LD_PRELOAD": os.environ["WEIR_STEP_WALL_CLOCK"], "WEIR_WALL_CLOCK": path + "/offset"}) as run.process:
            yield run


def check_stream(report, seconds):
    records, rate = report["records"], report["records"]["in"] / seconds
    equal({name: records[name] for name in ("late", "shed", "failed", "in_flight")}, {"late": 0, "shed": 0, "failed": 0, "in_flight": 0})
    equal((report["deadline"]["met"], report["deadline"]["missed"]), (records["in"], 0))
    true(700 < rate < 1100, f"{rate:.0f} records/s where 1000 are made")
    true(report["latency_us"]["max"] < 5e6 and abs(report["seconds"] - seconds) < 2, report)


@test("a live stream with a deadline goes on at its rate, and nothing is late or shed")
def _():
    with stepped(GENERATE, deadline="5s", late="drop", overload="shed") as run:
        run.step_both_ways(lambda: time.sleep(0.3))
        seconds = time.monotonic() - run.begun
        check_stream(run.stop()[0], seconds)


@test("without a deadline it goes on as well, on one thread and on the caller's")
def _():
    for threads in (0, 1):
        with stepped(GENERATE, threads=threads) as run:
            run.step_both_ways(lambda: None)
            seconds = time.monotonic() - run.begun
            records = run.stop()[0]["records"]
            equal(records["in"], records["out"])
            true(abs(records["in"] / seconds - 1000) < 300, f"{records['in']} records in {seconds:.1f} s")


def connect(port):
    with contextlib.suppress(ConnectionRefusedError):
        return socket.create_connection(("127.0.0.1", port), timeout=20)


@test("no connection is closed for being idle, and no worker for being slow")
def _():
    port = free_port()
    source = {"type": "source.tcp", "listen": f"127.0.0.1:{port}", "idle-timeout": "60s"}
    worker = {"type": "transform.exec", "command": ["cat"], "timeout": "60s", "idle-timeout": "60s"}
    with stepped(source, worker) as run, contextlib.ExitStack() as stack:
        clients = []
        wait_for(lambda: clients.append(connect(port)) or clients[-1], "a listener")
        client, silent = stack.enter_context(clients[-1]), stack.enter_context(connect(port))
        run.step_both_ways(lambda: client.sendall(b'{"i":1}\n'))
        true(not select.select([silent], [], [], 0.1)[0], "the silent one was closed")
        report, told = run.stop()
        equal((report["records"]["in"], report["records"]["out"]), (5, 5), told)
        equal([stage["workers"]["started"] for stage in report["stages"] if "workers" in stage], [1], told)


main()
