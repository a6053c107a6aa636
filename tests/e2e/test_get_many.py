# SPDX-License-Identifier: MIT
"""`duet get` and many URLs: several at once, and from a file."""

import json
import resource
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from support import h2server
from support.answers import Answers, answer
from support.counter import counting
from support.listener import Listener
from support.peers.nginx import Nginx, NginxH2
from support.wire import LIMIT_S, server_context

MANY = 300


@pytest.fixture(name="get")
def fixture_get(duet, ca):
    """One run that trusts the authority of this run."""

    def get(*words, **more):
        return duet.get("--cacert", ca.file, *words, **more)

    return get


def body_of(i):
    """Of each file another."""
    return b"".join(b"%d %d\n" % (i, k) for k in range(i % 40))


@pytest.fixture(scope="module", name="root")
def fixture_root(work):
    """Small files, one of them empty."""
    root = work / "many"
    root.mkdir()
    root.chmod(0o755)
    for i in range(MANY):
        (root / f"f{i}").write_bytes(body_of(i))
    return root


@pytest.fixture(name="nginx")
def fixture_nginx(need, work, root, identity):
    """nginx(class): behind something that counts connections."""

    def run(kind):
        directory = Path(tempfile.mkdtemp(dir=work))
        directory.chmod(0o755)
        return kind(need(*kind.programs), directory, root, identity)

    return run


def rows_of(fetch):
    """The objects of --json, by the URL's last part."""
    rows = [json.loads(line) for line in fetch.out.splitlines()]
    return {row["url"].rpartition("/")[2]: row for row in rows}


def expect_all(duet, fetch):
    """Each whole, by evidence of its own."""
    assert (fetch.exit, fetch.err) == (0, "")
    rows = rows_of(fetch)
    assert len(rows) == MANY
    for i in range(MANY):
        row = rows[f"f{i}"]
        assert (row["status"], row["error"]) == (200, None)
        assert row["evidence"] is not None
        assert row["sizes"]["body"] == len(body_of(i))
        assert (duet.home / f"f{i}").read_bytes() == body_of(i)
    assert not list(duet.home.glob("*.part"))
    return rows


class TestOneConnection:
    """HTTP/2: all share it."""

    def test_of_nginx(self, duet, get, nginx):
        urls = range(MANY)
        peer = nginx(NginxH2)
        with peer.running(), counting(peer.address()) as relay:
            words = [f"{relay.url}f{i}" for i in urls]
            done = get("-Z", "--remote-name-all", "--json", *words)
            rows = expect_all(duet, done)
            assert relay.accepted == 1
        assert sum(not row["reused"] for row in rows.values()) == 1

    def test_of_duet_serve_from_a_file(self, duet, get, root, identity):
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        with duet.serve(root, *words) as served:
            with counting(("127.0.0.1", served.port)) as relay:
                text = "".join(f"{relay.url}f{i}\n" for i in range(MANY))
                done = get(
                    *("--parallel", "--parallel-max", "300", "--json"),
                    *("--remote-name-all", "--input", "-"),
                    stdin=text.encode(),
                )
                expect_all(duet, done)
                # One holds a hundred requests.
                assert relay.accepted <= 3
            assert served.stop()[0] == 0


def test_of_http_1_there_are_as_many_connections(get, identity):
    """None is answered before all have come."""
    together = threading.Barrier(9)

    def late(_):
        together.wait(LIMIT_S)
        return answer(b"x")

    with Answers(server_context(identity), late) as s:
        urls = [f"{s.url}{i}" for i in range(18)]
        done = get("-Z", "--parallel-max", "9", "--json", *urls)
        assert (done.exit, s.listener.accepted) == (0, 9)
    assert len(rows_of(done)) == 18


def test_a_failure_harms_no_other_and_the_first_of_the_list_counts(
    duet, get, nginx
):
    peer = nginx(NginxH2)
    with peer.running():
        urls = [f"{peer.url}f{i}" for i in range(20)]
        urls[7] = f"{peer.url}none"
        urls.append("https://no-such-name.invalid/x")
        done = get("-Z", "--fail", "--remote-name-all", "--json", *urls)
    assert done.exit == 22, done.err
    rows = rows_of(done)
    assert rows.pop("none")["error"]["word"] == "http_status"
    assert rows.pop("x")["error"]["exit"] == 6
    for name, row in rows.items():
        assert row["error"] is None
        assert (duet.home / name).read_bytes() == body_of(int(name[1:]))
    assert not (duet.home / "none").exists()


