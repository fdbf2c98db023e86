# SPDX-License-Identifier: GPL-2.0-or-later
"""What the demo's clients and the tap's records say, second by second."""

import glob
import json
import math


class Tail:
    """The whole lines that a growing file has got since the last look."""

    def __init__(self, path):
        self.path, self.at, self.rest = path, 0, ""

    def lines(self):
        try:
            with open(self.path, encoding="utf-8", errors="replace") as f:
                f.seek(self.at)
                text = self.rest + f.read()
                self.at = f.tell()
        except FileNotFoundError:
            return
        *whole, self.rest = text.split("\n")
        for line in whole:
            if line.startswith("{"):
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    continue


class Tails:
    """The same for all files of a pattern, those that come later too."""

    def __init__(self, pattern):
        self.pattern, self.tails = pattern, {}

    def lines(self):
        for path in sorted(glob.glob(self.pattern)):
            yield from self.tails.setdefault(path, Tail(path)).lines()


class Clients:
    """Lookups per second; a client's line is about the second before it."""

    def __init__(self, folder):
        self.tails = Tails(f"{folder}/*.jsonl")
        self.seconds = {}       # second -> [asked, ok]
        self.failed = {}        # client -> {second: failed}

    def read(self):
        for r in self.tails.lines():
            if r.get("server", "") is not None or "ok" not in r:
                continue
            sec = math.floor(r["time"] - 0.5)
            s = self.seconds.setdefault(sec, [0, 0])
            s[0] += r["ok"] + r["failed"]
            s[1] += r["ok"]
            self.failed.setdefault(r["client"], {})[sec] = r["failed"]

    def share(self, first, last):
        """Share of the lookups from second first to last that went well, or None."""
        asked = sum(self.seconds[s][0] for s in self.seconds if first <= s <= last)
        ok = sum(self.seconds[s][1] for s in self.seconds if first <= s <= last)
        return ok / asked if asked else None


GOOD = ("NOERROR", "NXDOMAIN")
ENDED = ("answered", "timeout", "icmp", "refused", "silent", "evicted")


class Records:
    """The tap's records, from stopgap trace --json."""

    def __init__(self, path):
        self.tail = Tail(path)
        self.servers = {}       # address -> {second: [queries, failed, [rtt]]}
        self.states, self.txns = [], []

    def take(self, r):
        if r.get("type") == "state":
            self.states.append(r)
        if r.get("type") != "txn" or r["state"] not in ENDED or "ts_query" not in r:
            return
        sec = math.floor(r["ts_query"] / 1e9)
        row = self.servers.setdefault(r["server"], {}).setdefault(sec, [0, 0, []])
        row[0] += r.get("copies", 1)
        if r["state"] != "answered" or r.get("rcode") not in GOOD:
            row[1] += 1
            self.txns.append(r)
        if "rtt_us" in r:
            row[2].append(r["rtt_us"] / 1000)

    def read(self):
        for r in self.tail.lines():
            self.take(r)


def quantile(values, q):
    """The value below which a share q lies; None without values."""
    if not values:
        return None
    values = sorted(values)
    return round(values[min(len(values) - 1, int(q * len(values)))], 3)
