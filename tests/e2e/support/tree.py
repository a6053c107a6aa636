# SPDX-License-Identifier: MIT
"""Real input: a copy of what is in /usr/share/doc, and a large file.

Links are followed and what leads out is left out, since no server is asked
to follow it. An index.html links to every file, for clients that mirror.
"""

import hashlib
import html
import os
import shutil
from pathlib import Path
from urllib.parse import quote

SOURCE = Path("/usr/share/doc")
SOME = 250  # files, unless all are wanted
SMALL = 64 << 20
LARGE = 1 << 30


class Tree:
    """Files below .root; their .names, relative; .large is one more."""

    def __init__(self, root, full=False):
        self.root = Path(root)
        self.names = []
        for source in sorted(find(SOURCE)):
            name = str(source.relative_to(SOURCE))
            self.add(source, name)
            if not full and len(self.names) >= SOME:
                break
        self.large = "large.bin"
        size = LARGE if full else SMALL
        with open(self.root / self.large, "wb") as file:
            # Sparse, with marks that tell if a block is out of its place.
            for at in range(0, size, 1 << 20):
                file.seek(at)
                file.write(b"%016d" % at)
            file.truncate(size)
        self.names.append("index.html")
        (self.root / "index.html").write_text(self.index(), encoding="utf-8")

    def add(self, source, name):
        """Copy one."""
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o644)
        self.names.append(name)

    def index(self):
        """A page with a link to each."""
        links = "\n".join(
            f'<li><a href="{html.escape(url(name))}">{html.escape(name)}</a>'
            for name in self.names + [self.large]
        )
        return f"<!doctype html>\n<title>tree</title>\n<ul>\n{links}\n</ul>\n"


def batches(names, size):
    """So many names at a time."""
    for at in range(0, len(names), size):
        yield names[at : at + size]


def find(top):
    """Readable files that no name hides and no link leads out to."""
    for directory, inner, files in os.walk(top):
        inner[:] = [name for name in inner if not name.startswith(".")]
        for name in files:
            path = Path(directory, name)
            if name.startswith(".") or not path.is_file():
                continue
            if path.resolve().is_relative_to(top):
                yield path


def url(name):
    """As it stands in a URL."""
    return quote(name)


def flat(name):
    """As one file name."""
    return name.replace("_", "__").replace("/", "_s")


def digest(path):
    """SHA-256 of a file of any size."""
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            sha.update(piece)
    return sha.hexdigest()
