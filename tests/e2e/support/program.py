# SPDX-License-Identifier: MIT
"""The program under test: one fetch, one server."""

import contextlib
import json
import os
import re
import signal
import subprocess
from dataclasses import dataclass

LIMIT_S = 60


@dataclass
class Fetch:
    """What became of one `duet get`."""

    exit: int
    out: bytes
    err: str

    @property
    def sentence(self):
        """The last line of its complaint; "kept: ..." may follow it."""
        lines = self.err.strip().splitlines()
        lines = [line for line in lines if not line.startswith("kept: ")]
        return lines[-1] if lines else ""

    @property
    def json(self):
        """Of --json."""
        return json.loads(self.out)


class Served:
    """A running `duet serve`."""

    def __init__(self, process, addresses, log, admin=()):
        self.process = process
        self.addresses = addresses  # as the ready line gave them
        self.admin = admin  # the same of its admin listener
        self.log_file = log

    @property
    def pid(self):
        """Of the process that was started."""
        return self.process.pid

    @property
    def port(self):
        """Of the first address that has one."""
        return int(self.addresses[0].rpartition(":")[2])

    @property
    def url(self):
        """Of its root."""
        return f"https://localhost:{self.port}/"

    def log(self):
        """The lines it has written so far."""
        return self.log_file.read_text(encoding="utf-8").splitlines()

    def stop(self):
        """SIGTERM: drain. The exit code, and all lines of the log."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=LIMIT_S)
        return status, self.log()


class Program:
    """The binary, and a home of its own to run in."""

    def __init__(self, path, home, env):
        self.path = str(path)
        self.home = home
        self.env = dict(os.environ)
        self.env.update(env)
        for name in ("DATA", "STATE", "CACHE", "CONFIG"):
            self.env.pop(f"XDG_{name}_HOME", None)
        for name in list(self.env):
            if name.lower().endswith("_proxy") or name.startswith("SSL_CERT"):
                del self.env[name]
        self.env.update(HOME=str(home), LC_ALL="C.UTF-8", TERM="dumb")

    def run(self, *words, stdin=b"", cwd=None, limit=LIMIT_S):
        """Any command, to its end."""
        done = subprocess.run(
            [self.path, *map(str, words)],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.env,
            cwd=cwd or self.home,
            timeout=limit,
            check=False,
        )
        err = done.stderr.decode("utf-8", "replace")
        assert done.returncode >= 0, f"killed by {-done.returncode}: {err}"
        return Fetch(done.returncode, done.stdout, err)

    def get(self, *words, **more):
        """One fetch."""
        return self.run("get", *words, **more)

    @contextlib.contextmanager
    def serve(self, root, *words, log=None, limits=None, out=None, err=None):
        """A server of root, or of a --config=FILE that says where it
        listens, ready; stopped at the end of the with."""
        log = log or self.home / "serve.log"
        read_end, write_end = os.pipe()
        argv = [self.path, "serve", root, "--ready-fd", write_end]
        if "--listen" not in words and not f"{root}".startswith("--config"):
            argv += ["--listen", "127.0.0.1:0"]
        if "--log" not in words:
            argv += ["--log", log]
        with open(self.home / "serve.err", "ab") as said:
            process = subprocess.Popen(
                [str(word) for word in (*argv, *words)],
                stdin=subprocess.DEVNULL,
                stdout=said if out is None else out,
                stderr=said if err is None else err,
                env=self.env,
                cwd=self.home,
                pass_fds=(write_end,),
                preexec_fn=limits,
            )
        os.close(write_end)
        try:
            with open(read_end, encoding="utf-8") as ready:
                line, *more = ready.readlines() or [""]
            assert line, self.errors()
            addresses = re.findall(r"unix:\S+|[\w.\[\]:]+:\d+", line)
            assert addresses, f"no address in {line!r}"
            admin = more[0].split()[1:] if more else []
            yield Served(process, addresses, log, admin)
        finally:
            stop(process)

    def errors(self):
        """What servers have said outside their log."""
        return (self.home / "serve.err").read_text(encoding="utf-8")


def stop(process):
    """Whatever it is doing; twice SIGTERM means now."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
