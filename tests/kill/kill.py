#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: kill.py STOPGAPD STOPGAP CAPTURE FOLDER KILLS

Replays CAPTURE again and again, kills the daemon with SIGKILL after a random share of the CPU
time that a whole run takes (so that a busy machine changes nothing), lets it go on from where its
ledger ends, and after each round looks whether the ledger has all that was acknowledged, whole,
and nothing twice. Prints one line of JSON.
"""
import collections
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time

ACK = re.compile(r"entry (\d+): (\S+) of incident (\d+)\n")
CONF = "[daemon]\njudge = 2s\nseal = 2s\n[incident]\nquiet = 5s\n"
IN_A_ROW = 10           # kills before a round is let end


def cpu():
    """CPU seconds of all children that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def used(pid):
    """CPU seconds of a process, by its clock as clock_getcpuclockid() names it; 0 when it has ended."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0


class Round:
    """One store, from its making until the capture is through."""

    def __init__(self, daemon, command, capture, store):
        self.command, self.store = command, store
        self.conf, self.log = store + ".conf", store + ".log"
        self.argv = [daemon, "-c", self.conf, "--replay", capture, "--store", store]
        with open(self.conf, "w", encoding="ascii") as f:
            f.write(CONF)
        open(self.log, "w", encoding="ascii").close()

    def run(self, limit=None):
        """True when it ended by itself, False when it was killed, limit seconds of CPU time on."""
        with open(self.log, "ab") as log:
            child = subprocess.Popen(self.argv, stderr=log)
        while limit is not None:
            left = limit - used(child.pid)
            if left <= 0:
                child.kill()
                break
            try:
                child.wait(max(left, 0.0005))
                break
            except subprocess.TimeoutExpired:
                pass
        status = child.wait()
        if status not in (0, -signal.SIGKILL):
            raise SystemExit(f"{self.store}: ended with {status}")
        return status == 0

    def wrong(self):
        """What is wrong with the ledger, in sentences."""
        db = os.path.join(self.store, "ledger.db")
        out = subprocess.run([self.command, "ledger", "verify", "-j", db], stdout=subprocess.PIPE, check=False).stdout
        wrong = list(json.loads(out)["wrong"])
        lines = subprocess.run([self.command, "ledger", "export", db], stdout=subprocess.PIPE, check=True).stdout
        entries = [json.loads(line) for line in lines.splitlines()]
        there = {(e["seq"], e["type"], e["about"]) for e in entries}
        with open(self.log, encoding="utf-8") as f:
            acked = {(int(n), kind, int(about)) for n, kind, about in ACK.findall(f.read())}
        self.acked = len(acked)
        wrong += [f"acknowledged, but not there: {x}" for x in sorted(acked - there)]
        return wrong + self.twice(entries)

    @staticmethod
    def twice(entries):
        """Whatever is in the ledger more than once."""
        seen = collections.Counter()
        for e in entries:
            p = e["payload"]
            if e["type"] == "incident.series":
                for i in range(len(p["clients"]["asked"])):
                    seen["second", e["about"], p["start"] + i] += 1
                for host in p["seen"]:
                    seen["client", e["about"], host] += 1
            elif e["type"] == "incident.row":
                seen["row", e["about"], p["ts_query"], p["client"], p["client_port"]] += 1
            elif e["type"] == "incident.packet":
                seen["packet", e["about"], p["ts"], p["answer"], p["data"]] += 1
            elif e["type"] == "incident.open":
                seen["incident", p["case"]["cause"], p["case"]["server"]] += 1
        return [f"{n} times: {x}" for x, n in seen.items() if n > 1]


def main():
    daemon, command, capture, folder, kills = sys.argv[1:]
    rng = random.Random(11)
    first = Round(daemon, command, capture, os.path.join(folder, "whole"))
    first.run()
    # Once more, for what is in the caches then.
    before = cpu()
    Round(daemon, command, capture, os.path.join(folder, "again")).run()
    took = cpu() - before
    wrong = first.wrong()
    opened = first.acked
    done = rounds = acked = resumed = 0
    while done < int(kills):
        one = Round(daemon, command, capture, os.path.join(folder, f"round-{rounds}"))
        row, ended = 0, False
        while not ended and row < IN_A_ROW and done < int(kills):
            # What is left of the capture takes less each time.
            ended = one.run(rng.uniform(0.1, 1) * took / (1 + row / 4))
            row += not ended
            done += not ended
        if not ended:
            one.run()
        wrong += [f"round {rounds}: {x}" for x in one.wrong()]
        with open(one.log, encoding="utf-8") as f:
            resumed += "not judged again" in f.read()
        acked += one.acked
        rounds += 1
    json.dump({"kills": done, "rounds": rounds, "acknowledged": acked, "whole_acknowledged": opened,
               "resumed": resumed, "wrong": wrong[:20], "wrongs": len(wrong),
               "cpu_seconds_whole": round(took, 2)}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
