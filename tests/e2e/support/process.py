# SPDX-License-Identifier: MIT
"""What the kernel knows of a server's processes."""

import os
import select
from pathlib import Path

SPAN_MAX = 1 << 28  # the shadow of a sanitizer is larger
GONE = (FileNotFoundError, ProcessLookupError)  # it ended while we looked


def children(pid):
    """Process ids, without those of their own."""
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    except GONE:
        return []
    return found


def holds(pid, secret):
    """Whether it is in memory that the process can write to."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            begin, end = (int(place, 16) for place in span.split("-"))
            if rights.startswith("rw") and end - begin < SPAN_MAX:
                memory.seek(begin)
                if secret in memory.read(end - begin):
                    return True
    return False


def family(pid):
    """A process and all below it."""
    found = [pid]
    for child in children(pid):
        found += family(child)
    return found


def status(pid, field):
    """One line of /proc/PID/status; "" when there is none."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except GONE:
        return ""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return value.split()[0]
    return ""


def wait_for_end(pid, limit_s):
    """Return when that process, which need not be our child, has ended."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    assert poll.poll(limit_s * 1000), f"{pid} goes on"
    os.close(fd)


def resident_kb(pid):
    """Memory in RAM, of the whole family."""
    return sum(int(status(p, "VmRSS") or 0) for p in family(pid))


def zombies(pid):
    """Ended processes of the family that nobody has waited for."""
    return [p for p in family(pid) if status(p, "State") == "Z"]


def open_files(pid):
    """How many descriptors the family holds."""
    return sum(len(list(Path(f"/proc/{p}/fd").iterdir())) for p in family(pid))


def ticks(pid):
    """Time on a processor so far, of that process alone."""
    text = Path(f"/proc/{pid}/stat").read_text()
    fields = text.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])  # utime, stime
