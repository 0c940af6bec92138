r"""Bytes of a barcode reader <-> frozen values, without I/O; framing is in `framing.py`, where its state table
is.

Rule: whatever the bytes, the answer is values: a read, a no-read, a heartbeat, a reply or a spoiled frame;
and one doubtful byte spoils the whole frame. Source: Keyence SR-750 communication manual;
Cognex DataMan command reference; docs/devices/scanner-*.md.

| body of a whole frame | value |
|---|---|
| heartbeat pattern | `Heartbeat` |
| `OK,command` or `ER,command,nn` (Keyence), `\|\|0:id[status]` (DataMan) | `CommandDone` or `CommandRefused` |
| a no-read text | `NothingRead` |
| frame check configured, and wrong or missing | `Spoiled` |
| a byte outside 20..7E (and GS if allowed) | `Spoiled` |
| an empty code, or empty after its AIM id | `Spoiled` |
| anything else | `CodesRead` |
"""

import re
from functools import reduce
from operator import xor

import msgspec

from drivers.scanner.framing import Frame, Framer
from drivers.scanner.profiles import FrameCheck, ReaderProfile

_AIM_ID = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_HEX_PAIR = re.compile(rb"[0-9A-Fa-f]{2}")
_KEYENCE_REPLY = re.compile(rb"(OK),([A-Z0-9?]+)(,.*)?|(ER),([A-Z0-9?]*),([0-9]{2})")
_DATAMAN_REPLY = re.compile(rb"\|\|[0-9]+:([0-9]{1,9})\[([0-9]{1,5})\].*")
_DATAMAN_OK = (b"0", b"1")
GS = 0x1D


class ReadCode(msgspec.Struct, frozen=True):
    """One code: its text, and the AIM symbology identifier ("]C1") if the reader sent one."""

    text: str
    symbology: str = ""


class CodesRead(msgspec.Struct, frozen=True):
    codes: tuple[ReadCode, ...]
    frame_checked: bool
    raw: bytes


class NothingRead(msgspec.Struct, frozen=True):
    raw: bytes


class Heartbeat(msgspec.Struct, frozen=True):
    raw: bytes


class Spoiled(msgspec.Struct, frozen=True):
    raw: bytes
    cause: str


class CommandDone(msgspec.Struct, frozen=True):
    command: str
    raw: bytes


class CommandRefused(msgspec.Struct, frozen=True):
    command: str
    error: str
    raw: bytes


ReaderValue = CodesRead | NothingRead | Heartbeat | Spoiled | CommandDone | CommandRefused


class LineReaderCodec:
    """A reader that only talks."""

    def __init__(self, profile: ReaderProfile) -> None:
        self._profile = profile
        self._framer = Framer(profile)

    @property
    def pending(self) -> bool:
        """Whether a frame has begun and not ended; then call `flush` after the profile's idle time."""
        return self._framer.pending

    def receive(self, data: bytes) -> list[ReaderValue]:
        return [self._value(frame) for frame in self._framer.receive(data)]

    def flush(self) -> list[ReaderValue]:
        """The line was quiet for the idle time."""
        return [self._value(frame) for frame in self._framer.flush()]

    @property
    def awaits_rest(self) -> bool:
        """Whether what comes next may be the rest of a frame that was cut off; call `no_rest` when it is too late for that."""
        return self._framer.awaits_rest

    def no_rest(self) -> None:
        """The line was quiet for so long that no rest comes any more."""
        self._framer.no_rest()

    def spoil(self, cause: str) -> None:
        """Distrust the frame that is under way."""
        self._framer.spoil(cause)

    def _value(self, frame: Frame) -> ReaderValue:
        if frame.spoiled:
            return Spoiled(raw=frame.raw, cause=frame.spoiled)
        return self._meaning(frame.body, frame.raw)

    def _meaning(self, body: bytes, raw: bytes) -> ReaderValue:
        return meaning_of(body, raw, self._profile)


