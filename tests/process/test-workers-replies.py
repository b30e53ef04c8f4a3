#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers that answer wrongly, too much, too late: no reply ever reaches another record."""
from command import main, test
from workers import ROWS, bad, conversation, equal, folder, has_one_outcome_each, read, stage_of, state_of, time, true, \
    wait_for, work

SOME = [{"i": i, "s": "odd" if i % 10 == 3 else "even"} for i in range(60)]
EVEN = [row for row in SOME if row["s"] == "even"]
ODD = [row for row in SOME if row["s"] == "odd"]


def odd(steps, framing="frames", **options):
    """A worker that does the steps for each record that is odd, and echoes the others."""
    return stage_of(bad("--framing", framing, "--match", '"odd"', "--do", steps), framing=framing, **options)


def has_note(path):
    try:
        return read(path).endswith("\n")
    except OSError:
        return False


def fails_odd_alone(outcome, *words):
    equal((outcome.out, outcome.dead), (EVEN, ODD))
    true(all(word in letter["message"] for word in words for letter in outcome.letters), outcome.letters)


@test("a reply over the limit fails its record alone")
def _():
    for framing in ("lines", "frames"):
        fails_odd_alone(work(odd("long:5000000", framing, max_reply="1MiB"), SOME))


@test("a reply that names no record that the worker has fails the record")
def _():
    fails_odd_alone(work(odd("wrong-id", timeout="2s"), SOME))


@test("garbage instead of a frame fails the record")
def _():
    fails_odd_alone(work(odd("garbage", timeout="2s"), SOME))


@test("an error of the worker is the message of the dead letter, without a retry")
def _():
    outcome = work(odd("error:not today"), SOME)
    fails_odd_alone(outcome, "not today")


@test("a second reply reaches no other record")
def _():
    for framing in ("lines", "frames"):
        for steps in ("twice", "reply,reply"):
            if (framing, steps) == ("lines", "reply,reply"):
                continue  # two writes: what DESIGN.md says that lines cannot tell
            outcome = work(odd(steps, framing, batch_size=1, in_flight=1, timeout="2s"), SOME)
            has_one_outcome_each(outcome, SOME)
            equal(outcome.out, [row for row in SOME if row not in outcome.dead])
            true(not set(map(str, EVEN)) & set(map(str, outcome.dead)), outcome)


@test("a missing line shifts no other: the batch is tried again")
def _():
    with folder() as path:
        stage = stage_of(bad("--once", path + "/once", "--match", '"odd"', "--do", "flush"), timeout="300ms")
        equal(work(stage, SOME).out, SOME)


@test("a reply after the timeout reaches no other record")
def _():
    stage = odd("delay:600,reply", timeout="200ms", retries=0, workers=1, in_flight=1, batch_size=1)
    outcome = work(stage, SOME[:30])
    equal((outcome.out, outcome.dead), (EVEN[:27], ODD[:3]))


@test("several replies for one record are released together, and counted as created")
def _():
    outcome = work(odd("more,more,done"), SOME)
    equal(outcome.out, [row for row in SOME for _n in range(2 if row in ODD else 1)])
    equal((outcome.counts["created"], outcome.counts["failed"]), (len(ODD), 0))
    outcome = work(odd("done"), SOME)
    equal((outcome.out, outcome.counts["filtered"]), (EVEN, len(ODD)))


@test("half of several replies is not released")
def _():
    fails_odd_alone(work(odd("more,crash"), SOME), "signal 9")


@test("lines with any number of replies end at an empty line")
def _():
    outcome = work(stage_of(bad("--match", '"odd"', "--do", "reply,reply,reply:"), replies="any"), ODD)
    equal(outcome.out, [row for row in ODD for _n in range(2)])
    outcome = work(stage_of(bad("--do", "reply:"), replies="any"), SOME)
    equal((outcome.out, outcome.counts["filtered"]), ([], len(SOME)))


@test("a worker that buffers its output works, also one that nothing can stop from it")
def _():
    for how in ("--buffered", "--stubborn"):
        equal(work(stage_of(bad(how)), ROWS).out, ROWS)
        equal(work(stage_of(bad(how), workers=2), ROWS[:1]).out, ROWS[:1])


@test("100 MiB on stderr block nothing, and neither memory nor the log grows")
def _():
    with conversation(stage_of(bad("--do", "stderr:1,reply"))) as session:
        for row in ROWS[:100]:
            equal(session.ask(row), row)
        peak = int(read(f"/proc/{session.process.pid}/status").split("VmHWM:")[1].split()[0])
        session.finish()
        true(peak < 64 * 1024, f"{peak} KiB")
        true(len(read(session.path + "/err")) < 1 << 20, "the log")


@test("nothing is sent before a worker is ready when that is asked for")
def _():
    for framing in ("lines", "frames"):
        worker = bad("--framing", framing, "--start", "delay:100,expect-nothing,ready")
        equal(work(stage_of(worker, framing=framing, ready=True, workers=2), SOME).out, SOME)


@test("a warm pool answers the first record in under a tenth of the time that a cold one takes")
def _():
    with folder() as path:
        def slow(name):
            return stage_of(bad("--start", f"delay:700,note:{path}/{name},ready"), ready=True)
        with conversation(slow("cold")) as session:
            start = time.monotonic()
            session.ask(SOME[0])
            cold = time.monotonic() - start
        with conversation(slow("warm")) as session:
            wait_for(lambda: state_of(session.process.pid) == "S" and has_note(path + "/warm"), "a warm worker")
            start = time.monotonic()
            session.ask(SOME[0])
            true(time.monotonic() - start < cold / 10, f"cold: {cold}")


@test("filter.exec passes what is true, drops what is false, and fails what is neither")
def _():
    outcome = work(stage_of(bad("--match", '"odd"', "--do", "reply:false", "--else", "reply:true"), type="filter.exec"), SOME)
    equal((outcome.out, outcome.counts["filtered"]), (EVEN, len(ODD)))
    outcome = work(stage_of(bad("--match", '"odd"', "--do", "reply:maybe", "--else", "reply:true"), type="filter.exec"), SOME)
    fails_odd_alone(outcome)


@test("validate.exec rejects with the worker's message, and fails what is no verdict")
def _():
    def judge(reply):
        return stage_of(bad("--match", '"odd"', "--do", "reply:" + reply, "--else", "reply:true"), type="validate.exec")
    for reply, word in (('{"error": "too odd"}', "too odd"), ("false", "")):
        outcome = work(judge(reply), SOME)
        equal((outcome.counts["invalid"], {letter["reason"] for letter in outcome.letters}), (len(ODD), {"invalid"}))
        fails_odd_alone(outcome, word)
    outcome = work(judge("maybe"), SOME)
    fails_odd_alone(outcome)
    equal(outcome.counts["failed"], len(ODD))


main()
