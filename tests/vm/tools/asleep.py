#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine sleeps; what is a client answered at once afterwards?

usage: asleep.py [--mem] SERVER TIME SECONDS [COUNT]

A second before TIME (ns since 1970) it asks SERVER for www.example.test, and goes to sleep as far as
the kernel's own test of it goes with "freezer" (/sys/power/pm_test): all processes are frozen
for SECONDS, and the CPU that does it does nothing else, so that no work of the
kernel's runs either. With --mem it is suspended to memory (ACPI S3), and the alarm of
its clock wakes it up. The first deed afterwards is to ask COUNT (50) times, each time from a
new port. Prints one JSON object: the answer before, the seconds that it took by
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


def read(path):
    with open(path, encoding="ascii") as f:
        return f.read()


def freeze(seconds):
    write("/sys/module/suspend/parameters/pm_test_delay", seconds)
    write("/sys/power/pm_test", "freezer")
    write("/sys/power/state", "freeze")


def suspend(seconds):
    clock = "/sys/class/rtc/rtc0/"
    write("/sys/power/mem_sleep", "deep")
    write(clock + "wakealarm", str(int(read(clock + "since_epoch")) + int(seconds)))
    write("/sys/power/state", "mem")


def main():
    sleep = suspend if "--mem" in sys.argv else freeze
    server, at, seconds, *count = [word for word in sys.argv[1:] if word != "--mem"]
    time.sleep(max(int(at) / 1e9 - 1 - time.time(), 0))
    answers, before = {}, ask(server, 0)
    begun = time.clock_gettime(time.CLOCK_BOOTTIME)
    try:
        sleep(seconds)
    finally:
        took = time.clock_gettime(time.CLOCK_BOOTTIME) - begun
        for number in range(int(count[0]) if count else 50):
            what = ask(server, number)
            answers[what] = answers.get(what, 0) + 1
        write("/sys/power/pm_test", "none")
    print(json.dumps({"took": round(took, 1), "before": before, "answers": answers}))


main()
