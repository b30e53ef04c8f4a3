#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers on shared memory: WEIR_ECHO_SHARED_MEMORY names one that echoes."""
from command import main, test
from workers import ROWS, bad, conversation, cpu_of, equal, folder, os, read, stage_of, time, true, work

ECHO = os.environ["WEIR_ECHO_SHARED_MEMORY"]
PAIR = [{"i": 1}, {"i": 2}]


def echo(**options):
    return stage_of([ECHO], framing="shared-memory", **options)


def hostile(*steps, **options):
    return stage_of(bad("--start", ",".join(steps)), framing="shared-memory",
                    **{"timeout": "100ms", "retries": 0, "workers": 1, **options})


@test("records go and come back through shared memory, in order")
def _():
    equal(work(echo(workers=2), ROWS).out, ROWS)


@test("records of every size, up to beyond the ring, come back or fail with a reason")
def _():
    rows = [{"i": i, "s": "x" * min(1 << i, (1 << 20) - 100)} for i in range(21)]
    outcome = work(echo(workers=1), rows)
    equal(sorted(outcome.out + outcome.dead, key=lambda row: row["i"]), rows)
    true(outcome.out[:18] == rows[:18], "those that fit well")
    true(all(letter["message"] for letter in outcome.letters), outcome)


@test("nonsense in the rings is the end of its worker alone, before and after a record is there")
def _():
    for seed in range(6):
        for steps in (("scribble:%d" % seed,), ("wait-ring", "scribble:%d" % seed)):
            outcome = work(hostile(*steps, "hang"), PAIR)
            equal(sorted(outcome.out + outcome.dead, key=lambda row: row["i"]), PAIR, (seed, steps))


@test("a worker that goes on to scribble, and one that exits after it, harm nothing")
def _():
    again = ["scribble:%d" % seed for seed in range(2, 30)]
    equal(work(hostile("wait-ring", *again, "hang"), PAIR).dead, PAIR)
    equal(work(hostile("wait-ring", "scribble:5", "exit:0"), PAIR).dead, PAIR)


@test("the memory cannot be resized")
def _():
    outcome = work(hostile("resize:4096", "resize:100000000", "say:end", "exit:1"), PAIR)
    equal(outcome.dead, PAIR)
    said = outcome.letters[0]["message"]
    true("resize: done" not in said and "resize: Operation not permitted" in said, said)


@test("a worker that never looks at its ring is ended at the deadline")
def _():
    equal(work(hostile("hang"), PAIR).dead, PAIR)


def count_memory(pid):
    maps = sum("memfd:" in line for line in read(f"/proc/{pid}/maps").splitlines())
    return maps, len(os.listdir(f"/proc/{pid}/fd"))


@test("the rings of workers that are gone leave nothing behind")
def _():
    with conversation(echo(workers=1, max_uses=2)) as session:
        for row in ROWS[:20]:
            equal(session.ask(row), row)
        before = count_memory(session.process.pid)
        for row in ROWS[20:220]:
            equal(session.ask(row), row)
        after = count_memory(session.process.pid)
        true(after[0] <= before[0] + 4 and after[1] <= before[1] + 20, f"maps and descriptors: {before}, then {after}")
        session.finish()


@test("a worker on shared memory sleeps while nothing is to be done")
def _():
    with conversation(echo(workers=1)) as session:
        for row in ROWS[:200]:
            session.ask(row)
        used, end = cpu_of(session.process.pid), time.monotonic() + 1
        while time.monotonic() < end:
            time.sleep(0.05)
        true(cpu_of(session.process.pid) - used <= 0.02, "it spins")
        session.finish()


@test("a worker on shared memory that is killed loses nothing")
def _():
    with folder() as path:
        script = f'[ -e {path}/once ] || {{ : > {path}/once; (sleep 0.2; kill -9 $$) & }}; exec "{ECHO}"'
        equal(work(stage_of([script], shell=True, framing="shared-memory"), ROWS).out, ROWS)


main()
