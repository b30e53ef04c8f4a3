#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Weir from Python: a stage of our own, a pipeline that uses it, and its ledger.

Run it in the project's root. Uninstalled, it finds the library through
GI_TYPELIB_PATH=build/core LD_LIBRARY_PATH=build/core.
"""
import json

import gi

gi.require_version("Weir", "1.0")
from gi.repository import GObject, Weir  # noqa: E402


class Mask(Weir.Transform):
    """Hides the last parts of an address. Its option is a GObject property."""

    parts = GObject.Property(type=int, default=1, minimum=1, maximum=4, blurb="How many parts are hidden")

    def do_transform(self, record, out):
        address = record.get_string(".remote_addr").split(".")
        address[-self.parts:] = ["x"] * self.parts
        record.set_string(".remote_addr", ".".join(address))
        out.emit(record)


Weir.registry_add("transform.mask", Mask)

pipeline = Weir.Pipeline.new_from_json(json.dumps({
    "name": "masked",
    "stages": [
        {"type": "source.file", "path": "data/samples/access.ndjson"},
        {"type": "filter.match", "where": ".status >= 500"},
        {"type": "transform.mask", "parts": 2},
        {"type": "transform.map", "to": "{ip: .remote_addr, path, status}"},
        {"type": "sink.app"},
    ],
}))
pipeline.run(None)

sink = pipeline.get_stage("app")
while (record := sink.pull()) is not None:
    print(record.get_text())

records = json.loads(pipeline.get_report())["records"]
print("in {in}, out {out}, filtered {filtered}".format(**records))
