#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A thousand crashes of a worker: the run holds what it held before them."""
import os
import signal
import time

from command import main, test
from workers import ROWS, bad, conversation, equal, family_of, holdings_of, stage_of, stat_of, true, wait_for, \
    workers_of

CYCLES = 1000
ECHO = os.environ["WEIR_ECHO_SHARED_MEMORY"]


def settle(session):
    """What it holds when whoever was started last is there: weir, its guard and a worker."""
    def look():
        first = holdings_of(session.process.pid)
        time.sleep(0.05)
        return first if first == holdings_of(session.process.pid) and first["processes"] == 3 else None
    return wait_for(look, "it settles")


def holds_the_same(stage, cycle):
    """CYCLE takes a session and a record, and makes the worker crash once."""
    with conversation({**stage, "workers": 1}) as session:
        for row in ROWS[:20]:
            cycle(session, row)
        before = settle(session)
        for i in range(CYCLES):
            cycle(session, ROWS[i])
        equal(settle(session), before)
        equal(before["zombies"], 0)
        family = family_of(session.process.pid)
        true(workers_of(session.finish())["crashed"] >= CYCLES, "crashes")
        equal([pid for pid in family if stat_of(pid)], [], "left behind")


def find_workers(session):
    """The one that is there, not the guard."""
    return [pid for pid in family_of(session.process.pid) if pid != session.process.pid
            and stat_of(pid)[1:2] != [str(session.process.pid)]]


def ask(session, row):
    equal(session.ask(row), row)


@test("a thousand crashes after an answer leave no descriptor, no memory and no process")
def _():
    for framing in ("lines", "frames"):
        holds_the_same(stage_of(bad("--framing", framing, "--do", "reply,crash"), framing=framing), ask)


@test("a thousand crashes in the middle of an answer, each with a dead letter, leave nothing either")
def _():
    def cycle(session, row):
        session.send({**row, "s": "poison"})
        ask(session, {**row, "s": "good"})
    for framing in ("lines", "frames"):
        worker = bad("--framing", framing, "--match", "poison", "--do", "say:no,half,crash:11")
        holds_the_same(stage_of(worker, framing=framing, retries=0), cycle)


@test("a thousand workers on shared memory that are killed from outside leave nothing either")
def _():
    def cycle(session, row):
        ask(session, row)
        for pid in find_workers(session):
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda: not stat_of(pid), "its end")
    holds_the_same(stage_of([ECHO], framing="shared-memory"), cycle)


main()
