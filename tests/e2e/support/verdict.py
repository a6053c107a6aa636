# SPDX-License-Identifier: MIT
"""What `duet explain` says of a server, and servers for it to look at."""

import contextlib
import ssl

from support.answers import Answers, answer, parse, send
from support.wire import server_context


class Verdict:
    """What it says of one server: as JSON, and on a screen where a test wants
    to see that too."""

    def __init__(self, duet, *words, screen=False):
        done = duet.run("explain", "--json", *words)
        assert done.err == ""
        self.json = done.json
        self.exit = done.exit
        assert self.json["exit"] == self.exit
        assert self.json["good"] == (self.exit in (0, 120))
        self.lines = self.show(duet, words) if screen else []

    def show(self, duet, words):
        """The lines of the screen, no more than there is room for."""
        done = duet.run("explain", *words)
        lines = done.out.decode().splitlines()
        assert done.exit == self.exit
        assert done.err == ""
        assert 0 < len(lines) <= 24
        assert max(map(len, lines)) <= 80
        assert all(line.isprintable() for line in lines)
        good = lines[0].startswith("GOOD  ")
        assert good == (done.exit in (0, 120))
        assert good or lines[0].startswith("BAD  ")
        return lines

    @property
    def text(self):
        """Of the screen, as one line."""
        return " ".join(" ".join(self.lines).split())

    @property
    def first(self):
        """The worst finding."""
        return self.json["findings"][0]

    def tells(self, *parts):
        """All of them, in what it finds and advises."""
        said = " ".join(
            str(finding[key])
            for finding in self.json["findings"]
            for key in ("what", "because", "remedy")
        )
        for part in parts:
            assert part in said, said

    def shows(self, *parts):
        """The same of the screen, however it is wrapped."""
        for part in parts:
            assert part in self.text, self.text


class Closing(Answers):
    """Closes after each answer, in good form or not."""

    polite = True

    def serve(self, sock):
        wire = self.wire(sock)
        try:
            wire.handshake()
        except ssl.SSLError:
            return
        head, _ = wire.read_head()
        if not head:
            return
        self.requests.append(parse(head))
        send(wire, self.function(self.requests[-1]))
        with contextlib.suppress(OSError):  # it may be gone already
            if self.polite:
                wire.close_notify()
            wire.fin()
            wire.read_all()


@contextlib.contextmanager
def dated(identity, *lines):
    """A server with these fields in each answer."""
    with Closing(
        server_context(identity),
        lambda _: answer(b"", "Connection: close", *lines),
    ) as server:
        yield server
