# SPDX-License-Identifier: MIT
"""The admin listener, and the text format of Prometheus, strictly.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import contextlib
import http.client
import json
import math
import re
import socket
import time

from support.https import Reply
from support.wire import LIMIT_S

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(
    rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\+Inf|\d+(?:\.\d+)?)"
)
TYPES = ("counter", "gauge", "histogram")
# https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
OF_PROCESSES = (
    "process_start_time_seconds",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_open_fds",
)


class Metrics:
    """What one answer says: values by name and labels."""

    def __init__(self, text):
        self.types = {}
        self.values = {}
        assert text.endswith("\n")
        helped = family = None
        for line in text[:-1].split("\n"):
            if line.startswith("# HELP "):
                helped, words = line[7:].split(" ", 1)
                assert re.fullmatch(NAME, helped) and words.strip()
                assert helped not in self.types, "twice"
            elif line.startswith("# TYPE "):
                family, kind = line[7:].split(" ")
                assert family == helped, "HELP comes first"
                assert kind in TYPES
                self.types[family] = kind
            else:
                self.add(family, line)
        self.check()

    def add(self, family, line):
        """One sample, which has to be one of the family before it."""
        match = SAMPLE.fullmatch(line)
        assert match, line
        name, labels, value = match.groups()
        suffix = name.removeprefix(family)
        allowed = {"histogram": ("_bucket", "_sum", "_count")}
        assert suffix in allowed.get(self.types[family], ("",)), line
        pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")
        assert len(dict(pairs)) == len(pairs), line
        key = (name, frozenset(pairs))
        assert key not in self.values, f"twice: {line}"
        self.values[key] = float(value.replace("+Inf", "inf"))

    def check(self):
        """Names tell what they are; buckets grow; no family is empty but
        those that grow by what is done."""
        for name, kind in self.types.items():
            assert name.startswith("duet_") or name in OF_PROCESSES
            assert (kind == "counter") == name.endswith("_total"), name
            for unit in ("_ms", "_us", "_kb", "_bytes_s"):
                assert unit not in name
            if kind == "histogram":
                self.check_histogram(name)

    def check_histogram(self, name):
        """Cumulative, with an end."""
        buckets = [
            (float(dict(labels)["le"].replace("+Inf", "inf")), value)
            for (n, labels), value in self.values.items()
            if n == f"{name}_bucket"
        ]
        assert buckets == sorted(buckets)
        assert buckets[-1][0] == math.inf
        counts = [value for _, value in buckets]
        assert counts == sorted(counts)
        assert counts[-1] == self.values[f"{name}_count", frozenset()]

    def __call__(self, name, /, **labels):
        """One value; what has not been counted is 0."""
        return self.values.get((name, frozenset(labels.items())), 0)

    def of(self, name):
        """All values of a name, by their labels."""
        return {k: v for (n, k), v in self.values.items() if n == name}

    def sum(self, name):
        """Of all labels."""
        return sum(self.of(name).values())

    def since(self, before):
        """What has grown, and by how much: {(name, labels): more}."""
        grown = {}
        for key, value in self.values.items():
            kind = next(
                k for f, k in self.types.items() if key[0].startswith(f)
            )
            more = value - before.values.get(key, 0)
            if more and kind == "counter":
                labels = ",".join(f"{k}={v}" for k, v in sorted(key[1]))
                grown[f"{key[0]}{{{labels}}}"] = more
        return grown


class OverSocket(http.client.HTTPConnection):
    """To a socket file."""

    def __init__(self, path):
        super().__init__("localhost", timeout=LIMIT_S)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(LIMIT_S)
        self.sock.connect(self.path)


class Admin:
    """That of a server, a connection for every request."""

    def __init__(self, server, i=0):
        self.address = server.admin[i]
        self.held = None

    @contextlib.contextmanager
    def stay(self):
        """One connection for all requests meanwhile."""
        self.held = self.connection()
        self.health()
        yield
        self.held.close()
        self.held = None

    @property
    def url(self):
        """Of the status page."""
        return f"{self.address}/"

    def connection(self):
        """A new one."""
        if self.address.startswith("unix:"):
            return OverSocket(self.address.removeprefix("unix:"))
        where = self.address.removeprefix("http://")
        return http.client.HTTPConnection(where, timeout=LIMIT_S)

    def ask(self, target, method="GET", **fields):
        """One request; Some_Field becomes Some-Field."""
        headers = {k.replace("_", "-"): v for k, v in fields.items()}
        connection = self.held or self.connection()
        connection.request(method, target, None, headers)
        response = connection.getresponse()
        reply = Reply(response.status, response.headers, response.read())
        if not self.held:
            connection.close()
        return reply

    def metrics(self):
        """As they are now."""
        reply = self.ask("/metrics")
        assert reply.status == 200
        form = "text/plain; version=0.0.4; charset=utf-8"
        assert reply["Content-Type"] == form
        return Metrics(reply.body.decode())

    def status(self):
        """As it is now."""
        reply = self.ask("/status.json")
        assert reply.status == 200
        assert reply["Content-Type"] == "application/json"
        return json.loads(reply.body)

    def health(self):
        """(status, text)"""
        reply = self.ask("/healthz")
        return reply.status, reply.body.decode()

    def until(self, seen, ask=None):
        """Ask until it is seen: a server counts a moment after its client
        has all of a reply."""
        end = time.monotonic() + LIMIT_S
        while True:
            now = (ask or self.metrics)()
            if seen(now):
                return now
            assert time.monotonic() < end, now
