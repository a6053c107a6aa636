# SPDX-License-Identifier: MIT
"""The status page of the admin listener, in a browser.

The pictures of the page are left in build/screens.
"""

import os
import re
import socket
import threading

import pytest

from conftest import ROOT, make_site, new_home, program_of
from support.admin import Admin
from support.browser import browser
from support.versions import ask
from support.wire import LIMIT_S, client_context, connect
from test_pages import CONTRAST, LOOKS, of_role

SCREENS = ROOT / "build/screens"
GET = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module", name="tab")
def fixture_tab(work, need, ca):
    """A browser for all tests."""
    programs = need("chromium"), need("certutil")
    with new_home(work) as home, browser(*programs, ca.file, home) as tab:
        yield tab


@pytest.fixture(scope="module", name="busy")
def fixture_busy(work, sanitizer_env, reports, ca):
    """A server with something to show."""
    with new_home(work) as home, program_of(
        home, sanitizer_env, reports
    ) as program:
        make_site(home)
        config = home / "duet.yaml"
        texts = []
        for name, days in (("localhost", 89), ("soon.example.org", 3)):
            made = ca.issue(name, "127.0.0.1", days=(-1, days))
            texts.append(
                f"  - names: [ {name} ]\n    root: site\n"
                f"    default: {'true' if name == 'localhost' else 'false'}\n"
                f"    identities: [ {{ cert: {made.chain_file},"
                f" key: {made.key_file} }} ]\n"
            )
        config.write_text(
            'listen: [ "127.0.0.1:0" ]\nadmin: 127.0.0.1:0\nworkers: 2\n'
            "sites:\n" + "".join(texts)
        )
        os.truncate(home / "site/big.bin", 1 << 30)
        with program.serve(f"--config={config}") as server:
            make_busy(server, ca)
            yield server
            assert server.stop()[0] == 0


def make_busy(server, ca):
    """A row in every table."""
    for i in range(24):
        version = ("h1", "h2")[i % 2]
        target = ["/small.txt", "/", "/missing", "/dir"][i % 4]
        ask(server.port, ca, version, target)
    address = ("127.0.0.1", server.port)
    for _ in range(3):
        socket.create_connection(address, LIMIT_S).close()
    with socket.create_connection(address, LIMIT_S) as sock:
        sock.sendall(GET % b"/")
        while sock.recv(65536):
            pass
    with connect(server.port, client_context(ca.file)) as wire:
        wire.write(GET % b"/big.bin")
        wire.read_head()
        wire.reset()
    Admin(server).until(lambda now: now.sum("duet_replies_cut_total"))


def shown(tab, id_):
    """The number of a figure."""
    return int(tab.evaluate(f"document.getElementById('{id_}').value"))


def await_script(tab, expression):
    """Until the page says so, which changes by itself."""
    return tab.call(
        "Runtime.evaluate",
        awaitPromise=True,
        returnByValue=True,
        expression="new Promise((done) => { const look = () => {"
        f" const found = ({expression});"
        " if (found) done(found); else setTimeout(look, 20); }; look(); })",
    )["result"]["value"]


