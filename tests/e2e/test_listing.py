# SPDX-License-Identifier: MIT
"""`duet serve --list`: what is listed, in which order and form."""

import base64
import hashlib
import json
import os
import re
import socket
import subprocess
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from conftest import FULL
from support.https import client

HTML = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; style-src '{}'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
NOT_SHOWN = "\N{REPLACEMENT CHARACTER}"
# Bytes of a name: what is to be read of it.
HOSTILE = {
    b"<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
    b"\"><script>alert('1')": "\"><script>alert('1')",
    b"a&lt;b&amp": "a&lt;b&amp",
    b"http:": "http:",
    b"https:example.org": "https:example.org",
    b"javascript:alert(1)": "javascript:alert(1)",
    b"  two  blanks  ": "  two  blanks  ",
    b"%41%2e%2e%2f": "%41%2e%2e%2f",
    b"?sort=size": "?sort=size",
    b"#top": "#top",
    b"..b\\c": None,  # begins with a dot
    b"b\\..\\c": "b\\..\\c",
    b"a;b=c,d@e:f": "a;b=c,d@e:f",
    b"\xff\xfe": 2 * NOT_SHOWN,
    b"lat\xe9n": f"lat{NOT_SHOWN}n",
    b"\xc2\x9b31m": 2 * NOT_SHOWN + "31m",  # a C1 control
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe".encode(): NOT_SHOWN + "gpj.exe",
    "é ü 漢字 \N{PILE OF POO}".encode(): "é ü 漢字 \N{PILE OF POO}",
    b"x" * 255: "x" * 255,
    b'"' * 255: '"' * 255,
    b"\xe9" * 255: 255 * NOT_SHOWN,
    b"new\nline": None,
    b"\x1b[31mred": None,
    b"\x7f": None,
}


