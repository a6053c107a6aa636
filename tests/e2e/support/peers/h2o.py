# SPDX-License-Identifier: MIT
"""h2o."""

import os

from support.peers import Peer


class H2o(Peer):
    """One thread."""

    name = "h2o"
    programs = ("h2o",)

    def config(self):
        user = "user: root\n" if os.getuid() == 0 else ""
        return f"""{user}num-threads: 1
error-log: {self.log}
pid-file: {self.work}/h2o.pid
file.mime.setdefaulttype: application/octet-stream
hosts:
  default:
    listen:
      host: 127.0.0.1
      port: {self.port}
      ssl:
        certificate-file: {self.identity.chain_file}
        key-file: {self.identity.key_file}
        ocsp-update-interval: 0
    paths:
      "/":
        file.dir: {self.root}
"""

    def argv(self, config):
        return [self.program, "-m", "worker", "-c", config]
