#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Refuse what no formatter sees: in every text file that git knows.

Blanks at the end of a line, a missing final newline, CR LF, invisible
Unicode; in C also `//` comments, banned functions, a missing licence line
and files past 800 lines.
"""

import re
import subprocess
import sys
from pathlib import Path

MAX_LINES = 800

# Why each is banned: no bound (strcpy...), hidden state that threads share
# (strtok, gmtime, localtime, rand), no way to report failure (atoi), the
# stack as a heap (alloca), a shell where none is wanted (system).
BANNED = (
    "strcpy strcat sprintf vsprintf strncpy strtok gets atoi atol atof "
    "alloca gmtime localtime asctime ctime rand srand system tmpnam mktemp"
).split()
BANNED_CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")

# A comment or a literal of C, in which anything may stand.
NOT_CODE = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S
)
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")

CODE = {".c", ".h", ".cc"}
# Kept byte for byte: input for tests, not text for people.
RAW = ("tests/fuzz/corpus/", "tests/fixtures/", "tests/golden/")


def faults_of_text(text):
    """Faults of any text file, as (line number, words)."""
    for i, line in enumerate(text.split("\n"), 1):
        if line.endswith("\r"):
            yield i, "ends in CR LF"
        elif line != line.rstrip():
            yield i, "blanks at the end of the line"
        if INVISIBLE.search(line):
            yield i, "invisible Unicode"
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no newline at the end of the file"


def faults_of_code(text):
    """Faults of C, as (line number, words)."""
    lines = text.count("\n")
    if lines > MAX_LINES:
        yield lines, f"more than {MAX_LINES} lines: two rooms in one"
    if "SPDX-License-Identifier: MIT" not in text[:200]:
        yield 1, "no SPDX-License-Identifier line"
    for found in NOT_CODE.finditer(text):
        if found.group().startswith("//"):
            yield text.count("\n", 0, found.start()) + 1, "write /* */"
    code = NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    for found in BANNED_CALL.finditer(code):
        line = code.count("\n", 0, found.start()) + 1
        yield line, f"{found.group(1)}() is banned"


def check(path, name):
    """Print the faults of one file; how many there are."""
    data = path.read_bytes()
    if b"\0" in data or name.startswith(RAW):
        return 0
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        print(f"{name}: not UTF-8")
        return 1
    faults = list(faults_of_text(text))
    if path.suffix in CODE:
        faults += faults_of_code(text)
    for line, why in faults:
        print(f"{name}:{line}: {why}")
    return len(faults)


def main():
    """Exit 1 if there is any fault."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    names = subprocess.run(
        ["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    found = 0
    for name in names:
        path = root / name
        if name and path.is_file() and not path.is_symlink():
            found += check(path, name)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
