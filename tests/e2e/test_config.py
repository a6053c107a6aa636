# SPDX-License-Identifier: MIT
"""duet.yaml: what is wrong with one is said, exactly.

config/GROUP/NAME.yaml is a file, NAME.txt all that is said of it. Groups are
who finds it: the reading (syntax), the tables and so editors (shape), what
needs several values (sense), what needs the disk (files). fine is served.
"""

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from conftest import ROOT
from support import manual
from support.https import client
from support.pki import CLIENT

CASES = Path(__file__).parent / "config"
BAD = sorted(p for p in CASES.rglob("*.yaml") if p.parent.name != "fine")
FINE = sorted((CASES / "fine").glob("*.yaml"))
EXIT_CONFIG = 78
# Of "secret".
HASH = (
    "$6$rounds=1000$salt$HNxBeBnDfSfUrTj6KiLnmd7tGCvHEmc"
    "Exh8kl/S0cZ5WrCciNZgfhbpkeFQ4JfkHX.8vPq45lY0iINnCx1Lkm."
)


def by_name(path):
    """Of a case."""
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture(name="place")
def fixture_place(home, ca):
    """A directory with all that the files name."""
    (home / "www").mkdir()
    (home / "www/index.html").write_text("<!doctype html>\n")
    for name, names, more in [
        ("", ["a.org"], {}),
        ("other", ["a.org"], {}),
        ("wild", ["a.org", "*.a.org"], {}),
        ("expired", ["a.org"], {"days": (-9, -2)}),
        ("client", ["a.org"], {"usage": (CLIENT,)}),
        ("soon", ["a.org"], {"days": (-9, 13)}),
        ("weak", ["a.org"], {"bits": 1024}),
        ("rsa", ["a.org"], {"bits": 2048}),
    ]:
        identity = ca.issue(*names, **more)
        name = f"{name}-" if name else ""
        cert = f"{name.rstrip('-') or 'cert'}.pem"
        shutil.copy(identity.chain_file, home / cert)
        shutil.copy(identity.key_file, home / f"{name}key.pem")
    (home / "soon-key.pem").chmod(0o644)
    (home / "users").write_text(f"alice:{HASH}\n")
    return home


@pytest.fixture(name="schema")
def fixture_schema(duet):
    """As the program prints it."""
    done = duet.run("serve", "--schema")
    assert (done.exit, done.err) == (0, "")
    return json.loads(done.out)


def validator(schema):
    """Of files; the schema itself is right."""
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def without_dates(text):
    """Dates are of today."""
    text = re.sub(r"\(\d{4}-[^()]*\)", "(DATE)", text)
    return re.sub(r"on \d{4}-\S+ \S+ UTC", "on DATE", text)


MORE = re.compile(
    r"[^\n]*: (1 error; what depends on it|\d+ errors; what depends on them) "
    r"has not been looked at: check again when (it is|they are) mended\n"
)


def without_more(text):
    """Its last line, which --check has, says that there may be more."""
    found = list(MORE.finditer(text))
    assert len(found) == 1 and found[0].end() == len(text)
    return text[: found[0].start()]


def test_there_are_at_least_forty_wrong_ones():
    assert len(BAD) >= 40


@pytest.mark.parametrize("case", BAD, ids=by_name)
def test_what_is_wrong_is_said(duet, place, case):
    shutil.copy(case, place / case.name)
    done = duet.run("serve", "--check", "--config", case.name, cwd=place)
    found = without_more(done.err)
    assert without_dates(found) == case.with_suffix(".txt").read_text()
    assert (done.exit, done.out) == (EXIT_CONFIG, b"")
    if case.parent.name != "files":  # where it would make the log
        served = duet.run("serve", "--config", case.name, cwd=place)
        assert (served.exit, served.err) == (EXIT_CONFIG, found)


@pytest.mark.parametrize("case", FINE, ids=by_name)
def test_what_is_fine_is_served(duet, place, case):
    shutil.copy(case, place / case.name)
    before = sorted(place.rglob("*"))
    done = duet.run("serve", "--check", "--config", case.name, cwd=place)
    found = without_dates(done.err + done.out.decode())
    assert found == case.with_suffix(".txt").read_text()
    assert done.exit == 0
    assert sorted(place.rglob("*")) == before  # no log, no local CA
    with duet.serve(
        f"--config={case.name}", "--listen", "127.0.0.1:0"
    ) as served:
        assert served.stop()[0] == 0


@pytest.mark.parametrize(
    "case", [c for c in BAD if c.parent.name != "syntax"], ids=by_name
)
def test_editors_see_what_the_tables_refuse(schema, case):
    said = yaml.safe_load(case.read_text())
    is_valid = validator(schema).is_valid(said)
    assert is_valid == (case.parent.name != "shape")


