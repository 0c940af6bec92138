"""Checks a Modbus TCP reply against its request before any library decodes it.

One rule: a reply counts only if protocol id, length, unit, function code and byte count are those of the request;
a frame with another transaction id is somebody's late reply and is stepped over.
Source: Modbus Messaging on TCP/IP (MBAP header), Modbus Application Protocol (FC 3, 4, 16, exceptions).
"""

from __future__ import annotations

import struct

import msgspec

from drivers.plc.errors import PlcWireError

HEADER = 7
_HEAD, _REQUEST = struct.Struct(">HHH"), struct.Struct(">HHHBBHH")
MAX_LENGTH = 254
EXCEPTION_NAMES = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge",
    6: "server device busy",
    10: "gateway path unavailable",
    11: "gateway target failed to respond",
}


class Sent(msgspec.Struct, frozen=True):
    """What must come back."""

    transaction: int
    unit_id: int
    function: int
    address: int
    count: int


def request_of(frame: bytes) -> Sent:
    """Read back the request from the bytes that go out (FC 3, 4 and 16 begin alike)."""
    transaction, _, _, unit_id, function, address, count = _REQUEST.unpack_from(frame)
    return Sent(transaction, unit_id, function, address, count)


def reply_fault(sent: Sent, buffer: bytes) -> PlcWireError | None:
    """The first thing that is wrong in what came back so far; None while all of it may be right."""
    at = 0
    while len(buffer) - at >= HEADER:
        transaction, protocol, length = _HEAD.unpack_from(buffer, at)
        if protocol:
            return _wrong("bad_protocol_id", f"protocol id {protocol:04x} in a reply")
        if not 3 <= length <= MAX_LENGTH:
            return _wrong("bad_length", f"length field {length} in a reply")
        if len(buffer) - at < 6 + length:
            return None
        if transaction == sent.transaction:
            return _frame_fault(sent, buffer[at + 6 : at + 6 + length])
        at += 6 + length
    return None


def _frame_fault(sent: Sent, body: bytes) -> PlcWireError | None:
    unit, function, rest = body[0], body[1], body[2:]
    if unit != sent.unit_id:
        return _wrong("wrong_unit", f"unit {unit} answered for unit {sent.unit_id}")
    if function == sent.function | 0x80:
        return _exception(sent, rest)
    if function != sent.function:
        return _wrong("wrong_function", f"function {function} answered function {sent.function}")
    if sent.function == 16:
        if rest != sent.address.to_bytes(2, "big") + sent.count.to_bytes(2, "big"):
            return _wrong("wrong_write_echo", f"write of {sent.count} at {sent.address} was answered {rest.hex()}")
        return None
    if rest[0] != 2 * sent.count or len(rest) != 1 + 2 * sent.count:
        return _wrong("short_reply", f"{sent.count} registers asked, {len(rest) - 1} bytes came (count {rest[0]})")
    return None


def _exception(sent: Sent, rest: bytes) -> PlcWireError:
    code = rest[0] if rest else 0
    name = EXCEPTION_NAMES.get(code, "undefined")
    return PlcWireError(
        "exception_response",
        f"exception {code} ({name}) to function {sent.function}, {sent.count} registers at {sent.address}",
        "check block bases, base 0/1, function code, unit id and the PLC's register limit",
    )


def _wrong(code: str, cause: str) -> PlcWireError:
    return PlcWireError(code, cause, "the connection is closed and opened again; look for a gateway or second device")
