#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library from Python: pipelines, errors, stages of one's own, records."""
import json
import os
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from tap import equal, main, test, true  # noqa: E402

import gi  # noqa: E402 -- bootstrap installs it: without it these tests fail

gi.require_version("Weir", "1.0")
from gi.repository import GLib, GObject, Weir  # noqa: E402

APP = {"type": "source.app"}, {"type": "sink.app", "id": "to"}


def make(*stages, **keys):
    return Weir.Pipeline.new_from_json(json.dumps({"name": "test", "stages": list(stages), **keys}))


def through(*stages, rows, **keys):
    """The records that come out of STAGES, and the report."""
    pipeline = make(APP[0], *stages, APP[1], **keys)
    source, sink = pipeline.get_stage("app"), pipeline.get_stage("to")
    for row in rows:
        true(source.push(json.dumps(row), -1), "the source takes a record")
    source.end()
    pipeline.run(None)
    got = []
    while (record := sink.pull()) is not None:
        got.append(json.loads(record.get_text()))
    report = json.loads(pipeline.get_report())
    true(report["balanced"], report)
    return got, report["records"]


def fails(function):
    try:
        function()
    except GLib.Error as error:
        return error
    raise AssertionError("there was no error")


class Shout(Weir.Transform):
    __gtype_name__ = "TestShout"
    suffix = GObject.Property(type=str, default="!")
    times = GObject.Property(type=int, default=1)
    kept = []

    def do_transform(self, record, out):
        Shout.kept.append(record)
        record.set_string(".s", record.get_string(".s").upper() + self.suffix * self.times)
        out.emit(record)


class Odd(Weir.Filter):
    __gtype_name__ = "TestOdd"

    def do_accept(self, record):
        found, number = record.get_int64(".i")
        return found and number % 2 == 1


class Short(Weir.Validate):
    __gtype_name__ = "TestShort"

    def do_validate(self, record):
        if len(record.get_string(".s") or "") <= 2:
            return True
        record.reject("too long")
        return False


class Twice(Weir.Transform):
    __gtype_name__ = "TestTwice"

    def do_transform(self, record, out):
        if record.get_boolean(".fail")[1]:
            record.fail("told to")
            return
        out.emit(record)
        out.emit_text('{"again":true}', -1)


class Countdown(Weir.Source):
    __gtype_name__ = "TestCountdown"
    start = GObject.Property(type=int, default=3)
    at = None

    def do_fill(self, out):
        self.at = self.start if self.at is None else self.at
        if self.at == 0:
            return Weir.SourceStatus.END
        out.emit_text(json.dumps({"i": self.at}), -1)
        self.at -= 1
        return Weir.SourceStatus.MORE


class Keep(Weir.Sink):
    __gtype_name__ = "TestKeep"
    seen = []

    def do_write(self, record):
        Keep.seen.append(record.get_int64(".i")[1])
        return True


class Total(Weir.Aggregate):
    __gtype_name__ = "TestTotal"
    total = 0

    def do_add(self, record, out):
        self.total += record.get_double(".x")[1]

    def do_flush(self, out):
        out.emit_text(json.dumps({"total": self.total}), -1)
        return False


for NAME, TYPE in {"transform.shout": Shout, "filter.odd": Odd, "validate.short": Short, "transform.twice": Twice,
                   "source.countdown": Countdown, "sink.keep": Keep, "aggregate.total": Total}.items():
    Weir.registry_add(NAME, TYPE)


@test("a pipeline file runs, and its ledger can be read")
def _():
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"name": "ten", "stages": [{"type": "source.generate", "count": 10}, {"type": "sink.null"}]}, file)
        file.flush()
        pipeline = Weir.Pipeline.new_from_file(file.name)
    equal(pipeline.get_name(), "ten")
    pipeline.run(None)
    report = json.loads(pipeline.get_report())
    true(report["balanced"], report)
    equal((report["records"]["in"], report["records"]["out"]), (10, 10))


@test("a launch line runs the same way")
def _():
    pipeline = Weir.Pipeline.new_from_launch("source.generate count=3 ! sink.app")
    pipeline.run(None)
    equal(len([r for r in iter(pipeline.get_stage("app").pull, None)]), 3)


@test("mistakes are a GLib.Error of the graph's domain that names each place")
def _():
    error = fails(lambda: make({"type": "no.such"}, {"type": "sink.nul"}))
    true(error.matches(Weir.graph_error_quark(), Weir.GraphError.MISTAKES), error)
    true("stages/0" in error.message and "stages/1" in error.message, error.message)


@test("a file that is not there is a GLib.Error that names it")
def _():
    error = fails(lambda: Weir.Pipeline.new_from_file("/nowhere/at/all.json"))
    true(error.matches(Weir.graph_error_quark(), Weir.GraphError.READ) and "all.json" in error.message, error)


@test("options of a plugin are GObject properties")
def _():
    pipeline = make({"type": "source.generate", "count": 1}, {"type": "filter.sample", "rate": 0.25, "seed": 9}, APP[1])
    stage = pipeline.get_stage("sample")
    equal((stage.get_property("rate"), stage.get_property("seed")), (0.25, 9))
    equal(pipeline.get_stage("none"), None)


