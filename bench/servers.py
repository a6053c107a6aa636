#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Duet beside nginx, h2o, lighttpd and nghttpd: server CPU for a unit of work.

Every server has one worker, pinned to one core; the load comes from another.
What is counted is the scheduler's nanoseconds of the server's processes,
divided by the work that was completed: unlike requests a second it does not
depend on what the load generator is able to do. The servers take turns in
every round, and what is reported is the median of the rounds and its ratio to
nginx, which ran in the same minutes on the same machine.

No server writes an access log. Each has the same P-256 certificate.
"""

import datetime
import os
import re
import statistics
import sys
from collections import namedtuple
from contextlib import ExitStack
from pathlib import Path

from common import (
    NGINX_EXTRA,
    ROOT,
    SERVER_CORE,
    certify_localhost,
    find,
    machine,
    measure_and_write,
    openssl_version,
    output,
    version,
)
from support.peers import Peer
from support.peers.h2o import H2o
from support.peers.lighttpd import Lighttpd
from support.peers.nghttpd import Nghttpd
from support.peers.nginx import NginxH2

LOAD_CORE = ("taskset", "-c", "1")
CONNECTIONS = 64
H2_CONNECTIONS = 8
H2_STREAMS = 32

# What one measurement gives.
Sample = namedtuple("Sample", "cpu_us per_second")


class BenchNginx(NginxH2):
    """Connections that last as long as the load does."""

    name = "nginx"
    prefix = SERVER_CORE
    extra = NGINX_EXTRA
    version = ("-v", r"nginx/(\S+)")


class BenchH2o(H2o):
    """As it is: it keeps connections by itself."""

    prefix = SERVER_CORE
    version = ("-v", r"h2o version (\S+)")


class BenchLighttpd(Lighttpd):
    """The same for lighttpd."""

    prefix = SERVER_CORE
    extra = "server.max-keep-alive-requests = 100000000"
    version = ("-v", r"lighttpd/(\S+)")


class BenchNghttpd(Nghttpd):
    """HTTP/2 only."""

    prefix = SERVER_CORE
    version = ("--version", r"nghttp2/(\S+)")


class BenchDuet(Peer):
    """Ours."""

    name = "duet"
    programs = (str(ROOT / "build/duet"),)
    prefix = SERVER_CORE
    version = ("--version", r"(\d\S*)")

    def argv(self, config):
        words = ["--listen", f"127.0.0.1:{self.port}", "--workers", "1"]
        words += ["--cert", self.identity.chain_file]
        words += ["--key", self.identity.key_file, "--log", "none"]
        return [self.program, "serve", self.root, *words]


SERVERS = [BenchNginx, BenchH2o, BenchLighttpd, BenchNghttpd, BenchDuet]


def cpu_ns(session):
    """Time on the CPU of every thread of a session so far."""
    total = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.getsid(int(pid)) != session:
                continue
            for task in Path(f"/proc/{pid}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
        except (ProcessLookupError, FileNotFoundError):
            continue
    return total


def load_requests(peer, name, seconds):
    """Keep-alive requests for one file; how many were completed."""
    said = output(
        *LOAD_CORE,
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}",
        peer.url + name,
    )
    found = re.search(r"(\d+) requests in ([\d.]+)s", said)
    if not found or "Non-2xx" in said or "Socket errors" in said:
        sys.exit(f"bench: {peer.name}, {name}: {said}")
    return int(found[1]), float(found[2])


def load_handshakes(peer, _, seconds):
    """Full handshakes, one after the other, nothing resumed."""
    said = output(
        *LOAD_CORE,
        "openssl",
        "s_time",
        "-new",
        "-tls1_3",
        "-connect",
        f"127.0.0.1:{peer.port}",
        "-time",
        seconds,
    )
    found = re.search(r"(\d+) connections in (\d+) real seconds", said)
    if not found:
        sys.exit(f"bench: {peer.name}, handshakes: {said}")
    return int(found[1]), float(found[2])


def load_streams(peer, name, seconds):
    """HTTP/2, 32 requests at once on each connection. Some servers end a
    connection after so many, so their number is given and not the time."""
    count = seconds * (10000 if name == "1k.bin" else 1000)
    said = output(
        *LOAD_CORE,
        "h2load",
        f"-n{count}",
        f"-c{H2_CONNECTIONS}",
        f"-m{H2_STREAMS}",
        peer.url + name,
    )
    found = re.search(r"finished in ([\d.]+)(m?)s", said)
    if not found or f" {count} succeeded" not in said:
        sys.exit(f"bench: {peer.name}, {name}, HTTP/2: {said}")
    return count, float(found[1]) / (1000 if found[2] else 1)


# What does the loading, of which file, and who has it not.
LOADS = {
    "1 KB, keep-alive": (load_requests, "1k.bin", ("nghttpd",)),
    "100 KB, keep-alive": (load_requests, "100k.bin", ("nghttpd",)),
    "1 KB, HTTP/2": (load_streams, "1k.bin", ()),
    "100 KB, HTTP/2": (load_streams, "100k.bin", ()),
    "full handshake": (load_handshakes, None, ()),
}


def measure(peer, session, load, seconds):
    """One run of one load against one server."""
    generate, name, _ = LOADS[load]
    before = cpu_ns(session)
    count, real = generate(peer, name, seconds)
    used = cpu_ns(session) - before
    return Sample(used / count / 1000, count / real)


def run(args, work):
    """All rounds: {(load, server): [samples]}."""
    root = work / "root"
    root.mkdir()
    (root / "1k.bin").write_bytes(b"x" * 1024)
    (root / "100k.bin").write_bytes(b"x" * 102400)
    identity = certify_localhost(work)
    samples = {}
    with ExitStack() as stack:
        peers = [cls(find(cls), work, root, identity) for cls in SERVERS]
        sessions = {}
        for peer in peers:
            sessions[peer] = stack.enter_context(peer.running_session())
        for turn in range(args.rounds):
            for load in LOADS:
                for peer in peers:
                    if peer.name in LOADS[load][2]:
                        continue
                    sample = measure(peer, sessions[peer], load, args.seconds)
                    samples.setdefault((load, peer.name), []).append(sample)
                    print(
                        f"round {turn + 1}: {load:20} {peer.name:10} "
                        f"{sample.cpu_us:8.1f} us  {sample.per_second:9.0f}/s",
                        flush=True,
                    )
    return samples


def table(samples):
    """Medians, with ratios to nginx, in Markdown."""
    names = [cls.name for cls in SERVERS]
    lines = ["| CPU of the server | " + " | ".join(names) + " |"]
    lines.append("|---" * (len(names) + 1) + "|")
    for load in LOADS:
        medians = {
            name: statistics.median(s.cpu_us for s in samples[load, name])
            for name in names
            if (load, name) in samples
        }
        cells = [
            f"{medians[name]:.1f} us ({medians[name] / medians['nginx']:.2f})"
            if name in medians
            else "-"
            for name in names
        ]
        lines.append(f"| {load} | " + " | ".join(cells) + " |")
    return lines


def spread(samples):
    """How far apart the rounds were: the worst of all, in percent."""
    worst = 0
    for values in samples.values():
        times = [sample.cpu_us for sample in values]
        middle = statistics.median(times)
        worst = max(worst, (max(times) - min(times)) / 2 / middle)
    return round(100 * worst)


def report(args, samples):
    """bench/SERVERS.md"""
    versions = [version(cls) for cls in SERVERS]
    lines = ["# Results: servers", ""]
    lines += [f"Written by `./dev bench` on {datetime.date.today()}.", ""]
    lines += [f"- machine: {machine()}; server on core 0, load on core 1"]
    lines += [f"- servers: {', '.join(versions)}; OpenSSL {openssl_version()}"]
    lines += [
        f"- {args.rounds} interleaved rounds of {args.seconds} s, medians; in "
        "brackets the ratio to nginx in the same run",
        f"- rounds of one server differed by up to {spread(samples)} % to "
        "either side",
        "- one worker each, no access log, the same P-256 certificate, "
        f"HTTP/1.1 with {CONNECTIONS} connections (wrk); HTTP/2 with "
        f"{H2_CONNECTIONS} connections of {H2_STREAMS} streams (h2load); one "
        "handshake after the other (openssl s_time -new, TLS 1.3, X25519)",
        "",
    ]
    lines += table(samples)
    lines += ["", "How: see the head of [servers.py](servers.py)."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    measure_and_write("SERVERS.md", __doc__, run, report, rounds=5, seconds=4)
