#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command as such: version, help, what is wrong with the arguments."""
import re
import subprocess

from command import WEIR, expect, equal, main, test, true, weir

VERBS = ("run", "check", "test", "list", "inspect", "graph", "schema", "bench")


@test("--version says name and version on stdout")
def _():
    result = weir("--version")
    expect(result, 0)
    true(re.fullmatch(r"weir \d+\.\d+\.\d+\n", result.out), result)


@test("--help, -h and help name every command on stdout")
def _():
    for word in ("--help", "-h", "help"):
        result = weir(word)
        expect(result, 0)
        true(all(f"  {verb} " in result.out for verb in VERBS), result)


@test("each command has --help on stdout, and help COMMAND is the same")
def _():
    for verb in VERBS:
        result = weir(verb, "--help")
        expect(result, 0)
        true(result.out.startswith("Usage:\n  weir " + verb), result)
        equal(result.err, "")
        equal(weir("help", verb).out, result.out)


@test("no command at all is bad usage, and shows the help on stderr")
def _():
    result = weir()
    expect(result, 2, "Commands:")
    equal(result.out, "")


@test("an unknown command is bad usage, with the nearest name as a hint")
def _():
    expect(weir("rnu"), 2, 'weir: unknown command "rnu" (did you mean "run"?)')
    expect(weir("help", "chekc"), 2, '"check"')
    expect(weir("qqqqqqqq"), 2, "weir --help")


@test("an unknown option is bad usage, and says where the help is")
def _():
    for verb in VERBS:
        expect(weir(verb, "--no-such-option"), 2, "weir: ", "--no-such-option", f"weir {verb} --help")


@test("missing and superfluous arguments are bad usage")
def _():
    for arguments in (("run",), ("check",), ("test",), ("inspect",), ("graph",)):
        expect(weir(*arguments), 2, "missing")
    for arguments in (("run", "a", "b"), ("run", "-e", "source.stdin ! sink.null", "b"), ("schema", "a"), ("list", "a", "b")):
        expect(weir(*arguments), 2, "too many")


@test("data that cannot be written to stdout is an error")
def _():
    with open("/dev/full", "wb") as full:
        done = subprocess.run([WEIR, "list"], stdout=full, stderr=subprocess.PIPE, timeout=60)
    equal(done.returncode, 1)
    true(b"cannot write" in done.stderr, done.stderr)


main()
