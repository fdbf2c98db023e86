#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: ask.py SERVER NAME [A|AAAA|SOA] [+tcp] [-b ADDRESS[#PORT]]

One question, and a second for its answer. Prints the addresses of the answer; exits
with 1 when none comes, whatever it says otherwise. What dig does, as a tool of serve.py.
"""
import os
import socket
import struct
import sys

TYPES = {"A": 1, "SOA": 6, "AAAA": 28}
WAIT = 1.0


def question(name, kind):
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    qname = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return os.urandom(2) + struct.pack("!5H", 0x0100, 1, 0, 0, 0) + qname + \
        struct.pack("!2H", TYPES[kind], 1)


def after_name(msg, at):
    while msg[at]:
        if msg[at] >= 0xC0:
            return at + 2
        at += 1 + msg[at]
    return at + 1


def addresses(msg):
    at, (questions, answers) = 12, struct.unpack_from("!2H", msg, 4)
    for _ in range(questions):    # a refusal may have none
        at = after_name(msg, at) + 4
    for _ in range(answers):
        at = after_name(msg, at)
        kind, _, _, size = struct.unpack_from("!HHIH", msg, at)
        data = msg[at + 10:at + 10 + size]
        at += 10 + size
        if kind in (TYPES["A"], TYPES["AAAA"]):
            yield socket.inet_ntop(socket.AF_INET if size == 4 else socket.AF_INET6, data)


def read_all(sock, size):
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise OSError("the connection was closed")
        data += more
    return data


def ask(server, msg, tcp, source):
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.settimeout(WAIT)
        if source:
            address, _, port = source.partition("#")
            sock.bind((address, int(port or 0)))
        sock.connect((server, 53))
        if tcp:
            sock.sendall(struct.pack("!H", len(msg)) + msg)
            return read_all(sock, struct.unpack("!H", read_all(sock, 2))[0])
        sock.send(msg)
        while True:
            answer = sock.recv(65535)
            if answer[:2] == msg[:2]:
                return answer


def main():
    args, plain, tcp, source = iter(sys.argv[1:]), [], False, ""
    for arg in args:
        if arg == "+tcp":
            tcp = True
        elif arg == "-b":
            source = next(args)
        elif arg[0] in "+-":
            sys.exit(f"ask.py: unknown option '{arg}'; expected +tcp or -b ADDRESS[#PORT]")
        else:
            plain.append(arg)
    server, name, kind = (plain + ["A"])[:3]
    try:
        answer = ask(server, question(name, kind), tcp, source)
    except OSError as error:
        sys.exit(f"ask.py: {server}: {error}")
    print("".join(a + "\n" for a in addresses(answer)), end="")


if __name__ == "__main__":
    main()
