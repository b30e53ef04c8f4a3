#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The installed tree: WEIR_BUILD names the build folder that it is installed from."""
import glob
import os
import shlex
import shutil
import subprocess

os.environ.setdefault("WEIR", "weir")
from command import Skip, equal, folder, main, test, true  # noqa: E402

PROGRAM = r"""
#include <weir/weir.h>

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirPipeline) pipeline
      = weir_pipeline_new_from_launch ("source.generate count=7 ! sink.null", &error);

  if (!pipeline || !weir_pipeline_run (pipeline, NULL, &error))
    g_error ("%s", error->message);
  g_autofree char *report = weir_pipeline_get_report (pipeline);
  g_print ("%s", report);
  return 0;
}
"""


class Tree:
    """The build installed below a folder of its own."""

    def __init__(self, path):
        subprocess.run(["meson", "install", "--no-rebuild", "--quiet", "-C", os.environ["WEIR_BUILD"], "--destdir", path], check=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.root = path
        self.weir = self.one("bin/weir")
        self.libraries = os.path.dirname(self.one("libweir-1.so"))
        self.environment = {**os.environ, "LD_LIBRARY_PATH": self.libraries, "PKG_CONFIG_SYSROOT_DIR": path,
                            "PKG_CONFIG_PATH": os.path.dirname(self.one("weir-1.pc"))}
        self.environment.pop("WEIR_PLUGIN_PATH", None)

    def all(self, pattern):
        return sorted(glob.glob(f"{self.root}/**/{pattern}", recursive=True))

    def one(self, pattern):
        found = self.all(pattern)
        equal(len(found), 1, f"{pattern} in the installed tree")
        return found[0]

    def run(self, *command):
        done = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        equal(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode()


def in_tree(sentence):
    def register(function):
        @test(sentence)
        def _():
            if not shutil.which("meson"):
                raise Skip("meson is not there")
            with folder() as path:
                function(Tree(path))
    return register


@in_tree("library, headers, introspection data and plugins are all there")
def _(tree):
    for pattern in ("include/weir-1/weir/weir.h", "include/weir-1/weir/weir-plugin.h", "include/weir-1/weir/weir-version.h",
                    "pkgconfig/weir-1.pc", "gir-1.0/Weir-1.0.gir", "girepository-1.0/Weir-1.0.typelib"):
        tree.one(pattern)
    true(len(tree.all("weir-1/plugins/weir-*.so")) >= 16, tree.all("*.so"))


@in_tree("the installed command finds its plugins, and runs them")
def _(tree):
    listed = tree.run(tree.weir, "list", "--json")
    true("filter.match" in listed and tree.root in listed, listed)
    equal(len(tree.run(tree.weir, "run", "-q", "-e", "source.generate count=5 ! sink.stdout").splitlines()), 5)


@in_tree("a program in C compiles, links and runs with what pkg-config says")
def _(tree):
    if not shutil.which("cc") or not shutil.which("pkg-config"):
        raise Skip("there is no C compiler, or no pkg-config")
    with open(tree.root + "/program.c", "w", encoding="utf-8") as file:
        file.write(PROGRAM)
    environment = tree.environment.copy()
    tree.environment = {**environment, "PKG_CONFIG_SYSROOT_DIR": ""}
    ours = shlex.split(tree.run("pkg-config", "--cflags", "--libs", "weir-1"))
    tree.environment = environment
    flags = [flag[:2] + tree.root + flag[2:] if flag[:2] in ("-I", "-L") and os.path.isdir(tree.root + flag[2:]) else flag
             for flag in ours]
    if not any(flag.startswith("-L" + tree.root) for flag in flags):
        flags.insert(0, "-L" + tree.libraries)
    tree.run("cc", tree.root + "/program.c", "-Wall", "-Werror", "-o", tree.root + "/program", *flags)
    true('"in":7' in tree.run(tree.root + "/program").replace(" ", ""), "the ledger of the program")


main()