@pytest.mark.parametrize("case", FINE, ids=by_name)
def test_editors_take_what_is_fine(schema, case):
    validator(schema).validate(yaml.safe_load(case.read_text()))


def test_the_schema_is_closed(schema):
    def check(part):
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            for value in part["properties"].values():
                assert value["description"]
                check(value)
        if part.get("type") == "array":
            check(part["items"])
        for one in part.get("anyOf", []):
            check(one)

    check(schema)


class TestManual:
    """duet.yaml(5)."""

    PAGE = ROOT / "doc/man/duet.yaml.5"

    def test_has_every_key_as_the_tables_do(self, schema):
        assert manual.keys(schema) in self.PAGE.read_text()

    @staticmethod
    def examples():
        """All that are a whole file, as a reader sees them."""
        found = re.findall(
            r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed",
            TestManual.PAGE.read_text(),
            re.M | re.S,
        )
        return [text for text in found if re.search("^sites:", text, re.M)]

    @pytest.fixture(name="named")
    def fixture_named(self, place, ca):
        """A directory with all that they name."""
        for name in (
            "example.org/team/press",
            "others",
            "default",
            "app",
            "pki/crl",
        ):
            (place / "srv/www" / name).mkdir(parents=True)
        for name in ("office/hours", "downloads"):
            (place / "srv/www/example.org" / name).mkdir(parents=True)
        for page in ("app/index.html", "app/404.html", "example.org/404.html"):
            (place / "srv/www" / page).write_text("<!doctype html>\n")
        (place / "srv/downloads").mkdir()
        (place / "var/log/duet").mkdir(parents=True)
        (place / "etc/duet/example.org").mkdir(parents=True)
        (place / "run/duet").mkdir(parents=True)
        (place / "public").mkdir()
        (place / "etc/duet/users").write_text(f"alice:{HASH}\n")
        names = ["example.org", "*.example.org", "localhost"]
        for kind, bits in [("ecdsa", None), ("rsa", 2048)]:
            identity = ca.issue(*names, bits=bits)
            base = place / "etc/duet"
            for where in (place, base, base / "example.org"):
                kept = f"{kind}-" if where.name == "example.org" else ""
                shutil.copy(identity.chain_file, where / f"{kept}chain.pem")
                shutil.copy(identity.key_file, where / f"{kept}key.pem")
            shutil.copy(identity.both_file, base / "wildcard.pem")
        return place

    @staticmethod
    def write(named, text):
        """With what it names."""
        path = named / "example.yaml"
        path.write_text(re.sub(r"(?<![\w.])/(srv|etc|var|run)/", r"\1/", text))
        return path

    def test_has_examples(self):
        assert len(self.examples()) == 8

    @pytest.mark.parametrize("number", range(8))
    def test_has_examples_that_are_fine(self, duet, named, schema, number):
        text = self.examples()[number]
        said = yaml.safe_load(text)
        validator(schema).validate(said)
        path = self.write(named, text)
        done = duet.run("serve", "--check", "--config", path, cwd=named)
        assert (done.exit, done.err) == (0, "")
        sites = said["sites"]
        identities = sum(len(s.get("identities", [0])) for s in sites)
        counts = [
            f"{n} {noun if n == 1 else nouns}"
            for n, noun, nouns in (
                (len(sites), "site", "sites"),
                (identities, "identity", "identities"),
            )
        ]
        assert done.out.decode() == f"{path}: fine: {', '.join(counts)}\n"

    def test_has_an_example_that_protects(self, duet, named, ca):
        (text,) = [text for text in self.examples() if "auth:" in text]
        path = self.write(named, text.replace("[ example.org ]", "localhost"))
        word = base64.b64encode(b"alice:secret").decode()
        alice = {"Authorization": f"Basic {word}"}
        with duet.serve(f"--config={path}", "--listen=127.0.0.1:0") as served:
            for target, fields, source, status in (
                ("/team/", {}, 1, 401),
                ("/team/x", alice, 1, 404),
                ("/team/press/x", {}, 1, 404),
                ("/team/press", {}, 1, 301),
                ("/office/x", {}, 1, 404),
                ("/office/x", {}, 2, 403),
                ("/office/hours/x", {}, 2, 404),
                ("/downloads/x", {}, 2, 404),
            ):
                with client(served, ca) as found:
                    address = (f"127.0.0.{source}", 0)
                    found.connection.source_address = address
                    assert found.ask(target, **fields).status == status
            assert served.stop()[0] == 0


