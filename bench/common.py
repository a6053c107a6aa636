# SPDX-License-Identifier: MIT
"""What the benches share: programs, certificates, what machine this is, and
how a run ends in a page."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))

SERVER_CORE = ("taskset", "-c", "0")
# Connections that last as long as a load does.
NGINX_EXTRA = "keepalive_requests 100000000; sendfile on; tcp_nopush on;"

Identity = namedtuple("Identity", "chain_file key_file")


def output(*words):
    """What a command says, wherever it says it."""
    done = subprocess.run(
        [str(word) for word in words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def certify(identity, name, *more):
    """Have openssl make a certificate and its key, self-signed unless more
    names an issuer."""
    said = output(
        *"openssl req -x509 -newkey ec".split(),
        *"-pkeyopt ec_paramgen_curve:P-256".split(),
        *f"-nodes -days 2 -subj /CN={name}".split(),
        *more,
        *("-keyout", identity.key_file, "-out", identity.chain_file),
    )
    if not identity.chain_file.exists():
        sys.exit(f"bench: openssl req: {said}")


def certify_localhost(work, *more):
    """What a server on loopback shows."""
    identity = Identity(work / "chain.pem", work / "key.pem")
    names = "-addext subjectAltName=DNS:localhost,IP:127.0.0.1".split()
    certify(identity, "localhost", *names, *more)
    return identity


def find(cls):
    """Its program; without it there is nothing to compare."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    for name in cls.programs:
        found = shutil.which(name, path=path)
        if found:
            return found
    return sys.exit(f"bench: there is no {cls.name} here")


def machine():
    """The CPU and the kernel, in words."""
    text = Path("/proc/cpuinfo").read_text(encoding="ascii")
    model = re.search(r"model name\s*: (.*)", text)
    cpu = model[1] if model else os.uname().machine
    kernel = os.uname().release.partition("-")[0]
    return f"{os.cpu_count()} cores of {cpu}, Linux {kernel}"


def version(cls):
    """What it says it is."""
    flag, pattern = cls.version
    found = re.search(pattern, output(find(cls), flag))
    return f"{cls.name} {found[1] if found else '?'}"


def openssl_version():
    """Whose TLS most of them have."""
    return output("openssl", "version").split()[1]


def timed(argv, env, cores=None):
    """One process, from fork to its end: ms of time, ms of CPU."""
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if cores:
            os.sched_setaffinity(0, cores)
        os.execvpe(argv[0], argv, env)
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - began
    if status != 0:
        sys.exit(f"bench: status {status} of {' '.join(argv)}")
    return wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def measure_and_write(page, doc, run, report, **numbers):
    """All of a bench: options of those numbers, a directory that goes again,
    and bench/page. run and report are the caller's."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument(
        "--dry", action="store_true", help=f"do not write bench/{page}"
    )
    args = parser.parse_args()
    if os.cpu_count() < 2:
        sys.exit("bench: server and client need a core each")
    with tempfile.TemporaryDirectory(prefix="duet-bench-") as work:
        os.chmod(work, 0o755)
        samples = run(args, Path(work))
    text = report(args, samples)
    if not args.dry:
        (ROOT / "bench" / page).write_text(text, encoding="utf-8")
    print("\n" + text)
