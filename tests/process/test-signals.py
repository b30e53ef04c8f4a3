#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Interrupts: the first drains, the second ends the process whatever hangs."""
import os
import signal
import subprocess
import time

from command import equal, expect, folder, main, read, report_of, started, test, true, weir

GENERATE = "source.generate rate=2000"


def wait_for(condition, what):
    """Waits until the condition holds: the process under test has come so far."""
    end = time.monotonic() + 20
    while not condition():
        true(time.monotonic() < end, what)
        time.sleep(0.02)


def has_lines(path, number):
    return lambda: os.path.exists(path) and os.path.getsize(path) > 0 and read(path).count("\n") >= number


def drains(number):
    with folder() as path:
        with started("run", "--report", path + "/r", "-e", f"{GENERATE} ! sink.file path={path}/out") as process:
            wait_for(has_lines(path + "/out", 100), "records in the file")
            process.send_signal(number)
            equal(process.wait(10), 0)
            true(b"in" in process.stderr.read(), "the ledger")
        records = report_of(path + "/r")["records"]
        equal((records["in"], records["out"], records["in_flight"]), (read(path + "/out").count("\n"),) * 2 + (0,))


@test("SIGINT stops the source, drains, and exits 0 with the ledger")
def _():
    drains(signal.SIGINT)


@test("SIGTERM does the same")
def _():
    drains(signal.SIGTERM)


@test("SIGHUP does the same, unless it is ignored as under nohup")
def _():
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever the suite was started under
    drains(signal.SIGHUP)
    with folder() as path:
        with started("run", "-q", "-e", f"{GENERATE} ! sink.file path={path}/out",
                     preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as process:
            wait_for(has_lines(path + "/out", 100), "records in the file")
            process.send_signal(signal.SIGHUP)
            seen = read(path + "/out").count("\n")
            wait_for(has_lines(path + "/out", seen + 1000), "records after the signal")
            process.send_signal(signal.SIGINT)
            equal(process.wait(10), 0)


@test("SIGINT flushes an open aggregate")
def _():
    with folder() as path:
        line = f"{GENERATE} ! aggregate.group compute='{{\"n\": \"count()\"}}' ! sink.file path={path}/out"
        with started("run", "--report", path + "/r", "-e", line) as process:
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            equal(process.wait(10), 0)
        records = report_of(path + "/r")["records"]
        equal((records["created"], records["out"]), (1, 1))
        equal(read(path + "/out"), '{"n":%d}\n' % records["in"])


@test("with no threads at all SIGINT drains as well")
def _():
    with started("run", "--threads", "0", "-e", "source.generate ! sink.null") as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        equal(process.wait(10), 0)


@test("a second interrupt aborts a drain that is stuck: 130 within a second, ledger and report written")
def _():
    with folder() as path:
        with started("run", "--report", path + "/r", "-e", "source.generate ! sink.stdout", stdout=subprocess.PIPE) as process:
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            equal(process.poll(), None, "it ended although nobody reads")
            second = time.monotonic()
            process.send_signal(signal.SIGTERM)
            equal(process.wait(10), 130)
            true(time.monotonic() - second < 1.5, "it took too long")
            true(b"in" in process.stderr.read(), "the ledger")
        report_of(path + "/r")


@test("a start that hangs on a pipe that nobody opens is ended by the second interrupt")
def _():
    with folder() as path:
        os.mkfifo(path + "/fifo")
        with started("run", "-q", "-e", f"source.file path={path}/fifo ! sink.null") as process:
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                equal(process.wait(3), 130)


@test("a terminal is told what an interrupt does, and sees a live line")
def _():
    master, slave = os.openpty()
    with started("run", "-e", f"{GENERATE} ! sink.null", stderr=slave) as process:
        os.close(slave)
        seen = b""
        while b"/s  p99 " not in seen:
            seen += os.read(master, 4096)
        process.send_signal(signal.SIGINT)
        try:
            while data := os.read(master, 4096):
                seen += data
        except OSError:  # the last writer closed the terminal
            pass
        equal(process.wait(10), 0)
        true(b"interrupt again to abort" in seen and b"\x1b[K" in seen, seen)
    os.close(master)


main()
