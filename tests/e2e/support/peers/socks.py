# SPDX-License-Identifier: MIT
"""Two proxies for SOCKS5: microsocks, and danted of the dante project."""

from support.peers import Peer


class Microsocks(Peer):
    """For everybody."""

    name = "microsocks"
    programs = ("microsocks",)
    words = ()

    @property
    def where(self):
        """HOST:PORT of its own."""
        return f"127.0.0.1:{self.port}"

    def argv(self, config):
        where = ["-i", "127.0.0.1", "-p", self.port]
        return [self.program, *where, *self.words]


class MicrosocksForAlice(Microsocks):
    """Only with her password."""

    words = ("-u", "alice", "-P", "wonder")


class Dante(Peer):
    """For everybody, to everywhere."""

    name = "danted"
    programs = ("danted",)
    verdict = "pass"

    @property
    def where(self):
        """HOST:PORT of its own."""
        return f"127.0.0.1:{self.port}"

    def config(self):
        return f"""
logoutput: stderr
internal: 127.0.0.1 port = {self.port}
external: lo
socksmethod: none
clientmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
socks {self.verdict} {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
"""

    def argv(self, config):
        return [
            self.program,
            *("-N", "1", "-f", config),
            *("-p", self.work / "danted.pid"),
        ]


class DanteThatRefuses(Dante):
    """Nobody gets anywhere."""

    verdict = "block"
