# SPDX-License-Identifier: MIT
"""Places to listen that are given by options: what is wrong with them is said
by --check and at the start alike, and before anything is bound."""

import pytest

EXIT_USAGE = 2
EXIT_CONFIG = 78
FILE = """\
listen: ":18443"
http_redirect: ":18080"
admin: "127.0.0.1:19090"
sites: [ { root: site } ]
"""

FORMS = [
    (["-l", "18475"], "--listen: '18475' is no place to listen: that is"),
    (["-l", "localhost"], "'localhost' is no place to listen: it has to end"),
    (["-l", ""], "'' is no place to listen: it has to end in a port"),
    (["-l", ":99999"], "a port is a number from 0 to 65535"),
    (["-l", "unix:"], "the path is missing"),
    (["--http-redirect", "foo"], "--http-redirect: 'foo' is no place"),
]
TAKEN = [
    (["-l", ":8443", "--http-redirect", ":8443"], "':8443' of --listen"),
    (["-l", ":8443", "-l", "127.0.0.1:8443"], "':8443' of --listen"),
    (["-l", ":8443", "--admin", "[::1]:8443"], "':8443' of --listen"),
    (["--http-redirect", "127.0.0.1:8443"], "'localhost:8443' of --listen"),
]
BESIDE_A_FILE = [
    (["-l", "[::1]:18080"], "':18080' of 'http_redirect'"),
    (["-l", ":19090"], "'127.0.0.1:19090' of 'admin'"),
    (["--http-redirect", "[::]:18443"], "':18443' of 'listen'"),
    (["--admin", "localhost:18443"], "':18443' of 'listen'"),
]


def assert_is_said(duet, words, said):
    """Whether it is checked or started."""
    for more in [["--check"], []]:
        done = duet.run("serve", *words, *more, cwd=duet.home)
        assert (done.exit, done.out) == (EXIT_USAGE, b"")
        assert said in done.sentence
        assert done.err.count("\n") == 1


@pytest.mark.parametrize("words, said", FORMS)
def test_a_form_is_looked_at(duet, site, words, said):
    assert_is_said(duet, [site, *words], said)


@pytest.mark.parametrize("words, said", TAKEN)
def test_two_options_collide(duet, site, words, said):
    assert_is_said(duet, [site, *words], f"is taken by {said} already")


@pytest.mark.parametrize("words, said", BESIDE_A_FILE)
def test_an_option_collides_with_a_file(duet, site, words, said):
    del site
    (duet.home / "duet.yaml").write_text(FILE)
    said = f"is taken by {said} already"
    assert_is_said(duet, ["-c", "duet.yaml", *words], said)


def test_a_list_of_options_is_in_place_of_the_list_of_a_file(duet, site):
    del site
    (duet.home / "duet.yaml").write_text(FILE)
    words = ["-l", ":18444", "--http-redirect", ":18443", "--admin", "none"]
    done = duet.run(
        "serve", "--check", "-c", "duet.yaml", *words, cwd=duet.home
    )
    assert (done.exit, done.err) == (0, "")


def test_the_directory_of_an_admin_s_socket_is_looked_for(duet, site):
    del site
    text = FILE.replace("127.0.0.1:19090", "unix:nowhere/admin")
    (duet.home / "duet.yaml").write_text(text)
    done = duet.run("serve", "--check", "-c", "duet.yaml", cwd=duet.home)
    assert done.exit == 0
    assert "duet.yaml:3:8: warning: 'nowhere/admin': cannot make" in done.err


LONG = "x" * 104  # with what is before it, more than a socket's path may have


@pytest.mark.parametrize(
    "old, place",
    [
        ('":18443"', "1:9: 'unix:conf"),
        ('":18080"', "2:16: 'unix:conf"),
        ('"127.0.0.1:19090"', "3:8: 'unix:conf"),
    ],
)
@pytest.mark.parametrize("words", [["--check"], []])
def test_a_path_is_as_long_as_it_is_from_here(duet, site, old, place, words):
    del site
    (duet.home / "conf").mkdir()
    text = FILE.replace(old, f'"unix:{LONG}"').replace("site }", "../site }")
    (duet.home / "conf/duet.yaml").write_text(text)
    done = duet.run("serve", *words, "-c", "conf/duet.yaml", cwd=duet.home)
    assert done.exit == EXIT_CONFIG
    assert done.out == b""
    said = done.err.splitlines()[0]
    assert said.startswith(f"conf/duet.yaml:{place}/{LONG}' is no place")
    assert said.endswith("the path of a socket has 107 bytes at most")


@pytest.mark.parametrize("words", [["--check"], []])
def test_the_path_of_an_admin_s_socket_has_its_length(duet, site, words):
    del site
    text = FILE.replace("127.0.0.1:19090", f"unix:{'x' * 108}")
    (duet.home / "duet.yaml").write_text(text)
    done = duet.run("serve", *words, "-c", "duet.yaml", cwd=duet.home)
    assert done.exit == EXIT_CONFIG
    assert "duet.yaml:3:8: 'unix:xxx" in done.err
    assert "the path of a socket has 107 bytes at most" in done.err


@pytest.mark.parametrize(
    "words, said",
    [
        (["--admin", "192.0.2.1:9"], "--admin: '192.0.2.1:9' is no place"),
        (["--log", "nowhere/log"], "--log: 'nowhere/log': cannot make"),
        (["--cert", "nowhere"], "--cert: 'nowhere': cannot open"),
        (["nowhere"], "DIR: 'nowhere': cannot open"),
    ],
)
def test_what_an_option_says_is_in_no_line(duet, site, words, said):
    del site
    (duet.home / "duet.yaml").write_text(FILE)
    words = ["serve", "--check", "-c", "duet.yaml", *words]
    done = duet.run(*words, cwd=duet.home)
    assert done.exit == EXIT_CONFIG
    first, last = done.err.splitlines()
    assert first.startswith(f"duet serve: {said}")
    assert last.startswith("duet.yaml: 1 error; what depends on it")


def test_nor_is_what_is_hardly_meant(duet, site):
    del site
    (duet.home / "duet.yaml").write_text(FILE)
    words = ["-l", "unix:no/l", "--http-redirect", "unix:no/p"]
    words = ["serve", "--check", "-c", "duet.yaml", *words]
    done = duet.run(*words, "--admin", "unix:no/a", cwd=duet.home)
    assert done.exit == 0
    begins = [line.partition(": cannot")[0] for line in done.err.splitlines()]
    assert begins == [
        "duet serve: warning: --listen: 'no/l'",
        "duet serve: warning: --http-redirect: 'no/p'",
        "duet serve: warning: --admin: 'no/a'",
    ]
