# SPDX-License-Identifier: GPL-2.0-or-later
"""Drives a headless Chromium over a pipe (Chrome DevTools Protocol, JSON between zeroes)."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-extensions", "--disable-dev-shm-usage", "--force-color-profile=srgb",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe"]


class Failed(Exception):
    """The browser said no, or nothing in time."""


class Browser:
    """One browser with one page. Events are kept in self.events."""

    def __init__(self, limit=120):
        self.limit = limit
        self.home = tempfile.mkdtemp(prefix="stopgap-browser.")
        to_r, self.to = os.pipe()
        self.back, back_w = os.pipe()
        self.log = open(os.path.join(self.home, "log"), "wb")
        # It reads commands on descriptor 3 and answers on 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{to_r} 4>&{back_w}', "chromium", "chromium", *FLAGS,
             f"--user-data-dir={self.home}/profile", "about:blank"],
            pass_fds=(to_r, back_w), stdout=self.log, stderr=self.log,
            env={**os.environ, "HOME": self.home})
        os.close(to_r)
        os.close(back_w)
        self.buffer = b""
        self.n = 0
        self.events = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            self.call(domain + ".enable")

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def message(self, until):
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.back], [], [], left)[0]:
                raise Failed("no answer in time")
            got = os.read(self.back, 1 << 20)
            if not got:
                with open(os.path.join(self.home, "log"), "rb") as log:
                    raise Failed("the browser ended: " + log.read()[-400:].decode(errors="replace"))
            self.buffer += got
        one, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, **params):
        self.n += 1
        msg = {"id": self.n, "method": method, "params": params}
        if self.session:
            msg["sessionId"] = self.session
        os.write(self.to, json.dumps(msg).encode() + b"\0")
        until = time.monotonic() + self.limit
        while True:
            got = self.message(until)
            if got.get("id") != self.n:
                self.events.append(got)
            elif "error" in got:
                raise Failed(f"{method}: {got['error'].get('message')}")
            else:
                return got["result"]

    def wait(self, method):
        """The first event of that name that is not yet taken."""
        until = time.monotonic() + self.limit
        while True:
            for i, event in enumerate(self.events):
                if event.get("method") == method:
                    return self.events.pop(i)
            self.events.append(self.message(until))

    def open(self, path, width, height, dark=False, media=""):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.events = []
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        self.wait("Page.loadEventFired")

    def run(self, script):
        got = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in got:
            raise Failed(got["exceptionDetails"]["exception"].get("description", "exception"))
        return got["result"].get("value")

    def until(self, script):
        """Wait until the script's value is true."""
        end = time.monotonic() + self.limit
        while not self.run(script):
            if time.monotonic() > end:
                raise Failed("never true: " + script)
            select.select([], [], [], 0.05)

    def choose(self, selector, path):
        """Put a file into an <input type=file>."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[os.path.abspath(path)])

    def shot(self, whole=False, clip=None):
        """A PNG of the page, or of a rectangle of it."""
        extra = {"clip": {**clip, "scale": 1}} if clip else {}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png",
                                          captureBeyondViewport=whole or bool(clip), **extra)["data"])

    def requests(self):
        """What was asked for beside the page itself."""
        urls = [e["params"]["request"]["url"] for e in self.events
                if e.get("method") == "Network.requestWillBeSent"]
        return urls[1:]

    def complaints(self):
        """Console messages, uncaught errors, and what the browser logged."""
        out = []
        for e in self.events:
            p = e.get("params", {})
            if e.get("method") == "Runtime.consoleAPICalled":
                out.append("console." + p["type"])
            elif e.get("method") == "Runtime.exceptionThrown":
                out.append(p["exceptionDetails"].get("text", "exception"))
            elif e.get("method") == "Log.entryAdded":
                out.append(p["entry"]["text"])
        return out
