# SPDX-License-Identifier: MIT
"""What a process has used: its memory at the most, its time on the CPU.

The kernel counts what was there before exec(2), too: of a child of ours all
that the test run has grown to. So a small process starts it.
"""

import json
import os
import subprocess
import sys
from collections import namedtuple

Measured = namedtuple("Measured", "exit err peak_kb cpu_s")

STARTER = """
import json, os, subprocess, sys
out = int(sys.argv[1])
process = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(process.pid, 0)
told = [os.waitstatus_to_exitcode(status), used.ru_maxrss, used.ru_utime]
os.write(out, json.dumps(told).encode())
"""


def run_measured(argv, env, cwd=None):
    """Run it to its end; what it writes to standard output is dropped."""
    read, write = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-ISc", STARTER, str(write), *map(str, argv)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(write,),
        cwd=cwd,
        env=env,
    ) as process:
        os.close(write)
        err = process.stderr.read().decode()
        with os.fdopen(read) as told:
            code, peak_kb, cpu_s = json.load(told)
    return Measured(code, err, peak_kb, cpu_s)
