#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each allocation of the module failed once, by /proc/thread-self/fail-nth.

usage: failnth.py DIR	all operations, as root in a netns; DIR has a grant, and the
			customer's key, certificate (.pem) and the latter as .der

Faults are counted only where the module is on the stack (at load: its init), so
n = 1, 2, 3... is the module's n-th allocation or copy to user space, until an
operation meets no fault any more. After each one: a plain error or success, the
state that goes with it, and the same again works. Prints "good|bad WHAT".
"""
import ctypes
import errno
import importlib.util
import mmap
import os
import select
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True


def beside(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(HERE, name + ".py"))
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


detour, faults, sign = beside("detour"), beside("faults"), beside("sign")
attr, attrs, NEST = detour.attr, detour.attrs, detour.NEST
MOST = 3000	# faults of one operation; more means that it never runs through
TAP_ADD, TAP_DEL, TAP_GET, TAP_SET, SERVER_GET = 1, 2, 3, 4, 5
THRESHOLD_SET, THRESHOLD_GET = 7, 8
TXN_MAX, SERVERS_MAX, RING_BYTES, SNAPLEN = 8, 9, 10, 11	# of a tap
CLEAN = {errno.ENOMEM, errno.EFAULT, errno.ENOBUFS}
libc = ctypes.CDLL(None, use_errno=True)


class Netlink(detour.Netlink):
    def call(self, family, cmd, payload, version=1, dump=False):
        self.sock.settimeout(60)
        self.seq += 1
        head = struct.pack("=IHHII", 20 + len(payload), family, 1 | (0x300 if dump else 4),
                           self.seq, 0)
        self.sock.send(head + struct.pack("=BBH", cmd, version, 0) + payload)
        got = []
        while True:
            for kind, flags, seq, body in self.messages():
                if seq == self.seq and kind in (2, 3):
                    self.check(flags if kind == 2 else 0, body + bytes(8))
                    return got
                if seq == self.seq:
                    got.append(body[4:])

    def ask(self, cmd, payload=b"", dump=False):
        return self.call(self.family, cmd, payload, dump=dump)

    def tap(self, cmd, *more, dump=False, top=b""):
        inner = attr(3, b"lo\0") + b"".join(more)
        return self.ask(cmd, attr(1 | NEST, inner) + top, dump)

    def taps(self):
        return [attrs(attrs(raw)[1])[3].rstrip(b"\0").decode()
                for raw in self.ask(TAP_GET, dump=True)]

    def leases(self):
        return {lease["serial"]: lease["state"]
                for lease in map(detour.lease, self.ask(detour.CMD["list"], dump=True))}

    def minor(self):
        return struct.unpack("=I", attrs(attrs(self.tap(TAP_GET)[0])[1])[4])[0]


class Runner:
    def __init__(self):
        self.nth = os.open("/proc/thread-self/fail-nth", os.O_RDWR)

    def once(self, n, op):
        """(was there a fault, errno or 0, what op returned)"""
        os.pwrite(self.nth, str(n).encode(), 0)
        code, value = 0, None
        try:
            value = op()
        except detour.Refused as refused:
            code = getattr(errno, str(refused).split(":")[0], -1)
        except OSError as error:
            code = error.errno or -1
        left = int(os.pread(self.nth, 32, 0).split(b"\0")[0] or b"0")
        os.pwrite(self.nth, b"0", 0)
        return left == 0, code, value

    def each(self, what, op, right, undo=lambda value: None, before=lambda: None, least=1):
        """right(worked): None, or what is wrong then; undo(value): after success"""
        codes, wrong, passed, began = set(), [], 0, time.monotonic()
        for n in range(1, MOST):
            before()
            hit, code, value = self.once(n, op)
            problem = right(code == 0)
            if problem:
                wrong.append(f"n={n} errno={code}: {problem}")
            if code == 0:
                undo(value)
                passed += hit
            else:
                codes.add(code)
            if not hit:
                break
        names = ",".join(sorted(errno.errorcode.get(c, str(c)) for c in codes)) or "none"
        if hit:
            wrong.append(f"a fault even after {n}")
        elif code:
            wrong.append(f"without a fault: {names}")
        if codes - CLEAN:
            wrong.append("unexpected errors")
        if n - 1 < least:
            wrong.append(f"only {n - 1} faults, expected {least}")
        print("bad" if wrong else "good", f"{what}: {n - 1} faults, {passed} of them did no harm,",
              "errors:", names, f"({time.monotonic() - began:.0f} s)", "; ".join(wrong[:5]), flush=True)


def load():
    fd = os.open(os.environ["STOPGAP_MODULE"], os.O_RDONLY | os.O_CLOEXEC)
    ret = libc.syscall(313, fd, b"", 0)
    code = ctypes.get_errno()
    os.close(fd)
    if ret:
        raise OSError(code, "finit_module")


def unload():
    if libc.syscall(176, b"stopgap", os.O_NONBLOCK):
        raise OSError(ctypes.get_errno(), "delete_module")


def is_loaded(worked):
    if os.path.isdir("/sys/module/stopgap") != worked:
        return "the module is" + (" not" if worked else "") + " there"
    return None if os.path.isdir("/sys/class/stopgap") == worked else "the class is wrong"


def loading(run):
    faults.only_within(*faults.function_range("do_one_initcall"))
    # The forty files in sysfs of each cache are SLUB's, one like the other.
    faults.but_not_within(*faults.function_range("sysfs_slab_add"))
    run.each("load", load, is_loaded, lambda value: unload(), least=20)
    load()
    faults.choose_caches()	# the module's own, too


def tapping(run, nl):
    def tapped(worked):
        return None if (nl.taps() == ["lo"]) == worked else f"taps: {nl.taps()}"

    run.each("tap add", lambda: nl.tap(TAP_ADD), tapped, lambda value: nl.tap(TAP_DEL), least=10)
    # So small that nothing is had from vmalloc() when kmalloc() fails.
    small = [attr(kind, struct.pack("=I", n)) for kind, n in
             ((TXN_MAX, 256), (SERVERS_MAX, 16), (SNAPLEN, 100))]
    run.each("small tap add", lambda: nl.tap(TAP_ADD, *small), tapped,
             lambda value: nl.tap(TAP_DEL), least=10)
    # A small ring: each of its pages is an allocation.
    add = lambda: nl.tap(TAP_ADD, attr(RING_BYTES, struct.pack("=I", 65536)))
    add()
    run.each("tap del", lambda: nl.tap(TAP_DEL), lambda worked: tapped(not worked),
             lambda value: add(), least=0)
    there = lambda worked: tapped(True)
    run.each("tap get", lambda: nl.tap(TAP_GET), there)
    run.each("tap list", lambda: nl.taps(), there, least=0)
    run.each("tap set", lambda: nl.tap(TAP_SET, attr(6, struct.pack("=I", 4000))), there)
    run.each("threshold set", lambda: nl.tap(THRESHOLD_SET, top=attr(
        3 | NEST, attr(1, struct.pack("=I", 20)))), there, least=0)
    run.each("threshold get", lambda: nl.tap(THRESHOLD_GET), there)


def make_record():
    """Nobody is there: the port's ICMP error ends the transaction."""
    query = os.urandom(2) + bytes.fromhex("0100000100000000000003777777076578616d706c6504746573740000010001")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(query, ("127.0.0.1", 53))


