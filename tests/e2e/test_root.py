# SPDX-License-Identifier: MIT
"""Nothing outside of the directory, and nothing in it that is hidden.

Beside the site lies a file of the same name as one in it, whose content no
reply may have.
"""

import os
import threading

import pytest

from conftest import FULL
from support.https import client
from support.wire import client_context, connect

SECRET = b"a secret that nobody may see\n"
PUBLIC = b"what everybody may see\n"


@pytest.fixture(name="server")
def fixture_server(duet, site, identity):
    """One worker, which keeps what it has found."""
    (site.parent / "outside").mkdir()
    (site.parent / "outside/file").write_bytes(SECRET)
    (site.parent / "secret").write_bytes(SECRET)
    (site / "dir/file").write_bytes(PUBLIC)
    (site / "dir/.hidden").write_bytes(SECRET)
    (site / ".git").mkdir()
    (site / ".git/config").write_bytes(SECRET)
    words = ["--cert", identity.chain_file, "--key", identity.key_file]
    with duet.serve(site, "--workers", 1, *words) as served:
        yield served


def raw(server, ca, target):
    """What comes back for these bytes."""
    with connect(server.port, client_context(ca.file)) as wire:
        wire.write(
            b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n"
            b"Connection: close\r\n\r\n"
        )
        return wire.read_all()


# Each would be one of the secrets, if it were taken for what it looks like.
TARGETS = [
    # up
    b"/../secret",
    b"/dir/../../secret",
    b"/dir/..//../secret",
    b"/./../secret",
    b"/dir/../../outside/file",
    # encoded
    b"/%2e%2e/secret",
    b"/%2E%2E/secret",
    b"/.%2e/secret",
    b"/dir/%2e%2e/%2e%2e/secret",
    b"/..%2fsecret",
    b"/dir%2f..%2f..%2fsecret",
    # twice
    b"/%252e%252e/secret",
    b"/%252e%252e%252fsecret",
    b"/..%252fsecret",
    b"/%25%32%65%25%32%65/secret",
    # NUL and other controls
    b"/dir/file%00/../../../secret",
    b"/..%00/secret",
    b"/%00../secret",
    b"/..%0a/secret",
    b"/..%0d%0a/secret",
    b"/..\x00/secret",
    # overlong UTF-8, and other ways of writing '.', '/' and '\'
    b"/%c0%ae%c0%ae/secret",
    b"/%c0%ae%c0%ae%c0%afsecret",
    b"/..%c0%afsecret",
    b"/%e0%80%ae%e0%80%ae/secret",
    b"/..%ef%bc%8fsecret",
    b"/%u002e%u002e/secret",
    b"/..\\secret",
    b"/..%5csecret",
    b"/\xc0\xae\xc0\xae/secret",
    # absolute, and as a URL
    b"//secret",
    b"/%2fetc/passwd",
    b"//etc/passwd",
    b"https://localhost/../secret",
    b"https://localhost/%2e%2e/secret",
    # parameters and queries
    b"/..;/secret",
    b"/..;x=y/secret",
    b"/missing?/../../secret",
    b"/dir/%3f/../../../secret",
    b"/dir/#/../../../secret",
    # hidden, whatever the spelling
    b"/.git/config",
    b"/%2egit/config",
    b"/%2Egit/config",
    b"/.GIT/config",
    b"/.well-known/../.git/config",
    b"/.well-known/.git/config",
    b"/dir/.hidden",
    b"/dir/%2ehidden",
    b"/dir/./.hidden",
    b"/DIR/../.git/config",
]


@pytest.mark.parametrize("target", TARGETS, ids=repr)
def test_no_spelling_leads_out(server, ca, target):
    reply = raw(server, ca, target)
    assert SECRET not in reply
    assert b"root:" not in reply
    assert reply.startswith(
        (b"HTTP/1.1 400 ", b"HTTP/1.1 404 ", b"HTTP/1.1 403 ")
    )


def test_letters_are_what_they_are(server, ca):
    assert raw(server, ca, b"/dir/file").endswith(PUBLIC)
    for target in (b"/DIR/file", b"/dir/FILE", b"/Dir/File"):
        assert raw(server, ca, target).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    "link, target",
    [
        ("link", "../secret"),
        ("dir/link", "../../secret"),
        ("link", "dir/../../secret"),
        ("link", "../site/../secret"),
        ("link", "../site/dir/file"),
        ("link", "/proc/self/root/etc/passwd"),
        ("link", "/proc/self/cwd"),
        ("link", "."),
        ("link", ".."),
        ("link", "link"),
    ],
)
def test_no_link_leads_out(server, ca, site, link, target):
    (site / link).symlink_to(target)
    (site / "absolute").symlink_to(site.parent / "secret")
    (site / "chain").symlink_to(link)
    with client(server, ca) as https:
        for name in (link, "absolute", "chain"):
            for rest in ("", "/secret", "/file", "/../secret"):
                for _ in range(3):
                    reply = https.ask(f"/{name}{rest}")
                    assert SECRET not in reply.body
                    assert b"root:" not in reply.body
                    assert reply.status in (301, 400, 404)


def test_a_link_to_the_key_is_not_there(server, ca, site, identity):
    os.link(identity.key_file, site / "hard")
    (site / "dir/fine").symlink_to("file")
    with client(server, ca) as https:
        for _ in range(3):
            assert https.ask("/dir/fine").body == PUBLIC
            assert https.ask("/hard").status == 404


class Racer(threading.Thread):
    """Does something over and over until it is told to stop."""

    def __init__(self, step):
        super().__init__()
        self.step = step
        self.over = threading.Event()
        self.turns = 0

    def run(self):
        while not self.over.is_set():
            self.step()
            self.turns += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def swap_for_a_link(site):
    """The directory, and a link to the one outside, in turn."""
    (site / "dir").rename(site / "real")
    (site / "dir").symlink_to("../outside")
    (site / "dir").unlink()
    (site / "real").rename(site / "dir")


def move_out_and_in(site):
    """What is inside is suddenly not."""
    (site / "dir").rename(site.parent / "dir")
    (site.parent / "dir").rename(site / "dir")


def turn_a_file(site):
    """The name of the file is that of a link out, in turn."""
    (site / "dir/new").symlink_to("../../outside/file")
    (site / "dir/new").rename(site / "dir/file")
    (site / "dir/new").write_bytes(PUBLIC)
    (site / "dir/new").rename(site / "dir/file")


@pytest.mark.parametrize(
    "step, target",
    [
        (swap_for_a_link, "/dir/file"),
        (move_out_and_in, "/up/dir/file"),
        (move_out_and_in, "/dir/up2"),
        (turn_a_file, "/dir/file"),
    ],
)
def test_no_moment_is_the_wrong_one(server, ca, site, step, target):
    """Renames race with every lookup."""
    (site / "sub").mkdir()
    (site / "up").symlink_to("sub/..")
    (site / "dir/up2").symlink_to("../dir/file")
    seen = {200: 0, 404: 0}
    with Racer(lambda: step(site)) as racer, client(server, ca) as https:
        while sum(seen.values()) < (20000 if FULL else 1500):
            reply = https.ask(target)
            assert reply.status in seen
            seen[reply.status] += 1
            assert SECRET not in reply.body
            if reply.status == 200:
                assert reply.body == PUBLIC
    assert racer.turns > 10
    assert seen[404] > 0
    assert raw(server, ca, target.encode()).endswith(PUBLIC)
