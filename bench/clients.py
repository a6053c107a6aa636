#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""duet get beside curl and wget2: time and CPU of whole processes.

Each client fetches the same thing from the same nginx on loopback, with
TLS 1.3, verified against a bundle of all the system's roots and one of ours.
They take turns in every round; what is reported is the median of the rounds
and, in brackets, its ratio to curl in the same run. The server has one core,
the clients the other. Time is from fork to the end, CPU is user and system
time of the client alone (wait4).

Cold: a new process with an empty cache. Again: the same with what the process
before has left in the cache, which with duet is a TLS session.
"""

import datetime
import os
import shutil
import statistics
from collections import namedtuple
from pathlib import Path

from common import (
    NGINX_EXTRA,
    ROOT,
    SERVER_CORE,
    Identity,
    certify,
    certify_localhost,
    find,
    machine,
    measure_and_write,
    openssl_version,
    output,
    timed,
)
from support.peers.nginx import Nginx, NginxH2

CLIENT_CORE = {1}
SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
GIB = 1 << 30

Sample = namedtuple("Sample", "wall cpu")
# What is fetched, how often a round, and by whom.
Load = namedtuple("Load", "name path http times keeps clients")

LOADS = [
    Load("1 KB, cold", "1k.bin", 1, 10, False, ("curl", "wget2", "duet")),
    Load("1 KB, again", "1k.bin", 1, 10, True, ("curl", "wget2", "duet")),
    Load("1 GiB, HTTP/1.1", "1g.bin", 1, 1, True, ("curl", "wget2", "duet")),
    Load("1 GiB, HTTP/2", "1g.bin", 2, 1, True, ("curl", "wget2", "duet")),
]


class BenchNginx(Nginx):
    """HTTP/1.1"""

    prefix = SERVER_CORE
    extra = NGINX_EXTRA


class BenchNginxH2(NginxH2):
    """HTTP/2, on a port of its own."""

    name = "nginx-h2"
    prefix = SERVER_CORE
    extra = NGINX_EXTRA


def words_of(client, bundle, url, http):
    """The command line of one fetch."""
    if client == "curl":
        version = "--http2" if http == 2 else "--http1.1"
        return [
            "curl",
            "-s",
            version,
            "--cacert",
            bundle,
            "-o",
            "/dev/null",
            url,
        ]
    if client == "wget2":
        return [
            "wget2",
            "-q",
            f"--ca-certificate={bundle}",
            "-O",
            "/dev/null",
            url,
        ]
    program = str(ROOT / "build/duet")
    return [program, "get", "-s", "--cacert", bundle, "-o", "/dev/null", url]


def empty(directory):
    """As if no process had ever run."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()


def measure(load, client, bundle, url, home):
    """The median of so many."""
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
    words = [str(w) for w in words_of(client, bundle, url, load.http)]
    samples = []
    empty(home)
    if load.keeps:
        timed(words, env, CLIENT_CORE)
    for _ in range(load.times):
        if not load.keeps:
            empty(home)
        samples.append(timed(words, env, CLIENT_CORE))
    return Sample(*(statistics.median(column) for column in zip(*samples)))


def make_identity(work):
    """A leaf, and the system's bundle with its root."""
    root = Identity(work / "root.pem", work / "root.key")
    certify(root, "Bench")
    leaf = certify_localhost(
        work,
        *"-addext basicConstraints=CA:FALSE".split(),
        *("-CA", root.chain_file, "-CAkey", root.key_file),
    )
    bundle = work / "bundle.pem"
    bundle.write_bytes(
        SYSTEM_BUNDLE.read_bytes() + root.chain_file.read_bytes()
    )
    return leaf, bundle


def make_files(root):
    """What is there to be fetched."""
    root.mkdir()
    (root / "1k.bin").write_bytes(b"x" * 1024)
    with open(root / "1g.bin", "wb") as file:
        file.truncate(GIB)


def run(args, work):
    """All rounds: {(load, client): [samples]}."""
    make_files(work / "root")
    leaf, bundle = make_identity(work)
    nginx = find(BenchNginx)
    samples = {}
    h1 = BenchNginx(nginx, work, work / "root", leaf)
    h2 = BenchNginxH2(nginx, work, work / "root", leaf)
    with h1.running_session(), h2.running_session():
        for turn in range(args.rounds):
            for load in LOADS:
                url = (h2 if load.http == 2 else h1).url + load.path
                for client in load.clients:
                    sample = measure(load, client, bundle, url, work / "home")
                    samples.setdefault((load, client), []).append(sample)
                    print(
                        f"round {turn + 1}: {load.name:16} {client:6} "
                        f"{sample.wall:8.1f} ms  CPU {sample.cpu:8.1f} ms",
                        flush=True,
                    )
    return samples


def table(samples):
    """Medians, with ratios to curl, in Markdown."""
    names = ("curl", "wget2", "duet")
    lines = ["| time; CPU, in ms | " + " | ".join(names) + " |"]
    lines.append("|---" * (len(names) + 1) + "|")
    for load in LOADS:
        middle = {
            client: Sample(
                *(statistics.median(c) for c in zip(*samples[load, client]))
            )
            for client in load.clients
        }
        cells = []
        for name in names:
            if name not in middle:
                cells.append("-")
                continue
            cells.append(
                "; ".join(
                    f"{mine:.1f} ({mine / theirs:.2f})"
                    for mine, theirs in zip(middle[name], middle["curl"])
                )
            )
        lines.append(f"| {load.name} | " + " | ".join(cells) + " |")
    return lines


def versions():
    """What was measured."""
    said = (
        output("curl", "--version").split()[:2],
        output("wget2", "--version").split()[1:3],
        output(ROOT / "build/duet", "--version").split()[:2],
    )
    return ", ".join(" ".join(words) for words in said)


def report(args, samples):
    """bench/CLIENTS.md"""
    roots = SYSTEM_BUNDLE.read_text("ascii").count("-----BEGIN ") + 1
    lines = ["# Results: clients", ""]
    lines += [f"Written by `./dev bench` on {datetime.date.today()}.", ""]
    lines += [
        f"- machine: {machine()}; server on core 0, clients on core 1",
        f"- clients: {versions()}; OpenSSL {openssl_version()}",
        f"- {args.rounds} interleaved rounds, medians; in brackets the ratio "
        "to curl in the same run",
        f"- nginx on loopback, TLS 1.3, P-256; {roots} roots in the bundle",
        "",
    ]
    lines += table(samples)
    lines += ["", "How: see the head of [clients.py](clients.py)."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    measure_and_write("CLIENTS.md", __doc__, run, report, rounds=7)
