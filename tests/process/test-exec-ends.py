#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""source.exec and sink.exec: commands at the ends of a pipeline."""
import contextlib
import os
import signal
import time

from command import (STDIN, STDOUT, equal, expect, folder, main, ndjson, pipeline, read, report_of, started, test, true,
                     weir, write)

ROWS = [{"n": i} for i in range(100)]


def source(*command, **options):
    return {"type": "source.exec", "command": list(command), **options}


def chain(*commands, **options):
    return {"type": "source.exec", "chain": list(commands), **options}


def sink(*command, **options):
    return {"type": "sink.exec", "command": list(command), **options}


def run(*stages, input="", code=0, **keys):
    """Runs the stages: (result, report)."""
    with folder() as path:
        file = write(path + "/p.json", pipeline(*stages, **keys))
        result = weir("run", "--report", path + "/r", file, input=input)
        equal(result.code, code, result)
        return result, report_of(path + "/r")


def wait_for(condition, what):
    end = time.monotonic() + 20
    while not condition():
        true(time.monotonic() < end, what)
        time.sleep(0.02)


@contextlib.contextmanager
def running(path, *stages):
    """Runs the stages in the background until the file `path`/out has a line."""
    file = write(path + "/p.json", pipeline(*stages))
    with started("run", "--report", path + "/r", file) as process:
        wait_for(lambda: os.path.exists(path + "/out") and os.path.getsize(path + "/out"), "a record")
        yield process