class KeyenceCodec(LineReaderCodec):
    """A Keyence SR: replies to commands come as messages of their own, before the data."""

    @staticmethod
    def command(text: str) -> bytes:
        """A command with the CR terminator; the replies use the same."""
        return text.encode("ascii") + b"\r"

    def _meaning(self, body: bytes, raw: bytes) -> ReaderValue:
        reply = _KEYENCE_REPLY.fullmatch(body)
        if reply is None:
            return super()._meaning(body, raw)
        if reply[1]:
            return CommandDone(command=reply[2].decode("ascii"), raw=raw)
        return CommandRefused(command=reply[5].decode("ascii"), error=reply[6].decode("ascii"), raw=raw)


class DataManCodec(LineReaderCodec):
    """A Cognex DataMan: commands carry an id, and so do their replies; read data comes as plain text ("silent" output)."""

    @staticmethod
    def command(text: str, number: int) -> bytes:
        """A DMCC command with its id and without check byte, ended by CR LF."""
        return f"||0:{number}>{text}\r\n".encode("ascii")

    def _meaning(self, body: bytes, raw: bytes) -> ReaderValue:
        reply = _DATAMAN_REPLY.fullmatch(body)
        if reply is None:
            return super()._meaning(body, raw)
        name, status = reply[1].decode("ascii"), reply[2]
        if status in _DATAMAN_OK:
            return CommandDone(command=name, raw=raw)
        return CommandRefused(command=name, error=status.decode("ascii"), raw=raw)


def meaning_of(body: bytes, raw: bytes, profile: ReaderProfile) -> ReaderValue:
    """A whole frame, read by the table at the top."""
    silent = _no_code(body, raw, profile)
    if silent is not None:
        return silent
    checked = profile.frame_check is FrameCheck.XOR_HEX
    if checked:
        verified = without_xor_check(body)
        if verified is None:
            return Spoiled(raw=raw, cause="frame check missing or wrong")
        body = verified
        silent = _no_code(body, raw, profile)
        if silent is not None:
            return silent
    pieces = _pieces(body, profile)
    texts = [piece for piece in pieces if piece not in profile.no_read_texts]
    if pieces and not texts:
        return NothingRead(raw=raw)
    codes: list[ReadCode] = []
    for text in texts:
        code = _code(text, profile)
        if isinstance(code, str):
            return Spoiled(raw=raw, cause=code)
        codes.append(code)
    return CodesRead(codes=tuple(codes), frame_checked=checked, raw=raw)


def without_xor_check(body: bytes) -> bytes | None:
    """The body before its two check characters, if they are there and right."""
    text, check = body[:-2], body[-2:]
    if not text or _HEX_PAIR.fullmatch(check) is None:
        return None
    return text if reduce(xor, text) == int(check, 16) else None


def _no_code(body: bytes, raw: bytes, profile: ReaderProfile) -> ReaderValue | None:
    # harmless without a check: neither can become an identity
    if profile.heartbeat and re.fullmatch(profile.heartbeat, body) is not None:
        return Heartbeat(raw=raw)
    return NothingRead(raw=raw) if body in profile.no_read_texts else None


def _pieces(body: bytes, profile: ReaderProfile) -> list[bytes]:
    if not profile.separator:
        return [body]
    # readers that fill fixed places end with a separator; one more is an empty place and spoils the frame
    return body.removesuffix(profile.separator).split(profile.separator)


def _code(text: bytes, profile: ReaderProfile) -> ReadCode | str:
    """The code, or why it is none."""
    for byte in text:
        if not (0x20 <= byte <= 0x7E or (byte == GS and profile.group_separator)):
            return f"byte {byte:02X} is not printable"
    plain, symbology = text.decode("ascii"), ""
    if profile.aim_ids and _AIM_ID.match(plain):
        symbology, plain = plain[:3], plain[3:]
    if not plain.strip():
        return "empty code"
    return ReadCode(text=plain, symbology=symbology)