class Page(HTMLParser):
    """What a listing's markup says."""

    def __init__(self, body):
        super().__init__()
        self.links = []  # (where, text) of the table's rows
        self.sorts = {}  # column: (aria-sort, where its link leads)
        self.ways = []  # other links
        self.style = ""
        self.texts = {}  # by tag
        self.path = []  # open elements
        self.cell = {}
        self.feed(body.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "meta":
            return
        self.path.append(tag)
        if tag == "th":
            self.cell = attrs
        if tag == "a":
            self.begin_link(attrs)

    def begin_link(self, attrs):
        """It is closed by its text."""
        if "tbody" in self.path:
            self.links.append([attrs["href"], ""])
        elif "thead" in self.path:
            key = re.search(r"sort=(\w+)", attrs["href"]).group(1)
            self.sorts[key] = (self.cell.get("aria-sort"), attrs["href"])
        else:
            self.ways.append(attrs["href"])

    def handle_endtag(self, tag):
        assert self.path.pop() == tag, f"</{tag}> is not open"

    def handle_data(self, data):
        tag = self.path[-1] if self.path else ""
        self.texts[tag] = self.texts.get(tag, "") + data
        if "tbody" in self.path and "a" in self.path:
            self.links[-1][1] += data

    def close(self):
        super().close()
        assert not self.path, f"not closed: {self.path}"

    @property
    def names(self):
        """As they are shown."""
        return [text for _, text in self.links]


def write(path, size=0, date=784111777):
    """A file of that size, mostly holes."""
    with open(path, "wb") as file:
        file.truncate(size)
    os.utime(path, (date, date))


@pytest.fixture(name="root")
def fixture_root(home):
    """A directory to be served, with one that has an index."""
    root = home / "listed"
    (root / "sub/inner").mkdir(parents=True)
    (root / "index").mkdir()
    (root / "index/index.html").write_text("<title>it</title>")
    write(root / "b.txt", 1432981, 784111777)
    write(root / "A.txt", 17, 784111779)
    write(root / "c.txt", 1000, 784111778)
    os.utime(root / "sub", (2, 2))
    os.utime(root / "index", (3, 3))
    return root


@pytest.fixture(name="server")
def fixture_server(duet, root, identity):
    """One that lists it."""
    words = ["--cert", identity.chain_file, "--key", identity.key_file]
    with duet.serve(root, "--list", *words) as served:
        yield served


@pytest.fixture(name="https")
def fixture_https(server, ca):
    """A connection to it."""
    with client(server, ca) as https:
        yield https


class TestWhatIsListed:
    """Names, and where their links lead."""

    def test_without_the_option_nothing(self, duet, root, identity, ca):
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        with duet.serve(root, *words) as served, client(served, ca) as https:
            reply = https.ask("/")
        assert reply.status == 403
        assert b"directories are not listed" in reply.body
        assert b"--list" not in reply.body

    def test_a_directory_with_an_index_is_its_index(self, https):
        assert https.ask("/index/").body == b"<title>it</title>"

    def test_every_entry_with_its_facts(self, https):
        reply = https.ask("/")
        assert reply.status == 200
        assert reply["Content-Type"] == HTML
        page = Page(reply.body)
        assert page.names == ["index/", "sub/", "A.txt", "b.txt", "c.txt"]
        assert b'title="1,432,981 bytes">1.4 MB<' in reply.body
        assert b'<time datetime="1994-11-06T08:49:37Z">' in reply.body
        assert page.texts["title"] == "Index of /"
        assert b"2 directories, 3 files, " in reply.body

    def test_a_directory_without_its_slash_is_redirected(self, https):
        reply = https.ask("/sub?sort=size")
        assert (reply.status, reply["Location"]) == (301, "/sub/?sort=size")

    def test_below_leads_up(self, https):
        page = Page(https.ask("/sub/inner/").body)
        assert page.ways == ["../../", "../", "./", "../"]
        assert [urljoin("/sub/inner/", way) for way in page.ways] == [
            "/",
            "/sub/",
            "/sub/inner/",
            "/sub/",
        ]

    def test_hostile_names_are_read_and_lead_to_their_files(self, https, root):
        where = os.fsencode(root / "sub/inner")
        for name in HOSTILE:
            with open(where + b"/" + name, "wb") as file:
                file.write(b"I am " + name)
        expected = {
            text: name for name, text in HOSTILE.items() if text is not None
        }
        page = Page(https.ask("/sub/inner/").body)
        assert sorted(page.names) == sorted(expected)
        for href, text in page.links:
            # as a browser resolves it
            target = urljoin("https://localhost/sub/inner/", href)
            assert target.startswith("https://localhost/sub/inner/")
            reply = https.ask(target.removeprefix("https://localhost"))
            assert reply.status == 200
            assert reply.body == b"I am " + expected[text]

    def test_what_is_not_served_is_not_listed(self, https, root):
        inner = root / "sub/inner"
        write(inner / ".hidden")
        (inner / ".git").mkdir()
        os.mkfifo(inner / "fifo")
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(str(inner / "socket"))
        (inner / "out").symlink_to("/etc")
        (inner / "out2").symlink_to("../../../serve.log")
        (inner / "nowhere").symlink_to("missing")
        (inner / "round").symlink_to("round")
        (inner / "link").symlink_to("../../b.txt")
        (inner / "dirlink").symlink_to("..")
        page = Page(https.ask("/sub/inner/").body)
        assert page.names == ["dirlink/", "link"]
        for href, _ in page.links:
            path = urljoin("/sub/inner/", href)
            assert https.ask(path).status == 200

    def test_a_key_that_a_link_leads_to_is_not_listed(
        self, duet, root, identity, ca
    ):
        # a link at which the name of the key does not show
        key = root / "sub/inner/innocent"
        key.write_text(identity.key_file.read_text())
        alias = duet.home / "key.pem"
        os.link(key, alias)
        words = ["--cert", identity.chain_file, "--key", alias]
        with duet.serve(root, "--list", *words) as served:
            with client(served, ca) as https:
                assert https.ask("/sub/inner/innocent").status == 404
                page = Page(https.ask("/sub/inner/").body)
        assert page.names == []

    def test_a_directory_that_leads_out_is_not_there(self, https, root):
        (root / "out").symlink_to("/etc")
        assert https.ask("/out/").status == 404

    def test_well_known_is_listed_if_asked_for(self, https, root):
        (root / ".well-known").mkdir()
        write(root / ".well-known/security.txt")
        assert ".well-known/" not in Page(https.ask("/").body).names
        page = Page(https.ask("/.well-known/").body)
        assert page.names == ["security.txt"]

    def test_an_empty_directory_says_so(self, https):
        reply = https.ask("/sub/inner/")
        assert b"There is nothing in it to see." in reply.body
        assert b"<table" not in reply.body

    def test_more_than_ten_thousand_are_not_all(self, https, root):
        inner = root / "sub/inner"
        write(inner / "file")
        for i in range(10000):
            os.link(inner / "file", inner / f"{i:05}")
        reply = https.ask("/sub/inner/")
        assert len(Page(reply.body).names) == 10000
        assert b"This is not all" in reply.body
        found = https.ask("/sub/inner/", Accept="application/json").body
        assert json.loads(found)["complete"] is False
        (inner / "file").unlink()
        reply = https.ask("/sub/inner/")
        assert len(Page(reply.body).names) == 10000
        assert b"This is not all" not in reply.body


class TestOrder:
    """The links of the table's head, and what they lead to."""

    @pytest.mark.parametrize(
        "query, names",
        [
            ("?sort=name&order=asc", "index/ sub/ A.txt b.txt c.txt"),
            ("?sort=name&order=desc", "sub/ index/ c.txt b.txt A.txt"),
            ("?sort=size&order=asc", "index/ sub/ A.txt c.txt b.txt"),
            ("?sort=size&order=desc", "index/ sub/ b.txt c.txt A.txt"),
            ("?sort=date&order=asc", "sub/ index/ b.txt c.txt A.txt"),
            ("?sort=date&order=desc", "index/ sub/ A.txt c.txt b.txt"),
            ("?sort=size", "index/ sub/ A.txt c.txt b.txt"),
            ("?order=desc", "sub/ index/ c.txt b.txt A.txt"),
            ("?", "index/ sub/ A.txt b.txt c.txt"),
            ("?sort=colour&x=y", "index/ sub/ A.txt b.txt c.txt"),
        ],
    )
    def test_is_that_of_the_query(self, https, query, names):
        assert Page(https.ask("/" + query).body).names == names.split()

    def test_is_told_and_can_be_turned_by_every_column(self, https):
        page = Page(https.ask("/").body)
        assert page.sorts["name"][0] == "ascending"
        for key in ("date", "size", "name"):
            page = Page(https.ask("/" + page.sorts[key][1]).body)
            first = page.names
            told = {k: told for k, (told, _) in page.sorts.items() if told}
            assert told == {key: "ascending"}
            page = Page(https.ask("/" + page.sorts[key][1]).body)
            told = {k: told for k, (told, _) in page.sorts.items() if told}
            assert told == {key: "descending"}
            assert page.names[2:] == first[:1:-1]


class TestJson:
    """For programs."""

    def test_has_every_entry(self, https):
        reply = https.ask("/?sort=size", Accept="application/json")
        assert reply["Content-Type"] == "application/json"
        assert json.loads(reply.body) == {
            "path": "/",
            "complete": True,
            "entries": [
                {
                    "name": "index",
                    "href": "./index/",
                    "type": "directory",
                    "size": None,
                    "modified": "1970-01-01T00:00:03Z",
                },
                {
                    "name": "sub",
                    "href": "./sub/",
                    "type": "directory",
                    "size": None,
                    "modified": "1970-01-01T00:00:02Z",
                },
                {
                    "name": "A.txt",
                    "href": "./A.txt",
                    "type": "file",
                    "size": 17,
                    "modified": "1994-11-06T08:49:39Z",
                },
                {
                    "name": "c.txt",
                    "href": "./c.txt",
                    "type": "file",
                    "size": 1000,
                    "modified": "1994-11-06T08:49:38Z",
                },
                {
                    "name": "b.txt",
                    "href": "./b.txt",
                    "type": "file",
                    "size": 1432981,
                    "modified": "1994-11-06T08:49:37Z",
                },
            ],
        }

    def test_survives_hostile_names(self, https, root):
        where = os.fsencode(root / "sub/inner")
        for name in HOSTILE:
            with open(where + b"/" + name, "wb") as file:
                file.write(b"I am " + name)
        body = https.ask("/sub/inner/", Accept="application/json").body
        found = json.loads(body)
        expected = {
            text: name for name, text in HOSTILE.items() if text is not None
        }
        assert {e["name"] for e in found["entries"]} == set(expected)
        for entry in found["entries"]:
            reply = https.ask(urljoin("/sub/inner/", entry["href"]))
            assert reply.body == b"I am " + expected[entry["name"]]

    def test_of_curl(self, need, server, ca):
        words = ["-sS", "--cacert", ca.file, server.url, "-H"]
        words += ["Accept: application/json"]
        body = subprocess.check_output([need("curl"), *words], timeout=60)
        assert len(json.loads(body)["entries"]) == 5


class TestForm:
    """RFC 9110 s12.5.1, and RFC 9457 for what went wrong."""

    BROWSER = (
        "text/html,application/xhtml+xml,application/xml;q=0.9,"
        "image/avif,image/webp,*/*;q=0.8"
    )

    @pytest.mark.parametrize(
        "accept, listing, error",
        [
            (BROWSER, HTML, HTML),
            ("*/*", HTML, "text/plain; charset=utf-8"),
            ("text/plain", HTML, "text/plain; charset=utf-8"),
            ("image/png", HTML, "text/plain; charset=utf-8"),
            ("text/html", HTML, HTML),
            ("text/html;q=0", HTML, "text/plain; charset=utf-8"),
            ("text/html;q=0, */*", "application/json", None),
            (
                "application/json",
                "application/json",
                "application/problem+json",
            ),
            (
                "application/problem+json",
                HTML,
                "application/problem+json",
            ),
            (
                "text/html;q=0.5, application/json;q=0.6",
                "application/json",
                "application/problem+json",
            ),
            ("text/html;q=0.6, application/json;q=0.5", HTML, HTML),
        ],
    )
    def test_is_what_is_liked_best(self, https, accept, listing, error):
        for method in ("GET", "HEAD"):
            reply = https.ask("/", method, Accept=accept)
            assert reply.status == 200
            assert reply["Content-Type"] == listing
            assert reply["Vary"] == "Accept"
            reply = https.ask("/missing", method, Accept=accept)
            assert reply.status == 404
            assert error is None or reply["Content-Type"] == error
            assert reply["Vary"] == "Accept"
            assert reply["X-Content-Type-Options"] == "nosniff"

    def test_without_accept_is_for_people(self, https):
        https.connection.putrequest("GET", "/")
        https.connection.endheaders()
        reply = https.connection.getresponse()
        assert reply.headers["Content-Type"] == HTML
        reply.read()

    def test_of_an_error_in_json(self, https):
        reply = https.ask('/no"thing?<b>', Accept="application/json")
        assert reply.status == 404
        assert json.loads(reply.body) == {
            "type": "about:blank",
            "status": 404,
            "title": "Not Found",
            "detail": "there is nothing of that name here.",
            "target": '/no"thing?<b>',
            "request": reply["Request-Id"],
        }

    def test_of_an_error_as_a_page(self, https):
        reply = https.ask("/<i>&amp", Accept="text/html")
        assert reply.status == 404
        page = Page(reply.body)
        assert page.texts["title"] == "404 Not Found"
        assert page.texts["p"] == "there is nothing of that name here."
        assert page.texts["bdi"] == "/<i>&amp" + reply["Request-Id"]
        assert page.ways == ["/"]


class TestFields:
    """Of a listing, and of an error's page."""

    @pytest.mark.parametrize("target", ["/", "/sub/inner/", "/missing"])
    def test_policy_allows_the_style_and_no_more(self, https, target):
        reply = https.ask(target, Accept="text/html")
        style = re.search("<style>(.*?)</style>", reply.body.decode(), re.S)
        digest = hashlib.sha256(style.group(1).encode()).digest()
        source = "sha256-" + base64.b64encode(digest).decode()
        assert reply["Content-Security-Policy"] == POLICY.format(source)
        assert reply["X-Content-Type-Options"] == "nosniff"

    def test_nothing_is_embedded(self, https):
        for target in ("/", "/missing"):
            body = https.ask(target, Accept="text/html").body.decode()
            assert not re.search("(?i)<(script|img|link|iframe|form)", body)
            assert not re.search(r"(?i)\b(src|style|on\w+)=|url\(|@im", body)

    def test_to_head_are_those_to_get(self, https):
        for accept in ("text/html", "application/json"):
            got = https.ask("/", Accept=accept)
            head = https.ask("/", "HEAD", Accept=accept)
            assert head.status == 200
            assert head.body == b""
            same = [dict(r.headers.items()) for r in (got, head)]
            for fields in same:
                del fields["Date"]
            assert same[0] == same[1]

    def test_other_methods_are_refused(self, https):
        reply = https.ask("/", "POST", b"")
        assert (reply.status, reply["Allow"]) == (405, "GET, HEAD")

    def test_a_tag_is_good_as_long_as_nothing_has_changed(self, https, root):
        reply = https.ask("/")
        assert re.fullmatch(r'W/"[0-9a-f]{16}"', reply["ETag"])
        assert reply["Cache-Control"] == "no-cache"
        assert reply["Last-Modified"] is None
        for method in ("GET", "HEAD"):
            again = https.ask("/", method, If_None_Match=reply["ETag"])
            assert (again.status, again.body) == (304, b"")
            assert again["ETag"] == reply["ETag"]
            assert again["Vary"] == "Accept"
            assert again["Cache-Control"] == "no-cache"
            assert again["Content-Type"] is None
        # RFC 9110 s13.1.1: a weak tag is no ground to go on from
        assert https.ask("/", If_Match=reply["ETag"]).status == 412
        # of another order, form or directory
        for target, accept in [
            ("/?sort=size", "*/*"),
            ("/", "application/json"),
            ("/sub/", "*/*"),
        ]:
            other = https.ask(
                target, Accept=accept, If_None_Match=reply["ETag"]
            )
            assert other.status == 200
            assert other["ETag"] != reply["ETag"]

    @pytest.mark.parametrize("change", ["size", "date", "new", "gone", "type"])
    def test_a_tag_tells_of_every_change(self, https, root, change):
        before = https.ask("/")["ETag"]
        own_date = os.stat(root).st_mtime_ns
        if change == "size":
            write(root / "A.txt", 18, 784111779)
        elif change == "date":
            write(root / "A.txt", 17, 784111780)
        elif change == "new":
            write(root / "d.txt")
        elif change == "gone":
            (root / "A.txt").unlink()
        else:
            (root / "A.txt").unlink()
            (root / "A.txt").mkdir()
        os.utime(root, ns=(own_date, own_date))
        reply = https.ask("/", If_None_Match=before)
        assert reply.status == 200
        assert reply["ETag"] != before


def test_ten_thousand_files_are_a_page(https, root):
    """How fast is for ./dev bench; here, that all of them are there."""
    inner = root / "sub/inner"
    number = 10000 if FULL else 2000
    for i in range(number):
        write(inner / f"file {i}", i)
    page = Page(https.ask("/sub/inner/?sort=size&order=desc").body)
    expected = [f"file {i}" for i in reversed(range(number))]
    assert page.names == expected
