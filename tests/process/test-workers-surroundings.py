#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a worker is given: arguments, descriptors, limits; and what it is charged for."""
import json
import resource
import shutil

from command import LIMIT, WEIR, Result, Skip, expect, main, ndjson, test, weir
from workers import BADWORKER, ROWS, bad, conversation, cpu_of, equal, find_marked, folder, os, read, save, stage_of, \
    subprocess, time, true, wait_for, work, workers_of

ECHO = os.environ["WEIR_ECHO_SHARED_MEMORY"]
ODD_WORDS = ["a b", "'q'", '"', "\\", "$HOME", "*", "-n", "--", "", "line\nbreak", "\ttab", "`id`", "é", "%s", ";", "# no"]


def ask(*steps, **options):
    """What a worker says that does the steps for one record."""
    return work(stage_of(bad("--do", ",".join(steps)), **options), [{}]).out[0]


@test("arguments are passed as they are")
def _():
    equal(work(stage_of(bad("--do", "arguments", "--", *ODD_WORDS)), [{}]).out, [ODD_WORDS])


@test("a shell is there when it is asked for")
def _():
    worker = f"'{BADWORKER}' --do arguments -- $((20 + 3)) 'a b' | cat"
    equal(work(stage_of([worker], shell=True), [{}]).out, [["23", "a b"]])


@test("a worker has its three descriptors and no other, whatever else is open")
def _():
    with open("/dev/null", "rb") as file:
        os.dup2(file.fileno(), 77, inheritable=True)
    try:
        with conversation(stage_of(bad("--do", "fds"), workers=4)) as session:
            equal([session.ask(row) for row in ROWS[:40]], [[0, 1, 2]] * 40)
            session.finish()
    finally:
        os.close(77)


@test("each of many workers sees the end of its input, and ends by itself")
def _():
    with folder() as path:
        outcome = work(stage_of(bad("--start", f"note:{path}/starts", "--end", f"note:{path}/ends"), workers=8), ROWS)
        equal(outcome.out, ROWS)
        equal(read(path + "/ends").count("\n"), read(path + "/starts").count("\n"))


@test("a worker is the leader of its group, without new privileges, with signals as they are by default")
def _():
    with folder() as path:
        said = ask("self", directory=path)
        equal((said["group"], said["no_new_privs"], said["blocks"], said["ignores"]), (said["pid"], 1, False, False))
        equal(said["directory"], os.path.realpath(path))


@test("the environment is weir's, and what the stage adds")
def _():
    os.environ["WEIR_TEST_WORD"] = "inherited"
    equal(ask("environment:WEIR_TEST_WORD"), "inherited")
    equal(ask("environment:WEIR_TEST_WORD", environment={"WEIR_TEST_WORD": "it's = new"}), "it's = new")
    equal(ask("environment:PYTHONUNBUFFERED"), "1")


@test("affinity is what /proc says of the worker")
def _():
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        raise Skip("one CPU")
    equal((ask("affinity", affinity=cpus[1:2]), ask("affinity")), (cpus[1:2], cpus))
    with conversation(stage_of(bad("--do", "self"), affinity=cpus[:1])) as session:
        equal(os.sched_getaffinity(session.ask({})["pid"]), {cpus[0]})
        session.finish()


@test("limits are set on the worker alone")
def _():
    limits = {"memory": "512MiB", "cpu": "100s", "files": 50, "file-size": "1MiB", "core": 0}
    expected = {"memory": 512 << 20, "cpu": 100, "files": 50, "file-size": 1 << 20, "core": 0}
    said = ask("limits", limits=limits)
    equal({name: said[name] for name in limits}, expected)


@test("a limit of memory kills that worker alone")
def _():
    rows = [{"i": i, "s": "poison" if i == 20 else "good"} for i in range(40)]
    outcome = work(stage_of(bad("--match", "poison", "--do", "memory"), workers=2, limits={"memory": "64MiB"}), rows)
    equal((outcome.dead, len(outcome.out)), ([rows[20]], 39))
    true("signal 6" in outcome.letters[0]["message"], outcome)


def is_near(actual, expected, what):
    """Within a tenth."""
    true(abs(actual - expected) <= expected / 10, f"{what}: {actual}, and not {expected}")


def is_charged_for(row, cpu, peak):
    is_near(row["user_seconds"] + row["system_seconds"], cpu, f"CPU of {row}")
    is_near(row["peak_bytes"], peak, f"peak of {row}")


@test("CPU time and peak memory of a worker are in the report as it counts them itself, within a tenth")
def _():
    worker = bad("--nth", 2, "--do", "memory:64,cpu:500,usage", "--else", "usage")
    with conversation(stage_of(worker, workers=1)) as session:
        base, told = session.ask({}), session.ask({})
        workers = workers_of(session.finish())
    is_near(told["cpu"] - base["cpu"], 0.5, "CPU that was burnt")
    is_near(told["peak"] - base["peak"], 64 << 20, "memory that was touched")
    equal([row["pid"] for row in workers["each"]], [told["pid"]])
    is_charged_for(workers["each"][0], told["cpu"], told["peak"])
    is_near(sum(workers["cpu_seconds"].values()), told["cpu"], "CPU of all")
    is_near(workers["peak_bytes"], told["peak"], "peak of all")


