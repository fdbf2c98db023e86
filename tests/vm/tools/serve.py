#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: serve.py FOLDER

Runs the other tools of this folder for one test, in one process: to start Python
takes longer in the emulated machine than all that they do. See py in lib.sh, which
writes to FOLDER/asked a line of NAMESPACE, PID, TOOL and arguments, each ended by
0x1f, and reads the exit status from FOLDER/told. The tool works in that network
namespace (as it is, when that is empty) and prints to where PID's output goes.
"""
import ctypes
import contextlib
import io
import os
import sys
import traceback

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
TOOLS = os.path.dirname(os.path.abspath(__file__))
HOME = os.open("/proc/self/ns/net", os.O_RDONLY)


def enter(fd):
    if LIBC.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def run(code, args):
    """The exit status of a tool, as a process would have it."""
    sys.argv = args
    try:
        exec(code, {"__name__": "__main__", "__file__": args[0]})
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def run_in(namespace, code, args):
    if not namespace:
        return run(code, args)
    fd = os.open("/run/netns/" + namespace, os.O_RDONLY)
    try:
        enter(fd)
        return run(code, args)
    finally:
        enter(HOME)
        os.close(fd)


def give(pid, number, text):
    """To the output of another process; nobody there is no fault of the tool."""
    if not text:
        return
    with contextlib.suppress(OSError):
        fd = os.open(f"/proc/{pid}/fd/{number}", os.O_WRONLY | os.O_APPEND)
        with open(fd, "wb") as out:
            out.write(text.encode())


def serve(code, request):
    namespace, pid, tool, *args = request.rstrip("\n").split("\x1f")[:-1]
    path = os.path.join(TOOLS, tool)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            if path not in code:
                with open(path, encoding="utf-8") as source:
                    code[path] = compile(source.read(), path, "exec")
            status = run_in(namespace, code[path], [path, *args])
        except OSError as error:
            print(f"serve.py: {error}", file=err)
            status = 1
    give(pid, 6, out.getvalue())
    give(pid, 7, err.getvalue())
    return status


def main():
    folder, code = sys.argv[1], {}
    # Both ways, so that the pipes live as long as this does.
    asked, told, turn = (open(os.path.join(folder, name), mode, buffering=0) for name, mode in
                         (("asked", "r+b"), ("told", "r+b"), ("turn", "r+b")))
    turn.write(b".")
    for line in io.TextIOWrapper(io.BufferedReader(asked), encoding="utf-8", newline="\n"):
        told.write(b"%d\n" % serve(code, line))


if __name__ == "__main__":
    main()
