"""What a barcode reader puts around the codes it saw, as settings (profiles are data).

One rule: a profile describes bytes only; when a frame is sent and what goes wrong with it is elsewhere.

Frame: [STX] body [check] [ETX] suffix, body = codes joined by the separator, each after its AIM identifier
if the profile sends them. The check is two upper-case hex digits: the XOR of the body's bytes.
Sources: reader makers' serial settings (suffix CR, LF or CR LF; optional STX/ETX; no-read text), ISO/IEC
15424 for the AIM identifiers.
"""

from __future__ import annotations

import enum
import functools
import operator
from collections.abc import Sequence

import msgspec

STX, ETX = b"\x02", b"\x03"


class FrameCheck(enum.Enum):
    NONE = "none"
    XOR_HEX = "xor_hex"


class ReaderProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How one reader is set up. `no_read` empty: it says nothing when it read nothing."""

    suffix: bytes = b"\r"
    stx_etx: bool = False
    separator: bytes = b","
    aim: str = ""
    frame_check: FrameCheck = FrameCheck.NONE
    no_read: bytes = b"NoRead"
    heartbeat: bytes = b""
    heartbeat_ms: int = 0


PLAIN_CR = ReaderProfile()
PLAIN_CRLF = ReaderProfile(suffix=b"\r\n")
CHECKED = ReaderProfile(suffix=b"\r\n", stx_etx=True, frame_check=FrameCheck.XOR_HEX)
WITH_AIM = ReaderProfile(aim="]C1")
WITH_HEARTBEAT = ReaderProfile(heartbeat=b"#HB", heartbeat_ms=1000)
SILENT_NO_READ = ReaderProfile(no_read=b"")


def read_frame(profile: ReaderProfile, codes: Sequence[str]) -> bytes:
    """The frame that reports these codes."""
    prefix = profile.aim.encode()
    return framed(profile, profile.separator.join(prefix + code.encode() for code in codes))


def no_read_frame(profile: ReaderProfile) -> bytes:
    """The frame that reports "nothing read"; empty when this profile is silent then."""
    return framed(profile, profile.no_read) if profile.no_read else b""


def heartbeat_frame(profile: ReaderProfile) -> bytes:
    return framed(profile, profile.heartbeat) if profile.heartbeat else b""


def framed(profile: ReaderProfile, body: bytes) -> bytes:
    if profile.frame_check is FrameCheck.XOR_HEX:
        body += b"%02X" % functools.reduce(operator.xor, body, 0)
    if profile.stx_etx:
        body = STX + body + ETX
    return body + profile.suffix
