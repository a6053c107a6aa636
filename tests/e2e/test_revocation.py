# SPDX-License-Identifier: MIT
"""`duet get --revocation`: CRLs fetched from where certificates say they are.

What became of each situation in each mode is the table of duet-get(1).
"""

import contextlib
import ssl
import subprocess

import pytest

from support import crls, pki, ports
from support.answers import Answers, PlainAnswers, answer, fin, redirect
from support.listener import Listener
from support.wire import Wire, server_context

MODES = ("off", "soft", "hard")
PEER_CERT = 60
NOT_KNOWN = {
    "expired": ("expired", "is out of date, it was to be renewed by "),
    "wrong_scope": ("wrong_scope", "is another part of the issuer's list"),
    "wrong_signer": ("wrong_signer", "is not signed by that CA"),
    "unreachable": ("unreachable", "cannot be had: "),
    "slow": ("slow", "did not come within 300 ms"),
    "oversized": ("oversized", "is larger than 20000 bytes"),
}


class World:
    """A CA, a site that it vouches for, and its lists in a directory."""

    def __init__(self, work, base):
        self.base = base  # URL of the directory, with its slash
        self.directory = work / "lists"
        self.ca = pki.Authority(work, "Revoking CA")

    def publish(self, name, **what):
        """A list under that name."""
        path = self.directory / name
        path.write_bytes(crls.make(self.ca, **what))
        return path

    @contextlib.contextmanager
    def site(self, *urls, **more):
        """A server whose certificate names these CRLs: it, and the
        identity."""
        identity = self.ca.issue("localhost", crl_urls=urls, **more)
        context = server_context(identity)
        with Answers(context, lambda _: answer(b"hello\n")) as server:
            yield server, identity


@pytest.fixture(name="place")
def fixture_place(home):
    """Where lists lie."""
    (home / "lists").mkdir()
    return home


@contextlib.contextmanager
def by_nginx(duet, need):
    """nginx serves them."""
    root = duet.home / "lists"
    nginx = crls.OpenNginx(need("nginx"), duet.home, root, None)
    with nginx.running():
        yield f"http://127.0.0.1:{nginx.port}/"


LISTS = """\
listen: [ "127.0.0.1:0" ]
http_redirect: [ "127.0.0.1:0" ]
sites:
  - default: true
    names: [ localhost ]
    identities: [ {{ cert: {chain}, key: {key} }} ]
    root: lists
    insecure_http: {insecure}
"""


@contextlib.contextmanager
def by_duet(duet, identity, insecure="true"):
    """duet serve does; without insecure, plain HTTP is sent to HTTPS."""
    config = duet.home / "lists.yaml"
    config.write_text(
        LISTS.format(
            chain=identity.chain_file,
            key=identity.key_file,
            insecure=insecure,
        )
    )
    with duet.serve(f"--config={config}") as served:
        port = served.addresses[1].rpartition(":")[2]
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(name="world", params=["nginx", "duet"])
def fixture_world(request, duet, place, need, identity):
    """A CA whose lists one of them serves."""
    if request.param == "nginx":
        served = by_nginx(duet, need)
    elif request.param == "duet":
        served = by_duet(duet, identity)
    else:
        served = by_duet(duet, identity, insecure="false")
    with served as base:
        yield World(place, base)


@pytest.fixture(name="get")
def fixture_get(duet, ca, home):
    """One fetch that believes both CAs of this run."""

    def get(*words, **more):
        both = home / "both.pem"
        both.write_bytes(
            ca.file.read_bytes() + (home / "revoking-ca.pem").read_bytes()
        )
        return duet.get("--no-session", "--cacert", both, *words, **more)

    return get


def leaf(fetch):
    """What is said of the server's own certificate."""
    return fetch.json["revocation"][0]


def silent(sock):
    """Accepts and says nothing until the other side goes."""
    while sock.recv(4096):
        pass


def answer_hello(wire):
    """The server's half of a handshake, and no more."""
    while not wire.outgoing.pending:
        try:
            wire.tls.do_handshake()
        except ssl.SSLWantReadError:
            if not wire.outgoing.pending:
                wire.receive()
    wire.flush()


