# SPDX-License-Identifier: MIT
"""Chromium without a window, by the DevTools protocol over two pipes.

--remote-debugging-pipe reads messages from descriptor 3 and writes them to
descriptor 4, each JSON and ended by a NUL: no port and no WebSocket.
"""

import base64
import contextlib
import json
import os
import select
import subprocess
import time

from support.clients import trust

LIMIT_S = 60
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
    " --disable-background-networking --disable-component-update"
    " --disable-sync --disable-dev-shm-usage --hide-scrollbars"
    " --remote-debugging-pipe"
)


class Browser:
    """One tab."""

    def __init__(self, process, to_it, from_it):
        self.process = process
        self.to_it = to_it
        self.from_it = from_it
        self.held = b""
        self.number = 0
        self.session = None
        self.events = []  # that nobody has waited for
        target = self.call("Target.createTarget", url="about:blank")
        attached = self.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self.session = attached["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime", "Accessibility"):
            self.call(domain + ".enable")

    def receive(self):
        """The next message."""
        until = time.monotonic() + LIMIT_S
        while b"\0" not in self.held:
            left = until - time.monotonic()
            assert left > 0, "the browser says nothing"
            if select.select([self.from_it], [], [], left)[0]:
                data = os.read(self.from_it, 1 << 20)
                assert data, "the browser is gone"
                self.held += data
        message, _, self.held = self.held.partition(b"\0")
        return json.loads(message)

    def call(self, method, **params):
        """Its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_it, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method):
        """The parameters of the next event of that name."""
        while True:
            for i, event in enumerate(self.events):
                if event.get("method") == method:
                    return self.events.pop(i)["params"]
            self.events.append(self.receive())

    def look(self, width=1000, height=800, dark=False):
        """What the pages after this are shown on."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1 if width > 500 else 2,
            mobile=width <= 500,
        )
        scheme = "dark" if dark else "light"
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def open(self, url):
        """A page, with all that it loads."""
        self.events.clear()
        result = self.call("Page.navigate", url=url)
        assert "errorText" not in result, result
        self.wait_for("Page.loadEventFired")

    def said(self, method):
        """The parameters of all events of that name since the page began."""
        return [e["params"] for e in self.events if e.get("method") == method]

    def requests(self):
        """The URLs that the page has asked for, its own among them."""
        sent = self.said("Network.requestWillBeSent")
        return [event["request"]["url"] for event in sent]

    def complaints(self):
        """What was written to its console: violations of its policy too."""
        logged = self.said("Log.entryAdded")
        return [e["entry"]["text"] for e in logged]

    def evaluate(self, expression):
        """The value of some script; the page's policy is not asked."""
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def accessible(self):
        """What a screen reader is told: (role, name, properties)."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        found = []
        for node in nodes:
            if node.get("ignored"):
                continue
            properties = {
                p["name"]: p["value"].get("value")
                for p in node.get("properties", [])
            }
            role = node["role"]["value"]
            name = node.get("name", {}).get("value", "")
            found.append((role, name, properties))
        return found

    def press(self, key):
        """One key, by its name."""
        code, text = {"Tab": (9, ""), "Enter": (13, "\r")}[key]
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **({"text": text} if kind == "keyDown" else {}),
            )

    def clip(self):
        """All of the page."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"x": 0, "y": 0, "scale": 1} | {
            k: size[k] for k in ("width", "height")
        }

    def shoot(self, path, whole=False):
        """What is to be seen, or the whole page, as a PNG."""
        shot = self.call(
            "Page.captureScreenshot",
            format="png",
            captureBeyondViewport=whole,
            **({"clip": self.clip()} if whole else {}),
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))


def renumber(read_end, write_end):
    """In the child: 3 and 4, whatever the two are now."""
    read_end, write_end = os.dup(read_end), os.dup(write_end)
    high = max(read_end, write_end, 4) + 1
    os.dup2(read_end, high)
    os.dup2(write_end, high + 1)
    os.dup2(high, 3)
    os.dup2(high + 1, 4)


@contextlib.contextmanager
def browser(program, certutil, ca_file, home):
    """One that trusts ca_file, for the time of the with."""
    trust(certutil, ca_file, home)
    its_in, to_it = os.pipe()
    from_it, its_out = os.pipe()
    with open(home / "browser.err", "wb") as said:
        process = subprocess.Popen(
            [program, *FLAGS.split(), f"--user-data-dir={home}/profile"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env={
                "HOME": str(home),
                "PATH": "/usr/bin:/bin",
                "LC_ALL": "C.UTF-8",
            },
            close_fds=False,
            preexec_fn=lambda: renumber(its_in, its_out),
        )
    os.close(its_in)
    os.close(its_out)
    try:
        found = Browser(process, to_it, from_it)
        yield found
        found.session = None
        found.call("Browser.close")
        process.wait(timeout=LIMIT_S)
    finally:
        os.close(to_it)
        os.close(from_it)
        if process.poll() is None:
            process.kill()
            process.wait()