def test_who_sends_nothing_and_who_takes_nothing_stall_nobody(
    duet, ca, identity
):
    """The window of one upload stays closed, and one body stops halfway."""
    (duet.home / "up").write_bytes(b"u" * 300000)
    names = ["stuck", "half", *map(str, range(20))]

    def serve(peer):
        peer.stuck.add(1)
        peer.begin()
        while len(peer.ended) < len(names) - 1:
            peer.understand(peer.read())
        peer.ended.sort()
        assert peer.paths[peer.ended[0]] == "/half"
        peer.head(peer.ended[0])
        peer.data(peer.ended[0], b"half")
        for stream in peer.ended[1:]:
            peer.answer(stream)
        while peer.read():
            pass

    with h2server.listener(identity, serve) as server:
        words = ["--cacert", ca.file, "-Z", "-T", "up", "--json"]
        words += ["--remote-name-all", *(server.url + name for name in names)]
        with subprocess.Popen(
            [duet.path, "get", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=duet.env,
            cwd=duet.home,
            text=True,
        ) as process:
            rows = [json.loads(process.stdout.readline()) for _ in names[2:]]
            process.send_signal(signal.SIGINT)
            rest, err = process.communicate(timeout=LIMIT_S)
    assert not server.errors
    assert process.returncode == -signal.SIGINT, err
    for row in rows:
        assert row["error"] is None, row
    ends = {json.loads(line)["url"]: line for line in rest.splitlines()}
    assert set(ends) == {server.url + name for name in names[:2]}
    assert all('"interrupted"' in line for line in ends.values())
    assert (duet.home / "half.part").read_bytes() == b"half"
    assert server.accepted == 1


def test_failures_of_one_step_have_facts_of_their_own(get, identity):
    """Two servers reset their connections at once; a third is not there."""
    together = threading.Barrier(2)

    def serve(peer):
        peer.begin()
        peer.take(6)
        together.wait(LIMIT_S)
        peer.reset()

    with h2server.listener(identity, serve) as one:
        with h2server.listener(identity, serve) as two:
            with Listener(lambda sock: None) as gone:
                nobody = gone.url
            urls = [f"{s.url}{i}" for i in range(6) for s in (one, two)]
            done = get("-Z", "--json", f"{nobody}none", *urls)
    rows = [json.loads(line) for line in done.out.splitlines()]
    rows.sort(key=lambda row: row["url"] != f"{nobody}none")
    assert sorted(row["url"] for row in rows[1:]) == sorted(urls)
    assert (done.exit, rows[0]["error"]["exit"], rows[0]["tls"]) == (
        7,
        7,
        None,
    )
    for row in rows[1:]:
        port = row["url"].rpartition(":")[2].partition("/")[0]
        assert row["error"] is not None
        assert f":{port}" in row["error"]["text"]
        assert row["address"].endswith(f":{port}")
        assert row["tls"]["version"] == "TLSv1.3"


def test_the_first_failure_may_end_all(duet, get, identity):
    asked, over = threading.Event(), threading.Event()

    def function(request):
        if request.target == "/bad":
            assert asked.wait(LIMIT_S)
            return answer(b"", status="404 Not Found")
        return slow()

    def slow():
        yield answer(b"half", length=8)
        asked.set()
        assert over.wait(LIMIT_S)

    with Answers(server_context(identity), function) as s:
        urls = [s.url + name for name in ("slow", "bad", "never")]
        done = get(
            *("-Z", "--parallel-max", "2", "--fail-early", "-f", "--json"),
            *("--remote-name-all", *urls),
        )
        over.set()
    assert done.exit == 22
    rows = rows_of(done)
    assert set(rows) == {"slow", "bad"}
    assert "--fail-early" in rows["slow"]["error"]["text"]
    assert "/slow" in rows["slow"]["error"]["text"]
    assert (duet.home / "slow.part").read_bytes() == b"half"
    assert "kept: slow.part (4 bytes)" in done.err


def test_what_was_whole_already_waits_for_its_name(duet, ca, identity):
    """No byte of it comes, and others go on meanwhile."""
    named = threading.Event()

    def function(request):
        if request.target == "/there":
            return answer(
                b"",
                "Content-Range: bytes */5",
                status="416 Range Not Satisfiable",
            )
        return slow()

    def slow():
        yield answer(b"half", length=8)
        assert named.wait(LIMIT_S)
        yield b"half"

    (duet.home / "there.part").write_bytes(b"there")
    with Answers(server_context(identity), function) as s:
        (duet.home / "there.part.duet").write_text(
            f'duet-part 1\nurl {s.url}there\nversion "one"\n'
            "have 0-4\nend\n",
            "utf-8",
        )
        words = ["--cacert", ca.file, "-Z", "-C", "-", "--json"]
        words += ["-O", s.url + "there", "-O", s.url + "slow"]
        with subprocess.Popen(
            [duet.path, "get", *map(str, words)],
            stdout=subprocess.PIPE,
            env=duet.env,
            cwd=duet.home,
            text=True,
        ) as process:
            row = process.stdout.readline()
            named.set()
            process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    assert json.loads(row)["url"].endswith("/there")
    assert (duet.home / "there").read_bytes() == b"there"
    assert (duet.home / "slow").read_bytes() == b"halfhalf"


def test_more_files_than_may_be_open_at_once(duet, ca, root, identity):
    """Those that wait for their names are open too."""
    words = ["--cert", identity.chain_file, "--key", identity.key_file]
    with duet.serve(root, *words) as served:
        url = f"https://127.0.0.1:{served.port}/"
        done = subprocess.run(
            [duet.path, "get", "--cacert", ca.file, "-Z"]
            + ["--parallel-max", "20", "--remote-name-all"]
            + [f"{url}f{i}" for i in range(MANY)],
            env=duet.env,
            cwd=duet.home,
            preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_NOFILE, (64, 64)
            ),
            capture_output=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")
    for i in range(MANY):
        assert (duet.home / f"f{i}").read_bytes() == body_of(i)


def test_verbose_says_whose_end_it_is(get, identity):
    with Answers(server_context(identity), lambda _: answer(b"x")) as s:
        urls = [s.url + name for name in "ab"]
        done = get("-Z", "-v", "--remote-name-all", *urls)
    assert done.exit == 0
    lines = done.err.splitlines()
    for url in urls:
        at = lines.index(f"* the end of {url}")
        assert lines[at + 1].startswith("* whole: 1 bytes by Content-Length")


def test_fail_early_begins_no_more(get, identity):
    with Answers(
        server_context(identity),
        lambda _: answer(b"", status="404 Not Found"),
    ) as s:
        done = get("--fail-early", "-f", s.url + "1", s.url + "2")
        assert (done.exit, len(s.requests)) == (22, 1)


def test_an_interrupt_keeps_each_part(duet, ca, identity):
    gone = threading.Event()

    def half(request):
        yield answer(request.target.encode() * 100, length=10000)
        assert gone.wait(LIMIT_S)

    with Answers(server_context(identity), half) as s:
        names = ["a", "b", "c"]
        words = ["--cacert", ca.file, "-Z", "-v", "--remote-name-all"]
        words += [s.url + name for name in names]
        with subprocess.Popen(
            [duet.path, "get", *map(str, words)],
            stderr=subprocess.PIPE,
            env=duet.env,
            cwd=duet.home,
            text=True,
        ) as process:
            answered = 0
            for line in process.stderr:
                answered += line == "< \n"
                if answered == len(names):
                    break
            process.send_signal(signal.SIGINT)
            said = process.stderr.read()
            gone.set()
    assert process.returncode == -signal.SIGINT
    assert said.count("interrupted") == len(names)
    for name in names:
        size = (duet.home / f"{name}.part").stat().st_size
        assert f"\nkept: {name}.part ({size} bytes)\n" in said


def test_each_has_its_record_checksum_and_line(duet, get, nginx):
    peer = nginx(Nginx)
    sums = subprocess.run(
        ["sha256sum", *(f"f{i}" for i in range(10))],
        cwd=peer.root,
        check=True,
        capture_output=True,
    )
    wrong = sums.stdout.replace(sums.stdout[:64], b"0" * 64, 1)
    (duet.home / "SUMS").write_bytes(wrong)
    with peer.running():
        urls = [f"{peer.url}f{i}" for i in range(10)]
        done = get(
            *("-Z", "--remote-name-all", "--checksum", "SUMS"),
            *("--receipt", "r.json", "--har", "h.har"),
            *("-w", "%{url} %{size_download}\n", *urls),
        )
    assert done.exit == 110, done.err
    lines = sorted(done.out.decode().splitlines())
    assert lines == [f"{url} {len(body_of(i))}" for i, url in enumerate(urls)]
    receipt = json.loads((duet.home / "r.json").read_bytes())
    assert len(receipt["transfers"]) == 10
    har = json.loads((duet.home / "h.har").read_bytes())
    assert len(har["log"]["entries"]) == 10
    assert (duet.home / "f0.part").exists()
    assert (duet.home / "f9").read_bytes() == body_of(9)


def test_progress_comes_as_json(get, identity):
    go_on = threading.Event()

    def function(request):
        if request.target == "/gone":
            return answer(b"", status="404 Not Found")
        return pieces()

    def pieces():
        yield answer(b"1234", length=8)
        go_on.wait(1)  # time for more than one line, if it is had
        yield b"5678"

    with Answers(server_context(identity), function) as s:
        urls = [s.url + name for name in ("a", "gone", "b")]
        began = time.monotonic()
        done = get(
            *("-Z", "-s", "-f", "--progress", "json"),
            *("--remote-name-all", *urls),
        )
        took = time.monotonic() - began
    assert done.exit == 22
    events = [json.loads(line) for line in done.err.splitlines()]
    for at, url in enumerate(urls):
        mine = [event for event in events if event["at"] == at]
        assert {event["url"] for event in mine} == {url}
        begin, *progress, end = mine
        assert begin["event"] == "begin"
        assert begin["name"] == url.rpartition("/")[2]
        assert end["event"] == "end"
        assert end["exit"] == (22 if at == 1 else 0)
        assert at == 1 or end["words"] == "whole by Content-Length"
        assert at == 1 or end["bytes"] == 8
        assert len(progress) <= 1 + took * 5
        assert bool(progress) == (at != 1)
        for event in progress:
            assert event["event"] == "progress"
            assert event["bytes"] in (4, 8)
            assert event["total"] == 8
            assert event["rate"] >= 0


class TestRefusals:
    """Before anything is fetched."""

    @pytest.mark.parametrize(
        "words, said",
        [
            (["-Z", "a.org/x", "b.org/y"], "would go to standard output"),
            (["-Z", "-o", "-", "-o", "f", "a/x", "b/y"], "standard output"),
            (["-Z", "-o", "f", "-o", "./f", "a/x", "b/y"], "saved as 'f'"),
            (["-Z", "-O", "-o", "x", "a/x", "b/y"], "saved as 'x'"),
            (["-Z", "--remote-name-all", "a/x", "b/x?2"], "saved as 'x'"),
            (["-Z", "--remote-name-all", "a/", "b/x"], "name one with -o"),
            (["-o", "f.part", "-o", "f", "a/x", "b/y"], "'f.part' is what"),
            (
                ["-Z", "-o", "./f", "-o", "f.part.duet", "a/x", "b/y"],
                "is what",
            ),
            (["-Z", "-o", "p", "-o", "f", "a/x", "b/y"], "'p' is a pipe"),
            (["--parallel-max", "301", "a/x"], "301"),
            ([], "a URL is missing; usage: duet get"),
            (["-O", "--input", "urls"], "lines of --input take"),
            (["-d", "@-", "--input", "-"], "asked for 2 times"),
            (["-C", "-", "--input", "urls"], "urls: line 1: -C writes a file"),
            (["--segments", "2", "--input", "urls"], "line 1: --segments"),
        ],
    )
    def test_of_the_command_line(self, duet, get, words, said):
        subprocess.run(["mkfifo", duet.home / "p"], check=True)
        (duet.home / "urls").write_text("a.org/x\n", "utf-8")
        done = get(*words)
        assert done.exit == 2, done.err
        assert said in done.err
        assert not list(duet.home.glob("*.part"))

    @pytest.mark.parametrize(
        "text, code, said",
        [
            ("# no\n\n", 2, "no URL in that file"),
            ("a.org/x\nftp://b.org/\n", 2, "urls: line 2: 'ftp://b.org/' is"),
            ("a.org/x f\n#\na.org/y\tf\n", 2, "urls: line 3: two URLs would"),
            ("a.org/x -\n", 2, "urls: line 1: --json and the name '-'"),
            ("a.org/x\n\0\n", 26, "line 2: it has a NUL"),
            (None, 26, "'urls'"),
        ],
    )
    def test_of_a_file(self, duet, get, text, code, said):
        if text is not None:
            (duet.home / "urls").write_text(text, "utf-8")
        done = get("--json", "--input", "urls")
        assert done.exit == code, done.err
        assert said in done.err
        assert done.out == b""

    def test_one_alone_may_go_anywhere(self, get, identity):
        with Answers(server_context(identity), lambda _: answer(b"x")) as s:
            done = get("-Z", s.url)
        assert (done.exit, done.out) == (0, b"x")


@pytest.mark.parametrize("words", [["-C", "-"], ["--segments", "2"]])
def test_parts_go_to_the_names_of_all(duet, get, identity, words):
    """Wherever those come from."""
    with Answers(server_context(identity), lambda _: answer(b"x")) as s:
        (duet.home / "urls").write_text(f"{s.url}b\n{s.url}c d\n", "utf-8")
        words += ["--remote-name-all", "--input", "urls", s.url + "a"]
        done = get(*words)
    assert done.exit == 0, done.err
    for name in "abd":
        assert (duet.home / name).read_bytes() == b"x"


def test_a_line_may_have_a_name(duet, get, identity):
    def function(request):
        return answer(request.target.encode())

    with Answers(server_context(identity), function) as s:
        text = f"# names\r\n  {s.url}a \t two words \r\n{s.url}b\n{s.url}c c"
        (duet.home / "urls").write_text(text, "utf-8")
        done = get("--input", "urls", "-o", "first", s.url + "first")
    assert (done.exit, done.out) == (0, b"/b")
    assert (duet.home / "first").read_bytes() == b"/first"
    assert (duet.home / "two words").read_bytes() == b"/a"
    assert (duet.home / "c").read_bytes() == b"/c"
