#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers that hang, or leave something behind: the run goes on, and ends."""
import signal

from command import main, test
from workers import ROWS, bad, conversation, equal, family_of, find_marked, folder, has_one_outcome_each, os, stage_of, \
    state_of, time, true, wait_for, work

PAIR = [{"i": 1}, {"i": 2}]
LARGE = [{"i": i, "s": "x" * 40000} for i in range(6)]


def ends_at_the_deadline(*arguments, rows=PAIR, **options):
    for framing in ("lines", "frames"):
        start = time.monotonic()
        worker = bad("--framing", framing, *arguments)
        outcome = work(stage_of(worker, framing=framing, timeout="200ms", retries=0, **options), rows)
        true(time.monotonic() - start < 8, "it took too long")
        equal((outcome.out, outcome.dead), ([], rows))
        true(all(letter["reason"] == "failed" and letter["attempts"] == 1 for letter in outcome.letters), outcome)


@test("a worker that never reads is ended at the deadline")
def _():
    ends_at_the_deadline("--start", "hang")
    ends_at_the_deadline("--start", "hang", rows=LARGE)


@test("a worker that never answers is ended at the deadline")
def _():
    ends_at_the_deadline("--do", "hang")


@test("a worker that stops itself is ended at the deadline")
def _():
    ends_at_the_deadline("--start", "stop")
    ends_at_the_deadline("--do", "stop")


@test("a worker that stops amid its answer is ended at the deadline")
def _():
    ends_at_the_deadline("--do", "half,hang")


@test("a worker that ignores TERM and closes nothing is ended at the deadline")
def _():
    ends_at_the_deadline("--start", "ignore-term", "--do", "hang")


@test("a worker that closes its output and lives on is ended")
def _():
    ends_at_the_deadline("--do", "close-stdout,hang")


@test("a record that hangs its worker is retried on another, and its mates are delivered")
def _():
    rows = [{"i": i, "s": "poison" if i == 20 else "good"} for i in range(40)]
    for framing in ("lines", "frames"):
        worker = bad("--framing", framing, "--match", "poison", "--do", "hang")
        outcome = work(stage_of(worker, framing=framing, timeout="150ms", workers=2), rows)
        equal((outcome.dead, [letter["attempts"] for letter in outcome.letters]), ([rows[20]], [3]))
        has_one_outcome_each(outcome, rows)


@test("a worker that stops at the end of its input does not hang the end of the run")
def _():
    start = time.monotonic()
    equal(work(stage_of(bad("--start", "ignore-term", "--end", "stop")), PAIR).out, PAIR)
    true(time.monotonic() - start < 10, "it took too long")


@test("a grandchild that holds the pipes does not hang the end of the run, and is ended too")
def _():
    mark = f"weir-daemon-{os.getpid()}"
    start = time.monotonic()
    equal(work(stage_of(bad("--mark", mark, "--start", "daemonize,fork"), workers=2), ROWS).out, ROWS)
    true(time.monotonic() - start < 8, "it took too long")
    wait_for(lambda: not find_marked(mark), "the grandchild's end", 2)


@test("a grandchild that holds the pipes of a worker that crashed does not hide the crash")
def _():
    with folder() as path:
        stage = stage_of(bad("--start", "daemonize", "--once", path + "/once", "--do", "crash"))
        equal(work(stage, PAIR).out, PAIR)


def leaves_nothing(number):
    mark = f"weir-mark-{os.getpid()}-{number}"
    stage = stage_of(bad("--mark", mark, "--start", "ignore-term,daemonize,fork"), workers=2)
    with conversation(stage) as session:
        session.ask(PAIR[0])
        wait_for(lambda: len(find_marked(mark)) >= 6, "two workers, two children and two grandchildren")
        family = family_of(session.process.pid) - {session.process.pid}
        session.process.send_signal(number)
        session.process.wait(10)
        wait_for(lambda: not find_marked(mark), "their end", 2)
        wait_for(lambda: all(state_of(pid) == "Z" for pid in family), "the guard's end", 2)


@test("kill -9 of weir ends its workers, their children and grandchildren within two seconds")
def _():
    leaves_nothing(signal.SIGKILL)


@test("an interrupt of weir leaves no process behind")
def _():
    leaves_nothing(signal.SIGINT)


@test("an interrupt drains what the workers have")
def _():
    with conversation(stage_of(bad("--do", "delay:200,reply"))) as session:
        session.send(*PAIR)
        equal(session.receive(), PAIR[0])
        session.process.send_signal(signal.SIGINT)
        equal(session.receive(), PAIR[1])
        equal(session.process.wait(10), 0)


def settled(pid):
    """Descriptors of weir and its guard, and zombies among the descendants."""
    family = family_of(pid)
    n_fds = 0
    for member in family:
        try:
            n_fds += len(os.listdir(f"/proc/{member}/fd"))
        except OSError:
            pass
    return n_fds, sum(state_of(member) == "Z" for member in family)


@test("crash cycles leave no zombie and no descriptor")
def _():
    with conversation(stage_of(bad("--do", "reply,crash"), workers=1)) as session:
        for row in ROWS[:20]:
            equal(session.ask(row), row)
        before = settled(session.process.pid)[0]
        for row in ROWS[20:320]:
            equal(session.ask(row), row)
        fds, zombies = settled(session.process.pid)
        true(fds <= before + 20 and zombies <= 2, f"{fds} descriptors after {before}, {zombies} zombies")
        session.finish()


main()
