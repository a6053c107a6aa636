# SPDX-License-Identifier: MIT
"""What people see of `duet serve --list`, in a browser.

Each page is looked at in light, in dark and on a narrow screen; the pictures
are left in build/screens.
"""

import os

import pytest

from conftest import ROOT, new_home, program_of
from support.browser import browser

SCREENS = ROOT / "build/screens"
DATE = 784111777  # Sun, 06 Nov 1994 08:49:37 GMT
LOOKS = {
    "light": {},
    "dark": {"dark": True},
    "narrow": {"width": 360, "height": 740},
}
PAGES = {
    "few": "",
    "many": "many/?sort=size&order=desc",
    "hostile": "hostile/",
    "deep": "docs/a%20guide/",
    "404": "missing/page?of=a%20site",
}
LISTINGS = ("few", "many", "hostile", "deep")
FEW = {
    "README.md": 1432,
    "archive.tar.gz": 1432981,
    "movie.mkv": 1400000000,
    "notes.txt": 17,
    "empty": 0,
    "Photograph 1.jpg": 99500,
}
HOSTILE = [
    b"<img src=x onerror=alert(1)>",
    b"<script>alert(1)<",
    b"\"><svg onload='alert(1)'>",
    b"javascript:alert(1)",
    b"http:",
    b"  two  blanks",
    b"&lt;not markup&gt;",
    b"?sort=size",
    b"#top",
    b"lat\xe9n",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe".encode(),
    "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED}.txt".encode(),
    "é ü 漢字".encode(),
    b"long-" * 50,
    b"x" * 255,
]

# The lowest contrast of a text with what is behind it (WCAG 2.1 s1.4.3).
CONTRAST = """
(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((c) => {
      c /= 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const rgba = parse(getComputedStyle(element).backgroundColor);
      if (rgba.length < 4 || rgba[3] > 0) return rgba;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, 4);
  let lowest = { contrast: 21, text: "" };
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim()) continue;
    const pair = [parse(getComputedStyle(element).color), behind(element)]
      .map(light).sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < lowest.contrast)
      lowest = { contrast, text: walker.currentNode.data };
  }
  return lowest;
})()
"""
FOCUS = """
(() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  return { tag: element.tagName, href: element.getAttribute("href"),
           style: style.outlineStyle, width: style.outlineWidth };
})()
"""


def write(path, size):
    """A file of that size, mostly holes."""
    with open(path, "wb") as file:
        file.truncate(size)
    os.utime(path, (DATE + size, DATE + size))


def fill(root):
    """What is looked at."""
    for name in ("many", "hostile/dir <&>", "docs/a guide/pictures"):
        (root / name).mkdir(parents=True)
    for name, size in FEW.items():
        write(root / name, size)
    for i in range(200):
        write(root / f"many/file-{i:03}.txt", i * i * 37)
    for name in HOSTILE:
        write(os.path.join(os.fsencode(root / "hostile"), name), 1)
    write(root / "docs/a guide/chapter-1.txt", 4321)


@pytest.fixture(scope="module", name="served")
def fixture_served(work, sanitizer_env, reports, identity):
    """A server of it, which nothing changes."""
    with new_home(work) as home, program_of(
        home, sanitizer_env, reports
    ) as program:
        (home / "site").mkdir()
        fill(home / "site")
        words = ["--list", "--cert", identity.chain_file]
        words += ["--key", identity.key_file]
        with program.serve(home / "site", *words) as served:
            yield served
            assert served.stop()[0] == 0


@pytest.fixture(scope="module", name="tab")
def fixture_tab(work, need, ca):
    """A browser for all tests."""
    programs = need("chromium"), need("certutil")
    with new_home(work) as home, browser(*programs, ca.file, home) as tab:
        yield tab


@pytest.fixture(name="page", params=PAGES)
def fixture_page(request, tab, served):
    """Each page, and its name."""
    tab.look()
    tab.open(served.url + PAGES[request.param])
    return request.param


def of_role(tab, role):
    """(name, properties) of all that have it."""
    return [(n, p) for r, n, p in tab.accessible() if r == role]


