#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tree must keep to: names, sizes, licence lines, rooms, symbols and their documentation."""
import ast
import glob
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from tap import Skip, equal, main, tell, test, true  # noqa: E402

MOST_LINES, MOST_FUNCTION_LINES = 900, 80
ROOMS = ["base", "time", "json", "expression", "stage", "graph", "process", "flow", "engine", "net", "cli"]
CODE = (".c", ".h", ".cc", ".in", ".py", ".js", ".vala", ".sh", ".build", ".bash", ".supp")
TEXT = CODE + (".md", ".1", ".txt", ".options", ".svg")
VERBATIM = ("tests/fuzz/corpus/", "tests/fixtures/", "data/samples/", "LICENSE")
# Put together here, so that this file does not hold them.
TO_DO_WORDS = ["".join(pair) for pair in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK"))]
MACHINE_PATHS = ["/" + name + "/" for name in ("work", "home", "root", "mnt")]


def tree():
    """Every file of the project, relative to its root."""
    for folder, folders, names in os.walk(ROOT):
        if folder == ROOT:
            folders[:] = [f for f in folders if not f.startswith("build") and f not in (".git", "subprojects")]
        folders[:] = sorted(f for f in folders if f != "__pycache__")
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), ROOT)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


FILES = list(tree())
SCRIPTS = [f for f in FILES if f in ("bootstrap", ".ci/run")]
CODE_FILES = SCRIPTS + [f for f in FILES if f.endswith(CODE) and not f.startswith("tests/fuzz/corpus/")]
TEXT_FILES = SCRIPTS + [f for f in FILES if f.endswith(TEXT) and not f.startswith(VERBATIM)]


def none(found, what):
    """Fails, naming all that was found."""
    found = list(found)
    if found:
        raise AssertionError(f"{what}:\n" + "\n".join(found))


def lines_with(files, pattern):
    for file in files:
        for number, line in enumerate(read(file).splitlines(), 1):
            if re.search(pattern, line):
                yield f"{file}:{number}: {line.strip()[:100]}"


@test("each source file names its licence at its head")
def _():
    none((f for f in CODE_FILES if "SPDX-License-Identifier: LGPL-2.1-or-later" not in "".join(read(f).splitlines(True)[:2])),
         "no licence line")


@test(f"no source file is longer than {MOST_LINES} lines")
def _():
    sizes = sorted(((read(f).count("\n"), f) for f in CODE_FILES), reverse=True)
    for size, file in sizes[:5]:
        tell(f"{size:5} {file}")
    none((f"{size} {file}" for size, file in sizes if size > MOST_LINES), "too long")


def c_functions(file):
    """(lines, place) of each function body: its braces stand in the first column."""
    start = None
    for number, line in enumerate(read(file).splitlines(), 1):
        if line == "{":
            start = number
        elif line.startswith("}") and start:
            if line == "}":
                yield number - start + 1, f"{file}:{start}"
            start = None


def python_functions(file):
    for node in ast.walk(ast.parse(read(file))):
        if isinstance(node, ast.FunctionDef):
            yield node.end_lineno - node.lineno + 1, f"{file}:{node.lineno}"


@test(f"no function is longer than {MOST_FUNCTION_LINES} lines")
def _():
    sizes = []
    for file in CODE_FILES:
        if file.endswith((".c", ".h", ".cc")):
            sizes += c_functions(file)
        elif file.endswith(".py"):
            sizes += python_functions(file)
    sizes.sort(reverse=True)
    for size, place in sizes[:5]:
        tell(f"{size:5} {place}")
    none((f"{size} {place}" for size, place in sizes if size > MOST_FUNCTION_LINES), "too long")


@test("nothing is left to do")
def _():
    none(lines_with(TEXT_FILES, r"\b(" + "|".join(TO_DO_WORDS) + r")\b"), "to-do words")


@test("no file names a folder of somebody's machine")
def _():
    none(lines_with(TEXT_FILES, r"(?<![\w.])(" + "|".join(MACHINE_PATHS) + ")"), "machine paths")


@test("no tabs and no trailing space")
def _():
    none(lines_with(TEXT_FILES, r"\t|[ ]$"), "white space")
    none((f for f in TEXT_FILES if read(f) and not read(f).endswith("\n")), "no newline at the end")


@test("no goto")
def _():
    none(lines_with([f for f in CODE_FILES if f.endswith((".c", ".cc"))], r"^\s*goto\s+\w+;"), "goto")


