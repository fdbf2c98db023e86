#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A client that asks steadily and takes an answer from anybody.

usage: steady.py LOG SERVER RATE SECONDS [PORT [ADDRESS]]
       steady.py field SUMMARY NAME      of what it printed at its end

Asks SERVER for the A record of www.example.test, RATE times a second, from
ADDRESS, always from PORT or (0) from a new port each time, one that this run has
not used before. LOG gets a line for each query when its fate is known: its number, when it was sent (s since the start of the program),
the round-trip time in ms or "-", who answered, and with what. Answers are
waited for 2 s (STEADY_WAIT of the environment) after the last query. SIGTERM ends it early. The first line that
it prints, "asking", says that it has begun; the last one is a JSON summary.
"""
import json
import os
import select
import signal
import socket
import struct
import sys
import time

WAIT = float(os.environ.get("STEADY_WAIT", "2"))
NAME = b"\x03www\x07example\x04test\x00"


def question(number):
    return struct.pack("!HHHHHH", number & 0xFFFF, 0x0100, 1, 0, 0, 0) + NAME + b"\0\x01\0\x01"


def answer(raw):
    """The id and the last four bytes of an answer with records: its address."""
    number, flags, _, ancount = struct.unpack("!HHHH", raw[:8])
    if not ancount:
        return number, f"rcode{flags & 15}"
    return number, socket.inet_ntoa(raw[12 + len(NAME) + 4 + 12:][:4])


def plain(address):
    return address[7:] if address.startswith("::ffff:") else address


class Client:
    def __init__(self, log, server, port, address):
        self.log, self.address = log, address
        self.family = socket.AF_INET6 if ":" in server else socket.AF_INET
        self.server = server
        self.waiting, self.socks, self.fixed, self.used = {}, {}, None, set()
        self.sent, self.answered, self.sources, self.answers = 0, 0, {}, {}
        self.start = time.monotonic()
        if port:
            self.fixed = self.open(port)

    def open(self, port=0):
        sock = socket.socket(self.family, socket.SOCK_DGRAM)
        sock.bind((self.address, port))
        while not port and sock.getsockname()[1] in self.used:
            sock.close()
            sock = socket.socket(self.family, socket.SOCK_DGRAM)
            sock.bind((self.address, port))
        self.used.add(sock.getsockname()[1])
        sock.setblocking(False)
        self.socks[sock.fileno()] = sock
        return sock

    def now(self):
        return time.monotonic() - self.start

    def ask(self):
        sock = self.fixed or self.open()
        try:
            sock.sendto(question(self.sent), (self.server, 53))
        except OSError:
            pass  # what an ICMP error said about an earlier one
        self.waiting[self.sent & 0xFFFF] = (self.sent, self.now(), sock)
        self.sent += 1

    def close(self, sock):
        if sock is not self.fixed and self.socks.pop(sock.fileno(), None):
            sock.close()

    def hear(self, sock):
        try:
            raw, source = sock.recvfrom(4096)
        except OSError:
            return
        number, what = answer(raw)
        who = plain(source[0])
        self.sources[who] = self.sources.get(who, 0) + 1
        self.answers[what] = self.answers.get(what, 0) + 1
        query = self.waiting.pop(number, None)
        if query:
            self.answered += 1
            rtt = (self.now() - query[1]) * 1000
            print(query[0], f"{query[1]:.3f} {rtt:.1f}", who, what, file=self.log, flush=True)
        self.close(sock)

    def give_up(self, age):
        for number, (count, sent, sock) in list(self.waiting.items()):
            if self.now() - sent > age:
                print(count, f"{sent:.3f} - - -", file=self.log, flush=True)
                del self.waiting[number]
                self.close(sock)

    def listen(self, until):
        while True:
            left = until - self.now()
            ready, _, _ = select.select(list(self.socks.values()), [], [], max(left, 0))
            for sock in ready:
                self.hear(sock)
            if left <= 0:
                return


def print_field(summary, name):
    value = json.loads(summary)[name]
    print(json.dumps(value, sort_keys=True) if isinstance(value, dict) else value)


def main():
    if sys.argv[1] == "field":
        print_field(sys.argv[2], sys.argv[3])
        return
    log, server, rate, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    with open(log, "w", encoding="ascii") as out:
        client = Client(out, server, int(sys.argv[5]) if len(sys.argv) > 5 else 0,
                        sys.argv[6] if len(sys.argv) > 6 else "")
        print("asking", flush=True)
        due = 0.0
        while not stop and client.now() < seconds:
            client.ask()
            due += 1 / rate
            client.listen(due)
            client.give_up(WAIT)
        end = client.now() + WAIT
        while client.waiting and client.now() < end:
            client.listen(min(client.now() + 0.05, end))
        client.give_up(0)
        print(json.dumps({"sent": client.sent, "answered": client.answered,
                          "lost": client.sent - client.answered, "sources": client.sources,
                          "answers": client.answers}))


if __name__ == "__main__":
    main()
