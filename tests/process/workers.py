# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pipelines with one worker stage: BADWORKER in the environment names a program that misbehaves as it is told to."""
import contextlib
import json
import os
import subprocess
import time

from command import STDIN, STDOUT, equal, folder, ndjson, pipeline, read, report_of, started, true, weir, write  # noqa: F401

BADWORKER = os.environ["BADWORKER"]
ROWS = [{"i": i, "k": i % 7, "s": "x" * (i % 50)} for i in range(1000)]


def bad(*arguments):
    return [BADWORKER, *map(str, arguments)]


def stage_of(command, type="transform.exec", **options):
    """The stage x; names of options are written with underscores."""
    options = {"restart_delay": "1ms", **options}
    return {"id": "x", "type": type, "command": command, **{name.replace("_", "-"): value for name, value in options.items()}}


def workers_of(report):
    """What the report says of the workers of the stage x."""
    return next(stage for stage in report["stages"] if stage["id"] == "x")["workers"]


class Outcome:
    """What came out of a run, and that its ledger balances with nothing left in flight."""

    def __init__(self, result, report, letters):
        self.result, self.report, self.letters = result, report, letters
        equal(report["records"]["in_flight"], 0)

    @property
    def out(self):
        return self.result.records

    @property
    def dead(self):
        return [letter["record"] for letter in self.letters]

    @property
    def counts(self):
        return self.report["records"]

    @property
    def stage(self):
        return next(stage for stage in self.report["stages"] if stage["id"] == "x")

    def __repr__(self):
        return f"{self.result}\n{self.counts}\nletters: {self.letters[:3]}"


def save(path, stage, **keys):
    dead = {"dead-letter": {"type": "sink.file", "path": path + "/dead"}}
    return write(path + "/p.json", pipeline(STDIN, stage, STDOUT, **{**dead, **keys}))


def work(stage, rows, code=0, **keys):
    """Runs rows through the stage to the end."""
    with folder() as path:
        result = weir("run", save(path, stage, **keys), "--report", path + "/r", input=ndjson(rows))
        equal(result.code, code, result)
        letters = [json.loads(line) for line in read(path + "/dead").splitlines()] if os.path.exists(path + "/dead") else []
        return Outcome(result, report_of(path + "/r"), letters)


def has_one_outcome_each(outcome, rows):
    """Each row came out or is a dead letter, once, as it was."""
    def order(row):
        return row["i"]
    equal(sorted(outcome.out + outcome.dead, key=order), rows, outcome)


def wait_for(condition, what, seconds=15):
    """Polls until the condition holds, and returns what it gave."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        true(time.monotonic() < end, what)
        time.sleep(0.01)
    return value


def find_marked(mark):
    """Live processes, a zombie is none, that have the mark among their arguments; weir itself has it in a file."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if mark.encode() in file.read().split(b"\0") and state_of(pid) != "Z":
                    found.append(int(pid))
        except OSError:
            pass
    return found


def stat_of(pid):
    """The fields of /proc/PID/stat behind the name; [] when it is gone."""
    try:
        return read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    except OSError:
        return []


def state_of(pid):
    return (stat_of(pid) or ["Z"])[0]


def family_of(pid):
    """The process and its descendants."""
    stats = {int(name): stat_of(name) for name in os.listdir("/proc") if name.isdigit()}
    family = {pid}
    while more := {child for child, stat in stats.items() if stat and int(stat[1]) in family} - family:
        family |= more
    return family


def cpu_of(pid):
    """Seconds that the process and its descendants have used."""
    stats = filter(None, map(stat_of, family_of(pid)))
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def holdings_of(pid):
    """What a run holds: its processes, with zombies, descriptors of weir and of its guards, and shared memory."""
    family = family_of(pid)
    guards = [child for child in family if stat_of(child)[1:2] == [str(pid)]]
    descriptors = [len(os.listdir(f"/proc/{holder}/fd")) for holder in [pid, *guards]]
    maps = sum("memfd:" in line for line in read(f"/proc/{pid}/maps").splitlines())
    return {"processes": len(family), "zombies": sum(state_of(child) == "Z" for child in family),
            "descriptors": descriptors, "maps": maps}


class Session:
    """A run that is talked to, a record at a time; see conversation()."""

    def __init__(self, process, path):
        self.process, self.path = process, path

    def send(self, *rows):
        self.process.stdin.write(ndjson(rows).encode())
        self.process.stdin.flush()

    def receive(self):
        line = self.process.stdout.readline()
        true(line, "the run ended")
        return json.loads(line)

    def ask(self, row):
        self.send(row)
        return self.receive()

    def finish(self, code=0):
        self.process.stdin.close()
        equal(self.process.wait(20), code)
        return report_of(self.path + "/r")


@contextlib.contextmanager
def conversation(stage, **keys):
    with folder() as path, open(path + "/err", "wb") as errors:
        with started("run", "--quiet", save(path, stage, **keys), "--report", path + "/r", stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE, stderr=errors, close_fds=False) as process:
            yield Session(process, path)
