# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests in Python, told as TAP: each is a function under @test("sentence")."""
import sys
import traceback

TESTS = []


class Skip(Exception):
    """Raised by a test that cannot run here; the message says why."""


def test(sentence):
    def register(function):
        TESTS.append((sentence, function))
        return function
    return register


def equal(actual, expected, what="value"):
    if actual != expected:
        raise AssertionError(f"{what}: expected {expected!r:.600}, got {actual!r:.600}")


def true(condition, what="condition"):
    if not condition:
        raise AssertionError(f"not true: {what}")


def tell(text):
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


def run_one(number, sentence, function):
    """False when it failed."""
    try:
        function()
        print(f"ok {number} - {sentence}", flush=True)
    except Skip as reason:
        print(f"ok {number} - {sentence} # SKIP {reason}", flush=True)
    except Exception as error:
        print(f"not ok {number} - {sentence}", flush=True)
        tell(error if isinstance(error, AssertionError) else traceback.format_exc())
        return False
    return True


def main():
    print(f"1..{len(TESTS)}", flush=True)
    good = [run_one(number, *row) for number, row in enumerate(TESTS, 1)]
    sys.exit(0 if all(good) else 1)