def arrange(world, stack, situation, identity_of):
    """Make the list that a situation is about; the URL it is at."""
    url = world.base + "1.crl"
    if situation == "unreachable":
        return f"http://127.0.0.1:{ports.reserve()}/1.crl"
    if situation == "slow":
        listener = stack.enter_context(Listener(silent))
        return f"http://127.0.0.1:{listener.port}/1.crl"
    what = {"count": 1000, "url": url}
    if situation == "expired":
        what["days"] = (-9, -2)
    if situation == "wrong_scope":
        what["url"] = world.base + "2.crl"
    if situation == "wrong_signer":
        what["signer"] = pki.new_key()
    identity_of["publish"] = what
    return url


SITUATIONS = ("good", "revoked", *NOT_KNOWN)


class TestVerdicts:
    """Eight situations, three modes."""

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("situation", SITUATIONS)
    def test_each_as_the_manual_has_it(self, world, get, situation, mode):
        options = ["--json", "--revocation", mode]
        if situation == "slow":
            options += ["--revocation-time", "0.3"]
        if situation == "oversized":
            options += ["--revocation-size", "20000"]
        with contextlib.ExitStack() as stack:
            wanted = {}
            url = arrange(world, stack, situation, wanted)
            server, identity = stack.enter_context(world.site(url))
            if wanted:
                revoked = [identity.cert] if situation == "revoked" else []
                world.publish("1.crl", revoked=revoked, **wanted["publish"])
            fetch = get(*options, server.url)
        self.check(fetch, situation, mode)

    @pytest.mark.parametrize("world", ["sent to https"], indirect=True)
    @pytest.mark.parametrize("situation", ["good", "revoked"])
    def test_a_redirect_to_https_is_followed(self, world, get, situation):
        self.test_each_as_the_manual_has_it(world, get, situation, "hard")

    def check(self, fetch, situation, mode):
        """Against the table."""
        if mode == "off":
            assert (fetch.exit, fetch.err) == (0, "")
            assert fetch.json["revocation"] is None
        elif situation == "good":
            assert (fetch.exit, fetch.err) == (0, "")
            assert leaf(fetch)["state"] == "good"
            assert leaf(fetch)["crl_number"] == "01"
        elif situation == "revoked":
            assert fetch.exit == PEER_CERT
            assert fetch.json["error"]["word"] == "revoked"
            assert (
                "its certificate was revoked by 'Revoking CA' 1 day ago, on "
                in fetch.sentence
            )
            assert "(its key was stolen)" in fetch.sentence
            assert leaf(fetch)["state"] == "revoked"
            assert leaf(fetch)["reason"] == "keyCompromise"
        else:
            self.check_not_known(fetch, situation, mode)

    def check_not_known(self, fetch, situation, mode):
        """Soft goes on and says so, hard does not."""
        doubt, words = NOT_KNOWN[situation]
        assert leaf(fetch)["state"] == "unknown"
        assert leaf(fetch)["doubt"] == doubt
        assert words in fetch.sentence
        assert leaf(fetch)["url"] in fetch.sentence
        if mode == "soft":
            assert fetch.exit == 0
            assert "duet get: warning: whether the server's" in fetch.sentence
        else:
            assert fetch.exit == PEER_CERT
            assert fetch.json["error"]["word"] == "no_current_crl"
            assert "warning:" not in fetch.sentence


class TestLists:
    """Lists of all sizes and shapes."""

    @pytest.mark.parametrize("part", [False, True], ids=["full", "part"])
    @pytest.mark.parametrize("count", [1000, 1000000])
    def test_one_of_many(self, world, get, count, part):
        url = world.base + "1.crl"
        what = {"count": count, "url": url if part else None}
        with world.site(url) as (server, identity):
            world.publish("1.crl", revoked=[identity.cert], **what)
            assert get(server.url).exit == PEER_CERT
        with world.site(url) as (server, _):
            fetch = get("--json", "--revocation", "hard", server.url)
        assert fetch.exit == 0, fetch.err
        assert leaf(fetch)["state"] == "good"


