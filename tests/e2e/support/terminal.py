# SPDX-License-Identifier: MIT
"""A program that has a terminal."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

LIMIT_S = 60

ESCAPE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class OnTerminal:
    """Runs argv with standard error, and perhaps output, on a new terminal.

    .shown is every byte it wrote there; .lines what a person would have seen
    in the end. watch(bytes so far) is called whenever there are more.
    """

    def __init__(
        self, argv, env, cwd, columns=80, stdout=None, watch=None
    ):  # pylint: disable=too-many-arguments
        leader, follower = open_terminal(columns)
        process = subprocess.Popen(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=follower if stdout is None else stdout,
            stderr=follower,
            env=env,
            cwd=cwd,
        )
        os.close(follower)
        self.shown = read_all(leader, watch)
        os.close(leader)
        self.exit = process.wait(timeout=LIMIT_S)

    @property
    def text(self):
        """Without colours and the like."""
        return ESCAPE.sub(b"", self.shown).decode("utf-8")

    @property
    def lines(self):
        """The last state of each line."""
        lines = self.text.split("\n")
        return [line.rpartition("\r")[2] for line in lines if line]

    @property
    def states(self):
        """Every state of every line."""
        return [s for s in re.split("[\r\n]", self.text) if s]


def open_terminal(columns):
    """Our end and theirs."""
    leader, follower = pty.openpty()
    size = struct.pack("HHHH", 24, columns, 0, 0)
    fcntl.ioctl(follower, termios.TIOCSWINSZ, size)
    # A line feed stays one, so that what is shown is what was written.
    mode = termios.tcgetattr(follower)
    mode[1] &= ~termios.OPOST
    termios.tcsetattr(follower, termios.TCSANOW, mode)
    return leader, follower


def read_all(fd, watch):
    """Until nobody has the terminal any more (Linux: EIO)."""
    data = b""
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        if not select.select([fd], [], [], until - time.monotonic())[0]:
            break
        try:
            piece = os.read(fd, 65536)
        except OSError:
            return data
        if not piece:
            return data
        data += piece
        if watch:
            watch(data)
    raise AssertionError(f"still running; it wrote {data!r}")
