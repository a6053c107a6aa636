#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Many small files over one HTTP/2 connection, beside curl --parallel.

    bench/many.py BUILD [FILES] [ROUNDS]

nginx serves them on loopback from one worker. The clients take turns in one
run; what is compared is the processor time of the client and how long it
takes, the least of all rounds of each.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import NGINX_EXTRA, SERVER_CORE
from support import pki
from support.peers.nginx import NginxH2

SIZE = 1024
STREAMS = 100


def used():
    """Processor seconds of the children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(argv, stdin=None):
    """(processor, wall) seconds of one run."""
    cpu, wall = used(), time.monotonic()
    done = subprocess.run(
        argv, input=stdin, capture_output=True, text=True, check=True
    )
    return used() - cpu, time.monotonic() - wall, done.stdout


def main():
    """The table."""
    build = Path(sys.argv[1])
    files = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        work.chmod(0o755)
        root = work / "root"
        root.mkdir()
        for i in range(files):
            (root / str(i)).write_bytes(b"x" * SIZE)
        ca = pki.Authority(work)
        peer = NginxH2("/usr/sbin/nginx", work, root, ca.issue("localhost"))
        peer.extra = NGINX_EXTRA
        peer.prefix = SERVER_CORE
        with peer.running():
            compare(build, ca, peer, work, files, rounds)


def compare(build, ca, peer, work, files, rounds):
    """Both, in turn."""
    urls = [f"{peer.url}{i}" for i in range(files)]
    config = work / "curl.conf"
    config.write_text(
        "".join(f'url = "{url}"\noutput = "/dev/null"\n' for url in urls)
    )
    pin = ["taskset", "-c", str(os.cpu_count() - 1)]
    curl = [*pin, "curl", "-sS", "--parallel", "--http2", "--cacert"]
    curl += [ca.file, "--parallel-max", str(STREAMS), "-K", config]
    ours = [*pin, build / "tests/many", ca.file, "quiet=1"]
    stdin = "".join(f"{url}\n" for url in urls)
    times = {"duet": [], "curl": []}
    for _ in range(rounds):
        cpu, wall, out = measure(ours, stdin)
        assert out == f"{files} whole of {files}\n", out
        times["duet"].append((cpu, wall))
        times["curl"].append(measure(curl)[:2])
    best = {
        k: [min(t[i] for t in v) for i in (0, 1)] for k, v in times.items()
    }
    for name, (cpu, wall) in best.items():
        print(
            f"{name}: {cpu / files * 1e6:.1f} us of processor a file,"
            f" {wall:.3f} s"
        )
    print(
        f"ratio: {best['duet'][0] / best['curl'][0]:.2f} of curl's processor,"
        f" {best['duet'][1] / best['curl'][1]:.2f} of its time"
    )


if __name__ == "__main__":
    main()
