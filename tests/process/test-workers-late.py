#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers and the deadline: they are told of it, and what they do not answer in time is late without them."""
from command import STDIN, STDOUT, main, ndjson, pipeline, test, weir
from workers import bad, conversation, equal, folder, stage_of, time, true, work, workers_of, write

ROWS = [{"i": i} for i in range(3)]
TELL = 'printf "%s\\n" "{\\"d\\":\\"$${WEIR_DEADLINE_MS-none}\\"}"'


def told(*stages, **keys):
    """What the first line says that weir prints with these stages."""
    with folder() as path:
        file = write(path + "/p.json", pipeline(*stages, **keys))
        result = weir("run", "--quiet", file, input=ndjson(ROWS[:1]), WEIR_DEADLINE_MS="7")
        equal(result.code, 0, result)
        return result.records[0]["d"]


def told_at_each_end(**keys):
    shell = {"command": ["sh", "-c", TELL]}
    worker = {"command": ["sh", "-c", f"while read -r line; do {TELL}; done"]}
    return [told({"type": "source.exec", **shell}, STDOUT, **keys),
            told(STDIN, {"type": "transform.exec", **worker}, STDOUT, **keys),
            told(STDIN, {"type": "sink.exec", "command": ["sh", "-c", TELL + "; cat"]}, **keys)]


@test("each command is told the deadline of the pipeline in milliseconds")
def _():
    equal(told_at_each_end(deadline="10s"), ["10000"] * 3)
    equal(told_at_each_end(deadline="60000500us"), ["60000.5"] * 3)


@test("without a deadline a command is told none, and not that of another weir around this one")
def _():
    equal(told_at_each_end(), ["none"] * 3)


@test("what the option environment says of the deadline stands")
def _():
    equal(told({"type": "source.exec", "command": ["sh", "-c", TELL], "environment": {"WEIR_DEADLINE_MS": "1"}}, STDOUT,
               deadline="10s"), "1")


def late_stage(framing, *arguments, **options):
    return stage_of(bad("--framing", framing, *arguments), framing=framing, **{"cancel_late": True, "timeout": "20s", **options})


@test("a record that is never answered is late at its deadline, not at the timeout, and that is no crash")
def _():
    for framing in ("lines", "frames"):
        start = time.monotonic()
        outcome = work(late_stage(framing, "--do", "hang"), ROWS, deadline="200ms", late="dead-letter")
        true(time.monotonic() - start < 4, "the end of the run took too long")
        equal((outcome.out, outcome.dead, outcome.counts["late"]), ([], ROWS, 3), outcome)
        true(all(letter["reason"] == "late" and 200 <= letter["latency_ms"] < 400 for letter in outcome.letters), outcome)
        equal([outcome.stage["workers"][key] for key in ("crashed", "recycled")], [0, 1])


@test("it goes to who reads the port late, and those behind it are answered")
def _():
    for framing in ("lines", "frames"):
        worker = late_stage(framing, "--match", '"i": 1', "--do", "delay:600,reply", order="free", in_flight=1)
        late = {"id": "late", "type": "transform.map", "from": "x.late", "to": "{late: .i}"}
        stages = [STDIN, worker, late, {**STDOUT, "from": ["x", "late"]}]
        with folder() as path:
            file = write(path + "/p.json", pipeline(*stages, deadline="300ms"))
            result = weir("run", "--quiet", file, input=ndjson(ROWS[:2]))
            equal((result.code, result.records), (0, [{"i": 0}, {"late": 1}]), result)


@test("an answer that comes after its record was cancelled reaches no other")
def _():
    stage = late_stage("frames", "--match", "slow", "--do", "delay:400,reply")
    with conversation(stage, deadline="300ms", late="drop") as session:
        session.send({"i": 1, "s": "slow"})
        time.sleep(0.35)
        equal([session.ask({"i": i}) for i in range(2, 5)], [{"i": i} for i in range(2, 5)])
        report = session.finish()
    equal([report["records"][key] for key in ("out", "late")], [3, 1])
    equal([workers_of(report)[key] for key in ("started", "crashed")], [1, 0])


@test("one slow record makes those late that wait behind it, and then the stage goes on")
def _():
    worker = ["sh", "-c", 'sleep 0.1; exec "$@"', "sh", *bad("--framing", "lines", "--match", "slow", "--do", "delay:2000,reply")]
    with conversation(stage_of(worker, cancel_late=True, in_flight=1), deadline="300ms", late="drop") as session:
        session.send({"i": 0, "s": "slow"})
        for i in range(1, 100):
            time.sleep(0.01)
            session.send({"i": i})
        report = session.finish()
    true(1 <= report["records"]["late"] < 80, report)
    true(workers_of(report)["started"] <= 4, report)


@test("where late records are delivered nothing is cancelled")
def _():
    for framing in ("lines", "frames"):
        outcome = work(late_stage(framing, "--do", "delay:100,reply", in_flight=1), ROWS, deadline="50ms")
        equal((outcome.out, outcome.report["deadline"]["missed"]), (ROWS, 3), outcome)


@test("a worker that is replaced with each record is no crash loop")
def _():
    rows = [{"i": i} for i in range(12)]
    with conversation(late_stage("lines", "--match", "slow", "--do", "hang"), deadline="100ms", late="drop") as session:
        for row in rows:
            session.send({**row, "s": "slow"})
            time.sleep(0.15)
        report = session.finish()
    equal(report["records"]["late"], 12)
    equal(workers_of(report)["crashed"], 0)
    true(workers_of(report)["recycled"] >= 8, report)


main()
