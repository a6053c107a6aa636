# SPDX-License-Identifier: MIT
"""What the documents say is so."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("doc/**/*.md"))


def blocks(path, language):
    """The fenced blocks of a page."""
    fence = rf"^```{language}\n(.*?)^```$"
    return re.findall(fence, path.read_text("utf-8"), re.M | re.S)


@pytest.mark.parametrize("code", blocks(ROOT / "README.md", "c"))
def test_programs_of_the_readme_compile(code):
    words = "-x c -std=c11 -Wall -Wextra -Werror -fsyntax-only".split()
    subprocess.run(
        [shutil.which("cc"), *words, f"-I{ROOT}/include", "-"],
        input=code.encode(),
        check=True,
    )


def test_the_programs_of_the_readme_are_as_short_as_it_says():
    server, client = (
        [line for line in code.splitlines() if line.strip(" \t{}") != ""]
        for code in blocks(ROOT / "README.md", "c")
    )
    assert len([line for line in server if line[0] != "#"]) <= 15
    assert len([line for line in client if line[0] != "#"]) <= 10


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_contributing_is_short():
    lines = (ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines()
    assert len(lines) <= 150


def test_the_table_of_rooms_is_the_one_that_is_checked():
    said = (ROOT / "doc/ARCHITECTURE.md").read_text("utf-8")
    for room in (ROOT / "src").iterdir():
        if room.is_dir():
            assert f"| `src/{room.name}/` |" in said


def test_every_command_of_dev_is_in_its_help():
    script = (ROOT / "dev").read_text("utf-8")
    done = subprocess.run(
        [ROOT / "dev", "--help"], capture_output=True, text=True, check=True
    )
    commands = re.findall(r"^([a-z]+)\) do_", script, re.M)
    assert len(commands) == 6
    for command in commands:
        assert re.search(rf"^  {command}\b", done.stdout, re.M), command
    assert len(done.stdout.splitlines()) <= 25


def test_every_man_page_is_installed():
    listed = (ROOT / "doc/meson.build").read_text("utf-8")
    for page in (ROOT / "doc/man").iterdir():
        assert f"'{page.name}'," in listed
