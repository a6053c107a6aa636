# SPDX-License-Identifier: MIT
"""What both benches need: programs, a certificate, what machine this is."""

import os
import re
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))

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


def make_identity(work):
    """The certificate they all have."""
    identity = Identity(work / "chain.pem", work / "key.pem")
    said = output(
        *"openssl req -x509 -newkey ec".split(),
        *"-pkeyopt ec_paramgen_curve:P-256".split(),
        *"-nodes -days 2 -subj /CN=localhost".split(),
        *"-addext subjectAltName=DNS:localhost,IP:127.0.0.1".split(),
        *("-keyout", identity.key_file, "-out", identity.chain_file),
    )
    if not identity.chain_file.exists():
        sys.exit(f"bench: openssl req: {said}")
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
