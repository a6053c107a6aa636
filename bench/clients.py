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
before has left in the cache, which with duet is a TLS session. Files: many of
1 KB by one process over one HTTP/2 connection, each saved under its name in an
empty directory, by curl --parallel and duet get -Z.
"""

import datetime
import os
import shutil
import statistics
import tempfile
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
FILES = 10000
AT_ONCE = 100
# What is fetched, how often a round, and by whom; the path MANY: the files.
Load = namedtuple("Load", "name path http times keeps clients")

MANY = ""
ALL = ("curl", "wget2", "duet")
LOADS = [
    Load("1 KB, cold", "1k.bin", 1, 10, False, ALL),
    Load("1 KB, again", "1k.bin", 1, 10, True, ALL),
    Load("1 GiB, HTTP/1.1", "1g.bin", 1, 1, True, ALL),
    Load("1 GiB, HTTP/2", "1g.bin", 2, 1, True, ALL),
    Load(f"{FILES} files, HTTP/2", MANY, 2, 1, True, ("curl", "duet")),
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


PROGRAM = str(ROOT / "build/duet")


def words_of_many(client, bundle, url, home):
    """The command line that fetches all files into a new directory, which
    stays: ext4 is slow to make files for a while after it lost many."""
    into = Path(tempfile.mkdtemp(dir=home.parent))
    names = [(f"{url}{i}", into / str(i)) for i in range(FILES)]
    urls = home / f"{client}.urls"
    if client == "curl":
        lines = [f'url = "{u}"\noutput = "{name}"\n' for u, name in names]
        words = ["curl", "--no-progress-meter", "--http2", "--parallel"]
        words += ["--cacert", bundle, "--parallel-max", AT_ONCE, "-K", urls]
    else:
        lines = [f"{u} {name}\n" for u, name in names]
        words = [PROGRAM, "get", "-sS", "--cacert", bundle, "-Z"]
        words += ["--parallel-max", AT_ONCE, "--input", urls]
    urls.write_text("".join(lines), encoding="ascii")
    return words


def words_of(client, bundle, url, http):
    """The command line of one fetch."""
    if client == "curl":
        version = "--http2" if http == 2 else "--http1.1"
        words = ["curl", "-s", version, "--cacert", bundle]
        return [*words, "-o", "/dev/null", url]
    if client == "wget2":
        words = ["wget2", "-q", f"--ca-certificate={bundle}"]
        return [*words, "-O", "/dev/null", url]
    words = [PROGRAM, "get", "-s", "--cacert", bundle]
    return [*words, "-o", "/dev/null", url]


def empty(directory):
    """As if no process had ever run."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()


def measure(load, client, bundle, url, home):
    """The median of so many."""
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
    samples = []
    empty(home)
    if load.path == MANY:
        words = words_of_many(client, bundle, url, home)
    else:
        words = words_of(client, bundle, url, load.http)
    words = [str(word) for word in words]
    if load.keeps and load.path != MANY:
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
    for i in range(FILES):
        (root / str(i)).write_bytes(b"x" * 1024)


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
