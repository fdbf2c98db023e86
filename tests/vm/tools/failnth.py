#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each allocation of the module failed once, by /proc/thread-self/fail-nth.

usage: failnth.py DIR	all operations, as root in a netns; DIR has a grant (plain), one
			that asks for two roles (both) and one that waits for a
			condition (standing); of the customer and of a second one the
			key, the certificate (.pem) and the latter as .der

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
TAP_ADD, TAP_DEL, TAP_GET, TAP_SET, SERVER_GET, SERVER_RESET = 1, 2, 3, 4, 5, 6
THRESHOLD_SET, THRESHOLD_GET, CENSUS_GET = 7, 8, 19
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

    def queries(self):
        """Of all servers of the tap, by UDP."""
        servers = [attrs(attrs(raw)[2]) for raw in self.tap(SERVER_GET, dump=True)]
        return sum(struct.unpack("=Q", s[6][:8])[0] for s in servers if 6 in s)

    def threshold(self, addr):
        """Its least number of transactions, or None where there is no such server."""
        try:
            got = self.tap(THRESHOLD_GET, top=attr(2 | NEST, attr(2, addr)))
        except detour.Refused as refused:
            if not str(refused).startswith("ENOENT"):
                raise
            return None
        return struct.unpack("=I", attrs(attrs(got[0])[3])[1])[0]

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

    def each(self, what, op, right, undo=lambda value: None, before=lambda: None, least=1,
             first=1):
        """right(worked): None, or what is wrong then; undo(value): after success"""
        codes, wrong, passed, began = set(), [], 0, time.monotonic()
        for n in range(first, MOST):
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
        if n - first < least:
            wrong.append(f"only {n - first} faults, expected {least}")
        print("bad" if wrong else "good", f"{what}: {n - first} faults, {passed} of them did no harm,",
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
    faults.only_within_init()
    run.each("load", load, is_loaded, lambda value: unload(), least=20)
    load()
    faults.choose_caches()	# the module's own, too


def tapping(run, nl):
    def tapped(worked):
        return None if (nl.taps() == ["lo"]) == worked else f"taps: {nl.taps()}"

    run.each("tap add", lambda: nl.tap(TAP_ADD), tapped, lambda value: nl.tap(TAP_DEL), least=10)
    # So small that nothing turns to vmalloc() when kmalloc() fails.
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

    server = bytearray(socket.inet_pton(socket.AF_INET6, "2001:db8:ffff::"))

    def next_server(value=None):
        server[15] += 1

    def has_threshold(worked):
        got = nl.threshold(server)
        return None if got == (20 if worked else None) else f"it is {got}"

    run.each("threshold of a new server", lambda: nl.tap(THRESHOLD_SET, top=attr(
        2 | NEST, attr(2, bytes(server))) + attr(3 | NEST, attr(1, struct.pack("=I", 20)))),
             has_threshold, next_server)


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

    def counted():
        if not nl.queries():
            make_record()
            waits()
            os.read(fd, 4096)

    def was_reset(worked):
        got = nl.queries()
        return None if (got == 0) == worked else f"{got} queries"

    run.each("server reset", lambda: nl.tap(SERVER_RESET), was_reset, before=counted)
    run.each("census get", lambda: nl.tap(CENSUS_GET, dump=True), lambda worked: None if
             len(nl.tap(CENSUS_GET, dump=True)) > 2 else "nobody asked anything", least=0)
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


class Ear:
    """Of a multicast group, in this network namespace."""

    def __init__(self, group):
        self.nl = Netlink()
        self.nl.sock.setsockopt(detour.SOL_NETLINK, 1, self.nl.groups[group])
        self.nl.sock.setblocking(False)

    def heard(self):
        """Since the last time: (how much was said, was something missed)"""
        said, missed = 0, False
        while True:
            try:
                said += bool(self.nl.sock.recv(1 << 16))
            except BlockingIOError:
                return said, missed
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                missed = True


class Grants:
    """Signed ones, each to be had once, and a namespace that has not too many."""

    def __init__(self, folder, name, *signers):
        self.template = detour.read(os.path.join(folder, name))
        keys = [os.path.join(folder, signer) for signer in signers]
        self.signers = [sign.Signer(key + ".key", key + ".pem") for key in keys]
        self.move()

    def next(self, value=None):
        self.raw = os.urandom(16)
        self.serial = self.raw.hex()
        grant = self.template[:16] + self.raw + self.template[32:]
        self.payload = attr(6, grant) + attr(7, b"".join(s.sign(grant) for s in self.signers))
        self.had += 1
        if self.had == 50:
            self.move()

    def move(self, value=None):
        """Into a new network namespace; the one left ends with its detours."""
        if libc.unshare(0x40000000):
            raise OSError(ctypes.get_errno(), "unshare")
        self.nl, self.ear, self.had = Netlink(), Ear("detour"), 0
        self.next()

    def load(self):
        self.nl.ask(detour.CMD["add"], self.payload)

    def add(self):
        if self.serial not in self.nl.leases():
            self.load()

    def start(self):
        self.add()
        if self.state() == "armed":
            self.act("start")

    def act(self, verb):
        self.nl.ask(detour.CMD[verb], attr(5 | NEST, attr(2, self.raw)))

    def revoke(self):
        self.nl.ask(detour.CMD["revoke"], attr(4 | NEST, attr(10, self.raw)))

    def replace(self, value=None):
        """Two of the same server cannot be active."""
        if self.state() == "active":
            self.act("withdraw")
        self.next()

    def state(self):
        return self.nl.leases().get(self.serial)

    def told(self):
        """Has the listener heard anything since, or that it has missed something?"""
        return any(self.ear.heard())

    def state_is(self, when, otherwise):
        def right(worked):
            got = self.state()
            return None if got == (when if worked else otherwise) else f"it is {got}"
        return right

    def each(self, run, what, op, when, otherwise, undo, before=lambda: None, least=1, first=1):
        """An operation that is told of: state when, or if it failed otherwise."""
        state = self.state_is(when, otherwise)

        def ready():
            before()
            self.told()

        def right(worked):
            heard = self.told()
            return state(worked) or (None if heard == worked else f"heard: {heard}")

        run.each(what, op, right, undo, ready, least, first)


def detouring(run, folder):
    g = Grants(folder, "plain", "customer")

    g.each(run, "grant add", g.load, "armed", None, g.next, least=10)
    # Another one in the namespace would share its hooks with it.
    g.move()
    g.each(run, "detour start", lambda: g.act("start"), "active", "armed", g.move, g.add, least=5)
    g.start()
    run.each("detour list", lambda: g.nl.leases(), g.state_is("active", "active"), least=0)
    run.each("trust list", lambda: g.nl.ask(detour.CMD["trust"], dump=True),
             g.state_is("active", "active"))
    g.each(run, "withdraw", lambda: g.act("withdraw"), "withdrawn", "active",
           lambda value: g.act("resume"))
    g.act("withdraw")
    g.each(run, "resume", lambda: g.act("resume"), "active", "withdrawn",
           lambda value: g.act("withdraw"))
    g.replace()
    g.each(run, "extend", lambda: g.act("extend"), "active", "active", g.replace, g.start)
    g.replace()
    g.each(run, "revoke", g.revoke, "ended", "active", g.replace, g.start)

    # As far as they are like the first one, they have been tried.
    standing = Grants(folder, "standing", "customer")
    standing.each(run, "standing grant add", standing.load, "armed", None, standing.next,
                  first=60)
    trust(folder, "security", "second")
    both = Grants(folder, "both", "customer", "second")
    both.each(run, "add of a grant with two signers", both.load, "armed", None, both.next,
              least=20, first=120)


def trust(folder, role, name):
    with open(os.path.join(folder, name + ".der"), "rb") as certificate:
        subprocess.run(["keyctl", "padd", "asymmetric", f"{role}:{name}", "%:.stopgap"],
                       check=True, stdin=certificate, stdout=subprocess.DEVNULL)


def each(folder):
    run = Runner()
    faults.choose_caches()
    loading(run)
    trust(folder, "network", "customer")
    faults.only_within(*faults.module_range())
    nl = Netlink()
    tapping(run, nl)
    reading(run, nl)
    nl.tap(TAP_DEL)
    detouring(run, folder)
    print("good the end", flush=True)


if __name__ == "__main__":
    each(sys.argv[1])
