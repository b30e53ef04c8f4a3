#!/usr/bin/env gjs
// SPDX-License-Identifier: LGPL-2.1-or-later
// Weir from JavaScript (GJS): a stage of our own, a pipeline that uses it, and its ledger.
//
// Run it in the project's root. Uninstalled, it finds the library through
// GI_TYPELIB_PATH=build/core LD_LIBRARY_PATH=build/core.
imports.gi.versions.Weir = '1.0';
const {GLib, GObject, Weir} = imports.gi;

// GJS code runs on the thread that loaded it: hence "threads": 0 below.
const Mask = GObject.registerClass({
  Properties: {
    'parts': GObject.ParamSpec.int('parts', null, 'How many parts are hidden',
      GObject.ParamFlags.READWRITE, 1, 4, 1),
  },
}, class Mask extends Weir.Transform {
  vfunc_transform(record, out) {
    const address = record.get_string('.remote_addr').split('.');
    address.splice(-this.parts, this.parts, ...Array(this.parts).fill('x'));
    record.set_string('.remote_addr', address.join('.'));
    out.emit(record);
  }
});

Weir.registry_add('transform.mask', Mask.$gtype);

const pipeline = Weir.Pipeline.new_from_json(JSON.stringify({
  name: 'masked',
  threads: 0,
  stages: [
    {type: 'source.file', path: 'data/samples/access.ndjson'},
    {type: 'filter.match', where: '.status >= 500'},
    {type: 'transform.mask', parts: 2},
    {type: 'transform.map', to: '{ip: .remote_addr, path, status}'},
    {type: 'sink.app'},
  ],
}));
pipeline.run(null);

const sink = pipeline.get_stage('app');
for (let record = sink.pull(); record !== null; record = sink.pull())
  print(record.get_text());

const {records} = JSON.parse(pipeline.get_report());
print(`in ${records.in}, out ${records.out}, filtered ${records.filtered}`);
