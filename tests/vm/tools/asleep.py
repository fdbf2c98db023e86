#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every process is frozen, as before the machine sleeps; what is a client answered at once afterwards?

usage: asleep.py SERVER TIME SECONDS [COUNT]

A second before TIME (ns since 1970) it asks SERVER for www.example.test, and goes to sleep as far as
the kernel's own test of it goes with "freezer" (/sys/power/pm_test): all processes are frozen
for SECONDS, and the CPU that does it does nothing else, so that no work of the
kernel's runs either. Its first deed afterwards is to ask COUNT (50) times, each time from a new
port. Prints one JSON object: the answer before, the seconds that it took by
CLOCK_BOOTTIME, and how often each answer came.
"""
import json
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from steady import answer, question


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def ask(server, number):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(2)
        sock.connect((server, 53))
        sock.send(question(number))
        try:
            return answer(sock.recv(4096))[1]
        except OSError:
            return "none"


def main():
    server, at, seconds = sys.argv[1], int(sys.argv[2]) / 1e9, sys.argv[3]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 50
    write("/sys/module/suspend/parameters/pm_test_delay", seconds)
    write("/sys/power/pm_test", "freezer")
    time.sleep(max(at - 1 - time.time(), 0))
    answers, before = {}, ask(server, 0)
    begun = time.clock_gettime(time.CLOCK_BOOTTIME)
    try:
        write("/sys/power/state", "freeze")
    finally:
        took = time.clock_gettime(time.CLOCK_BOOTTIME) - begun
        for number in range(count):
            what = ask(server, number)
            answers[what] = answers.get(what, 0) + 1
        write("/sys/power/pm_test", "none")
    print(json.dumps({"took": round(took, 1), "before": before, "answers": answers}))


main()
