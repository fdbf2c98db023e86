#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: closure.py SALT <FLAGS

FLAGS has a line "FILE<TAB>FLAGS" for each source. Prints "HASH<TAB>FILE<TAB>FLAGS" for each, where
HASH is of SALT, of the flags and of all that the file includes from the folders that they name.
What is found in none of them is the system's.
"""
import functools
import hashlib
import os
import re
import sys

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.M)


@functools.cache
def content(path):
    """The hash of a file and the names that it includes."""
    with open(path, "rb") as f:
        text = f.read()
    return hashlib.sha256(text).hexdigest(), [n.decode() for n in INCLUDE.findall(text)]


@functools.cache
def find(name, folders):
    for folder in folders:
        path = os.path.normpath(os.path.join(folder, name))
        if os.path.isfile(path):
            return path
    return None


def closure(path, flags):
    words = flags.split()
    folders = tuple(w[2:] for w in words if w.startswith("-I"))
    seen, todo = {}, [path]
    while todo:
        at = todo.pop()
        if at in seen:
            continue
        seen[at], names = content(at)
        found = (find(n, (os.path.dirname(at),) + folders) for n in names)
        todo += [p for p in found if p]
    return sorted(seen.values())


def main(salt):
    for line in sys.stdin:
        path, flags = line.rstrip("\n").split("\t")
        # Where generated files are differs each time.
        named = " ".join(w for w in flags.split() if not w.startswith("-I/"))
        parts = [salt, path, named] + closure(path, flags)
        print(hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40], path, flags, sep="\t")


main(*sys.argv[1:])
