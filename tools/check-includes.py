#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Refuse an include that goes against the direction of the house.

The table below is the one of doc/ARCHITECTURE.md: which room may include
which, and in which room each foreign library is spoken. Cycles between
headers, `_int.h` headers seen from another room and a source file that does
not begin with its own header are refused too.
"""

import re
import sys
from pathlib import Path

ENGINES = {"base", "cert", "tls", "http", "conn"}

# room -> rooms, or single headers, that it may include besides its own
ROOMS = {
    "base": set(),
    "cert": {"base"},
    "tls": {"base", "cert"},
    "http": {"base"},
    "net": {"base"},
    "conn": {"base", "tls", "http"},
    "server": ENGINES | {"net"},
    "client": ENGINES | {"net"},
    "site": ENGINES | {"net", "server", "client"},
    "daemon": ENGINES | {"net", "server", "client", "site"},
    "settings": {"base", "http", "net"},
    "cli": {"base", "daemon", "settings"},
    "download": {"base", "http"},
    "get": {"base", "daemon", "cli", "download", "cert/hash.h"},
    "mint": {"base", "daemon", "cli"},
    "broken": {"base", "cert", "tls", "cli"},
    "explain": {"base", "daemon", "cli"},
}

# pattern of a foreign header -> places that may include it
FOREIGN = {
    "openssl/": {"cert", "tls", "include/duet/openssl.h"},
    "nghttp2/": {"src/http/h2_session.c"},
    "brotli/": {"src/http/pack_brotli.c", "src/http/unpack_brotli.c"},
    "zlib.h": {"src/http/gzip_int.h"},
    "zstd": {"src/http/pack_zstd.c", "src/http/unpack_zstd.c"},
    "libpsl.h": {"src/client/host.c"},
    "uv.h": {"net"},
    "uv/": {"net"},
    "uriparser/": {"client"},
    "idn2.h": {"src/client/idn.c"},
    "crypt.h": {"src/site/password.c"},
    "cyaml/": {"settings"},
    "yaml.h": {"settings"},
    "jansson": {"broken", "cli", "explain", "get", "mint"},
}

# Outside src/ only the front door is used, or anything at all.
PUBLIC_ONLY = ("include", "examples", "bench")
FREE = ("tests",)

STANDARD_IN_PUBLIC = {
    "stdbool.h",
    "stddef.h",
    "stdint.h",
    "openssl/ssl.h",
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


class Tree:
    """The includes of one source tree and what is wrong with them."""

    def __init__(self, root):
        self.root = root
        self.faults = []
        self.headers = {}  # "room/file.h" -> the headers of src it includes

    def fault(self, path, name, why):
        """Remember one line for the reader."""
        self.faults.append(f"{path}: includes {name}: {why}")

    def check(self):
        """Look at every C file there is."""
        for top in ("src",) + PUBLIC_ONLY + FREE:
            for path in sorted((self.root / top).rglob("*.[ch]")):
                self.check_file(path.relative_to(self.root))
        self.check_cycles()
        return self.faults

    def check_file(self, path):
        """One file: each of its includes by itself, then their order."""
        text = (self.root / path).read_text(encoding="utf-8")
        found = INCLUDE.findall(text)
        for mark, name in found:
            self.check_foreign(path, name)
            if path.parts[0] == "src":
                self.check_room(path, mark, name)
            elif path.parts[0] == "include":
                self.check_public(path, mark, name)
            elif path.parts[0] in PUBLIC_ONLY:
                self.check_user(path, mark, name)
        if path.parts[0] == "src":
            quoted = [name for mark, name in found if mark == '"']
            if path.suffix == ".h":
                self.headers[str(path.relative_to("src"))] = quoted
            else:
                self.check_own_first(path, found)

    def check_foreign(self, path, name):
        """A foreign library is spoken in one room and translated there."""
        if path.parts[0] in FREE + ("bench",):
            return
        for pattern, places in FOREIGN.items():
            if not name.startswith(pattern):
                continue
            here = path.parts[1] if path.parts[0] == "src" else None
            if here not in places and str(path) not in places:
                rooms = ", ".join(sorted(places))
                self.fault(path, name, f"spoken only in {rooms}")

    def check_room(self, path, mark, name):
        """A file of src: rooms it may look into."""
        room = path.parts[1]
        if room not in ROOMS:
            self.fault(path, name, f"'{room}' is not in the table of rooms")
            return
        if mark == "<":
            if name.startswith("duet/"):
                self.check_exists(path, name, "include")
            return
        parts = name.split("/")
        if len(parts) != 2:
            self.fault(path, name, 'write "room/file.h"')
            return
        if parts[0] != room and not {parts[0], name} & ROOMS[room]:
            self.fault(path, name, f"{room}/ may not include {parts[0]}/")
        if parts[1].endswith("_int.h") and parts[0] != room:
            self.fault(path, name, f"internal to {parts[0]}/")
        self.check_exists(path, name, "src")

    def check_exists(self, path, name, where):
        """The compiler may find it elsewhere; a reader would not."""
        if not (self.root / where / name).is_file():
            self.fault(path, name, f"there is no {where}/{name}")

    def check_public(self, path, mark, name):
        """A public header: <duet/...> and a few standard headers."""
        if mark != "<" or not (
            name.startswith("duet/") or name in STANDARD_IN_PUBLIC
        ):
            self.fault(path, name, "not for a public header")

    def check_user(self, path, mark, name):
        """An example or a benchmark is a user of the library."""
        if mark == '"' and "/" in name:
            self.fault(path, name, "users include <duet/...> only")

    def check_own_first(self, path, found):
        """Its own header first proves that the header stands alone."""
        own = path.relative_to("src").with_suffix(".h")
        if not (self.root / "src" / own).is_file():
            own = Path("duet") / own.name
            if not (self.root / "include" / own).is_file():
                return
            if ("<", str(own)) not in found:
                return
        if found[0][1] != str(own):
            self.fault(path, found[0][1], f"{own} must come first")

    def check_cycles(self):
        """No header may include itself by way of others."""
        done = set()

        def visit(name, way):
            if name in way:
                way = way[way.index(name) :] + [name]
                self.fault(Path("src") / name, way[1], " -> ".join(way))
                return
            if name in done or name not in self.headers:
                return
            for other in self.headers[name]:
                visit(other, way + [name])
            done.add(name)

        for name in sorted(self.headers):
            visit(name, [])


def main():
    """Print what is wrong; 1 if anything is."""
    default = Path(__file__).resolve().parent.parent
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    faults = Tree(root).check()
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