def test_the_file_of_the_readme_is_fine(duet, place, schema, ca):
    text = (ROOT / "README.md").read_text()
    (text,) = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    identity = ca.issue("example.org", "www.example.org")
    shutil.copy(identity.chain_file, place / "chain.pem")
    shutil.copy(identity.key_file, place / "key.pem")
    (place / "public/private").mkdir(parents=True)
    word = ["openssl", "passwd", "-6", "-salt", "a", "secret"]
    made = subprocess.run(word, capture_output=True, text=True, check=True)
    (place / "users").write_text(f"alice:{made.stdout}")
    (place / "duet.yaml").write_text(text)
    validator(schema).validate(yaml.safe_load(text))
    done = duet.run("serve", "--check", "-c", "duet.yaml", cwd=place)
    assert (done.exit, done.err) == (0, "")


class TestOptions:
    """What is given as an option goes before what the file says."""

    TEXT = """\
listen: [ "127.0.0.1:0", "127.0.0.1:0" ]
log: { file: a.log }
sites:
  - names: [ localhost ]
    default: true
    root: www
"""

    @pytest.fixture(name="path")
    def fixture_path(self, place):
        """Of a file with one site."""
        (place / "new").mkdir()
        (place / "new/index.html").write_text("new\n")
        (place / "duet.yaml").write_text(self.TEXT)
        return place / "duet.yaml"

    def test_a_list_replaces_that_of_the_file(self, duet, path):
        with duet.serve(f"--config={path}") as served:
            assert len(served.addresses) == 2
        with duet.serve(
            f"--config={path}", "--listen", "127.0.0.1:0"
        ) as served:
            assert len(served.addresses) == 1

    def test_paths_of_the_file_are_beside_it(self, duet, path, place):
        with duet.serve(f"--config={path}", "--log", "b.log"):
            assert (place / "b.log").exists()
            assert not (place / "a.log").exists()
        process = subprocess.run(
            [duet.path, "serve", "--check", f"--config={path}"],
            cwd="/",
            env=duet.env,
            capture_output=True,
            check=True,
        )
        assert b"1 site, 1 identity" in process.stdout

    def test_the_only_site_takes_dir_and_cert(self, duet, path, place, ca):
        with duet.serve(
            f"--config={path}", "new", "--cert", "cert.pem", "--key", "key.pem"
        ) as served:
            url = f"https://a.org:{served.port}/"
            got = duet.get(
                *("--cacert", ca.file, url),
                *("--resolve", f"a.org:{served.port}:127.0.0.1"),
            )
            assert (got.exit, got.out) == (0, b"new\n"), got.err

    def test_of_several_sites_none_takes_them(self, duet, path):
        path.write_text(
            self.TEXT
            + "  - names: [ a.org ]\n    root: www\n"
            + "    identities: [ { cert: cert.pem, key: key.pem } ]\n"
        )
        done = duet.run("serve", "--config", path, "new")
        assert done.exit == 2
        assert f"DIR is of one site, and '{path}' has 2" in done.sentence

    def test_a_number_of_nothing_is_refused(self, duet, path):
        path.write_text("isolation: connection\n" + self.TEXT)
        done = duet.run("serve", "--check", "--config", path, "-w", "2")
        assert done.exit == 2
        assert "add --isolation worker" in done.sentence
        words = ("-w", "2", "--isolation", "worker")
        done = duet.run("serve", "--check", "--config", path, *words)
        assert (done.exit, done.err) == (0, "")

    def test_a_file_that_is_not_there(self, duet):
        done = duet.run("serve", "--config", "absent.yaml")
        assert done.exit == 1
        assert "'absent.yaml'" in done.sentence

    def test_a_second_file_is_refused(self, duet, place):
        done = duet.run("serve", "-c", "a.yaml", "-c", "b.yaml", cwd=place)
        assert done.exit == 2
        assert "--config is there 2 times, 'a.yaml' and" in done.sentence

    def test_a_directory_can_be_checked_too(self, duet, place):
        done = duet.run("serve", "--check", "www", cwd=place)
        assert (done.exit, done.err) == (0, "")
        assert done.out == b"www: fine: 1 site, 1 identity\n"
        done = duet.run("serve", "--check", "nowhere", cwd=place)
        assert done.exit == EXIT_CONFIG
        assert "'nowhere': cannot open the directory" in done.sentence
        words = ("--cert", "no.pem", "--log", "nowhere/a.log")
        done = duet.run("serve", "--check", "nowhere", *words, cwd=place)
        assert done.exit == EXIT_CONFIG
        said = [line.split(": ")[1] for line in done.err.splitlines()]
        assert said == ["'nowhere'", "'nowhere/a.log'", "'no.pem'"]

    def test_doubts_are_said_without_a_file_too(self, duet, place):
        words = ("--cert", "client.pem", "--key", "client-key.pem")
        done = duet.run("serve", "--check", "www", *words, cwd=place)
        assert done.exit == 0
        assert "warning: 'client.pem'" in done.err
        assert done.out == b"www: fine: 1 site, 1 identity\n"