@pytest.fixture(name="lists")
def fixture_lists(place):
    """A CA whose lists Python serves: .requests tells who asked."""
    handlers = {}

    def serve(request):
        return handlers["function"](request)

    with PlainAnswers(serve) as server:
        world = World(place, server.url)
        world.requests = server.requests
        world.handlers = handlers
        handlers["function"] = lambda r: answer(
            (world.directory / r.target[1:]).read_bytes(), 'ETag: "1"'
        )
        yield world


class TestCache:
    """What is fetched is kept."""

    def test_a_second_run_asks_nobody(self, lists, get, duet):
        url = lists.base + "1.crl"
        lists.publish("1.crl", count=10)
        with lists.site(url) as (server, _):
            assert get("--revocation", "hard", server.url).exit == 0
            assert get("--revocation", "hard", server.url).exit == 0
        assert len(lists.requests) == 1
        directory = duet.home / ".cache/duet/crl"
        assert directory.stat().st_mode & 0o777 == 0o700
        kept = [p for p in directory.iterdir() if p.suffix == ".crl"]
        assert len(kept) == 1
        assert kept[0].stat().st_mode & 0o777 == 0o600
        assert not list(directory.glob("*.new"))

    def test_one_that_ran_out_is_asked_for_again(self, lists, get, duet):
        url = lists.base + "1.crl"
        with lists.site(url) as (server, identity):
            # It lists the certificate, so it is kept though it ran out.
            lists.publish("1.crl", revoked=[identity.cert])
            assert get(server.url).exit == PEER_CERT
            path = next((duet.home / ".cache/duet/crl").glob("*.crl"))
            kept = path.read_bytes()
            old = crls.make(lists.ca, days=(-9, -2))
            head = kept[:4096].replace(
                f"length: {len(kept) - 4096}\n".encode(),
                f"length: {len(old)}\n".encode(),
            )
            path.write_bytes(head.ljust(4096, b"\0")[:4096] + old)
            lists.handlers["function"] = lambda r: answer(
                b"", status="304 Not Modified"
            )
            fetch = get("--json", "--revocation", "hard", server.url)
            assert lists.requests[-1].fields["if-none-match"] == '"1"'
            assert leaf(fetch)["doubt"] == "expired"
            lists.handlers["function"] = lambda r: answer(
                crls.make(lists.ca, number=9)
            )
            fetch = get("--json", "--revocation", "hard", server.url)
            assert leaf(fetch)["crl_number"] == "09"

    @pytest.mark.parametrize("damage", ["short", "empty", "head", "body"])
    def test_a_damaged_file_is_fetched_anew(self, lists, get, duet, damage):
        url = lists.base + "1.crl"
        lists.publish("1.crl", count=10)
        with lists.site(url) as (server, _):
            assert get("--revocation", "hard", server.url).exit == 0
            path = next((duet.home / ".cache/duet/crl").glob("*.crl"))
            kept = path.read_bytes()
            path.write_bytes(
                {
                    "short": kept[:-7],
                    "empty": b"",
                    "head": b"x" + kept[1:],
                    "body": kept[:4100] + b"\xff" * 9 + kept[4109:],
                }[damage]
            )
            assert get("--revocation", "hard", server.url).exit == 0
        assert len(lists.requests) == 2
        assert path.read_bytes() == kept

    def test_many_processes_share_one_download(self, lists, duet, home):
        url = lists.base + "1.crl"
        lists.publish("1.crl", count=100000)
        with lists.site(url) as (server, _):
            argv = [duet.path, "get", "-s", "-S", "--revocation", "hard"]
            argv += ["--cacert", lists.ca.file, server.url]
            running = [
                subprocess.Popen(
                    [str(word) for word in argv],
                    env=duet.env,
                    cwd=home,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
                for _ in range(6)
            ]
            results = [p.communicate(timeout=60) for p in running]
        assert [p.returncode for p in running] == [0] * 6, results
        assert len(lists.requests) == 1
        names = sorted(p.suffix for p in (home / ".cache/duet/crl").iterdir())
        assert names == [".crl", ".lock"]

    def test_without_a_place_it_is_fetched_each_time(self, lists, get, duet):
        url = lists.base + "1.crl"
        lists.publish("1.crl", count=10)
        (duet.home / ".cache").write_text("no directory\n")
        with lists.site(url) as (server, _):
            for _ in range(2):
                assert get("--revocation", "hard", server.url).exit == 0
        assert len(lists.requests) == 2


class TestFetch:
    """How lists are asked for."""

    def test_places_in_turn(self, lists, get):
        away = f"http://127.0.0.1:{ports.reserve()}/1.crl"
        lists.publish("2.crl", count=10)
        urls = ("ldap://x.example/", away, lists.base + "2.crl")
        with lists.site(*urls) as (server, _):
            fetch = get("--json", "--revocation", "hard", server.url)
        assert fetch.exit == 0, fetch.err
        assert leaf(fetch)["url"] == urls[2]

    def test_https_only_is_not_asked(self, lists, get):
        with lists.site("https://localhost:1/x") as (server, _):
            soft = get("--json", server.url)
            hard = get("--revocation", "hard", server.url)
        assert (soft.exit, soft.err) == (0, "")
        assert leaf(soft)["doubt"] == "other_distribution_point"
        assert hard.exit == PEER_CERT
        assert "'URI:https://localhost:1/x', is not one" in hard.sentence

    def test_without_a_place_soft_is_quiet(self, lists, get):
        with lists.site() as (server, _):
            soft = get("--json", server.url)
            hard = get("--revocation", "hard", server.url)
        assert (soft.exit, soft.err) == (0, "")
        assert leaf(soft)["doubt"] == "no_distribution_point"
        assert hard.exit == PEER_CERT
        assert "it names no CRL of its issuer" in hard.sentence

    @pytest.mark.parametrize(
        "reply, words",
        [
            (answer(b"", status="404 Not Found"), "the server answers 404"),
            (answer(b"<html>\n"), "is not a CRL in DER, or damaged"),
            (answer(b""), "is empty"),
            (redirect("/1.crl"), "redirect"),
            ([answer(b"x" * 9, length=1000), fin], "cannot be had: "),
        ],
        ids=["404", "html", "empty", "circle", "cut"],
    )
    def test_what_is_not_a_list(self, lists, get, reply, words):
        lists.handlers["function"] = lambda _: reply
        with lists.site(lists.base + "1.crl") as (server, _):
            fetch = get("--revocation", "hard", server.url)
        assert fetch.exit == PEER_CERT
        assert words in fetch.sentence

    def test_a_server_without_patience_is_asked_again(self, lists, get):
        """It hangs up while its list is fetched: then the list is there."""
        url = lists.base + "1.crl"
        lists.publish("1.crl", count=10)
        first = []
        identity = lists.ca.issue("localhost", crl_urls=(url,))
        context = server_context(identity)

        def site(sock):
            wire = Wire(sock, context, server=True)
            if not first:
                first.append(sock)
                answer_hello(wire)
                return
            wire.handshake()
            wire.read_head()
            wire.write(answer(b"hello\n"))

        with Listener(site) as listener:
            fetch = get("--revocation", "hard", listener.url)
        assert fetch.exit == 0, fetch.err
        assert fetch.out == b"hello\n"

    def test_verbose_says_which_list(self, lists, get):
        lists.publish("1.crl", number=4660)
        with lists.site(lists.base + "1.crl") as (server, _):
            fetch = get("-v", server.url)
        assert (
            "* the server's certificate is not revoked, by the CRL number "
            f"1234 of {crls.days_ago(1)}" in fetch.err
        )


class TestOptions:
    """What does not go together."""

    @pytest.mark.parametrize(
        "words, sentence",
        [
            (["--crl", "x.crl", "--revocation", "soft"], "--crl gives"),
            (["-k", "--revocation", "hard"], "-k takes any"),
            (["--revocation", "maybe"], "one of off, soft or hard"),
        ],
    )
    def test_clashes(self, duet, words, sentence):
        fetch = duet.get(*words, "https://localhost:1/")
        assert fetch.exit == 2
        assert sentence in fetch.err
