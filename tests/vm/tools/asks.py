#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: asks.py ADDRESS	DNS queries over UDP until it is killed, each flow but a few
packets long; whatever becomes of the way there, it goes on."""
import os
import socket
import sys
import time

QUERY = bytes.fromhex("0100000100000000000003777777076578616d706c6504746573740000010001")
print("asking", flush=True)
while True:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for _ in range(4):
            try:
                s.sendto(os.urandom(2) + QUERY, (sys.argv[1], 53))
            except OSError:
                pass
    time.sleep(0.1)
