#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A worker for the framings "shared-memory" and "frames": it counts the fields of each record, if there is time."""
import json

import gi

gi.require_version("Weir", "1.0")
from gi.repository import Weir  # noqa: E402 -- after require_version

worker = Weir.Responder.new_from_environment()
while (text := worker.read()) is not None:
    try:
        record = json.loads(text)
        if worker.get_remaining() > 1_000_000:  # nanoseconds; without a deadline there is always time
            record["fields"] = len(record)
        worker.reply(json.dumps(record), -1)
    except (TypeError, ValueError) as error:
        worker.fail(str(error))
