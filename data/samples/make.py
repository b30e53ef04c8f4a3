#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the samples of this folder anew: invented, seeded, the same each time."""
import gzip
import json
import math
import os
import random
from datetime import datetime, timedelta, timezone

HERE = os.path.dirname(os.path.abspath(__file__))
START = datetime(2026, 1, 1, 8, 0, tzinfo=timezone.utc)
PATHS = ["/", "/login", "/search", "/cart", "/api/orders", "/api/orders/17", "/api/users", "/img/logo.svg",
         "/css/site.css", "/blog/dams", "/blog/weirs?page=2", "/robots.txt", "/caf\u00e9/men\u00fc", "/old"]
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)", "curl/7.88.1",
          "Mozilla/5.0 (compatible; \"quoted\" bot/2.1)"]
SITES = ["eu", "us", "ap"]


def stamp(moment):
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def status_of(random_, path):
    if path == "/old":
        return 301
    weights = (60, 4, 3, 12, 8, 7, 6) if path.startswith("/api") else (86, 1, 0, 9, 2, 1, 1)
    return random_.choices((200, 201, 401, 404, 500, 502, 503), weights)[0]


def access(random_, count):
    moment = START
    for number in range(count):
        moment += timedelta(milliseconds=random_.randint(3, 900))
        path = random_.choice(PATHS)
        status = status_of(random_, path)
        record = {
            "time": stamp(moment), "remote_addr": f"10.{random_.randint(0, 3)}.0.{random_.randint(1, 40)}",
            "method": "POST" if path == "/cart" else random_.choices(("GET", "POST", "HEAD"), (90, 8, 2))[0],
            "path": path, "status": status, "bytes": 0 if status == 301 else random_.randint(180, 48000),
            "request_time": round(math.exp(random_.gauss(-4 + (status >= 500) * 2.5, 0.8)), 3),
            "site": random_.choice(SITES), "user_agent": random_.choice(AGENTS)}
        if random_.random() < 0.3:
            record["user"] = {"id": random_.randint(1, 60), "plan": random_.choice(("free", "team", "firm"))}
        yield record


def combined(record):
    """The line that a web server writes in its combined format."""
    moment = datetime.fromisoformat(record["time"].replace("Z", "+00:00"))
    path, agent = (record[key].replace('"', '\\"') for key in ("path", "user_agent"))
    path = "".join(c if c.isascii() else "".join(f"\\x{byte:02x}" for byte in c.encode()) for c in path)
    return (f'{record["remote_addr"]} - {record.get("user", {}).get("id", "-")} [{moment:%d/%b/%Y:%H:%M:%S %z}] '
            f'"{record["method"]} {path} HTTP/1.1" {record["status"]} {record["bytes"] or "-"} "-" "{agent}"\n')


def sensors(random_, count):
    for number in range(count):
        record = {"sensor": f"t{number % 4}", "time": stamp(START + timedelta(seconds=number)),
                  "celsius": round(18 + 4 * math.sin(number / 9) + random_.gauss(0, 0.4), 2), "unit": "C"}
        if number % 17 == 5:
            record["celsius"] = 999.9
        if number % 23 == 7:
            record["celsius"] = "n/a"
        if number % 29 == 11:
            del record["sensor"]
        yield record


def zone(random_, scale):
    codes = {"2xx": random_.randint(800, 999) * scale, "4xx": random_.randint(5, 60), "5xx": random_.randint(0, 9)}
    return {"processing": random_.randint(0, 3), "requests": sum(codes.values()), "responses": codes}


def status_documents(random_, count):
    total = 18000
    for number in range(count):
        total += random_.randint(50, 400)
        yield {"version": 6, "timestamp": int(START.timestamp() * 1000) + number * 10000,
               "connections": {"accepted": 9000 + number * 7, "dropped": 0, "active": random_.randint(0, 6),
                               "idle": random_.randint(20, 40)},
               "requests": {"total": total, "current": random_.randint(1, 4)},
               "server_zones": {"www": zone(random_, 9), "api": zone(random_, 3)}}


def text_of(records):
    return "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in records)


def write(name, text):
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def main():
    write("access.ndjson", text_of(access(random.Random(1), 200)))
    write("access-2.ndjson.gz", gzip.compress(text_of(access(random.Random(2), 60)).encode(), mtime=0))
    write("access.log", "".join(combined(r) for r in access(random.Random(5), 120)))
    write("sensors.ndjson", text_of(sensors(random.Random(3), 120)))
    write("nginx-status.ndjson", text_of(status_documents(random.Random(4), 40)))


main()
