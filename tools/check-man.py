#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Refuse manual pages by which a public function cannot be found.

Every function that include/duet declares DUET_API is in the NAME section of
exactly one page of section 3, which is where man(1), apropos(1) and the links
that doc/meson.build installs take their names from.
"""

import re
import sys
from pathlib import Path

COMMENT = re.compile(r"/\*.*?\*/", re.S)
FUNCTION = re.compile(r"\bDUET_API\b[^(;{]*?\b(duet_\w+)\(")
NAME = re.compile(r"^\.Nm (duet_\w+)", re.M)


def code_of(header):
    """A header without comments and directives."""
    text = COMMENT.sub(" ", header.read_text("utf-8"))
    text = re.sub(r"\\\n", " ", text)
    return re.sub(r"^[ \t]*#.*$", "", text, flags=re.M)


def named_by(page):
    """The functions of a page's NAME section."""
    return NAME.findall(page.read_text("utf-8").partition("\n.Nd ")[0])


def faults_of(root):
    """What is wrong, a line each."""
    declared = {}
    for header in sorted(root.glob("include/duet/*.h")):
        for name in FUNCTION.findall(code_of(header)):
            declared[name] = header.relative_to(root)
    pages = {}
    for page in sorted(root.glob("doc/man/*.3")):
        for name in named_by(page):
            pages.setdefault(name, []).append(page.name)
    for name, header in declared.items():
        if name not in pages:
            yield f"{header}: {name}: in the NAME of no page of doc/man"
        elif len(pages[name]) > 1:
            yield f"{header}: {name}: in NAME of {' and '.join(pages[name])}"
    for name, found in pages.items():
        if name not in declared:
            yield f"doc/man/{found[0]}: {name}: no header declares it DUET_API"


def main():
    """Print what is wrong; 1 if anything is."""
    default = Path(__file__).resolve().parent.parent
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    faults = list(faults_of(root))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
