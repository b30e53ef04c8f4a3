#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plugins that are broken: each is one clear error, and the others still load."""
import shutil
import subprocess

from command import Skip, equal, expect, folder, main, test, true, weir

LINE = "source.stdin ! sink.stdout"


def compile_plugin(path, name, text):
    if not shutil.which("cc"):
        raise Skip("there is no C compiler")
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", f"{path}/weir-{name}.so"], input=text.encode(), check=True)


def warnings_of(result):
    return [line for line in result.err.splitlines() if line.startswith("weir: warning: ")]


@test("a file that is no plugin is one warning that names it; the run goes on")
def _():
    with folder() as path:
        open(path + "/weir-filter-broken.so", "w").write("not an object file")
        result = weir("run", "--plugin-path", path, "-e", LINE, input='{"a":1}\n')
        expect(result, 0)
        equal(len(warnings_of(result)), 1, result)
        true("weir-filter-broken.so" in warnings_of(result)[0], result)
        equal(result.out, '{"a":1}\n')


@test("a module without a descriptor is one warning that names it")
def _():
    with folder() as path:
        compile_plugin(path, "filter-empty", "int nothing;")
        for result in (weir("list", "--plugin-path", path), weir("list", WEIR_PLUGIN_PATH=path)):
            expect(result, 0)
            equal(len(warnings_of(result)), 1, result)
            true("weir-filter-empty.so" in warnings_of(result)[0] and "sink.stdout" in result.out, result)


@test("a plugin of another ABI is refused before anything of it runs")
def _():
    with folder() as path:
        compile_plugin(path, "filter-old", "struct { unsigned abi; } weir_plugin_descriptor = { 9999 };")
        result = weir("list", "--plugin-path", path)
        equal(len(warnings_of(result)), 1, result)
        true("weir-filter-old.so" in warnings_of(result)[0] and "ABI" in warnings_of(result)[0], result)


@test("a pipeline that needs the broken plugin says so")
def _():
    with folder() as path:
        open(path + "/weir-filter-broken.so", "w").write("not an object file")
        result = weir("run", "--plugin-path", path, "-e", "source.stdin ! filter.broken ! sink.stdout")
        expect(result, 2, "filter.broken", "weir-filter-broken.so")


@test("a plugin folder that is not there is said")
def _():
    expect(weir("list", "--plugin-path", "/no/such/folder"), 0, "/no/such/folder")


@test("a plugin folder given twice is loaded once")
def _():
    with folder() as path:
        open(path + "/weir-filter-broken.so", "w").write("not an object file")
        result = weir("list", "--plugin-path", path, "--plugin-path", path, WEIR_PLUGIN_PATH=path)
        equal(len(warnings_of(result)), 1, result)


main()
