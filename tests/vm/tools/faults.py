#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Allocations fail, but only where the module is on the stack.

usage: faults.py atomic PERCENT	what may not sleep fails this often; 0 = never
       faults.py all on|off|PERCENT	whatever is allocated

The checkers' own allocations are left alone. FAULT_DEPTH (32): frames of the
stack that are looked at.
"""
import glob
import os
import re
import sys

DEBUG = "/sys/kernel/debug/"
KINDS = ["failslab", "fail_page_alloc", "fail_usercopy"]


def put(path, text):
    with open(path, "w") as f:
        f.write(str(text))


def settings(**values):
    """Of every kind that has such a setting."""
    for kind in KINDS:
        for name, value in values.items():
            path = f"{DEBUG}{kind}/{name.replace('_', '-')}"
            if os.path.exists(path):
                put(path, value)


def only_within(start, end):
    """The stack must hold an address of this range."""
    settings(probability=0, interval=1, times=-1, verbose=0, task_filter="N", space=0,
             require_start=hex(start), require_end=hex(end), reject_start=0, reject_end=0,
             ignore_gfp_wait="N",
             ignore_gfp_highmem="N", min_order=0,
             stacktrace_depth=os.environ.get("FAULT_DEPTH", "32"))


def but_not_within(start, end):
    settings(reject_start=hex(start), reject_end=hex(end))


def only_within_init():
    only_within(*function_range("do_one_initcall"))
    # The forty files in sysfs of each cache are SLUB's, one like the other.
    but_not_within(*function_range("sysfs_slab_add"))


def module_range():
    with open("/proc/modules") as f:
        for line in f:
            name, size, *_, base = line.split()[:6]
            if name == "stopgap":
                return int(base, 16), int(base, 16) + int(size)
    sys.exit("faults.py: the module is not loaded")


def function_range(name):
    with open("/proc/kallsyms") as f:
        lines = [line.split()[:3] for line in f if "[" not in line]
    at = sorted(int(a, 16) for a, kind, _ in lines if kind in "tT")
    start = next(int(a, 16) for a, _, n in lines if n == name)
    return start, next(a for a in at if a > start)


def choose_caches():
    """The checkers' own caches are left alone: their failing proves nothing."""
    for path in glob.glob("/sys/kernel/slab/*/failslab"):
        if not re.search("kmemleak|debug_objects|kasan|stack_depot", path):
            try:
                put(path, 1)
            except OSError:
                pass
    put(DEBUG + "failslab/cache-filter", "Y")


def main():
    verb, arg = sys.argv[1:3]
    choose_caches()
    only_within(*module_range())
    settings(ignore_gfp_wait="Y" if verb == "atomic" else "N")
    settings(probability={"on": 100, "off": 0}.get(arg, arg))


if __name__ == "__main__":
    main()
