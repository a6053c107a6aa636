# SPDX-License-Identifier: MIT
"""nghttpd: HTTP/2 and nothing else."""

from support.peers import Peer


class Nghttpd(Peer):
    """One worker, TLS."""

    name = "nghttpd"
    programs = ("nghttpd",)
    words = ()  # more options

    def argv(self, config):
        return [
            self.program,
            *("-a", "127.0.0.1", "-d", self.root, "-n", "1"),
            *self.words,
            self.port,
            self.identity.key_file,
            self.identity.chain_file,
        ]
