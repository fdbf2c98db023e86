#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: check.py FOLDER

Opens the report and the verifier's page, as FOLDER has them, in a headless Chromium, and prints
TAP. Screenshots of the report are left in FOLDER.
"""
import os
import re
import sys

import cdp
import png

# In the page: what a reader who sees little, or hears it, would stumble over.
READ = r"""(() => {
  const wrong = [], all = s => [...document.querySelectorAll(s)];
  const rgb = s => s.match(/[\d.]+/g).map(Number);
  const light = c => c.slice(0, 3).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
  const ratio = (a, b) => { const x = light(a), y = light(b); return (Math.max(x, y) + .05) / (Math.min(x, y) + .05); };
  const ground = rgb(getComputedStyle(document.body).backgroundColor);
  if (!document.documentElement.lang) wrong.push('no lang');
  if (all('h1').length !== 1) wrong.push(all('h1').length + ' h1');
  let level = 0;
  for (const h of all('h1,h2,h3')) {
    if (+h.tagName[1] > level + 1) wrong.push('heading skips: ' + h.textContent);
    level = +h.tagName[1];
  }
  for (const th of all('th')) if (!th.scope) wrong.push('th without scope: ' + th.textContent);
  for (const svg of all('figure svg'))
    if (svg.getAttribute('role') !== 'img' || !svg.querySelector('title') || !svg.querySelector('desc'))
      wrong.push('a plot without words');
  for (const e of all('p,dt,dd,th,td,small,figcaption,summary,h2,h3,svg text,label,li')) {
    const s = getComputedStyle(e), c = rgb(e instanceof SVGElement ? s.fill : s.color);
    if (e.textContent.trim() && ratio(c, ground) < 4.5 && !e.closest('#verdict'))
      wrong.push('contrast ' + ratio(c, ground).toFixed(1) + ': ' + e.textContent.trim().slice(0, 30));
  }
  for (const e of all('input,textarea')) if (!e.labels.length) wrong.push('no label: ' + e.id);
  return wrong.slice(0, 5);
})()"""
BOX = """(() => { const r = document.querySelector('svg[aria-labelledby^="%s-"]').getBoundingClientRect();
  return {x: r.x + scrollX, y: r.y + scrollY, width: Math.min(r.width, innerWidth - r.x), height: r.height}; })()"""
COLOURS = {False: {"bad": (179, 38, 30), "good": (29, 95, 180), "ink": (25, 28, 32)},
           True: {"bad": (255, 138, 122), "good": (125, 180, 255), "ink": (231, 234, 238)}}
# Which colours each plot must show: the sample's lines are broad enough for these counts.
DRAWN = {"success": {"ink": 300}, "queries": {"bad": 300, "good": 150}, "rtt": {"bad": 150, "good": 60}}


class Tap:
    """Points, printed as they come."""

    def __init__(self):
        self.n = self.failed = 0

    def check(self, what, got, want):
        self.n += 1
        good = got == want
        self.failed += not good
        print(("ok" if good else "not ok") + f" {self.n} - {what}", flush=True)
        if not good:
            print(f"# got {got!r}, expected {want!r}")


def report(tap, b, folder, width, dark):
    what = f"report, {width} wide, {'dark' if dark else 'light'}"
    b.open(os.path.join(folder, "report.html"), width, 900, dark)
    tap.check(what + ": the console is silent", b.complaints(), [])
    tap.check(what + ": nothing is asked for", b.requests(), [])
    tap.check(what + ": no wider than the screen", b.run("document.documentElement.scrollWidth"), width)
    tap.check(what + ": can be read by all", b.run(READ), [])
    missing = []
    for plot, colours in DRAWN.items():
        rows = png.pixels(b.shot(clip=b.run(BOX % plot)))[2]
        for name, least in colours.items():
            found = png.near(rows, COLOURS[dark][name])
            # On a phone part of a plot is to be scrolled to.
            if found < least * min(1, width / 700) / 2:
                missing.append(f"{plot}: {found} pixels of {name}")
    tap.check(what + ": its plots are drawn", missing, [])
    with open(os.path.join(folder, f"report-{width}-{'dark' if dark else 'light'}.png"), "wb") as f:
        f.write(b.shot(whole=True))


def sizes(tap, folder):
    for name in ("report.html", "day.html", "verify.html"):
        size = os.path.getsize(os.path.join(folder, name))
        tap.check(f"{name} is small: {size} bytes", 10000 < size < 300000, True)


def printed(tap, b, folder):
    b.open(os.path.join(folder, "report.html"), 800, 1100, dark=True, media="print")
    tap.check("printed: on white, also from a dark screen",
              b.run("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
    tap.check("printed: the numbers are there",
              b.run("document.querySelector('.numbers table').getBoundingClientRect().height > 1000"), True)


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as f:
        return f.read()


def write(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


def verify(b, path, key=""):
    """What the page says of a file: its verdict, and the first word or two of what is wrong."""
    # Without a file before it, the same one counts as a change too.
    b.run("document.querySelector('#file').value = ''; document.querySelector('#verdict').className = ''")
    b.run(f"document.querySelector('#key').value = {key!r}")
    b.choose("#file", path)
    b.until("document.querySelector('#verdict').className !== ''")
    said = b.run("[document.querySelector('#verdict strong').textContent,"
                 " ...[...document.querySelectorAll('#wrong li')].map(x => x.textContent)]")
    return said[0], sorted({re.match(r"[A-Z -]*", s).group().strip(" -") for s in said[1:]})


def verifier(tap, b, folder):
    key, other = read(folder, "ledger.pem").decode(), read(folder, "other.pem").decode()
    tar, chain = read(folder, "bundle.tar"), read(folder, "chain")
    lines = chain.splitlines(keepends=True)
    records = [b"".join(lines[i:i + 7]) for i in range(0, len(lines), 7)]
    heads = [r for r in records if r.startswith(b"stopgap-head")]
    entries = [r for r in records if r.startswith(b"stopgap-entry")]
    sealed, ask = "Whole and sealed", "Whole and sealed, if the key is the right one"
    name = os.path.join(folder, "verify.html")
    b.open(name, 1100, 900)
    tap.check("verifier: can be read by all", b.run(READ), [])
    tap.check("verifier: a bundle", verify(b, os.path.join(folder, "bundle.tar")), (ask, []))
    with open(os.path.join(folder, "verify.png"), "wb") as f:
        f.write(b.shot(whole=True))
    tap.check("verifier: with its key", verify(b, os.path.join(folder, "bundle.tar"), key), (sealed, []))
    tap.check("verifier: with another key",
              verify(b, os.path.join(folder, "bundle.tar"), other)[0], "NOT WHOLE")
    passed = [at for at in (100, 600, len(tar) // 3, len(tar) // 2, len(tar) - 1500, len(tar) - 1)
              if verify(b, write(folder, "x.tar", tar[:at] + bytes([tar[at] ^ 1]) + tar[at + 1:]), key)[0]
              != "NOT WHOLE"]
    tap.check("verifier: one byte changed", passed, [])
    tap.check("verifier: a chain", verify(b, os.path.join(folder, "chain"), key), (sealed, []))
    cases = [
        ("no head at its end", entries + heads[:-1], "Whole, but its end is not sealed", ["UNSEALED TAIL"]),
        ("an entry left out", entries[:3] + entries[4:] + heads, "NOT WHOLE", ["GAP"]),
        ("an entry changed", entries[:3] + [entries[3].replace(b"\ntime 1", b"\ntime 2")] + entries[4:] + heads,
         "NOT WHOLE", ["CHANGED"]),
        ("its end cut off", entries[:-2] + heads, "NOT WHOLE", ["CUT OFF", "UNSEALED TAIL"]),
        ("a head changed", entries + [heads[-1].replace(b"\ntime 1", b"\ntime 2")], "NOT WHOLE",
         ["CHANGED", "UNSEALED TAIL"]),
        ("the last record in half", [chain[:-80]], "NOT WHOLE", ["CHANGED", "UNSEALED TAIL"]),
        ("something else", [b"#!/bin/sh\n" * 20], "NOT WHOLE", [""]),
    ]
    for what, parts, verdict, wrong in cases:
        said = verify(b, write(folder, "x.chain", b"".join(parts)), key)
        tap.check("verifier: " + what, (said[0], set(wrong) <= set(said[1])), (verdict, True))
    tap.check("verifier: after retention", verify(b, os.path.join(folder, "kept")), (ask, []))
    tap.check("verifier: what retention removed is said",
              b.run("document.querySelector('#fact').textContent.includes('were removed by the ledger itself')"), True)
    kept = read(folder, "kept")
    tap.check("verifier: a cut of another place",
              verify(b, write(folder, "x.chain", kept.replace(b'{"through":', b'{"through":1', 1)))[0], "NOT WHOLE")
    late = read(folder, "late.chain")
    tap.check("verifier: sealed late", verify(b, os.path.join(folder, "late.chain"), key),
              ("Whole, but some entries were SEALED LATE", []))
    n, first, last = re.search(rb'{"entries":(\d+),"from":(\d+),"to":(\d+)}', late).groups()
    tap.check("verifier: which they are", b.run("document.querySelector('#late').textContent"),
              f"UNSEALED: entries {first.decode()} to {last.decode()} had no head until entry {int(last) + 1}")
    tap.check("verifier: of what cannot be",
              verify(b, write(folder, "x.chain", late.replace(b'{"entries":' + n, b'{"entries":1' + n)), key)[0],
              "NOT WHOLE")
    said = verify(b, os.path.join(folder, "resealed"))
    tap.check("verifier: a newer key", (said[0], "RE-SEALED" in said[1]), ("NOT WHOLE", True))
    tap.check("verifier: what is no key", verify(b, os.path.join(folder, "chain"), "abc")[0], "NOT WHOLE")
    tap.check("verifier: the console is silent", b.complaints(), [])
    tap.check("verifier: nothing is asked for", b.requests(), [])
    b.call("Page.addScriptToEvaluateOnNewDocument", source="""crypto.subtle.importKey = async () => {
        throw new DOMException('no', 'NotSupportedError'); };""")
    b.open(name, 390, 800, dark=True)
    tap.check("verifier: a browser without Ed25519 says so",
              verify(b, os.path.join(folder, "bundle.tar"), key)[0], "SIGNATURES NOT CHECKED")
    tap.check("verifier: no wider than a phone", b.run("document.documentElement.scrollWidth"), 390)


def main():
    folder, tap = sys.argv[1], Tap()
    b = cdp.Browser()
    try:
        for width in (1280, 390):
            for dark in (False, True):
                report(tap, b, folder, width, dark)
        printed(tap, b, folder)
        sizes(tap, folder)
        verifier(tap, b, folder)
    except cdp.Failed as e:
        tap.check(f"the browser does its part ({e})", False, True)
    finally:
        b.close()
    print(f"1..{tap.n}")
    return tap.failed != 0


if __name__ == "__main__":
    sys.exit(main())
