#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: madeup.py IF MAC SOURCE SERVER queries|answers|segments COUNT

Sends that many frames on the interface, to that MAC address: queries of SOURCE, each of
another port and id, to SERVER; answers to the same; or TCP of SOURCE that begins
connections or claims to be of some, and never ends a message. SERVER may be A.B.C.D+N:
then one after the other of the N addresses from there on. As a tool of serve.py.
"""
import ipaddress
import os
import socket
import struct
import sys


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip4(src, dst, proto, payload):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, proto, 0) + src + dst
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def udp(n, answer):
    flags, ports = (0x8180, (53, 1024 + n % 60000)) if answer else (0x0100, (1024 + n % 60000, 53))
    msg = struct.pack("!6H", n & 0xffff, flags, 1, 0, 0, 0) + b"\6madeup\4test\0\0\1\0\1"
    return struct.pack("!4H", *ports, 8 + len(msg), 0) + msg


def segment(n):
    """A SYN, or the first half of a message. No stack takes it: its checksum is wrong."""
    flags, data = (0x02, b"") if n % 2 else (0x18, struct.pack("!H", 400) + os.urandom(200))
    return struct.pack("!HHIIBBHHH", 1024 + n % 60000, 53, n << 12, 0 if n % 2 else n, 0x50, flags,
                       65535, 0xdead, 0) + data


def main():
    dev, mac, source, server, kind, count = sys.argv[1:]
    server, _, many = server.partition("+")
    src, first = ipaddress.IPv4Address(source).packed, int(ipaddress.IPv4Address(server))
    ether = bytes.fromhex(mac.replace(":", "")) + b"\2\0\0\0\0\7\x08\0"
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((dev, 0))
        for n in range(int(count)):
            dst = struct.pack("!I", first + n % int(many or 1))
            if kind == "segments":
                packet = ip4(src, dst, 6, segment(n))
            elif kind == "answers":
                packet = ip4(dst, src, 17, udp(n, True))
            else:
                packet = ip4(src, dst, 17, udp(n, False))
            sock.send(ether + packet)


if __name__ == "__main__":
    main()
