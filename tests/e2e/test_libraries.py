# SPDX-License-Identifier: MIT
"""Foreign libraries that are opened when they are first needed.

A fetch that needs none of them does not pay for them; whoever packs the
program finds their names in its notes; and one that is missing at run time is
told in words by what needs it, and by nothing else.
"""

import json
import os
import re
import shutil
import subprocess

import pytest

# The notes name what pkg-config's packages link with, by these names.
PACKAGES = {
    "psl": "libpsl",
    "idn2": "libidn2",
    "brotlidec": "libbrotlidec",
    "brotlienc": "libbrotlienc",
    "zstd": "libzstd",
    "unzstd": "libzstd",
    "libcrypt": "libxcrypt",
}


@pytest.fixture(name="notes")
def fixture_notes(duet):
    """{feature: soname}, as the ELF notes of the program have it."""
    done = subprocess.run(
        ["readelf", "-p", ".note.dlopen", duet.path],
        capture_output=True,
        text=True,
        check=True,
    )
    found = {}
    for text in re.findall(r"(\[\{.*?\}\])", done.stdout):
        (note,) = json.loads(text)
        (found[note["feature"]],) = note["soname"]
    return found


def needed(path):
    """What the loader brings in before main()."""
    text = subprocess.check_output(["readelf", "-d", path], text=True)
    return re.findall(r"\(NEEDED\).*\[(.*)\]", text)


@pytest.fixture(name="without")
def fixture_without(duet, home, notes):
    """without(feature): from now on that library is not one."""

    def hide(feature):
        directory = home / "broken-libraries"
        directory.mkdir(exist_ok=True)
        (directory / notes[feature]).write_bytes(b"not a library")
        duet.env["LD_LIBRARY_PATH"] = str(directory)

    return hide


def test_notes_name_the_libraries_that_headers_were_of(duet, notes, home):
    assert sorted(notes) == sorted(PACKAGES)
    for feature, package in PACKAGES.items():
        flags = subprocess.check_output(
            ["pkg-config", "--libs", package], text=True
        ).split()
        linked = home / f"{feature}.so"
        subprocess.run(
            [shutil.which("cc"), "-shared", "-xc", "/dev/null", "-o", linked]
            + ["-Wl,--no-as-needed", *flags],
            check=True,
        )
        assert notes[feature] in needed(linked)
    assert not set(notes.values()) & set(needed(duet.path))


def test_a_plain_fetch_opens_none_of_them(duet, site, notes):
    with duet.serve(site) as served:
        duet.env["LD_DEBUG"] = "files"
        done = duet.get(served.url + "small.txt")
    assert (done.exit, done.out) == (0, b"a small file\n")
    assert "libssl" in done.err
    for soname in notes.values():
        assert soname not in done.err


def test_cookies_without_libpsl_are_refused_in_words(duet, site, without):
    with duet.serve(site) as served:
        without("psl")
        assert duet.get(served.url + "small.txt").exit == 0
        done = duet.get("-c", "jar", served.url + "small.txt")
    assert done.exit == 26
    assert "libpsl.so" in done.sentence and "install it" in done.sentence
    assert not (duet.home / "jar").exists()


def test_a_name_beyond_ascii_without_libidn2_is_refused_in_words(
    duet, without
):
    without("idn2")
    done = duet.get("https://b\u00fccher.example/")
    assert done.exit == 3
    assert "libidn2" in done.sentence and "xn--" in done.sentence


@pytest.mark.parametrize(
    "coding, feature", [("br", "brotlidec"), ("zstd", "unzstd")]
)
def test_a_coding_without_its_library_is_told(
    duet, site, notes, without, coding, feature
):
    beside = site / f"page.html.{'zst' if coding == 'zstd' else coding}"
    (site / "page.html").write_text("x" * 5000)
    beside.write_bytes(b"encoded")
    later = os.stat(site / "page.html").st_mtime + 10
    os.utime(beside, (later, later))
    with duet.serve(site) as served:
        without(feature)
        done = duet.get(
            *("--compressed", "-H", f"Accept-Encoding: {coding}"),
            served.url + "page.html",
        )
    assert done.exit == 1, done.err
    assert notes[feature] in done.sentence


def test_a_server_that_cannot_encode_says_so_and_serves(duet, site, without):
    without("brotlienc")
    with duet.serve(site) as served:
        done = duet.get(served.url + "small.txt")
        assert served.stop()[0] == 0
    assert (done.exit, done.out) == (0, b"a small file\n")
    assert "libbrotlienc.so" in duet.errors()
    assert "files are sent as they are" in duet.errors()


def test_passwords_without_libcrypt_are_not_taken(duet, site, home, without):
    (home / "users").write_text(f"alice:$6$salt${'x' * 86}\n")
    (home / "duet.yaml").write_text(
        "listen: 127.0.0.1:0\n"
        f"sites: [ {{ names: [localhost], root: {site}, "
        f"auth: {{ users: {home / 'users'} }} }} ]\n"
    )
    without("libcrypt")
    done = duet.run("serve", "--check", "-c", home / "duet.yaml")
    assert done.exit == 78
    assert "libcrypt.so" in done.err and "install it" in done.err
