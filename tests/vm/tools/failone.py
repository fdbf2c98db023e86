#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each allocation of the packet path and of the workers failed once, one at a time.

usage: failone.py DIR	as root; DIR has a grant (standing), the customer's key and .pem

One scene on one loopback: a tap, a standing grant, a client that asks A, of whom the
tap learns that it is dead, until the kernel leads the client to B, by UDP and TCP. What
the module allocates meanwhile it does in softirq or in a work, by itself: the n-th of
that fails, n = 1, 2, 3... until a scene meets no fault any more. After each one: the
client gets to B, listeners have heard of it or know that they have missed something, the
tap counts on and its sums hold. Prints a line for each, and last of all "good|bad WHAT".
"""
import importlib.util
import os
import select
import socket
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("failnth", os.path.join(HERE, "failnth.py"))
failnth = importlib.util.module_from_spec(spec)
spec.loader.exec_module(failnth)
faults, attr, attrs, NEST = failnth.faults, failnth.attr, failnth.attrs, failnth.NEST

CLIENT, A, B, PORT = "192.0.2.2", "198.51.100.2", "198.18.0.2", 53
QUERY = bytes.fromhex("0100000100000000000003777777076578616d706c6504746573740000010001")
MOST = 80	# faults of a scene; more means that it never runs through
SLAB = faults.DEBUG + "failslab/"


class Nth:
    """The n-th allocation from now on, of any context. failslab fails each one that the
    interval divides, and counts from boot on, but only while there is an interval."""

    def __init__(self):
        self.count = 0

    def arm(self, n):
        faults.put(SLAB + "interval", self.count + n)
        faults.put(SLAB + "times", 1)
        faults.put(SLAB + "probability", 100)
        self.next = self.count + n

    @staticmethod
    def came():
        with open(SLAB + "times") as f:
            return int(f.read()) == 0

    def disarm(self):
        """Was there a fault?"""
        faults.put(SLAB + "probability", 0)
        hit = self.came()
        # An interval of one is none.
        if hit and self.next > 1:
            self.count = self.next
        return hit


class Scene:
    def __init__(self, grants):
        grants.move()
        self.grants, self.nl = grants, grants.nl
        batch = "link set lo up\n" + "".join(f"addr add {a}/32 dev lo\n" for a in (CLIENT, A, B))
        subprocess.run(["ip", "-batch", "-"], check=True, input=batch.encode())
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((B, PORT))
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.bind((B, PORT))
        self.tcp.listen()
        small = [attr(kind, struct.pack("=I", n)) for kind, n in
                 ((failnth.TXN_MAX, 256), (failnth.SERVERS_MAX, 16), (failnth.SNAPLEN, 0))]
        self.nl.tap(failnth.TAP_ADD, *small)
        self.nl.tap(failnth.THRESHOLD_SET, top=attr(3 | NEST, attr(1, struct.pack("=I", 1))))
        grants.load()
        self.states = failnth.Ear("state")
        grants.ear.heard()

    def close(self):
        self.udp.close()
        self.tcp.close()

    def ask(self, wait=5):
        """By UDP, from a new port: does B answer?"""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((CLIENT, 0))
            s.connect((A, PORT))
            end = time.monotonic() + wait
            try:
                s.send(os.urandom(2) + QUERY)
                while time.monotonic() < end:
                    ready = select.select([s, self.udp], [], [], 0.2)[0]
                    if self.udp in ready:
                        query, whom = self.udp.recvfrom(512)
                        self.udp.sendto(query[:2] + b"\x81\x80" + query[4:], whom)
                    elif s in ready:
                        return len(s.recv(512)) > 12
            except ConnectionRefusedError:
                pass
        return False

    def ask_tcp(self):
        message = os.urandom(2) + QUERY
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            s.settimeout(10)
            s.bind((CLIENT, 0))
            try:
                s.connect((A, PORT))
                s.send(struct.pack("!H", len(message)) + message)
                with self.tcp.accept()[0] as other:
                    other.settimeout(10)
                    query = other.recv(512)
                    other.send(query[:4] + b"\x81\x80" + query[6:])
                    return len(s.recv(512)) > 12
            except OSError:
                return False

    def play(self, by_hand):
        """Until B answers. A start that failed, the kernel tries again after a second; or it
        is made by hand."""
        began = time.monotonic()
        while not self.ask(1):
            waited = time.monotonic() - began
            if waited > 20:
                return "B never answers"
            if by_hand and waited > 0.3 and Nth.came():
                self.start()
        return None if self.ask_tcp() else "not over TCP"

    def start(self):
        try:
            self.grants.start()
        except failnth.detour.Refused:
            pass	# it has just been started

    def sums(self):
        c = struct.unpack("=28Q", attrs(attrs(self.nl.tap(failnth.TAP_GET)[0])[1])[12][:224])
        if c[1] != sum(c[2:22]):
            return f"seen {c[1]}, its parts {sum(c[2:22])}"
        if c[22] != sum(c[23:28]):
            return f"transactions {c[22]}, their ends {sum(c[23:28])}"
        return None

    def wrong(self, seen):
        """With memory again."""
        before = self.nl.queries()
        if not self.ask() or not self.ask_tcp():
            return "then it is not answered"
        if self.nl.queries() <= before:
            return "then the tap does not count"
        for name, ear in (("state", self.states), ("detour", self.grants.ear)):
            said, missed = ear.heard()
            seen[name] += missed
            if not said and not missed:
                return f"nothing was said of the {name}"
        seen["server"] += bool(self.unparsed(10))
        if self.grants.state() != "active":
            return f"the detour is {self.grants.state()}"
        return self.sums()

    def unparsed(self, kind):
        c = attrs(attrs(self.nl.tap(failnth.TAP_GET)[0])[1])[12]
        return struct.unpack("=Q", c[8 * (6 + kind):8 * (7 + kind)])[0]


def main():
    nth, wrong, began = Nth(), [], time.monotonic()
    seen = {"state": 0, "detour": 0, "server": 0}
    faults.choose_caches()
    faults.only_within(*faults.module_range())
    grants = failnth.Grants(sys.argv[1], "standing", "customer")
    for n in range(1, MOST):
        scene = Scene(grants)
        nth.arm(n)
        problem = scene.play(by_hand=n % 8)
        hit = nth.disarm()
        problem = problem or scene.wrong(seen)
        scene.close()
        if problem:
            wrong.append(f"n={n}: {problem}")
        print(f"n={n}: fault {hit}, {time.monotonic() - began:.1f} s", problem or "", flush=True)
        if not hit or len(wrong) == 3:
            break
    if hit and not wrong:
        wrong.append(f"a fault even after {n}")
    if n < 10:
        wrong.append("fewer than 10 faults")
    # A server without counters, and a start of which nothing could be told.
    wrong += [f"none of them was the {name}'s" for name in ("server", "detour") if not seen[name]]
    print("bad" if wrong else "good", f"each alone, by itself: {n - 1} faults, seen: {seen}",
          f"({time.monotonic() - began:.0f} s)", "; ".join(wrong), flush=True)


if __name__ == "__main__":
    main()
