#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers that crash: each record has exactly one outcome."""
from command import main, test
from workers import ROWS, bad, conversation, cpu_of, equal, folder, has_one_outcome_each, os, read, stage_of, time, true, \
    wait_for, work

POISON = [{"i": i, "s": "poison" if i % 40 == 20 else "good"} for i in range(200)]
GOOD = [row for row in POISON if row["s"] == "good"]


def crashes(*arguments, **options):
    return stage_of(bad(*arguments), workers=2, **options)


@test("a thousand crashes at random under load: each record has one outcome, and the ledger balances")
def _():
    rows = [{"i": i} for i in range(20000)]
    with folder() as path:
        outcome = work(crashes("--chance", 55, "--do", f"note:{path}/crashes,crash"), rows)
        true(read(path + "/crashes").count("\n") >= 1000, "crashes")
    has_one_outcome_each(outcome, rows)
    equal(outcome.out, sorted(outcome.out, key=lambda row: row["i"]))
    true(len(outcome.out) > 19000, f"{len(outcome.dead)} dead letters by chance")


def has_poison_in_letters(outcome, *words):
    equal(outcome.out, GOOD)
    equal(outcome.dead, [row for row in POISON if row["s"] == "poison"])
    for letter in outcome.letters:
        equal((letter["reason"], letter["stage"], letter["attempts"]), ("failed", "x", 3), letter)
        true(all(word in letter["message"] for word in words), letter)


@test("a poison record is a dead letter with the signal and the last lines of stderr; its mates are delivered")
def _():
    steps = "say:cannot bear it,crash:11"
    for framing in ("lines", "frames"):
        worker = bad("--framing", framing, "--match", "poison", "--do", steps)
        has_poison_in_letters(work(stage_of(worker, framing=framing, workers=2), POISON), "signal 11", "cannot bear it")


@test("a poison record that makes the worker exit is a dead letter with the status")
def _():
    has_poison_in_letters(work(crashes("--match", "poison", "--do", "exit:7"), POISON), "status 7")


@test("half an answer is no answer: the record is retried, then a dead letter")
def _():
    for framing in ("lines", "frames"):
        worker = bad("--framing", framing, "--match", "poison", "--do", "half,crash:9")
        has_poison_in_letters(work(stage_of(worker, framing=framing), POISON))


@test("retries says how often a record is tried again, and a good try is the end of it")
def _():
    for retries in (0, 1):
        outcome = work(crashes("--match", "poison", "--do", "crash", retries=retries), POISON)
        equal((outcome.out, {letter["attempts"] for letter in outcome.letters}), (GOOD, {retries + 1}))
    with folder() as path:
        equal(work(crashes("--once", path + "/once", "--match", "poison", "--do", "crash"), POISON).out, POISON)


@test("a worker that dies after each answer loses nothing")
def _():
    for framing in ("lines", "frames"):
        worker = bad("--framing", framing, "--do", "reply,crash")
        equal(work(stage_of(worker, framing=framing, workers=2), POISON).out, POISON)


@test("the order is kept under crashes")
def _():
    outcome = work(crashes("--chance", 20, "--do", "crash", order="keep"), ROWS)
    equal(outcome.out, [row for row in ROWS if row not in outcome.dead])
    has_one_outcome_each(outcome, ROWS)


@test("the order of each key is kept under crashes")
def _():
    outcome = work(crashes("--chance", 20, "--do", "crash", order="key", key=".k"), ROWS)
    has_one_outcome_each(outcome, ROWS)
    for key in range(7):
        mine = [row["i"] for row in outcome.out if row["k"] == key]
        equal(mine, sorted(mine))


@test("free order loses and doubles nothing under crashes")
def _():
    has_one_outcome_each(work(crashes("--chance", 20, "--do", "crash", order="free"), ROWS), ROWS)


@test("recycling cuts no request: each record is taken once, by workers in turn")
def _():
    with folder() as path:
        outcome = work(crashes("--do", f"note:{path}/taken,reply", max_uses=50), ROWS)
        taken = [line.split(" ", 1) for line in read(path + "/taken").splitlines()]
    equal(outcome.out, ROWS)
    equal(len(taken), len(ROWS))
    true(len({pid for pid, _record in taken}) >= len(ROWS) / 50, "workers")


@test("a worker that exits at once does not spin")
def _():
    with folder() as path:
        stage = stage_of(bad("--start", f"note:{path}/starts,exit:0"), restart_delay="100ms")
        with conversation(stage) as session:
            session.send({"i": 1})
            wait_for(lambda: os.path.exists(path + "/starts"), "a start")
            used, end = cpu_of(session.process.pid), time.monotonic() + 1
            while time.monotonic() < end:
                time.sleep(0.05)
            true(read(path + "/starts").count("\n") <= 30, "starts in a second")
            true(cpu_of(session.process.pid) - used < 0.2, "it spins")


@test("a worker that always exits at once fails its records, and the run ends")
def _():
    for framing in ("lines", "frames", "shared-memory"):
        outcome = work(crashes("--start", "exit:3", framing=framing, retries=0), ROWS[:5])
        equal(outcome.dead, ROWS[:5])
        true(all("status 3" in letter["message"] for letter in outcome.letters), outcome)


@test("a worker that swallows everything is put away, and its records go to another")
def _():
    with folder() as path:
        outcome = work(crashes("--once", path + "/once", "--do", "swallow", timeout="300ms"), ROWS)
        equal(outcome.out, ROWS)
    outcome = work(crashes("--do", "swallow", timeout="200ms", retries=0), ROWS[:4])
    equal((outcome.out, outcome.counts["failed"]), ([], 4))


main()