class TestPage:
    """In a browser."""

    @pytest.mark.parametrize("look", LOOKS)
    def test_can_be_read(self, tab, busy, look):
        tab.look(**LOOKS[look])
        tab.open(Admin(busy).url)
        await_script(tab, "!document.getElementById('rates').hidden")
        tab.shoot(SCREENS / f"status-{look}.png", whole=True)
        assert tab.evaluate(CONTRAST)["contrast"] >= 4.5
        wide = tab.evaluate("document.scrollingElement.scrollWidth")
        assert wide == LOOKS[look].get("width", 1000)
        assert not tab.evaluate(
            "[...document.querySelectorAll('section')].some("
            "(e) => e.scrollWidth > e.clientWidth)"
        )
        small = tab.evaluate(
            "Math.min(...[...document.querySelectorAll('body *')].map("
            "(e) => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert small >= 12
        background = tab.evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        light = sum(map(int, background[4:-1].split(", "))) > 3 * 128
        assert light == (look != "dark")

    @pytest.mark.parametrize("look", LOOKS)
    def test_has_room_for_years_of_work(self, tab, busy, look):
        tab.look(**LOOKS[look])
        tab.open(Admin(busy).url)
        tab.evaluate(
            "document.querySelectorAll('td, dd data').forEach((e) => {"
            " if (/^[\\d,]+$/.test(e.textContent))"
            " e.textContent = '123,456,789,012'; })"
        )
        tab.shoot(SCREENS / f"status-full-{look}.png", whole=True)
        wide = tab.evaluate("document.scrollingElement.scrollWidth")
        assert wide == LOOKS[look].get("width", 1000)
        # a table that does not fit can be moved; its rows keep their names
        least = tab.evaluate(
            "Math.min(...[...document.querySelectorAll('tbody th')].map("
            "(e) => e.clientWidth))"
        )
        assert least >= 50

    def test_loads_nothing_but_itself(self, tab, busy):
        tab.look()
        url = Admin(busy).url
        tab.open(url)
        await_script(tab, "!document.getElementById('rates').hidden")
        assert set(tab.requests()) == {url}
        assert tab.complaints() == []

    def test_changes_by_itself_under_load(self, tab, busy, ca):
        tab.look()
        tab.open(Admin(busy).url)
        tab.evaluate(
            "window.kept = document.querySelector('#by-status td');"
            "document.getElementById('pause').focus()"
        )
        before = shown(tab, "requests")
        over = threading.Event()

        def load():
            while not over.is_set():
                ask(busy.port, ca, "h1", "/small.txt")

        thread = threading.Thread(target=load)
        thread.start()
        try:
            number = "Number(document.getElementById('requests').value)"
            first = await_script(tab, f"{number} > {before} && {number}")
            second = await_script(tab, f"{number} > {first} && {number}")
            rate = await_script(
                tab,
                "parseFloat(document.getElementById('rate').textContent)"
                " > 0 && document.getElementById('rate').textContent",
            )
        finally:
            over.set()
            thread.join()
        assert second > first > before
        assert re.fullmatch(r"[\d,]+(\.\d)?", rate)
        # the same elements, with the focus where it was
        assert tab.evaluate("window.kept.isConnected")
        assert tab.evaluate("document.activeElement.id") == "pause"
        row = "[...document.querySelectorAll('#by-status tr')].find("
        row += "(r) => r.innerText.startsWith('200'))"
        cells = tab.evaluate(f"{row}.cells[3].innerText").replace(",", "")
        assert int(cells) > 0

    def test_can_be_paused_by_the_keyboard(self, tab, busy, ca):
        tab.look()
        tab.open(Admin(busy).url)
        tab.press("Tab")
        assert tab.evaluate("document.activeElement.id") == "pause"
        (button,) = of_role(tab, "button")
        assert button[0] == "Pause updates"
        assert button[1]["pressed"] == "false"
        tab.press("Enter")
        assert of_role(tab, "button")[0][1]["pressed"] == "true"
        before = shown(tab, "requests")
        ask(busy.port, ca, "h1", "/small.txt")
        Admin(busy).until(lambda now: now.sum("duet_requests_total") > before)
        tab.events.clear()
        # a turn of its clock, or the tab comes into sight
        tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        assert tab.requests() == []
        assert shown(tab, "requests") == before
        tab.press("Enter")
        await_script(
            tab,
            f"Number(document.getElementById('requests').value) > {before}",
        )

    def test_says_when_nobody_answers(self, tab, duet, site, identity):
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        tab.look()
        with duet.serve(site, *words, "--admin", "127.0.0.1:0") as server:
            tab.open(Admin(server).url)
            assert server.stop()[0] == 0
        said = await_script(tab, "document.getElementById('word').textContent")
        assert said == "There is no answer; what is shown is old."
        assert said in [n for _, n, _ in tab.accessible()]

    def test_is_complete_without_its_script(self, tab, busy):
        tab.look()
        tab.call("Emulation.setScriptExecutionDisabled", value=True)
        try:
            tab.open(Admin(busy).url)
            tab.events.clear()
            assert len(of_role(tab, "table")) == 8
            assert of_role(tab, "button") == []
            tab.wait_for("Page.loadEventFired")  # it loads itself anew
        finally:
            tab.call("Emulation.setScriptExecutionDisabled", value=False)

    @pytest.mark.parametrize("look", LOOKS)
    def test_is_one_to_a_screen_reader(self, tab, busy, look):
        tab.look(**LOOKS[look])
        tab.open(Admin(busy).url)
        assert len(of_role(tab, "main")) == 1
        assert [n for n, _ in of_role(tab, "navigation")] == ["Other forms"]
        assert len(of_role(tab, "contentinfo")) == 1
        headings = [(p["level"], n) for n, p in of_role(tab, "heading")]
        titles = ["Workers", "Sites", "Requests", "Durations", "Handshakes"]
        titles += ["Failed handshakes", "Cut messages", "Certificates"]
        assert headings == [(1, "Duet is serving")] + [
            (2, title) for title in titles
        ]
        assert tab.evaluate("document.title") == "Duet is serving"
        assert tab.evaluate("document.documentElement.lang") == "en"
        assert [n for n, _ in of_role(tab, "region")] == titles
        tables = [n for n, _ in of_role(tab, "table")]
        assert len(set(tables)) == len(tables) == 8 and all(tables)
        rows = len(of_role(tab, "row"))
        assert len(of_role(tab, "rowheader")) == rows - 8
        assert all(n for n, _ in of_role(tab, "columnheader"))
        # chatty it is not: two sentences are read out when they change
        assert len(of_role(tab, "status")) == 2
        live = "document.querySelectorAll('[aria-live]').length"
        assert tab.evaluate(live) == 0

    def test_the_focus_is_seen_everywhere(self, tab, busy):
        tab.look()
        tab.open(Admin(busy).url)
        stops = []
        for _ in range(4):
            tab.press("Tab")
            style = "getComputedStyle(document.activeElement).outlineStyle"
            assert tab.evaluate(style) == "solid"
            stops.append(tab.evaluate("document.activeElement.innerText"))
        assert stops == [
            "Pause updates",
            "Metrics for Prometheus",
            "This page as JSON",
            "Health",
        ]
