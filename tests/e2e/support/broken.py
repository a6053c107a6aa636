# SPDX-License-Identifier: MIT
"""`duet broken`, running: what it says of its servers, and how to ask them."""

import contextlib
import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from support.program import LIMIT_S, stop

# More than the 65535 bytes that HTTP/2 lets a client send unasked.
LARGE = 200_000


@dataclass
class Broken:
    """A running `duet broken`."""

    process: subprocess.Popen
    rows: dict  # by name, as --json has them
    ca: Path
    crl: Path

    def url(self, name):
        """Of one of its servers."""
        return self.rows[name]["url"]

    def end(self, number=signal.SIGTERM):
        """Its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=LIMIT_S)


@contextlib.contextmanager
def serving(duet, *words):
    """A Broken of the program duet, until the end of the with."""
    with subprocess.Popen(
        [duet.path, "broken", "--json", *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=duet.env,
        cwd=duet.home,
    ) as process:
        try:
            rows = {}
            for line in process.stdout:
                row = json.loads(line)
                if "ready" in row:
                    break
                rows[row["name"]] = row
            else:
                raise AssertionError(f"ended with {process.wait()}")
            yield Broken(process, rows, Path(row["ca"]), Path(row["crl"]))
        finally:
            stop(process)


def names():
    """Of all servers, for parametrize; the program says so itself."""
    here = Path(__file__).resolve().parents[3] / "build/asan/duet"
    done = subprocess.run(
        [os.environ.get("DUET", here), "broken", "--list", "--json"],
        stdout=subprocess.PIPE,
        check=True,
    )
    return [json.loads(line)["name"] for line in done.stdout.splitlines()]
