# SPDX-License-Identifier: MIT
"""`duet get` against every server of `duet broken`, and other clients too.

What is right is said by the table of the servers itself: exit status, words
of the sentence, bytes that come. Others are looked at, not judged: what they
do is written to build/broken-table.txt.
"""

import concurrent.futures
import contextlib
import time

import pytest

from conftest import ROOT, new_home, program_of
from support import broken, try_clients
from support.measured import run_measured

LIMIT_S = 15  # for a whole fetch; the slow ones are given a second
OTHERS = tuple(try_clients.CLIENTS)
# With sanitizers, which keep what was freed: a tenth of it without.
MEMORY_MAX_KB = 400 << 10


@pytest.fixture(scope="module", name="servers")
def fixture_servers(work, sanitizer_env, reports):
    """One run of all servers for all tests of this file."""
    with new_home(work) as home, program_of(
        home, sanitizer_env, reports
    ) as program:
        with broken.serving(program) as running:
            yield running
            assert running.end() == 0


@pytest.fixture(name="fetch")
def fixture_fetch(duet, servers):
    """fetch(name): `duet get` of that server, as it has to be asked."""

    def fetch(name, *words, out="out"):
        row = servers.rows[name]
        words = ["--cacert", servers.ca, *words]
        words += ["-m", row["max_time"] or LIMIT_S]
        if out:
            words += ["-o", out]
        if row["crl"]:
            words += ["--crl", servers.crl]
        if row["method"] == "HEAD":
            words += ["-I"]
        if row["method"] == "POST":
            (duet.home / "large").write_bytes(b"x" * broken.LARGE)
            words += ["-d", "@large"]
        began = time.monotonic()
        done = duet.get(*words, row["url"])
        assert time.monotonic() - began < LIMIT_S
        return done

    return fetch


def size(path):
    """None where there is none."""
    return path.stat().st_size if path.exists() else None


def files(duet):
    """What there is now, of this test; sessions have a place of their own."""
    return {path.name for path in duet.home.iterdir()} - {"large", ".cache"}


@pytest.mark.parametrize("name", broken.names())
def test_duet_get_is_right(duet, servers, fetch, name):
    row = servers.rows[name]
    done = fetch(name)
    assert done.exit == row["exit"], done.err
    if row["exit"] == 0:
        assert done.err == ""
        assert files(duet) == {"out"}
        assert row["body"] in (None, size(duet.home / "out"))
        return
    said = done.sentence
    assert said.startswith("duet get: "), done.err
    assert said.isprintable()
    for word in row["words"]:
        assert word.lower() in said.lower(), f"{word!r} is missing in: {said}"
    # Nothing has its name, and nothing is anywhere else.
    assert files(duet) <= {"out.part", "out.part.duet"}
    part = size(duet.home / "out.part")
    if row["body"] is not None:
        assert (part or 0) == row["body"]
    if part is not None:
        assert f"kept: out.part ({part} byte" in done.err


@pytest.mark.parametrize("name", broken.names())
def test_a_file_that_is_there_stays_unless_all_is_well(
    duet, servers, fetch, name
):
    (duet.home / "out").write_bytes(b"earlier")
    fetch(name)
    if servers.rows[name]["exit"] != 0:
        assert (duet.home / "out").read_bytes() == b"earlier"
    else:
        assert (duet.home / "out").read_bytes() != b"earlier"


@pytest.mark.parametrize("name", ["path-filename", "control-filename"])
def test_a_name_that_the_server_gives_is_not_used(duet, fetch, servers, name):
    words = ["--cacert", servers.ca, "-O", f"{servers.url(name)}file"]
    done = duet.get(*words)
    assert done.exit == servers.rows[name]["exit"]
    assert files(duet) <= {"file"}
    assert not (duet.home.parent / "evil").exists()


def test_memory_is_bounded(duet, servers, fetch):
    for name in (
        *("huge-head", "many-fields", "endless-1xx", "gzip-bomb"),
        *("chunk-extensions", "trailers", "h2-bomb", "h2-continuation"),
        *("h2-ping", "h2-settings"),
    ):
        argv = [duet.path, "get", "--cacert", servers.ca, "-o", "out"]
        done = run_measured(
            [*argv, servers.url(name)], duet.env, cwd=duet.home
        )
        assert done.peak_kb < MEMORY_MAX_KB, name


def test_no_two_refusals_of_a_certificate_or_handshake_are_alike(
    servers, fetch
):
    said = {}
    names = [
        name
        for name, row in servers.rows.items()
        if row["group"] in ("certificate", "handshake")
    ]
    for name in names:
        # What differs by itself: ports and dates.
        text = fetch(name).sentence
        said["".join(c for c in text if not c.isdigit())] = name
    assert len(said) == len(names) >= 15


def test_any_certificate_is_taken_only_when_told(duet, fetch):
    done = fetch("expired", "-k")
    assert (done.exit, done.err) == (0, "")
    assert (duet.home / "out").read_bytes() == b"ok\n"


def test_json_has_a_stable_word(servers, fetch):
    words = [
        fetch(name, "--json", out=None).json["error"]["word"]
        for name in ("expired", "wrong-host", "plain-http", "close-fin")
    ]
    assert words == ["expired", "wrong_name", "not_tls", "truncated"]


def test_what_other_clients_do_is_written_down(
    duet, servers, fetch, need, tmp_path
):
    need("curl")
    need("wget2")
    (tmp_path / "large").write_bytes(b"x" * broken.LARGE)
    pairs = [
        (row, client)
        for row in servers.rows.values()
        for client in OTHERS
        if try_clients.applies(client, row)
    ]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        done = pool.map(
            lambda pair: try_clients.attempt(
                pair[1], servers, pair[0], tmp_path
            ),
            pairs,
        )
    lines = []
    counts = {client: [0, 0] for client in ("duet", *OTHERS)}

    def note(client, tried, row):
        counts[client][0] += try_clients.is_right(tried, row)
        counts[client][1] += 1
        lines.append(try_clients.line(client, tried, row))

    for (row, client), tried in zip(pairs, done):
        if client == OTHERS[0]:
            must = f"{row['exit']} {row['must']}"
            lines.append(f"{row['name']}: {row['wrong']}; {must}")
            note("duet", own(duet, fetch, row), row)
        note(client, tried, row)
        if row["name"] == "right":
            assert try_clients.is_right(tried, row), tried
    for client, (right, of) in counts.items():
        lines.append(f"{client}: right in {right} of {of}")
    print("\n".join(lines[-4:]))
    (ROOT / "build/broken-table.txt").write_text("\n".join(lines) + "\n")
    right, of = counts["duet"]
    assert right == of


def own(duet, fetch, row):
    """The same of ours."""
    for path in ("out", "out.part", "out.part.duet"):
        with contextlib.suppress(FileNotFoundError):
            (duet.home / path).unlink()
    done = fetch(row["name"])
    out = size(duet.home / "out")
    return try_clients.Tried(
        done.exit, done.sentence, {} if out is None else {"out": out}, 0
    )
