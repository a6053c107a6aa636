# SPDX-License-Identifier: MIT
"""Other people's clients, tried against a server that is wrong."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

from support.broken import LARGE

LIMIT_S = 2  # told to a client; a server may go on for ever
KILL_S = 10  # where a client does not obey
FILE_MAX = 64 << 20
MEMORY_MAX = 2 << 30


@dataclass
class Tried:
    """What a client made of it."""

    exit: int  # below 0: killed by a signal of ours
    said: str
    left: dict  # name of a file -> bytes of it
    seconds: float


def limit():
    """In the client's process: no bomb may go off."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_MAX, FILE_MAX))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))


def curl(broken, row, seconds):
    """As `duet get` is asked: verified, redirects followed."""
    words = ["curl", "-sS", "-L", "--cacert", broken.ca, "-o", "out"]
    words += ["--max-time", str(seconds)]
    if row["crl"]:
        words += ["--crlfile", broken.crl]
    if row["method"] == "HEAD":
        words += ["-I"]
    if row["method"] == "POST":
        words += ["--data-binary", "@../large"]
    return [*words, row["url"]]


def wget2(broken, row, seconds):
    """It tries for ever unless told otherwise."""
    words = ["wget2", "-nv", "--tries=1", f"--timeout={seconds}", "-O", "out"]
    words += ["--no-hsts", "--no-config", f"--ca-certificate={broken.ca}"]
    if row["crl"]:
        words += [f"--crl-file={broken.crl}"]
    if row["method"] == "HEAD":
        words += ["--spider"]
    if row["method"] == "POST":
        words += ["--post-file=../large"]
    return [*words, row["url"]]


PYTHON = """
import ssl, sys, urllib.request
url, ca, crl, method, seconds = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
if crl:
    context.load_verify_locations(crl)
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
body = open("../large", "rb") if method == "POST" else None
request = urllib.request.Request(url, data=body, method=method)
if body:
    request.add_header("Content-Length", str(%d))
try:
    with urllib.request.urlopen(
        request, context=context, timeout=float(seconds)
    ) as answer, open("out", "wb") as out:
        while piece := answer.read(65536):
            out.write(piece)
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
""" % (
    LARGE
)


def python(broken, row, seconds):
    """urllib, as its documentation has it."""
    crl = str(broken.crl) if row["crl"] else ""
    words = [row["url"], broken.ca, crl, row["method"], seconds]
    return [sys.executable, "-B", "-c", PYTHON, *words]


CLIENTS = {"curl": curl, "wget2": wget2, "python": python}


def applies(client, row):
    """Whether it speaks what the case is about."""
    return client != "python" or row["group"] != "h2"


def attempt(client, broken, row, directory):
    """A Tried of that client, in a directory of its own."""
    place = directory / f"{client}-{row['name']}"
    place.mkdir()
    seconds = row["max_time"] or LIMIT_S
    argv = CLIENTS[client](broken, row, seconds)
    env = dict(os.environ, HOME=str(place), LC_ALL="C.UTF-8")
    began = time.monotonic()
    with subprocess.Popen(
        [str(word) for word in argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=place,
        env=env,
        preexec_fn=limit,
    ) as process:
        try:
            _, err = process.communicate(timeout=KILL_S)
        except subprocess.TimeoutExpired:
            process.kill()
            _, err = process.communicate()
    said = err.decode("utf-8", "replace").strip().splitlines()
    left = {}
    for path in place.iterdir():
        with contextlib.suppress(FileNotFoundError):
            left[path.name] = path.stat().st_size
    return Tried(
        process.returncode,
        said[0] if said else "",
        left,
        time.monotonic() - began,
    )


def is_right(tried, row):
    """Whether it took what is to be taken, and nothing else."""
    if row["exit"] != 0:
        return tried.exit > 0 or (tried.exit == 0 and row["may_take"])
    size = tried.left.get("out", 0)
    return tried.exit == 0 and row["body"] in (None, size)


def harmless(text):
    """For a table that is read on a terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def line(client, tried, row):
    """Of the table."""
    verdict = "right" if is_right(tried, row) else "WRONG"
    out = tried.left.get("out", "-")
    ending = str(tried.exit) if tried.exit >= 0 else "killed"
    said = harmless(tried.said) or "(silent)"
    return f"  {client:7} {verdict} {ending:>6} {out:>9}  {said}"
