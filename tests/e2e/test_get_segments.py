# SPDX-License-Identifier: MIT
"""`duet get --segments`: parts at once, and what a kill leaves of them."""

import contextlib
import hashlib
import os
import random
import re
import subprocess
import threading

import pytest

from support.answers import answer, fin
from support.parts import Deserted, File
from support.peers.nginx import Nginx, NginxH2
from support.wire import LIMIT_S, server_context

MIB = 1 << 20
BODY = random.Random(22).randbytes(5 * MIB + 12345)
DIGEST = hashlib.sha256(BODY).hexdigest()
ROUNDS = 200 if os.environ.get("DUET_FULL") else 20


@pytest.fixture(name="context")
def fixture_context(identity):
    """A server's."""
    return server_context(identity)


@pytest.fixture(name="get")
def fixture_get(duet, ca):
    """One fetch that trusts the authority of this run."""

    def get(*words, **more):
        return duet.get("--cacert", ca.file, *words, **more)

    return get


@pytest.fixture(name="place")
def fixture_place(duet):
    """Where the files are."""
    return duet.home


def digest(path):
    """SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def spans(file):
    """The parts that were asked for, in order."""
    found = []
    for text, _ in file.asked:
        first, _, last = text.removeprefix("bytes=").partition("-")
        found.append((int(first), int(last)))
    return sorted(found)


def test_each_byte_is_asked_for_once(context, get, place):
    file = File(BODY)
    with Deserted(context, file.answer) as s:
        fetch = get("--segments", "4", "-o", "f", s.url)
        accepted = s.listener.accepted
    assert (fetch.exit, fetch.err) == (0, "")
    assert digest(place / "f") == DIGEST
    assert [p.name for p in place.glob("f*")] == ["f"]
    parts = spans(file)
    assert parts[0] == (0, MIB - 1)
    assert parts[-1][1] == len(BODY) - 1
    for (_, last), (first, _) in zip(parts, parts[1:]):
        assert first == last + 1
    assert all(tag == '"one"' for _, tag in file.asked[1:])
    assert 2 <= accepted <= 5


def test_json_tells_of_all_parts(context, get):
    with Deserted(context, File(BODY).answer) as s:
        fetch = get("--segments", "4", "--json", "-o", "f", s.url)
    assert fetch.exit == 0, fetch.err
    assert fetch.json["sizes"]["body"] == len(BODY)
    assert fetch.json["sizes"]["written"] == len(BODY)
    assert fetch.json["evidence"] == "length"


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1])
def test_small_ones_need_no_parts(context, get, place, size):
    with Deserted(context, File(BODY[:size]).answer) as s:
        fetch = get("--segments", "16", "-o", "f", s.url)
    assert (fetch.exit, fetch.err) == (0, "")
    assert (place / "f").read_bytes() == BODY[:size]


@pytest.mark.parametrize(
    "how, why",
    [
        ({"ranges": False}, "no parts"),
        ({"etag": 'W/"one"'}, "no version"),
        ({"etag": None}, "no version"),
    ],
)
def test_a_server_that_cannot_sends_it_in_one(context, get, place, how, why):
    file = File(BODY, **how)
    with Deserted(context, file.answer) as s:
        fetch = get("--segments", "4", "-o", "f", s.url)
    assert fetch.exit == 0
    assert fetch.err.count("\n") == 1
    assert why in fetch.err
    assert digest(place / "f") == DIGEST


def test_into_a_device_it_comes_in_one(context, get):
    file = File(BODY)
    with Deserted(context, file.answer) as s:
        fetch = get("--segments", "4", "-o", "/dev/null", s.url)
    assert fetch.exit == 0
    assert "no plain file" in fetch.err
    assert file.asked == [(None, None)]


def test_a_server_that_closes_after_each_part(context, get, place):
    file = File(BODY, lines=("Connection: close",))
    with Deserted(context, lambda r: [file.answer(r), fin]) as s:
        fetch = get("--segments", "3", "-o", "f", s.url)
    assert (fetch.exit, fetch.err) == (0, "")
    assert digest(place / "f") == DIGEST


def later(file, change):
    """file.answer, but of all after the first part what change says."""

    def function(request):
        if request.fields.get("range", "").startswith("bytes=0-"):
            return file.answer(request)
        return change(request)

    return function


def test_what_another_has_fetched_meanwhile_is_not_asked_for_again(
    context, duet, ca
):
    """A part fails and waits for its turn; who is free takes it over."""
    file = File(BODY)
    asked = []
    waits = threading.Event()

    def function(request):
        part = request.fields["range"]
        asked.append(part)
        if part.startswith(f"bytes={MIB}-") and asked.count(part) == 1:
            return [fin]
        data = file.answer(request)
        return held(data) if part.endswith(f"-{len(BODY) - 1}") else data

    def held(data):
        yield data[:-1]
        assert waits.wait(LIMIT_S)
        yield data[-1:]

    with Deserted(context, function) as s:
        words = ["--segments", "2", "--retry", "1", "--retry-delay", "3"]
        words += ["--cacert", ca.file, "-o", "f", s.url]
        with subprocess.Popen(
            [duet.path, "get", *map(str, words)],
            stderr=subprocess.PIPE,
            env=duet.env,
            cwd=duet.home,
            text=True,
        ) as process:
            said = process.stderr.readline()
            waits.set()
            said += process.communicate(timeout=LIMIT_S)[1]
    assert process.returncode == 0, said
    assert "again in 3.0 s" in said
    assert digest(duet.home / "f") == DIGEST
    # The first, the one that failed, the last, and again the one that failed.
    assert len(asked) == 4


@pytest.mark.parametrize(
    "other",
    [
        File(BODY, etag='"two"'),  # 200 of another version
        File(BODY, etag='"two"', believes=True),  # 206 of another version
        File(BODY + b"more", believes=True),  # 206 of another length
    ],
)
def test_all_parts_are_of_one_version(context, get, place, other):
    file = File(BODY)
    with Deserted(context, later(file, other.answer)) as s:
        fetch = get("--segments", "4", "-o", "f", s.url)
    assert fetch.exit == 56
    assert not (place / "f").exists()
    assert (place / "f.part").exists()


def test_another_part_than_asked_for_is_not_written(context, get, place):
    file = File(BODY)

    def wrong(_):
        return answer(
            BODY[:100],
            f"Content-Range: bytes 0-99/{len(BODY)}",
            'ETag: "one"',
            status="206 Partial Content",
        )

    with Deserted(context, later(file, wrong)) as s:
        fetch = get("--segments", "2", "-o", "f", s.url)
        assert fetch.exit == 56
        again = get("-C", "-", "-o", "f", s.url)
    assert again.exit == 56
    assert not (place / "f").exists()


def test_a_part_that_is_all_of_it_is_left_to_the_others(context, get, place):
    file = File(BODY)
    lock = threading.Lock()
    spoilt = []

    def once(request):
        with lock:
            first = not spoilt
            spoilt.append(request)
        return answer(BODY, 'ETag: "one"') if first else file.answer(request)

    with Deserted(context, later(file, once)) as s:
        fetch = get("--segments", "4", "-o", "f", s.url)
    assert fetch.exit == 0, fetch.err
    assert digest(place / "f") == DIGEST


def first_are_cut(file, count):
    """file.answer, but of those after the first part some are cut."""
    lock = threading.Lock()
    left = [count]

    def cut(request):
        with lock:
            left[0] -= 1
            is_cut = left[0] >= 0
        data = file.answer(request)
        return [data[:70000], fin] if is_cut else data

    return later(file, cut)


def test_what_fails_is_left_to_the_others(context, get, place):
    with Deserted(context, first_are_cut(File(BODY), 2)) as s:
        fetch = get("--segments", "4", "-o", "f", s.url)
    assert fetch.exit == 0, fetch.err
    assert fetch.err.count("the other parts go on") == 2
    assert digest(place / "f") == DIGEST


def test_all_parts_end_at_the_same_limit(context, get):
    file = File(BODY)

    def stuck(request):
        return [file.answer(request)[:70000], until_it_leaves]

    with Deserted(context, later(file, stuck)) as s:
        fetch = get("--segments", "4", "-m", "2", "-o", "f", s.url)
    assert fetch.exit == 28
    told, kept = fetch.err.splitlines()
    found = re.search(r"not whole within 2000 ms: (\d+) bytes", told)
    assert found and int(found[1]) > 0
    assert "go on" not in told
    assert kept == f"kept: f.part ({found[1]} bytes)"


def until_it_leaves(wire):
    """The client, that is."""
    while wire.read():
        pass


def test_what_fails_is_tried_again(context, get, place):
    with Deserted(context, first_are_cut(File(BODY), 5)) as s:
        fetch = get(
            *("--segments", "4", "--retry", "5", "--retry-delay", "0.01"),
            *("-o", "f", s.url),
        )
    assert fetch.exit == 0, fetch.err
    assert fetch.err.count("; again in") == 5
    assert digest(place / "f") == DIGEST


@pytest.mark.parametrize("words", [[], ["--segments", "3"]])
def test_what_is_left_is_gone_on_with(context, get, place, words):
    file = File(BODY)
    cut = later(file, lambda r: [file.answer(r)[:300000], fin])
    with Deserted(context, cut) as s:
        fetch = get("--segments", "4", "-o", "f", s.url)
        assert fetch.exit == 18
        file.asked.clear()
        s.function = file.answer
        again = get("-C", "-", *words, "-o", "f", s.url)
    assert (again.exit, again.err) == (0, "")
    assert digest(place / "f") == DIGEST
    # Nothing that was there already was fetched once more.
    assert sum(b - a + 1 for a, b in spans(file)) < len(BODY) - MIB


def test_the_rate_is_that_of_all_parts(context, get, place):
    with Deserted(context, File(BODY).answer) as s:
        fetch = get(
            *("--segments", "4", "--limit-rate", "4m", "--json"),
            *("-o", "f", s.url),
        )
    assert fetch.exit == 0, fetch.err
    assert digest(place / "f") == DIGEST


def test_a_part_that_is_wrong_makes_it_not_whole(context, get):
    """Though the first, which is told of, came as it should."""
    file = File(BODY)
    wrong = "Content-Digest: sha-256=:" + "A" * 43 + "=:\r\n"

    def change(request):
        head, _, body = file.answer(request).partition(b"\r\n\r\n")
        return head + b"\r\n" + wrong.encode() + b"\r\n" + body

    with Deserted(context, later(file, change)) as s:
        fetch = get("--segments", "2", "-v", "-o", "f", s.url)
    assert fetch.exit == 110
    assert re.search(r"^\* (not whole|failed): \d+ bytes", fetch.err, re.M)
    assert "* whole" not in fetch.err, fetch.err


class Tap:
    """A server whose bytes stop after so many, until it is opened."""

    def __init__(self, file):
        self.file = file
        self.left = 0
        self.lock = threading.Lock()
        self.dry = threading.Event()
        self.opened = threading.Event()

    def close_after(self, left):
        """So many bytes, of all answers together."""
        self.left = left
        self.dry.clear()
        self.opened.clear()

    def answer(self, request):
        """For Answers: pieces."""
        data = self.file.answer(request)
        for at in range(0, len(data), 16384):
            piece = data[at : at + 16384]
            with self.lock:
                self.left -= len(piece)
                empty = self.left <= 0 and not self.opened.is_set()
            if empty:
                self.dry.set()
                self.opened.wait(LIMIT_S)
                with contextlib.suppress(OSError):
                    yield piece
                continue
            yield piece


@pytest.mark.parametrize("first, then", [(1, 1), (4, 1), (4, 4), (1, 4)])
def test_killed_at_any_point_the_file_is_right(
    context, duet, ca, place, first, then
):
    """Every round: begin, kill -9 when so many bytes have been sent, go on."""
    chance = random.Random(first * 100 + then)
    tap = Tap(File(BODY))

    def words(segments, *more):
        return [
            *(duet.path, "get", "--cacert", str(ca.file), "-o", "f"),
            *("--segments", str(segments), *more, s.url),
        ]

    with Deserted(context, tap.answer) as s:
        for round_ in range(ROUNDS // 4):
            tap.close_after(chance.randrange(2 * len(BODY)))
            more = []
            for _ in range(chance.randrange(1, 4)):
                with subprocess.Popen(
                    words(first, *more),
                    env=duet.env,
                    cwd=place,
                    stderr=subprocess.DEVNULL,
                ) as process:
                    while process.poll() is None:
                        if tap.dry.wait(0.01):
                            break
                    process.kill()
                tap.close_after(chance.randrange(len(BODY)))
                more = ["-C", "-"]
                if (place / "f").exists():
                    assert digest(place / "f") == DIGEST, round_
            tap.opened.set()
            done = subprocess.run(
                words(then, "-C", "-"),
                env=duet.env,
                cwd=place,
                check=False,
                timeout=LIMIT_S * 3,
                capture_output=True,
            )
            assert done.returncode == 0, done.stderr
            assert digest(place / "f") == DIGEST, round_
            assert not (place / "f.part").exists()
            assert not (place / "f.part.duet").exists()
            (place / "f").unlink()


@pytest.mark.parametrize("kind", [Nginx, NginxH2])
def test_with_nginx(kind, need, tmp_path, identity, get, place):
    root = tmp_path / "root"
    root.mkdir()
    (root / "big").write_bytes(BODY)
    tmp_path.chmod(0o755)
    peer = kind(need(*kind.programs), tmp_path, root, identity)
    with peer.running() as server:
        fetch = get("--segments", "4", "-o", "f", server.url + "big")
        assert (fetch.exit, fetch.err) == (0, "")
        assert digest(place / "f") == DIGEST
        again = get("-C", "-", "-o", "f", server.url + "big")
    assert again.exit == 0
    assert "not known" in again.err


def test_with_duet(duet, get, identity, tmp_path, place):
    (tmp_path / "big").write_bytes(BODY)
    served = duet.serve(
        tmp_path, "--cert", identity.chain_file, "--key", identity.key_file
    )
    with served as server:
        fetch = get("--segments", "4", "-o", "f", server.url + "big")
    assert (fetch.exit, fetch.err) == (0, "")
    assert digest(place / "f") == DIGEST