@test("a stage type has one name: plugin, test and example")
def _():
    kinds = "source transform validate aggregate filter sink".split()
    plugins = [f for f in FILES if re.fullmatch(rf"plugins/({'|'.join(kinds)})/(?!weir-)[\w-]+\.c", f)]
    missing = []
    for plugin in plugins:
        kind, name = plugin[:-2].split("/")[1:]
        missing += [f for f in (f"tests/plugins/test-{kind}-{name}.c", f"examples/{kind}-{name}.json") if f not in FILES]
        if f'"{kind}.{name}"' not in read(plugin):
            missing.append(f'"{kind}.{name}" in {plugin}')
    true(plugins, "there are no plugins")
    none(missing, "missing")


INCLUDE = re.compile(r'^#include "(\w+)/', re.MULTILINE)


@test("a room uses only the rooms above it")
def _():
    wrong = []
    for file in FILES:
        match = re.fullmatch(r"core/(\w+)/.*\.(c|cc|h)", file)
        if match and match.group(1) in ROOMS:
            below = ROOMS[ROOMS.index(match.group(1)) + 1:]
            wrong += [f"{file} includes {room}" for room in INCLUDE.findall(read(file)) if room in below]
    none(wrong, "room order")


@test("a plugin includes public headers alone")
def _():
    none(lines_with([f for f in FILES if re.match(r"plugins/.*\.[ch]$", f)], r'^#include ("\w+/|<weir/(?!weir-plugin))'), "includes")


def public_functions():
    """(name, header) of each function and type that the public headers declare."""
    pattern = re.compile(r"^WEIR_API[^;{]*?\b(weir_\w+) \(", re.MULTILINE)
    for header in sorted(glob.glob(os.path.join(ROOT, "include/weir/*.h"))):
        with open(header, encoding="utf-8") as file:
            for name in pattern.findall(file.read()):
                yield name, os.path.basename(header)


@test("each public function is documented where it is written")
def _():
    sources = "\n".join(read(f) for f in FILES if re.match(r"(core|tests/support)/.*\.(c|cc)$", f))
    documented = set(re.findall(r"^ \* (weir_\w+):", sources, re.MULTILINE))
    # A quark and the type function of a boxed type say nothing that their type does not.
    plain = re.compile(r"_(quark|get_type)$")
    none((f"{name} ({header})" for name, header in public_functions() if name not in documented and not plain.search(name)),
         "not documented")


@test("libweir exports weir_ symbols and nothing else")
def _():
    library = os.environ.get("WEIR_LIBRARY")
    if not library or not shutil.which("nm"):
        raise Skip("no library or no nm")
    done = subprocess.run(["nm", "-D", "--defined-only", library], stdout=subprocess.PIPE, check=True)
    names = [line.split()[-1] for line in done.stdout.decode().splitlines()]
    true(len(names) > 50, f"only {len(names)} symbols")
    none((n for n in names if not n.startswith("weir_")), "exported")
    declared = {name for name, _header in public_functions()}
    declared |= {name for f in FILES if f.startswith("include/") for name in re.findall(r"^WEIR_API [^(;]*\b(weir_\w+)\[\];", read(f), re.MULTILINE)}
    types = {n for n in names if n.endswith("_get_type")}
    none(sorted(set(names) - declared - types - {"weir_cli_main"}), "exported, but in no public header")
    none(sorted(n for n in declared - set(names) if not n.startswith(("weir_harness_", "weir_testing_"))), "declared, but not exported")


FENCE = re.compile(r"<!-- file: (\S+) -->\n+```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)


@test("what the documents show of a file is that file")
def _():
    blocks = [(document, *block) for document in FILES if document.endswith(".md") for block in FENCE.findall(read(document))]
    true(any(document == "README.md" for document, _name, _text in blocks), "the README shows no file")
    for document, name, text in blocks:
        equal(text, read(name), f"{name} in {document}")


@test("links of the documents lead somewhere")
def _():
    wrong = []
    for document in (f for f in FILES if f.endswith(".md")):
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(document)):
            if not os.path.exists(os.path.join(ROOT, os.path.dirname(document), link)):
                wrong.append(f"{document}: {link}")
    none(wrong, "broken links")


@test("the core's files have tests that mirror them")
def _():
    for file in FILES:
        match = re.fullmatch(r"core/(\w+)/weir-([\w-]+)\.(c|cc)", file)
        if match and match.group(1) != "cli" and f"tests/core/{match.group(1)}/test-{match.group(2)}.c" not in FILES:
            tell(f"no test of its own: {file}")


main()