def is_the_sum(workers, told):
    """TOLD: by process, what it has told of itself; who never had a record has told nothing."""
    for row in workers["each"]:
        if row["pid"] in told:
            is_charged_for(row, told[row["pid"]]["cpu"], told[row["pid"]]["peak"])
    is_near(sum(workers["cpu_seconds"].values()), sum(own["cpu"] for own in told.values()), "CPU of all")
    is_near(workers["peak_bytes"], max(own["peak"] for own in told.values()), "peak of all")


@test("what workers used that came and went, or were killed, adds up in the report within a tenth")
def _():
    for end, options in (("reply", {"max_uses": 1}), ("reply,crash", {})):
        with folder() as path:
            worker = bad("--do", f"memory:32,cpu:100,usage:{path}/told,{end}")
            workers = work(stage_of(worker, workers=2, **options), ROWS[:8]).stage["workers"]
            told = [json.loads(line) for line in read(path + "/told").splitlines()]
        true(len(told) >= 8, told)
        is_the_sum(workers, {own["pid"]: own for own in told})


@test("large records, written in parts to a worker that stops reading, are all accounted for")
def _():
    rows = [{"i": i, "s": "x" * 200000} for i in range(30)]
    for framing in ("lines", "frames"):
        for steps in ("reply,close-stdin,exit:0", "delay:5,reply"):
            worker = bad("--framing", framing, "--do", steps)
            equal(work(stage_of(worker, framing=framing, workers=2), rows).out, rows)


@test("a program that is missing ends the run with its path and its errno")
def _():
    for command, word in ((["/no/such/program"], "No such file"), (["/etc/passwd"], "Permission denied"),
                          (["weir-no-such-program"], "No such file"), (["/dev"], "Permission denied")):
        with folder() as path:
            result = weir("run", save(path, stage_of(command)), input=ndjson(ROWS[:5]))
            expect(result, 1, command[0], word)


@test("a folder that is missing ends the run with its path")
def _():
    with folder() as path:
        result = weir("run", save(path, stage_of(bad(), directory="/no/such/folder")), input=ndjson(ROWS[:5]))
        expect(result, 1, "/no/such/folder", "No such file")


@test("a program that vanishes costs next to nothing, and heals by itself when it is back")
def _():
    with folder() as path:
        program = shutil.copy(BADWORKER, path + "/worker")
        stage = stage_of([program, "--match", "poison", "--once", path + "/once", "--do", "crash"], restart_delay="50ms")
        with conversation(stage) as session:
            equal(session.ask({"i": 1}), {"i": 1})
            os.rename(program, program + "-gone")
            session.send({"i": 2, "s": "poison"})
            wait_for(lambda: os.path.exists(path + "/once"), "the crash")
            used, end = cpu_of(session.process.pid), time.monotonic() + 1.5
            while time.monotonic() < end:
                time.sleep(0.05)
            true(cpu_of(session.process.pid) - used <= 0.03, "it costs too much")
            os.rename(program + "-gone", program)
            equal(session.receive(), {"i": 2, "s": "poison"})
            session.finish()


def run_with_descriptors(limit, file):
    def set_limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    done = subprocess.run([WEIR, "run", file], input=ndjson(ROWS[:20]).encode(), capture_output=True, timeout=LIMIT,
                          preexec_fn=set_limit)
    return Result(done)


def is_good_or_says_why(result):
    """True: it went well. GLib itself gives up where it cannot make a main loop."""
    if result.code == 0:
        equal(result.records, ROWS[:20])
        return True
    true(result.code == 1 or "GWakeup" in result.err, result)
    true("Too many open files" in result.err, result)
    return False


@test("with few descriptors a run goes well, or says that they are too few; no worker is left")
def _():
    for framing, program in (("lines", BADWORKER), ("frames", BADWORKER), ("shared-memory", ECHO)):
        with folder() as path:
            os.symlink(program, path + "/worker")
            command = [path + "/worker", *(["--framing", framing] if program == BADWORKER else [])]
            file = save(path, stage_of(command, framing=framing, workers=2))
            went_well = [is_good_or_says_why(run_with_descriptors(limit, file)) for limit in range(6, 40)]
            true(not went_well[0] and all(went_well[-10:]), went_well)
            wait_for(lambda: not find_marked(command[0]), "no worker is left")


@test("the time to start a worker is the same whatever the limit of descriptors")
def _():
    def seconds(limit):
        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, hard), hard))
        start = time.monotonic()
        work(stage_of(bad("--do", "reply,crash"), workers=1), ROWS[:150])
        return time.monotonic() - start
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        low, high = (min(seconds(limit) for _try in range(2)) for limit in (256, hard))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    true(high < 1.5 * low + 0.1, f"{low:.2f} s, {high:.2f} s with the limit at {hard}")


main()
