# SPDX-License-Identifier: MIT
"""Places to listen that are given by options: what is wrong with them is said
by --check and at the start alike, and before anything is bound."""

import pytest

EXIT_USAGE = 2
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
