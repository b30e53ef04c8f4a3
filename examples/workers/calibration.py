#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""For validate.exec: `true`, or an object that says what is wrong with a reading."""
import json
import sys

RANGE = {"t0": (-20, 60), "t1": (-20, 60), "t2": (0, 40), "t3": (-40, 120)}


def judge(reading):
    sensor, celsius = reading.get("sensor"), reading.get("celsius")
    if sensor not in RANGE:
        return {"error": f"no sensor is called {sensor}"}
    low, high = RANGE[sensor]
    if not isinstance(celsius, (int, float)) or not low <= celsius <= high:
        return {"error": f"{sensor} cannot have measured {celsius}"}
    return True


for line in sys.stdin:
    print(json.dumps(judge(json.loads(line))), flush=True)