def reading(run, nl):
    path = f"/dev/stopgap{nl.minor()}"
    how = os.O_RDWR | os.O_NONBLOCK
    readers = lambda: struct.unpack("=I", attrs(attrs(nl.tap(TAP_GET)[0])[1])[13])[0]

    def opened(worked):
        return None if readers() == worked else f"{readers()} readers"

    run.each("open", lambda: os.open(path, how), opened, os.close, least=5)

    fd = os.open(path, how)
    waits = lambda: select.select([fd], [], [], 60)[0]

    def before():
        if not select.select([fd], [], [], 0)[0]:
            make_record()
            waits()

    def still_there(worked):
        return None if worked or waits() and len(os.read(fd, 4096)) > 8 else "the record is gone"

    run.each("read", lambda: os.read(fd, 4096), still_there, before=before)
    make_record()
    run.each("server list", lambda: nl.tap(SERVER_GET, dump=True), lambda worked: opened(True))
    os.close(fd)

    held = []

    def reopen():
        while held:
            os.close(held.pop())
        held.append(os.open(path, how))

    run.each("mmap", lambda: mmap.mmap(held[0], 1 << 16, mmap.MAP_SHARED, mmap.PROT_READ, offset=4096),
             lambda worked: opened(True), lambda m: m.close(), before=reopen, least=0)
    run.each("close", lambda: os.close(held.pop()), lambda worked: opened(False), before=reopen,
             least=0)


