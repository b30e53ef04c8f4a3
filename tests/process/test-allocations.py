#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""No allocation per record in steady state: allocations are counted over two lengths of the same input."""
import os
import subprocess

from command import WEIR, folder, main, test, true

PRELOAD = os.environ["WEIR_COUNT_ALLOCATIONS"]
SHORT, LONG = 20000, 120000
FILTER = "filter.match where='.status >= 500'"
MAP = "transform.map to='{ip: .remote_addr, path, status, ms: (.request_time * 1000)}'"
JOBS = {"j1 pass-through": [], "j2 filter": [FILTER], "j3 project": [MAP], "j4 filter and project": [FILTER, MAP]}


def make_input(path, count):
    line = f"source.generate count={count} seed=1 ! sink.file path={path}"
    subprocess.run([WEIR, "run", "--quiet", "-e", line], check=True, timeout=60)


def count_allocations(path, stages, threads):
    counts = path + ".count"
    line = " ! ".join([f"source.file path={path}", *stages, "sink.file id=null path=/dev/null"])
    subprocess.run([WEIR, "run", "--quiet", "--threads", str(threads), "-e", line], check=True, timeout=120,
                   env={**os.environ, "LD_PRELOAD": PRELOAD, "WEIR_ALLOCATIONS": counts})
    return int(open(counts).read())


def add(name, stages, threads):
    @test(f"{name} allocates nothing per record with {threads} thread{'s' if threads > 1 else ''}")
    def _():
        with folder() as path:
            make_input(path + "/short", SHORT)
            make_input(path + "/long", LONG)
            more = count_allocations(path + "/long", stages, threads) - count_allocations(path + "/short", stages, threads)
            true(more < (LONG - SHORT) / 50, f"{more} allocations for {LONG - SHORT} records")


for job, stages in JOBS.items():
    for threads in (1, 2):
        add(job, stages, threads)

if __name__ == "__main__":
    main()
