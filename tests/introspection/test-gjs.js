#!/usr/bin/env gjs
// SPDX-License-Identifier: LGPL-2.1-or-later
// The library from JavaScript: a pipeline, its errors, a stage, an application's ends.
imports.gi.versions.Weir = '1.0';
const {GLib, GObject, Weir} = imports.gi;

const Shout = GObject.registerClass({
  Properties: {
    'suffix': GObject.ParamSpec.string('suffix', null, null, GObject.ParamFlags.READWRITE, '!'),
  },
}, class Shout extends Weir.Transform {
  vfunc_transform(record, out) {
    record.set_string('.s', record.get_string('.s').toUpperCase() + this.suffix);
    out.emit(record);
  }
});

const Odd = GObject.registerClass(class Odd extends Weir.Filter {
  vfunc_accept(record) {
    return record.get_int64('.i')[1] % 2 === 1;
  }
});

Weir.registry_add('transform.shout', Shout.$gtype);
Weir.registry_add('filter.odd', Odd.$gtype);

function make(...stages) {
  return Weir.Pipeline.new_from_json(JSON.stringify({name: 'test', threads: 0, stages}));
}

function equal(actual, expected) {
  if (JSON.stringify(actual) !== JSON.stringify(expected))
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

function through(stage, rows) {
  const pipeline = make({type: 'source.app'}, stage, {type: 'sink.app', id: 'to'});
  const source = pipeline.get_stage('app');
  const sink = pipeline.get_stage('to');
  const got = [];
  rows.forEach(row => source.push(JSON.stringify(row), -1));
  source.end();
  pipeline.run(null);
  for (let record = sink.pull(); record !== null; record = sink.pull())
    got.push(JSON.parse(record.get_text()));
  return got;
}

const tests = {
  'a pipeline runs, and its ledger can be read': () => {
    const pipeline = Weir.Pipeline.new_from_launch('source.generate count=10 ! sink.null');
    pipeline.run(null);
    const report = JSON.parse(pipeline.get_report());
    equal([report.balanced, report.records.in, report.records.out], [true, 10, 10]);
  },
  'a mistake is an error that names its place': () => {
    let message = '';
    try {
      make({type: 'no.such'});
    } catch (error) {
      message = error.message;
    }
    equal(message.includes('stages/0'), true);
  },
  'a transform in JavaScript has options and changes records': () => {
    equal(through({type: 'transform.shout', suffix: '?'}, [{s: 'a'}, {s: 'b'}]), [{s: 'A?'}, {s: 'B?'}]);
  },
  'a filter in JavaScript decides': () => {
    equal(through({type: 'filter.odd'}, [{i: 1}, {i: 2}, {i: 3}]), [{i: 1}, {i: 3}]);
  },
  'options of a plugin are properties': () => {
    const pipeline = make({type: 'source.generate', count: 1}, {type: 'filter.sample', rate: 0.25}, {type: 'sink.null'});
    equal(pipeline.get_stage('sample').rate, 0.25);
  },
};

let failed = 0;
print(`1..${Object.keys(tests).length}`);
Object.entries(tests).forEach(([sentence, run], index) => {
  let problem = null;
  try {
    run();
  } catch (error) {
    problem = error;
    failed += 1;
  }
  print(`${problem ? 'not ok' : 'ok'} ${index + 1} - ${sentence}`);
  if (problem)
    print(`# ${problem}`);
});
if (failed)
  imports.system.exit(1);