@test("a transform in Python has options and changes records")
def _():
    got, _r = through({"type": "transform.shout", "suffix": "?", "times": 2}, rows=[{"s": f"a{i}"} for i in range(100)], threads=2)
    equal(got, [{"s": f"A{i}??"} for i in range(100)])


@test("a record that was kept can be read after the run")
def _():
    Shout.kept.clear()
    through({"type": "transform.shout"}, rows=[{"s": "first"}, {"s": "second"}])
    texts = [record.get_string(".s") for record in Shout.kept]
    true(texts[0] in ("first", "FIRST!") and texts[1] in ("second", "SECOND!"), texts)


@test("a wrong option of a stage in Python is a mistake with the nearest name")
def _():
    error = fails(lambda: make(APP[0], {"type": "transform.shout", "sufix": "?"}, APP[1]))
    true("/stages/1/sufix" in error.message and "suffix" in error.message.split("sufix", 1)[1], error.message)


class Left(Weir.Transform):
    __gtype_name__ = "TestLeft"
    kept = []

    def do_transform(self, record, out):
        Left.kept.append((record.get_remaining(), record.copy()))
        out.emit(record)


Weir.registry_add("transform.left", Left)


@test("what is left of the deadline can be asked, also of a copy")
def _():
    Left.kept.clear()
    through({"type": "transform.left"}, rows=[{}], deadline="1h")
    through({"type": "transform.left"}, rows=[{}])
    (left, copy), (no_end, _copy) = Left.kept
    true(0 < left <= 3600 * 10 ** 9 and copy.get_remaining() == left, left)
    equal(no_end, GLib.MAXINT64)


class Bare(Weir.Filter):
    __gtype_name__ = "TestBare"


@test("a stage in Python that lacks its method is an error at the start")
def _():
    Weir.registry_add("filter.bare", Bare)
    pipeline = Weir.Pipeline.new_from_launch("source.generate count=1 ! filter.bare ! sink.null")
    error = fails(lambda: pipeline.run(None))
    true("TestBare" in error.message and "accept" in error.message, error.message)


@test("a filter in Python decides")
def _():
    got, records = through({"type": "filter.odd"}, rows=[{"i": i} for i in range(5)])
    equal(got, [{"i": 1}, {"i": 3}])
    equal(records["filtered"], 3)


@test("a validate stage in Python rejects")
def _():
    got, records = through({"type": "validate.short"}, rows=[{"s": "ab"}, {"s": "abc"}])
    equal((got, records["invalid"]), ([{"s": "ab"}], 1))


@test("a transform in Python gives many records, or fails one")
def _():
    got, records = through({"type": "transform.twice"}, rows=[{"a": 1}, {"fail": True}])
    equal(got, [{"a": 1}, {"again": True}])
    equal((records["failed"], records["created"]), (1, 1))


@test("an aggregate in Python gives its result at the end")
def _():
    got, records = through({"type": "aggregate.total"}, rows=[{"x": 1.5}, {"x": 2}])
    equal(got, [{"total": 3.5}])
    equal((records["absorbed"], records["created"]), (2, 1))


@test("a source and a sink in Python run a whole pipeline")
def _():
    Keep.seen.clear()
    make({"type": "source.countdown", "start": 4}, {"type": "sink.keep"}).run(None)
    equal(Keep.seen, [4, 3, 2, 1])


@test("a pipeline runs on the caller's main loop")
def _():
    loop, results = GLib.MainLoop(), []
    pipeline = make({"type": "source.generate", "count": 50}, {"type": "filter.odd"}, {"type": "sink.null"}, threads=0)
    pipeline.run_async(None, lambda p, result: (results.append(p.run_finish(result)), loop.quit()))
    loop.run()
    equal(results, [True])


@test("stop ends a stream without an end")
def _():
    pipeline = make({"type": "source.generate"}, {"type": "sink.null"})
    GLib.timeout_add(50, lambda: pipeline.stop())
    pipeline.run(None)
    true(json.loads(pipeline.get_report())["balanced"])


@test("an application feeds and reads a stream while it runs")
def _():
    pipeline = make({**APP[0], "capacity": 8}, {"type": "transform.set", "fields": {".j": ".i * 2"}}, APP[1])
    source, got = pipeline.get_stage("app"), []
    sink = pipeline.get_stage("to")
    reader = threading.Thread(target=lambda: [got.append(r.get_int64(".j")[1]) for r in iter(sink.pull, None)])
    reader.start()
    runner = threading.Thread(target=pipeline.run, args=(None,))
    runner.start()
    for number in range(200):
        while not source.push(json.dumps({"i": number}), -1):
            GLib.usleep(200)
    source.end()
    runner.join()
    reader.join()
    equal(got, [2 * number for number in range(200)])


@test("a record can be made, changed and copied by itself")
def _():
    record = Weir.Record.new('{"a":1,"b":{"c":"x"}}', -1)
    record.set_double(".a", 1.5)
    record.set_json(".b.d", "[1,2]")
    copy = record.copy()
    record.remove(".b.c")
    equal(record.get_text(), '{"a":1.5,"b":{"d":[1,2]}}')
    equal(json.loads(copy.get_text()), {"a": 1.5, "b": {"c": "x", "d": [1, 2]}})
    equal((record.has(".b"), record.has(".c"), record.get_string(".a")), (True, False, None))


main()
