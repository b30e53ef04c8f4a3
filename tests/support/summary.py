#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts what `meson test` did: summary.py BUILD [--suite NAME | --no-suite NAME]… [--and BUILD …]

Prints `N passed, N failed, N skipped` and exits 1 unless something ran and nothing failed. Each
test point of a TAP program counts, each other program is one. A program that ended badly without
a failed point, or that was to run and left no result, is one failure.
"""
import json
import os
import re
import subprocess
import sys

POINT = re.compile(r"^(not )?ok\b(.*)$", re.MULTILINE)
SKIPPED = re.compile(r"#\s*skip", re.IGNORECASE)


def planned(build, wanted, unwanted):
    """Name → protocol of the tests that were to run."""
    done = subprocess.run(["meson", "introspect", "--tests", build], stdout=subprocess.PIPE)
    tests = {}
    if done.returncode:
        return {f"the build {build}": "exitcode"}
    for test in json.loads(done.stdout):
        suites = {suite.split(":")[-1] for suite in test["suite"]}
        if (not wanted or suites & wanted) and not suites & unwanted:
            tests[test["name"]] = test["protocol"]
    return tests


def results(build):
    """Name → result; meson writes `suite:… / name`."""
    path = os.path.join(build, "meson-logs", "testlog.json")
    found = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                result = json.loads(line)
                found[result["name"].split(" / ", 1)[-1]] = result
    return found


def count(result, protocol):
    """Passed, failed, skipped."""
    if result is None:
        return 0, 1, 0
    passed = failed = skipped = 0
    if protocol == "tap":
        for bad, rest in POINT.findall(result.get("stdout", "")):
            if SKIPPED.search(rest):
                skipped += 1
            elif bad:
                failed += 1
            else:
                passed += 1
    good = result["result"] in ("OK", "EXPECTEDFAIL")
    if not passed + failed + skipped:
        return int(good), int(not good and result["result"] != "SKIP"), int(result["result"] == "SKIP")
    if not failed and not good and result["result"] != "SKIP":
        failed += 1
    return passed, failed, skipped


def options(arguments):
    wanted, unwanted = set(), set()
    for name, value in zip(arguments[::2], arguments[1::2]):
        (wanted if name == "--suite" else unwanted).add(value)
    return wanted, unwanted


def count_build(build, *arguments):
    total = [0, 0, 0]
    found = results(build)
    for name, protocol in planned(build, *options(arguments)).items():
        counts = count(found.get(name), protocol)
        total = [a + b for a, b in zip(total, counts)]
        if counts[1]:
            print(f"failed: {name}" if name in found else f"failed: {name} (it did not run)")
    return total


def main(*arguments):
    total = [0, 0, 0]
    builds = [[]]
    for argument in arguments:
        if argument == "--and":
            builds.append([])
        else:
            builds[-1].append(argument)
    for build in builds:
        total = [a + b for a, b in zip(total, count_build(*build))]
    print("{} passed, {} failed, {} skipped".format(*total))
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
