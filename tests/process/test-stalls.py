#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A sink that stalls while the source goes on at full speed: memory comes to rest. An argument is how many seconds that lasts."""
import contextlib
import signal
import socket
import subprocess
import sys
import time

from command import folder, main, memory_of, report_of, started, tell, test, true

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 10
MOST, MOST_MORE = 96 * 1024, 4 * 1024  # KiB: in all, and after the first second


class Stalled:
    """A run that writes to who reads nothing."""

    def __init__(self, stack, name, source):
        self.name, self.path = name, stack.enter_context(folder())
        self.listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        sink = {"tcp": "sink.tcp connect=127.0.0.1:%d drain-timeout=300ms" % self.listener.getsockname()[1], "stdout": "sink.stdout"}[name]
        command = ["run", "-q", "--report", self.path + "/r", "-e", f"{source} ! {sink}"]
        self.process = stack.enter_context(started(*command, stdout=subprocess.PIPE))
        self.memory = []

    def weigh(self):
        true(self.process.poll() is None, f"{self.name}: it ended with {self.process.returncode}")
        self.memory.append(memory_of(self.process, "VmRSS"))

    def check_memory(self):
        begin, most, peak = self.memory[0], max(self.memory), memory_of(self.process)
        tell(f"{self.name}: {begin} KiB after a second, {most} at most in {SECONDS:g} s, {self.memory[-1]} at last, peak {peak}")
        true(most - begin < MOST_MORE, f"{self.name}: it grew from {begin} to {most} KiB")
        true(peak < MOST, f"{self.name}: peak {peak} KiB")

    def stop(self):
        """The counts of the report: its reader goes once the run was told to stop."""
        self.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        self.process.stdout.close()
        self.process.wait(30)
        records = report_of(self.path + "/r")["records"]
        tell(f"{self.name}: {records}")
        return records


def check_stalls(source):
    """Runs with both sinks at once; the counts of each."""
    with contextlib.ExitStack() as stack:
        runs = [Stalled(stack, name, source) for name in ("tcp", "stdout")]
        begun = time.monotonic()
        time.sleep(1)
        while time.monotonic() - begun < SECONDS:
            for run in runs:
                run.weigh()
            time.sleep(0.1)
        for run in runs:
            run.check_memory()
        return [run.stop() for run in runs]


@test("a source that is held back: memory stays as it was after a second")
def _():
    for records in check_stalls("source.generate"):
        true(records["shed"] == records["late"] == records["in_flight"] == 0, records)
        true(0 < records["failed"] <= records["in"], records)


@test("a live source, of which nearly all is shed: memory stays as it was after a second, and each is counted")
def _():
    for records in check_stalls("deadline=50ms late=drop overload=shed ! source.generate live=true"):
        true(records["shed"] > 0.9 * records["in"] > 10000 and records["in_flight"] == 0, records)


main()
