#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A worker for `frames`: one that fails, one that gives nothing, all others with a title if there is time."""
import json
import os
import struct

HEAD = struct.Struct("<IQI")  # length of what follows it, record id, info
ONLY, MORE, END, ERROR, READY = range(5)


def frame(record_id, kind, payload=b""):
    return HEAD.pack(12 + len(payload), record_id, kind) + payload


def answer(record_id, milliseconds, payload):
    record = json.loads(payload)
    if "path" not in record:
        return frame(record_id, ERROR, b"the record has no path")
    if record["path"] == "/health":
        return frame(record_id, END)
    if milliseconds > 0:
        record["title"] = f"{record['method']} {record['path']}"
    return frame(record_id, ONLY, json.dumps(record, separators=(",", ":")).encode())


data = b""
while chunk := os.read(0, 1 << 20):
    data, at, replies = data + chunk, 0, []
    while len(data) - at >= 16:
        length, record_id, milliseconds = HEAD.unpack_from(data, at)
        if len(data) - at < 4 + length:
            break
        replies.append(answer(record_id, milliseconds, data[at + 16:at + 4 + length]))
        at += 4 + length
    data, out = data[at:], b"".join(replies)
    while out:
        out = out[os.write(1, out):]
