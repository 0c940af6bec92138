"""Files and folders that a test keeps from a daemon: closed even to root, or hanging in the kernel as a dead share does."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Nothing stops root at a closed door, so a daemon that a test closes doors to runs without root's powers.
WITHOUT_POWERS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()

# Whoever opens a file under a write lease waits in the kernel until its holder lets go (fcntl(2), at most 45 s).
LEASE = """
import fcntl, os, signal, sys
signal.signal(signal.SIGIO, lambda *_: None)
fd = os.open(sys.argv[1], os.O_RDWR)
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def hanging(path: Path, data: bytes) -> Iterator[None]:
    """Put a file there that whoever opens it hangs at, while this lasts."""
    aside = path.with_name(f".{path.name}.part")
    aside.write_bytes(data)
    with subprocess.Popen([sys.executable, "-c", LEASE, str(aside)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == b"held\n"
        aside.rename(path)  # leased already: nobody opens it before
        try:
            yield
        finally:
            holder.stdin.close()