class Grants:
    """Signed ones, each to be had once, and a namespace that has not too many."""

    def __init__(self, folder):
        self.template = detour.read(os.path.join(folder, "grant"))
        key = os.path.join(folder, "customer")
        self.signer = sign.Signer(key + ".key", key + ".pem")
        self.move()

    def next(self):
        self.raw = os.urandom(16)
        self.serial = self.raw.hex()
        grant = self.template[:16] + self.raw + self.template[32:]
        self.payload = attr(6, grant) + attr(7, self.signer.sign(grant))
        self.had += 1
        if self.had == 50:
            self.move()

    def move(self):
        """Into a new network namespace; the one left ends with its detours."""
        if libc.unshare(0x40000000):
            raise OSError(ctypes.get_errno(), "unshare")
        self.nl, self.had = Netlink(), 0
        self.next()

    def add(self):
        if self.serial not in self.nl.leases():
            self.nl.ask(detour.CMD["add"], self.payload)

    def act(self, verb):
        self.nl.ask(detour.CMD[verb], attr(5 | NEST, attr(2, self.raw)))

    def state(self):
        return self.nl.leases().get(self.serial)

    def state_is(self, when, otherwise):
        def right(worked):
            got = self.state()
            return None if got == (when if worked else otherwise) else f"it is {got}"
        return right


def detouring(run, folder):
    g = Grants(folder)

    run.each("grant add", lambda: g.nl.ask(detour.CMD["add"], g.payload),
             g.state_is("armed", None), lambda value: g.next(), least=10)
    # Another one in the namespace would share its hooks with it.
    g.move()
    run.each("detour start", lambda: g.act("start"), g.state_is("active", "armed"),
             lambda value: g.move(), before=g.add, least=5)
    g.add()
    g.act("start")
    run.each("detour list", lambda: g.nl.leases(), g.state_is("active", "active"), least=0)
    run.each("trust list", lambda: g.nl.ask(detour.CMD["trust"], dump=True),
             g.state_is("active", "active"))
    run.each("withdraw", lambda: g.act("withdraw"), g.state_is("withdrawn", "active"),
             lambda value: g.act("resume"), least=0)
    g.act("withdraw")
    run.each("resume", lambda: g.act("resume"), g.state_is("active", "withdrawn"),
             lambda value: g.act("withdraw"), least=0)


def each(folder):
    run = Runner()
    faults.choose_caches()
    loading(run)
    subprocess.run(["keyctl", "padd", "asymmetric", "customer", "%:.stopgap"], check=True,
                   stdin=open(os.path.join(folder, "customer.der"), "rb"),
                   stdout=subprocess.DEVNULL)
    faults.only_within(*faults.module_range())
    nl = Netlink()
    tapping(run, nl)
    reading(run, nl)
    nl.tap(TAP_DEL)
    detouring(run, folder)
    print("good the end", flush=True)


if __name__ == "__main__":
    each(sys.argv[1])
