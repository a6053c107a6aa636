#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Refuse manual pages that say less than the public headers declare.

Every function that include/duet declares DUET_API is in the NAME section of
exactly one page of section 3, which is where man(1), apropos(1) and the links
that doc/meson.build installs take their names from. Types of functions,
constants and macros are in some page, and the members of a structure in one
that speaks of it: marked up as variables, or in a display of code.
"""

import re
import sys
from pathlib import Path

COMMENT = re.compile(r"/\*.*?\*/", re.S)
FUNCTION = re.compile(r"\bDUET_API\b[^(;{]*?\b(duet_\w+)\(")
FUNCTION_TYPE = re.compile(r"\btypedef\b[^(;{]*?\b(duet_\w+)\(")
CONSTANT = re.compile(r"\bDUET_[A-Z0-9_]+\b")
STRUCT = re.compile(r"^struct (duet_\w+) \{(.*?)^\}", re.M | re.S)
MEMBER = re.compile(r"\(\*(\w+)\)\(|(\w+)(?:\[\w+\])?;")
# What is for the compiler only.
INTERNAL = re.compile(r"DUET_(API|CHECK|PRINTF|\w+_H)$")

NAME = re.compile(r"^\.Nm (duet_\w+)", re.M)
VARIABLES = re.compile(r"^(?:\.(?:It )?[VF]a |\t)(.*)", re.M)


def code_of(header):
    """A header without comments."""
    return COMMENT.sub(" ", header.read_text("utf-8"))


def functions_of(code):
    """What is declared DUET_API, which is itself a macro."""
    return FUNCTION.findall(re.sub(r"^#.*$", "", code, flags=re.M))


def members_of(code):
    """Each public structure with its members."""
    for struct, body in STRUCT.findall(code):
        yield struct, ["".join(found) for found in MEMBER.findall(body)]


def faults_of_names(headers, pages):
    """Functions that are not in exactly one NAME section, and the reverse."""
    named = {}
    for page, text in pages.items():
        for name in NAME.findall(text.partition("\n.Nd ")[0]):
            named.setdefault(name, []).append(page)
    declared = set()
    for header, code in headers.items():
        for name in functions_of(code):
            declared.add(name)
            if name not in named:
                yield f"{header}: {name}: in NAME of no page of doc/man"
            elif len(named[name]) > 1:
                yield f"{header}: {name}: in NAME of {', '.join(named[name])}"
    for name in sorted(named.keys() - declared):
        yield f"{named[name][0]}: {name}: no header declares it DUET_API"


def faults_of_content(headers, pages):
    """Other names that no page explains."""
    words = set(re.findall(r"\w+", "\n".join(pages.values())))
    for header, code in headers.items():
        names = FUNCTION_TYPE.findall(code) + CONSTANT.findall(code)
        for name in dict.fromkeys(names):
            if name not in words and not INTERNAL.match(name):
                yield f"{header}: {name}: in no page of doc/man"
        for struct, members in members_of(code):
            said = set()
            for text in pages.values():
                if re.search(rf"\bstruct {struct}\b", text):
                    lines = "\n".join(VARIABLES.findall(text))
                    said.update(re.findall(r"\w+", lines))
            for name in members:
                if name not in said:
                    yield f"{header}: {struct}.{name}: in no page of doc/man"


def main():
    """Print what is wrong; 1 if anything is."""
    default = Path(__file__).resolve().parent.parent
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    headers = {
        path.name: code_of(path)
        for path in sorted(root.glob("include/duet/*.h"))
    }
    pages = {
        path.name: path.read_text("utf-8")
        for path in sorted(root.glob("doc/man/*.3"))
    }
    faults = list(faults_of_names(headers, pages))
    faults += faults_of_content(headers, pages)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
