# SPDX-License-Identifier: MIT
"""Other people's servers, a file each, with a configuration of ours.

Each serves one directory over TLS on a port of 127.0.0.1, in the foreground,
from a directory of its own, and is stopped by its process id.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time

from support import ports

LIMIT_S = 20


class Peer:
    """One server; a subclass says how it is configured and started."""

    name = ""
    programs = ()  # any of these
    prefix = ()  # words before the command: taskset, for example
    extra = ""  # more lines of configuration

    def __init__(self, program, work, root, identity):
        self.program = program
        self.work = work
        self.root = root
        self.identity = identity
        self.port = ports.reserve()
        self.log = work / f"{self.name}.out"

    @property
    def url(self):
        """Of the root of what it serves."""
        return f"https://localhost:{self.port}/"

    def config(self):
        """The text of its configuration, or None."""
        return None

    def argv(self, config):
        """The command; config is the file or None."""
        raise NotImplementedError

    def helpers(self):
        """Other servers it needs while it runs, as context managers."""
        return ()

    @contextlib.contextmanager
    def running(self):
        """Started, ready, and stopped at the end."""
        with self.running_session():
            yield self

    @contextlib.contextmanager
    def running_session(self):
        """The same; gives the session its processes share."""
        config = None
        text = self.config()
        if text is not None:
            config = self.work / f"{self.name}.conf"
            config.write_text(text)
        with contextlib.ExitStack() as stack:
            for helper in self.helpers():
                stack.enter_context(helper)
            process = stack.enter_context(self.start(config))
            self.wait(process)
            yield process.pid

    @contextlib.contextmanager
    def start(self, config):
        """The process, in a group of its own, since most fork."""
        env = dict(os.environ, HOME=str(self.work), LC_ALL="C.UTF-8")
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                [str(word) for word in (*self.prefix, *self.argv(config))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.root,
                env=env,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                pass
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def address(self):
        """Where it listens, for socket.connect."""
        return ("127.0.0.1", self.port)

    def wait(self, process):
        """Until it accepts a connection; if it ends before, say why."""
        deadline = time.monotonic() + LIMIT_S
        while True:
            address = self.address()
            unix = isinstance(address, str)
            family = socket.AF_UNIX if unix else socket.AF_INET
            with socket.socket(family) as sock:
                if sock.connect_ex(address) == 0:
                    return
            said = self.log.read_text(errors="replace")
            assert process.poll() is None, f"{self.name} ended: {said}"
            assert time.monotonic() < deadline, f"{self.name}: {said}"
            # Its own readiness is what is asked for, a hundred times a second.
            time.sleep(0.01)
