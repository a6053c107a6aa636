#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Add up JUnit reports; the last line is `N passed, N failed`.

A sub-test of a TAP program counts as one, and so does a test that is not TAP.
A report that is missing, or a run that failed without naming a test, counts
as one failure: it must never look like success.
"""

import argparse
import sys
import xml.etree.ElementTree as ET
from pathlib import Path


class Count:
    """What has been seen so far."""

    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []

    def add_report(self, path):
        """One file of JUnit."""
        if not path.is_file():
            self.failed.append(f"{path}: there is no such report")
            return
        for case in ET.parse(path).getroot().iter("testcase"):
            self.add_case(case)

    def add_case(self, case):
        """One test of it."""
        name = f"{case.get('classname', '')} {case.get('name', '')}".strip()
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            self.failed.append(name)
        elif "skipped" in kinds:
            reason = case.find("skipped").get("message") or ""
            self.skipped.append(f"{name}: {reason}")
        else:
            self.passed += 1


def main():
    """Exit 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--failed", choices=("yes", "no"), default="no")
    parser.add_argument("reports", nargs="+", type=Path)
    args = parser.parse_args()

    count = Count()
    for path in args.reports:
        count.add_report(path)
    if args.failed == "yes" and not count.failed:
        count.failed.append("a test run failed without naming a test")
    for line in count.skipped:
        print(f"skipped: {line}")
    for line in count.failed:
        print(f"failed: {line}")
    print(f"{count.passed} passed, {len(count.failed)} failed", flush=True)
    return 1 if count.failed or count.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