def is_alive(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()[0] != "Z"
    return False


@test("a source reads what a command writes, to its end")
def _():
    result, report = run(source("seq", "3"), STDOUT)
    equal((result.out, report["records"]["in"], report["records"]["out"]), ("1\n2\n3\n", 3, 3))


@test("arguments are passed as they are: spaces, quotes, newlines, leading dashes, no shell")
def _():
    words = ["a b", "it's", '"q"', "$HOME", "*", "--", "-n", ""]
    result, _ = run(source("printf", "[%s]\\n", *words), STDOUT)
    equal(result.out.splitlines(), [f"[{word}]" for word in words])
    result, _ = run({"type": "source.exec", "command": ["printf", "%s\\n", "a\nb"]}, STDOUT)
    equal(result.out, "a\nb\n")


@test("a string is one word, and a script for sh when that is asked for")
def _():
    _, report = run({"type": "source.exec", "command": "true"}, STDOUT)
    equal(report["records"]["in"], 0)
    result, _ = run({"type": "source.exec", "command": ["echo $1 $((1 + 1))", "one"], "shell": True}, STDOUT)
    equal(result.out, "one 2\n")
    expect(weir("run", "-e", "source.exec command='echo 1' ! sink.stdout"), 1, "echo 1", "No such file")


@test("a chain is joined by pipes")
def _():
    result, _ = run(chain(["seq", "1", "5000"], ["grep", "7"], ["sed", 's/.*/{"n":&}/']), STDOUT)
    equal(result.records, [{"n": i} for i in range(1, 5001) if "7" in str(i)])


@test("in a chain, who is cut off by a later one is no failure, and who fails is")
def _():
    result, _ = run(chain(["yes"], ["head", "-3"]), STDOUT)
    equal(result.out, "y\ny\ny\n")
    result, _ = run(chain(["sh", "-c", "yes | head -999"], ["head", "-2"]), STDOUT)
    equal(result.out, "y\ny\n")
    result, _ = run(chain(["sh", "-c", "seq 3; exit 3"], ["cat"]), STDOUT, code=1)
    expect(result, 1, "sh -c", "exit status 3")
    equal(result.out, "1\n2\n3\n")
    expect(weir("run", "-e", 'source.exec chain=\'[["seq", "3"], ["no-such-program"]]\' ! sink.stdout'), 1, "no-such-program",
           "No such file")


@test("a command that fails ends the run with its status, its last words and exit 1; what it wrote is delivered")
def _():
    result, report = run(source("sh", "-c", "echo 1; echo '{\"half'; echo oops >&2; printf tail; exit 7"), STDOUT, code=1)
    expect(result, 1, "exit status 7", "oops")
    equal(result.out.splitlines()[:2], ["1", '{"half'])
    equal((report["records"]["in"], report["records"]["failed"]), (3, 1))
    expect(weir("run", "-e", "source.exec shell=true command='kill -9 $$' ! sink.stdout"), 1, "9", "Killed")


@test("a command that cannot be started ends the run with its path and errno, whatever the policy")
def _():
    for policy in ("never", "on-failure", "always"):
        result, _ = run(source("/no/such/program", restart=policy), STDOUT, code=1)
        expect(result, 1, "/no/such/program", "No such file or directory")
        result, report = run(STDIN, sink("/no/such/program", restart=policy), input=ndjson(ROWS), code=1)
        expect(result, 1, "/no/such/program", "No such file or directory")
        equal((report["records"]["out"], report["records"]["failed"]), (0, report["records"]["in"]))
    expect(weir("run", "-e", "source.exec command=/etc/passwd ! sink.stdout"), 1, "/etc/passwd", "Permission denied")
    expect(weir("run", "-e", "source.exec command=true directory=/no/such ! sink.stdout"), 1, "chdir", "No such file")


@test("a script whose interpreter is missing is told from one that is missing itself")
def _():
    with folder() as path:
        script = write(path + "/script", "#! /no/such/interpreter -x\n")
        os.chmod(script, 0o755)
        environment = {"PATH": path}
        for stage in (source(script), source("script", environment=environment)):
            result, _ = run(stage, STDOUT, code=1)
            expect(result, 1, "its interpreter /no/such/interpreter is missing")
        result, _ = run(STDIN, {"type": "transform.exec", "command": [script]}, STDOUT, input="1\n", code=1)
        expect(result, 1, f"cannot start {script}: its interpreter /no/such/interpreter is missing")
        write(script, "#!/bin/sh\r\n")
        result, _ = run(source(script), STDOUT, code=1)
        expect(result, 1, "its interpreter /bin/sh\\r is missing")


@test("a source is started again after a failure, and its records go on")
def _():
    with folder() as path:
        script = f"n=$(cat {path}/n 2>/dev/null || echo 0); echo $((n + 1)) >{path}/n; echo $n; [ $n -ge 3 ]"
        result, _ = run({"type": "source.exec", "command": script, "shell": True, "restart": "on-failure",
                         "restart-delay": "1ms"}, STDOUT)
        equal(result.out, "0\n1\n2\n3\n")


@test("a source that is always started again does not spin when it ends at once")
def _():
    with folder() as path:
        script = f"echo >>{path}/starts; echo 1 >>{path}/out; echo 1"
        with running(path, {"type": "source.exec", "command": script, "shell": True, "restart": "always",
                            "restart-delay": "50ms"}, {"type": "sink.null"}) as process:
            wait_for(lambda: read(path + "/starts").count("\n") >= 3, "three starts")
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            equal(process.wait(10), 0)
        true(read(path + "/starts").count("\n") < 60, read(path + "/starts").count("\n"))


@test("an interrupt ends the command and the run, also one that ignores TERM")
def _():
    for script in ("echo 1; echo $$ >%s/pid; exec sleep 1000", "trap '' TERM; echo 1; echo $$ >%s/pid; while :; do sleep 1; done"):
        with folder() as path:
            stages = [{"type": "source.exec", "command": script % path, "shell": True},
                      {"type": "sink.file", "path": path + "/out"}]
            with running(path, *stages) as process:
                wait_for(lambda: os.path.exists(path + "/pid") and read(path + "/pid"), "the pid")
                begin = time.monotonic()
                process.send_signal(signal.SIGINT)
                equal(process.wait(10), 0)
                true(time.monotonic() - begin < 5, "it took too long")
            true(not is_alive(int(read(path + "/pid"))), "the command is still there")
            equal(report_of(path + "/r")["records"]["out"], 1)


@test("when weir is killed, commands and their children are gone in 2 seconds")
def _():
    with folder() as path:
        script = f"sleep 1000 & echo $! $$ >{path}/pids; echo 1; wait"
        with running(path, {"type": "source.exec", "command": script, "shell": True},
                     {"type": "sink.file", "path": path + "/out"}) as process:
            wait_for(lambda: read(path + "/pids").endswith("\n"), "the pids")
            process.kill()
            end = time.monotonic() + 2
            while any(is_alive(int(pid)) for pid in read(path + "/pids").split()):
                true(time.monotonic() < end, "they are still there")
                time.sleep(0.02)


@test("a child that lives on with the pipe in its hand does not hold the run")
def _():
    begin = time.monotonic()
    result, _ = run(source("sh", "-c", "sleep 1000 & echo 1"), STDOUT)
    equal(result.out, "1\n")
    true(time.monotonic() - begin < 5, "it took too long")


@test("a record over max-record and one that is not JSON fail alone")
def _():
    result, report = run(source("sh", "-c", "echo 1; printf '%050d\\n' 1; echo nope; echo 2", check="full", **{"max-record": 10}),
                         STDOUT)
    equal((result.out, report["records"]["failed"]), ("1\n2\n", 2))


@test("environment, directory and affinity reach the command")
def _():
    with folder() as path:
        result, _ = run(source("sh", "-c", "echo $A; pwd; grep Cpus_allowed_list /proc/self/status", environment={"A": "b c"},
                               directory=path, affinity=[0]), STDOUT)
        equal(result.out.splitlines()[:2], ["b c", os.path.realpath(path)])
        equal(result.out.splitlines()[2].split(), ["Cpus_allowed_list:", "0"])


@test("limits reach the command")
def _():
    limits = {"memory": "512MiB", "cpu": "7s", "files": 40, "file-size": 1024, "core": 0}
    result, _ = run({"type": "source.exec", "command": "ulimit -v; ulimit -t; ulimit -n; ulimit -c", "shell": True, "limits": limits},
                    STDOUT)
    equal(result.out.split(), [str(512 * 1024), "7", "40", "0"])


@test("the report tells of each command what it used, over all its starts")
def _():
    with folder() as path:
        script = f"echo x >>{path}/n; cat >>{path}/out; i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done; [ $(wc -l <{path}/n) = 2 ]"
        _, report = run(chain(["seq", "1000"], ["sh", "-c", "echo hm >&2; cat"]),
                        {"type": "sink.exec", "command": script, "shell": True, "restart": "on-failure", "restart-delay": "1ms"},
                        code=1)
    source_workers, sink_workers = [stage["workers"] for stage in report["stages"]]
    equal((source_workers["processes"], source_workers["started"], source_workers["restarts"]), (0, 2, 0))
    first, second = source_workers["each"]
    equal((first["command"], first["end"], second["end"]), ("seq 1000", "exit status 0", "exit status 0: hm"))
    equal((second["stderr_bytes"], source_workers["stderr_bytes"]), ({"in": 3, "dropped": 0},) * 2)
    true(first["pid"] > 1 and second["peak_bytes"] > 100000, source_workers)
    true(sink_workers["cpu_seconds"]["user"] > 0.02, sink_workers)
    equal(sink_workers["cpu_seconds"]["user"], sink_workers["each"][0]["user_seconds"])


@test("mistakes in the options are told with their place, before anything runs")
def _():
    def check(stage, *words):
        with folder() as path:
            expect(weir("check", write(path + "/p.json", pipeline(stage, STDOUT))), 2, *words)

    check({"type": "source.exec"}, "/stages/0/command", "program", '"command"', '"chain"')
    check({"type": "source.exec", "limits": {"cpu": 3}}, "/stages/0/limits/cpu", '"chain"')
    check(source(), "/stages/0/command")
    check(source(""), "/stages/0/command")
    check(source("a", chain=[["b"]]), "/stages/0/chain")
    check(chain(), "/stages/0/chain")
    check(chain(["a"], []), "/stages/0/chain/1")
    check(chain(["a"], ["b", 1]), "/stages/0/chain/1/1")
    check(source("a", limits={"memory": "much"}), "/stages/0/limits/memory", "64MiB")
    check(source("a", limits={"memry": 1}), "/stages/0/limits", "memory")
    check(source("a", limits={"cpu": 3}), "/stages/0/limits/cpu", "10s")
    check(source("a", affinity=[9999]), "/stages/0/affinity", "9999")
    check(source("a", environment={"A=B": "c"}), "/stages/0/environment")
    check(sink(), "/stages/0/command")


@test("a command that lost its quotes is one mistake, with a hint")
def _():
    for stages in ('source.exec command=["x"] ! sink.null', 'source.stdin ! sink.exec command=["x"]'):
        result = weir("run", "-e", stages)
        expect(result, 2, "not JSON", "single quotes")
        equal(len(result.err.splitlines()), 1, result)


@test("a mistake that concerns each command of a chain is told once")
def _():
    with folder() as path:
        result = weir("check", write(path + "/p.json", pipeline(chain(["a"], ["b"], limits={"memry": 1}), STDOUT)))
        expect(result, 2, '"memory"')
        equal(len(result.err.splitlines()), 1, result)


@test("a sink hands each record to a command, whose output is weir's")
def _():
    result, report = run(STDIN, sink("tr", "n", "m"), input=ndjson(ROWS))
    equal(result.records, [{"m": i} for i in range(100)])
    equal((report["records"]["out"], report["bytes"]["out"]), (100, len(ndjson(ROWS))))


@test("a sink's command is run and waited for when no record comes")
def _():
    result, _ = run(STDIN, sink("sh", "-c", "cat; sleep 0.3; echo end"))
    equal(result.out, "end\n")


@test("more than a pipe holds goes through a slow command whole")
def _():
    rows = [{"n": i, "x": "y" * 300} for i in range(20000)]
    result, report = run(STDIN, sink("sh", "-c", "sleep 0.3; wc -l"), input=ndjson(rows))
    equal((result.out.strip(), report["records"]["out"]), ("20000", 20000))


@test("a sink's command that fails at the end fails the run")
def _():
    result, _ = run(STDIN, sink("sh", "-c", "cat >/dev/null; echo why >&2; exit 4"), input=ndjson(ROWS), code=1)
    expect(result, 1, "exit status 4", "why")


@test("a sink's command that dies fails the records that were not written")
def _():
    rows = [{"n": i, "x": "y" * 300} for i in range(20000)]
    result, report = run(STDIN, sink("sh", "-c", "read a; exit 5"), input=ndjson(rows), code=1)
    expect(result, 1, "exit status 5")
    true(report["records"]["failed"] > 0, report)


@test("a sink's command that wants no more ends the run as a closed pipe does")
def _():
    result, report = run({"type": "source.generate"}, sink("head", "-3"))
    equal(len(result.records), 3)
    true(report["records"]["failed"] > 0, report)
    expect(result, 0, f"head -3: it ended before its input did; it did not take {report['records']['failed']} records")


@test("a sink that is started again gets the records that were not written")
def _():
    with folder() as path:
        rows = [{"n": i, "x": "y" * 300} for i in range(20000)]
        script = f"if [ -e {path}/again ]; then wc -l; else touch {path}/again; exit 1; fi"
        result, report = run(STDIN, {"type": "sink.exec", "command": script, "shell": True, "restart": "on-failure",
                                     "restart-delay": "1ms"}, input=ndjson(rows))
        equal((report["records"]["out"], report["records"]["failed"]), (20000, 0))
        true(0 < int(result.out) <= 20000, result)


@test("a sink's command that does not end is ended after its time, and that is a failure")
def _():
    begin = time.monotonic()
    result, _ = run(STDIN, sink("sh", "-c", "trap '' TERM; cat >/dev/null; while :; do sleep 1; done", timeout="300ms"),
                    input=ndjson(ROWS), code=1)
    expect(result, 1, "in time", "Killed")
    true(time.monotonic() - begin < 8, "it took too long")


@test("a sink's command that takes nothing while the run ends is ended, and that is a failure")
def _():
    begin = time.monotonic()
    stages = [sink("sleep", "1000", timeout="300ms", restart=policy) for policy in ("never", "always")]
    for stage in stages + [sink("sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait", timeout="300ms")]:
        result, report = run({"type": "source.generate", "count": 1000}, stage, code=1)
        expect(result, 1, "it took no records in time")
        true(0 < report["records"]["failed"] < 1000, report)
        equal(report["records"]["failed"] + report["records"]["out"], 1000)
    true(time.monotonic() - begin < 12, "it took too long")


@test("a sink's command that takes nothing holds an endless stream back, until an interrupt")
def _():
    with folder() as path:
        script = f"echo x >{path}/out; exec sleep 1000"
        with running(path, {"type": "source.generate"}, {**sink(script, timeout="200ms"), "shell": True}) as process:
            time.sleep(0.6)
            true(process.poll() is None, "it did not wait")
            process.send_signal(signal.SIGINT)
            equal(process.wait(10), 1)
        true(report_of(path + "/r")["records"]["failed"] > 0, "nothing failed")


@test("a command that fills its stderr holds nobody")
def _():
    noise = "i=0; while [ $i -lt 3000 ]; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx >&2; i=$((i + 1)); done"
    result, _ = run(source("sh", "-c", f"{noise}; echo 1"), STDOUT)
    equal(result.out, "1\n")
    result, _ = run(STDIN, sink("sh", "-c", f"{noise}; cat"), input="1\n")
    equal(result.out, "1\n")


@test("a command that buffers its output is heard at once")
def _():
    with folder() as path:
        script = "import time\nprint(1)\ntime.sleep(1000)"
        for command in (["python3", "-c", script], None):
            stage = source(*command) if command else chain(["sh", "-c", "echo 1; exec sleep 1000"], ["grep", "1"])
            write(path + "/out", "")
            with running(path, stage, {"type": "sink.file", "path": path + "/out"}) as process:
                process.send_signal(signal.SIGINT)
                equal(process.wait(10), 0)


main()
