# SPDX-License-Identifier: MIT
"""`duet get` and the signals that end it."""

import json
import signal
import subprocess
import threading

import pytest

from support.answers import Answers, answer, fin
from support.wire import LIMIT_S, server_context

BODY = b"".join(b"%07d\n" % i for i in range(1000))


@pytest.fixture(name="context")
def fixture_context(identity):
    """A server's."""
    return server_context(identity)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_body_is_kept_aside(duet, ca, context, number):
    gone = threading.Event()

    def half(_):
        yield answer(BODY, length=2 * len(BODY))
        assert gone.wait(LIMIT_S)

    with Answers(context, half) as s:
        words = ["--cacert", ca.file, "-v", "-o", "f", s.url, s.url]
        with subprocess.Popen(
            [duet.path, "get", *map(str, words)],
            stderr=subprocess.PIPE,
            env=duet.env,
            cwd=duet.home,
            text=True,
        ) as process:
            for line in process.stderr:
                if line == "< \n":
                    break
            process.send_signal(number)
            said = process.stderr.read()
            gone.set()
    assert process.returncode == -number
    assert s.listener.accepted == 1
    size = (duet.home / "f.part").stat().st_size
    assert f"\nkept: f.part ({size} bytes)\n" in said
    assert "interrupted" in said


def test_an_interrupt_before_the_answer_tells_of_no_other(duet, ca, context):
    asked, gone = threading.Event(), threading.Event()

    def late(request):
        if request.target == "/cut":
            yield fin
            return
        asked.set()
        assert gone.wait(LIMIT_S)

    with Answers(context, late) as s:
        words = ["--cacert", ca.file, "-v", "--json", f"{s.url}cut", s.url]
        with subprocess.Popen(
            [duet.path, "get", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=duet.env,
            cwd=duet.home,
            text=True,
        ) as process:
            assert asked.wait(LIMIT_S)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()
            gone.set()
    assert process.returncode == -signal.SIGINT, err
    cut, late = map(json.loads, out.splitlines())
    assert cut["tls"]["version"] == "TLSv1.3"
    assert late["error"]["word"] == "interrupted"
    assert late["tls"] is late["address"] is None
    assert late["timings_ms"] is late["sizes"]["wire"] is None
