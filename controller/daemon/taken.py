"""What leaves by the command line as a file: the running daemon writes who took it into the journal, before it is given.

One rule: who it was is what the kernel says of the other end of the control socket, never a text of the request. What the command
says of itself stands beside the reason where it differs: a daemon with users of its own (the shipped unit) sees its own account.
"""

import contextlib
import hashlib
import json
import os
import pwd
import re
import socket
import struct
from pathlib import Path
from typing import Any, Protocol

from controller.daemon.acts import ActError
from controller.line.people_events import Exported

ANSWER_WITHIN_S = 60.0
TEXT_MOST = 200
WHAT = ("story", "diagnostics")
NOBODY_SIGNED_IN = 2**32 - 1
NOT_REACHED = "daemon_not_reached"
_PEER = struct.Struct("3i")


class Socket(Protocol):
    def getsockopt(self, level: int, name: int, size: int, /) -> bytes: ...


# --- in the daemon ---


def person_at(end: Socket) -> str:
    """The account at the other end of a Unix socket, as the journal names it."""
    pid, uid, _ = _PEER.unpack(end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return person_of(pid, uid)


def person_of(pid: int, uid: int) -> str:
    """Whoever signed in at this machine, also behind `sudo`, where the kernel knows it; else the account of the process."""
    with contextlib.suppress(OSError, ValueError):
        signed_in = int(Path(f"/proc/{pid}/loginuid").read_text("ascii"))
        uid = uid if signed_in == NOBODY_SIGNED_IN else signed_in
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return f"command:{name}"


def exported_of(request: dict[str, Any], who: str) -> Exported:
    """The event that a request of `who` asks for. Raises `ActError`."""
    what, about, carton, reason, sha256 = (
        str(request.get(name, "")) for name in ("record", "about", "carton", "reason", "sha256")
    )
    if what not in WHAT or not re.fullmatch("[0-9a-f]{64}", sha256) or max(len(about), len(carton), len(reason)) > TEXT_MOST:
        raise ActError("request_malformed", "this is nothing that a command takes away", "one of " + ", ".join(WHAT))
    if not reason.strip():
        raise ActError("reason_missing", "nobody is told why it is taken", "say why")
    by = str(request.get("by", ""))[:TEXT_MOST]
    return Exported(what, about, carton, reason if by in ("", who) else f"{reason} ({by})", sha256)


# --- in the command ---


def tell(control: Path, what: str, about: str, carton: str, reason: str, data: bytes) -> dict[str, Any]:
    """Have the running daemon record it: its answer, or that it is not reached."""
    hashed = hashlib.sha256(data).hexdigest()
    said = {"record": what, "about": about, "carton": carton, "reason": reason, "sha256": hashed, "by": myself()}
    return ask(control, said)


def is_running(control: Path) -> bool:
    """Whether a daemon listens there to whoever this is."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(ANSWER_WITHIN_S)
        wire.connect(str(control))
        return True
    return False


def myself() -> str:
    return person_of(os.getpid(), os.getuid())


def ask(control: Path, request: dict[str, Any]) -> dict[str, Any]:
    """One request over the control socket, and its answer."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
            wire.settimeout(ANSWER_WITHIN_S)
            wire.connect(str(control))
            wire.sendall(json.dumps(request).encode() + b"\n")
            answer: dict[str, Any] = json.loads(wire.makefile("rb").readline() or b"{}")
            return answer
    except (OSError, ValueError) as error:
        cause = f"{control}: {error.strerror if isinstance(error, OSError) and error.strerror else error}"
        return {"ok": False, "code": NOT_REACHED, "cause": cause,
                "next_step": "start it with xiyong run, or give the --data or --config of the one that runs"}  # fmt: skip
