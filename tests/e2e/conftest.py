# SPDX-License-Identifier: MIT
"""Fixtures of the end-to-end tests.

The program is $DUET, or the one that ./dev test builds. Everything is made
in a directory of its own that other users may read (a server that gives up
root has to), and removed again. A sanitizer's report of any process that was
started fails the test it happened in.
"""

import contextlib
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from support import frames, pki
from support.known import Known, make_files, numbered
from support.program import Program
from support.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]

# A shell has it ignored in what it runs in the background, and programs that
# are started from here would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

FULL = os.environ.get("DUET_FULL") == "1"
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


@pytest.fixture(scope="session", name="work")
def fixture_work():
    """A directory for this run."""
    path = Path(tempfile.mkdtemp(prefix="duet-e2e-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session", name="ca")
def fixture_ca(work):
    """The authority that the clients of a run trust."""
    directory = work / "pki"
    directory.mkdir(mode=0o755)
    return pki.Authority(directory)


@pytest.fixture(scope="session", name="identity")
def fixture_identity(ca):
    """The certificate of every server that has nothing to hide."""
    return ca.issue("localhost", "127.0.0.1", "::1")


@pytest.fixture(scope="session", name="reports")
def fixture_reports(work):
    """Where sanitizers write."""
    path = work / "sanitizer"
    path.mkdir(mode=0o755)
    return path


@pytest.fixture(scope="session", name="sanitizer_env")
def fixture_sanitizer_env(reports):
    """What makes a report an abort and a file."""
    env = {}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        options = os.environ.get(name, "abort_on_error=1")
        env[name] = f"{options}:log_path={reports}/report"
    return env


@contextlib.contextmanager
def new_home(work):
    """A home directory, as long as it is needed."""
    path = Path(tempfile.mkdtemp(prefix="home-", dir=work))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def program_of(home, env, reports):
    """The program, and at the end what sanitizers had to say."""
    path = Path(os.environ.get("DUET", ROOT / "build/asan/duet"))
    assert path.is_file(), f"{path}: not there; ./dev test builds it"
    try:
        yield Program(path.resolve(), home, env)
    finally:
        found = sorted(reports.iterdir())
        text = "\n".join(f.read_text(errors="replace") for f in found)
        for report in found:
            report.unlink()
        assert not found, text


@pytest.fixture(name="home")
def fixture_home(work):
    """A home directory for one test."""
    with new_home(work) as path:
        yield path


@pytest.fixture(name="duet")
def fixture_duet(home, sanitizer_env, reports):
    """The program, with a home of its own."""
    with program_of(home, sanitizer_env, reports) as program:
        yield program


@pytest.fixture(name="explain")
def fixture_explain(duet, ca):
    """One verdict by a client that trusts the authority of this run."""

    def explain(*words, **more):
        return Verdict(duet, "--cacert", ca.file, *words, **more)

    return explain


@pytest.fixture(name="between")
def fixture_between(ca, home):
    """An intermediate of that authority."""
    return pki.Authority(home, "Duet Test Between", parent=ca)


@pytest.fixture(name="site")
def fixture_site(home):
    """A small tree to serve."""
    return make_site(home)


def make_site(home):
    """Its files."""
    root = home / "site"
    (root / "dir").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html><title>site</title>\n")
    (root / "small.txt").write_text("a small file\n")
    (root / "empty").write_bytes(b"")
    (root / "dir/index.html").write_text("<!doctype html><title>dir</title>\n")
    (root / "big.bin").write_bytes(numbered(3 * 1024 * 1024 + 17))
    return root


@pytest.fixture(scope="module", name="known_server")
def fixture_known_server(work, sanitizer_env, reports, identity):
    """One server for all tests of a file that change nothing."""
    with new_home(work) as home, program_of(
        home, sanitizer_env, reports
    ) as program:
        make_files(home / "site")
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        with program.serve(home / "site", *words) as served:
            yield served
            assert served.stop()[0] == 0


@pytest.fixture(
    scope="module",
    name="known",
    params=[
        pytest.param(pair, id="-".join(pair))
        for pair in (
            ("h1", "identity"),
            ("h2", "identity"),
            # what is sent knows nothing of how: test_compress.py has all pairs
            ("h1", "beside"),
            ("h2", "made"),
        )
    ],
)
def fixture_known(request, known_server, ca):
    """Its files, over each version of HTTP, and in each coding over one."""
    return Known(known_server.port, ca, *request.param)


@pytest.fixture(scope="module", name="h2")
def fixture_h2(work, sanitizer_env, reports, identity, ca):
    """A server of a small tree, spoken to in frames, for all tests of a file.
    That it lives and stops is part of each."""
    with new_home(work) as home, program_of(
        home, sanitizer_env, reports
    ) as program:
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        with program.serve(make_site(home), *words) as served:
            yield frames.Server(served, ca)
            assert served.stop()[0] == 0


@pytest.fixture(scope="session", name="need")
def fixture_need():
    """need("curl"): its path. Without it skip; where CI is set, fail."""

    def need(*names):
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        for name in names:
            found = shutil.which(name, path=path)
            if found:
                return found
        reason = f"there is no {' or '.join(names)} here; ./dev test gets it"
        if IN_CI:
            pytest.fail(reason)
        return pytest.skip(reason)

    return need
