#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hold.py ADDRESS N: keep N TCP connections to a DNS server, as proxies do.

Each asks for the root's name servers now and then, and is opened again when
the server ends it.
"""

import selectors
import socket
import sys
import time

QUERY = b"\x00\x11" + bytes.fromhex("123401000001000000000000" "00" "00020001")


def main():
    where, count = (sys.argv[1], 53), int(sys.argv[2])
    sel, held, ask = selectors.DefaultSelector(), [], 0.0
    while True:
        while len(held) < count:
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(where)
            sel.register(s, selectors.EVENT_READ)
            held.append(s)
        if time.monotonic() >= ask:
            ask = time.monotonic() + 2
            for s in held:
                try:
                    s.send(QUERY)
                except OSError:
                    pass
        for key, _ in sel.select(0.5):
            s = key.fileobj
            try:
                data = s.recv(4096)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                sel.unregister(s)
                held.remove(s)
                s.close()


if __name__ == "__main__":
    main()
