"""Bytes of a reader -> frames: where an answer begins, where it ends, and when it is spoiled.

Rule: every byte is one step of the tables below, so a stream cut anywhere gives the same frames; a frame
whose head, tail or middle may be missing is spoiled and never a read, and neither is what comes behind a frame that stalled:
it may be the rest of it. Source: docs/devices/scanner-line.md.
"""

from enum import Enum, auto

import msgspec

from drivers.scanner.profiles import Framing, ReaderProfile

FRAME_LIMIT_BYTES = 512
STX, ETX = 0x02, 0x03


class State(Enum):
    IDLE = auto()  # between frames
    PLAIN = auto()  # in a frame that began without STX
    HEADED = auto()  # in a frame that began with STX
    SKIP = auto()  # in a spoiled frame, until its end


class Kind(Enum):
    STX = auto()
    ETX = auto()
    END = auto()
    TEXT = auto()


class Act(Enum):
    NOTHING = auto()
    KEEP = auto()  # the byte belongs to the frame
    HEAD = auto()  # the byte opens a frame
    FINISH = auto()  # the frame is whole
    SPOIL = auto()  # the frame is given up here
    SPOIL_HEAD = auto()  # the frame is given up and the byte opens the next
    TAINT = auto()  # the byte cannot be part of a good frame; wait for the end of the rubbish


LINES_TABLE: dict[tuple[State, Kind], tuple[Act, State]] = {
    (State.IDLE, Kind.STX): (Act.HEAD, State.HEADED),
    (State.IDLE, Kind.ETX): (Act.NOTHING, State.IDLE),
    (State.IDLE, Kind.END): (Act.NOTHING, State.IDLE),
    (State.IDLE, Kind.TEXT): (Act.KEEP, State.PLAIN),
    (State.PLAIN, Kind.STX): (Act.SPOIL_HEAD, State.HEADED),
    (State.PLAIN, Kind.ETX): (Act.SPOIL, State.IDLE),  # a reader that sends ETX sent STX: the head is lost
    (State.PLAIN, Kind.END): (Act.FINISH, State.IDLE),
    (State.PLAIN, Kind.TEXT): (Act.KEEP, State.PLAIN),
    (State.HEADED, Kind.STX): (Act.SPOIL_HEAD, State.HEADED),
    (State.HEADED, Kind.ETX): (Act.FINISH, State.IDLE),
    (State.HEADED, Kind.END): (Act.FINISH, State.IDLE),
    (State.HEADED, Kind.TEXT): (Act.KEEP, State.HEADED),
    (State.SKIP, Kind.STX): (Act.SPOIL_HEAD, State.HEADED),
    (State.SKIP, Kind.ETX): (Act.SPOIL, State.IDLE),
    (State.SKIP, Kind.END): (Act.SPOIL, State.IDLE),
    (State.SKIP, Kind.TEXT): (Act.KEEP, State.SKIP),
}
STX_ETX_TABLE = LINES_TABLE | {
    (State.IDLE, Kind.TEXT): (Act.TAINT, State.SKIP),
    (State.HEADED, Kind.END): (Act.KEEP, State.HEADED),  # a CR inside is text here, for the printable check
}
TABLES = {Framing.LINES: LINES_TABLE, Framing.STX_ETX: STX_ETX_TABLE}


class Frame(msgspec.Struct, frozen=True):
    """One frame: `body` without its marks, `raw` as it came; a spoiled one says why and has no body."""

    raw: bytes
    body: bytes = b""
    spoiled: str = ""


class Framer:
    """The state of one stream. Memory is bounded by the frame limit."""

    def __init__(self, profile: ReaderProfile) -> None:
        self._table = TABLES[profile.framing]
        self._ends = frozenset(profile.ends)
        self._silence_ends = profile.silence_ends_read
        self._state = State.IDLE
        self._raw = bytearray()
        self._dropped = 0
        self._taint = ""
        self._is_rest = False
        self.awaits_rest = False
        """A frame was cut off by silence: text without STX may be its rest. Whoever knows the time gives it up (`no_rest`)."""

    @property
    def pending(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._state is not State.IDLE

    def receive(self, data: bytes) -> list[Frame]:
        frames: list[Frame] = []
        for byte in data:
            kind = self._kind(byte)
            act, after = self._table[self._state, kind]
            if self.awaits_rest and self._state is State.IDLE:
                self.awaits_rest = False  # an end that stands alone was that of the frame
                if kind is Kind.TEXT:
                    act, after = Act.TAINT, State.SKIP
                    self._is_rest = True
            before, self._state = self._state, after
            frame = self._step(act, before, byte)
            if frame is not None:
                frames.append(frame)
        return frames

    def flush(self) -> list[Frame]:
        """Quiet for too long: a suffix-less read ends here, anything else has lost its rest."""
        if self._state is State.IDLE:
            return []
        whole = self._state is State.PLAIN and self._silence_ends
        self._state = State.IDLE
        # Where silence is the end, it was that of the rest, too: else one spoiled frame takes each one behind it along.
        self.awaits_rest = not whole and not (self._is_rest and self._silence_ends)
        return [self._whole() if whole else self._spoiled("cut off: no end came")]

    def no_rest(self) -> None:
        """So long after a frame that was cut off nothing of it comes any more."""
        self.awaits_rest = False

    def spoil(self, cause: str) -> None:
        """The frame under way cannot be trusted; it will be reported as spoiled at its end."""
        if self._state is not State.IDLE:
            self._state = State.SKIP
            self._taint = cause

    def _kind(self, byte: int) -> Kind:
        if byte == STX:
            return Kind.STX
        if byte == ETX:
            return Kind.ETX
        return Kind.END if byte in self._ends else Kind.TEXT

    def _step(self, act: Act, before: State, byte: int) -> Frame | None:
        match act:
            case Act.NOTHING:
                return None
            case Act.KEEP | Act.HEAD:
                self._keep(byte)
                return None
            case Act.TAINT:
                self._taint = "behind a frame that was cut off, or outside STX and ETX"
                self._keep(byte)
                return None
            case Act.FINISH:
                self._raw.append(byte)
                return self._whole()
            case Act.SPOIL:
                self._raw.append(byte)
                return self._spoiled("ETX without STX: the head is missing" if before is State.PLAIN else "")
            case Act.SPOIL_HEAD:
                frame = self._spoiled("a new frame began before the end")
                self._raw.append(byte)
                return frame

    def _keep(self, byte: int) -> None:
        if len(self._raw) < FRAME_LIMIT_BYTES:
            self._raw.append(byte)
            return
        self._dropped += 1
        self._state = State.SKIP
        self._taint = self._taint or "longer than 512 bytes"

    def _whole(self) -> Frame:
        raw = bytes(self._raw)
        self._clear()
        return Frame(raw=raw, body=self._without_marks(raw))

    def _without_marks(self, raw: bytes) -> bytes:
        start = 1 if raw[0] == STX else 0
        # the last byte is a mark unless silence ended the read
        stop = len(raw) - 1 if raw[-1] == ETX or raw[-1] in self._ends else len(raw)
        return raw[start:stop]

    def _spoiled(self, cause: str) -> Frame:
        cause = self._taint or cause
        if self._dropped:
            cause = f"{cause}; {self._dropped} bytes dropped"
        frame = Frame(raw=bytes(self._raw), spoiled=cause)
        self._clear()
        return frame

    def _clear(self) -> None:
        self._raw.clear()
        self._dropped = 0
        self._taint = ""
        self._is_rest = False
