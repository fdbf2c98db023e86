#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A step and its undoing over and over until it is killed, so that it is under way when
something is taken away from under it.

usage: again.py load | tap | close | grant | detour DIR	as root, in the network namespace of v0;
					DIR has a grant (again.grant) and the customer's key

What fails is begun anew, whatever the reason, which is told once. Says "under way" when it has all
worked once.
"""
import importlib.util
import mmap
import os
import struct
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("failnth", os.path.join(HERE, "failnth.py"))
failnth = importlib.util.module_from_spec(spec)
spec.loader.exec_module(failnth)
attr, attrs, NEST = failnth.attr, failnth.attrs, failnth.NEST
TAP = attr(1 | NEST, attr(3, b"v0\0"))


class Here(failnth.Grants):
    """Grants of this namespace, however many it takes."""

    def move(self, value=None):
        self.nl, self.ear, self.had = failnth.Netlink(), failnth.Ear("detour"), 0
        self.next()


class Steps:
    def __init__(self, folder):
        self.folder, self.nl, self.grants = folder, None, None

    def ask(self, cmd):
        self.nl = self.nl or failnth.Netlink()
        return self.nl.ask(cmd, TAP)

    @staticmethod
    def load():
        try:
            failnth.load()
        finally:
            failnth.unload()

    def tap(self):
        self.ask(failnth.TAP_ADD)
        self.ask(failnth.TAP_DEL)

    def close(self):
        """Of a tap that is there: a reader comes, by mmap too, and goes."""
        minor = struct.unpack("=I", attrs(attrs(self.ask(failnth.TAP_GET)[0])[1])[4])[0]
        fd = os.open(f"/dev/stopgap{minor}", os.O_RDWR | os.O_NONBLOCK)
        try:
            mmap.mmap(fd, 1 << 16, mmap.MAP_SHARED, mmap.PROT_READ, offset=4096).close()
        finally:
            os.close(fd)

    def granted(self):
        self.grants = self.grants or Here(self.folder, "again.grant", "customer")
        return self.grants

    def grant(self):
        grants = self.granted()
        grants.next()
        grants.load()

    def detour(self):
        grants = self.granted()
        grants.start()
        if grants.state() == "withdrawn":
            grants.act("resume")
        grants.act("withdraw")
        grants.act("resume")


def main():
    steps, said = Steps(sys.argv[2]), set()
    step = getattr(steps, sys.argv[1])
    while True:
        tell = "under way"
        try:
            step()
        except (failnth.detour.Refused, OSError, LookupError) as error:
            tell = f"failed: {error!r}"
        if tell not in said:
            said.add(tell)
            print(tell, flush=True)


if __name__ == "__main__":
    main()