class TestPage:
    """Each page by itself."""

    @pytest.mark.parametrize("look", LOOKS)
    @pytest.mark.parametrize("name", PAGES)
    def test_can_be_read(self, tab, served, name, look):
        tab.look(**LOOKS[look])
        tab.open(served.url + PAGES[name])
        tab.shoot(SCREENS / f"{name}-{look}.png")
        assert tab.evaluate(CONTRAST)["contrast"] >= 4.5
        background = tab.evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        light = sum(map(int, background[4:-1].split(", "))) > 3 * 128
        assert light == (look != "dark")
        # nothing to be moved sideways
        wide = tab.evaluate("document.scrollingElement.scrollWidth")
        assert wide == LOOKS[look].get("width", 1000)
        small = tab.evaluate(
            "Math.min(...[...document.querySelectorAll('body *')].map("
            "(e) => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert small >= 12

    def test_loads_nothing_and_breaks_no_policy(self, tab, served, page):
        requests = tab.requests()
        assert requests == [served.url + PAGES[page]]
        complaints = [c for c in tab.complaints() if "404" not in c]
        assert complaints == []
        assert tab.said("Page.javascriptDialogOpening") == []
        scripts = "document.querySelectorAll('script, img, svg').length"
        assert tab.evaluate(scripts) == 0

    def test_its_style_is_used(self, tab, page):
        margin = tab.evaluate("getComputedStyle(document.body).maxWidth")
        assert margin == "992px", page

    def test_has_landmarks_and_a_heading(self, tab, page):
        assert len(of_role(tab, "main")) == 1
        headings = of_role(tab, "heading")
        assert [p["level"] for _, p in headings] == [1]
        ways = of_role(tab, "navigation")
        assert len(ways) == 1
        assert all(name for name, _ in ways)
        title = tab.evaluate("document.title")
        assert title == headings[0][0], page
        assert tab.evaluate("document.documentElement.lang") == "en"
        viewport = "document.querySelector('meta[name=viewport]').content"
        assert "width=device-width" in tab.evaluate(viewport)
        assert "user-scalable" not in tab.evaluate(viewport)

    def test_every_link_has_a_name_and_shows_the_focus(self, tab, page):
        links = of_role(tab, "link")
        assert links
        assert all(name.strip() for name, _ in links), page
        for _ in range(min(len(links), 30)):
            tab.press("Tab")
            focus = tab.evaluate(FOCUS)
            assert focus["tag"] == "A"
            assert focus["style"] == "solid"
            assert float(focus["width"].removesuffix("px")) >= 2


class TestListing:
    """The table."""

    @pytest.mark.parametrize("look", LOOKS)
    @pytest.mark.parametrize("name", LISTINGS)
    def test_is_one_to_a_screen_reader(self, tab, served, name, look):
        tab.look(**LOOKS[look])
        tab.open(served.url + PAGES[name])
        assert [bool(n) for n, _ in of_role(tab, "table")] == [True]
        columns = [n for n, _ in of_role(tab, "columnheader")]
        assert columns == ["Name", "Size", "Modified (UTC)"]
        rows = len(of_role(tab, "row"))
        assert len(of_role(tab, "rowheader")) == rows - 1 > 0
        assert len(of_role(tab, "cell")) == 2 * (rows - 1)
        assert len(of_role(tab, "contentinfo")) == 1

    def test_names_are_those_of_the_files(self, tab, served):
        tab.open(served.url + PAGES["few"])
        names = [n for n, _ in of_role(tab, "rowheader")]
        assert names[:3] == ["docs/", "hostile/", "many/"]
        assert sorted(names[3:]) == sorted(FEW)

    def test_sorts_by_the_keyboard(self, tab, served):
        tab.look()
        tab.open(served.url)
        for _ in range(20):
            tab.press("Tab")
            if tab.evaluate(FOCUS)["href"].startswith("?sort=size"):
                break
        for order in ("ascending", "descending"):
            tab.events.clear()
            tab.evaluate(
                "document.querySelector('a[href*=\"sort=size\"]').focus()"
            )
            tab.press("Enter")
            tab.wait_for("Page.loadEventFired")
            found = tab.evaluate(
                "[...document.querySelectorAll('th[aria-sort]')].map("
                "(e) => [e.innerText.split(' ')[0], e.ariaSort])"
            )
            assert found == [["Size", order]]

    def test_leads_to_a_file_and_back_up(self, tab, served):
        tab.open(served.url + PAGES["deep"])
        ways = {n: p["url"] for n, p in of_role(tab, "link")}
        assert ways["Home"] == served.url
        assert ways["docs"] == served.url + "docs/"
        assert ways["Parent directory"] == served.url + "docs/"
        assert ways["pictures/"] == served.url + "docs/a%20guide/pictures/"
