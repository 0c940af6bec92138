"""Frames around the XML forms: bytes in, frames and complaints out; no I/O.

One rule: whatever comes in, each byte belongs to one frame or to one complaint, and memory stays below FRAME_LIMIT_BYTES. Source:
JGS/T 14-2015 (tables of the frame) and the public C# implementation Quick.JGST14, which agree on everything but the width of
the message code: 4 bytes in the standard's tables, 1 in that code. So the width is a setting (`code_bytes`).

    E2 5C 4B 89 | total 4 | code 1 or 4 | area 10 | channel 10 | I/E 1 | FF FF FF FF | XML length 4 | XML | pictures | FF FF

Lengths are big-endian; total counts every byte from the first mark to the last.
"""

import struct

import msgspec

HEAD_MARK = b"\xe2\x5c\x4b\x89"
BODY_MARK = b"\xff\xff\xff\xff"
TAIL_MARK = b"\xff\xff"
NAME_BYTES = 10
FRAME_LIMIT_BYTES = 4 * 1024 * 1024
KEPT_OF_BAD_BYTES = 256


class Frame(msgspec.Struct, frozen=True):
    """One whole frame. `raw` is every byte of it, `pictures` how many bytes of pictures it carried."""

    code: int
    area_id: str
    channel_no: str
    direction: str
    xml: bytes
    raw: bytes
    pictures: int = 0


class BadFrame(msgspec.Struct, frozen=True):
    """Bytes that are no frame: a code, what is wrong with them, and the first of them."""

    code: str
    cause: str
    raw: bytes


def encode_frame(code: int, area_id: str, channel_no: str, direction: str, xml: bytes, code_bytes: int = 4) -> bytes:
    """A frame without pictures. Names are ASCII, filled with blanks; longer ones are an error of the configuration."""
    names = [name.encode("ascii") for name in (area_id, channel_no)]
    if any(len(name) > NAME_BYTES for name in names) or len(direction) != 1:
        raise ValueError(f"area {area_id!r}, channel {channel_no!r} or direction {direction!r} does not fit the frame")
    head = code.to_bytes(code_bytes, "big") + b"".join(name.ljust(NAME_BYTES) for name in names) + direction.encode("ascii")
    body = head + BODY_MARK + struct.pack(">I", len(xml)) + xml + TAIL_MARK
    return HEAD_MARK + struct.pack(">I", len(HEAD_MARK) + 4 + len(body)) + body


class FrameDecoder:
    """Cuts a stream into frames. After rubbish it goes on at the next mark."""

    def __init__(self, code_bytes: int = 4) -> None:
        if code_bytes not in (1, 4):
            raise ValueError("the message code has 1 byte or 4")
        self._code_bytes = code_bytes
        self._head_bytes = 8 + code_bytes + 2 * NAME_BYTES + 1 + 4 + 4
        self._buffer = bytearray()

    @property
    def waiting(self) -> bool:
        """Whether a part of a frame is here and the rest is not."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Frame | BadFrame]:
        """What the bytes so far come to."""
        self._buffer += data
        found: list[Frame | BadFrame] = []
        while self._buffer:
            one = self._next()
            if one is None:
                break
            found.append(one)
        return found

    def give_up(self) -> BadFrame:
        """The rest of a frame did not come: what is here of it is no frame."""
        raw = bytes(self._buffer)
        self._buffer.clear()
        return BadFrame("frame_cut", f"{len(raw)} bytes of a frame whose rest did not come", raw[:KEPT_OF_BAD_BYTES])

    def _next(self) -> Frame | BadFrame | None:
        if not HEAD_MARK.startswith(bytes(self._buffer[:4])):
            return self._skip("frame_mark_wrong", "it does not begin with E2 5C 4B 89")
        if len(self._buffer) < 8:
            return None
        total = int.from_bytes(self._buffer[4:8], "big")
        if not self._head_bytes + len(TAIL_MARK) <= total <= FRAME_LIMIT_BYTES:
            return self._skip("frame_length_wrong", f"it claims {total} bytes")
        if len(self._buffer) < total:
            return None
        return self._whole(bytes(self._buffer[:total]))

    def _whole(self, raw: bytes) -> Frame | BadFrame:
        code_end = 8 + self._code_bytes
        area_end, channel_end = code_end + NAME_BYTES, code_end + 2 * NAME_BYTES
        xml_length = int.from_bytes(raw[self._head_bytes - 4 : self._head_bytes], "big")
        if raw[channel_end + 1 : channel_end + 5] != BODY_MARK:
            return self._skip("frame_body_wrong", "the mark FF FF FF FF is not where the body begins; see code_bytes")
        if xml_length > len(raw) - self._head_bytes - len(TAIL_MARK):
            return self._skip("frame_length_wrong", f"its XML claims {xml_length} bytes")
        if raw[-2:] != TAIL_MARK:
            return self._skip("frame_tail_wrong", "it does not end with FF FF")
        del self._buffer[: len(raw)]
        return Frame(
            int.from_bytes(raw[8:code_end], "big"), _name(raw[code_end:area_end]), _name(raw[area_end:channel_end]),
            chr(raw[channel_end]), raw[self._head_bytes : self._head_bytes + xml_length], raw,
            len(raw) - self._head_bytes - xml_length - len(TAIL_MARK),
        )  # fmt: skip

    def _skip(self, code: str, cause: str) -> BadFrame:
        """Drop what can not be the beginning of a frame, up to the next mark or what may become one."""
        at = self._buffer.find(HEAD_MARK, 1)
        if at < 0:
            keep = next((n for n in (3, 2, 1) if len(self._buffer) > n and HEAD_MARK.startswith(self._buffer[-n:])), 0)
            at = len(self._buffer) - keep
        raw = bytes(self._buffer[:at])
        del self._buffer[:at]
        return BadFrame(code, cause, raw[:KEPT_OF_BAD_BYTES])


def _name(raw: bytes) -> str:
    """Area and channel: ASCII, or each digit as its value, as the C# implementation writes them."""
    bare = raw.rstrip(b"\0 ")
    if bare and max(bare) < 10:
        return "".join(str(digit) for digit in raw)
    return bare.decode("ascii", "replace")
