"""Modbus application protocol: one request PDU in, one response PDU out, over the blocks of the PLC program.

The one rule: a bad request gets an exception response, never an error inside. Function codes 1, 2, 3, 4, 6,
16 and 23.
Source: Modbus Application Protocol Specification V1.1b3, sections 6 and 7; block layout from contract CIL-1.
"""

import struct
from collections.abc import Callable

import msgspec

from simulators.plc import registers as reg
from simulators.plc.program import PlcProgram

BIT_WRITES = (5, 15)
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3


class Bases(msgspec.Struct, frozen=True):
    """Where the blocks start. A site may move each."""

    status: int = reg.BASE_S
    ring: int = reg.BASE_R
    table: int = reg.BASE_T
    host: int = reg.BASE_H
    totals: int = reg.BASE_C
    inputs: int = reg.BASE_INPUTS


class RefusedError(Exception):
    """An exception response with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code}")
        self.code = code


class ModbusFace:
    def __init__(
        self,
        program: PlcProgram,
        *,
        bases: Bases | None = None,
        read_limit: int = 100,
        allow_fc23: bool = True,
        catch_up: Callable[[], None] = lambda: None,
    ) -> None:
        """`catch_up` is called before each request, for whoever lets line time pass in pieces."""
        self._program = program
        self._catch_up = catch_up
        self._bases = b = bases or Bases()
        self._handlers: dict[int, Callable[[bytes], bytes]] = {
            1: self._read_bits,
            2: self._read_bits,
            3: self._read,
            4: self._read,
            6: self._write_one,
            16: self._write_many,
            23: self._read_write,
        }
        self._blocks: tuple[tuple[int, int, Callable[[], list[int]]], ...] = (
            (b.status, reg.S_SIZE, program.status),
            (b.ring, reg.RING_SIZE, lambda: program.memory.ring.memory),
            (b.table, reg.TABLE_SIZE, program.table),
            (b.host, reg.H_SIZE, lambda: program.memory.host),
            (b.totals, reg.C_SIZE, program.totals),
        )
        self.read_limit = read_limit
        self.allow_fc23 = allow_fc23
        self.address_shift = 0  # wire fault: every address is off by so much
        self.exception_code = 0  # wire fault: every request is refused with this code

    @property
    def program(self) -> PlcProgram:
        return self._program

    def answer(self, pdu: bytes) -> bytes:
        code = pdu[0] if pdu else 0
        handler = self._handlers.get(code) if code != 23 or self.allow_fc23 else None
        try:
            self._catch_up()
            if self.exception_code:
                raise RefusedError(self.exception_code)
            if code in BIT_WRITES:
                self._program.log.note(self._program.memory.line_ms, "write_outside", function=code)
            if handler is None:
                raise RefusedError(ILLEGAL_FUNCTION)
            return bytes((code,)) + handler(pdu[1:])
        except RefusedError as refusal:
            return bytes((code | 0x80, refusal.code))

    # --- function codes ----------------------------------------------------------------------------
    def _read(self, body: bytes) -> bytes:
        address, count = _fields(body, ">HH")
        return self._registers(address, count)

    def _read_bits(self, body: bytes) -> bytes:
        address, count = _fields(body, ">HH")
        if not 1 <= count <= 2000:
            raise RefusedError(ILLEGAL_VALUE)
        bits = self._program.inputs()
        start = address + self.address_shift - self._bases.inputs
        if start < 0 or start + count > len(bits):
            raise RefusedError(ILLEGAL_ADDRESS)
        packed = bytearray((count + 7) // 8)
        for place, bit in enumerate(bits[start : start + count]):
            packed[place // 8] |= bit << place % 8
        return bytes((len(packed),)) + bytes(packed)

    def _write_one(self, body: bytes) -> bytes:
        address, value = _fields(body, ">HH")
        self._store(address, [value])
        return body

    def _write_many(self, body: bytes) -> bytes:
        if len(body) < 5:
            raise RefusedError(ILLEGAL_VALUE)
        address, count, size = struct.unpack(">HHB", body[:5])
        self._store(address, _payload(body[5:], count, size, 123))
        return body[:4]

    def _read_write(self, body: bytes) -> bytes:
        if len(body) < 9:
            raise RefusedError(ILLEGAL_VALUE)
        read_at, read_count, write_at, write_count, size = struct.unpack(">HHHHB", body[:9])
        words = _payload(body[9:], write_count, size, 121)
        if not 1 <= read_count <= self.read_limit:
            raise RefusedError(ILLEGAL_VALUE)
        self._store(write_at, words)
        return self._registers(read_at, read_count)

    # --- blocks ------------------------------------------------------------------------------------
    def _registers(self, address: int, count: int) -> bytes:
        if not 1 <= count <= self.read_limit:
            raise RefusedError(ILLEGAL_VALUE)
        start = address + self.address_shift
        for base, size, words in self._blocks:
            if base <= start and start + count <= base + size:
                part = words()[start - base : start - base + count]
                return struct.pack(f">B{count}H", count * 2, *part)
        raise RefusedError(ILLEGAL_ADDRESS)

    def _store(self, address: int, words: list[int]) -> None:
        offset = address + self.address_shift - self._bases.host
        if offset < 0 or offset + len(words) > reg.H_SIZE:
            self._program.log.note(self._program.memory.line_ms, "write_outside", offset=offset, count=len(words))
            raise RefusedError(ILLEGAL_ADDRESS)
        self._program.write_host(offset, words)


def _fields(body: bytes, layout: str) -> tuple[int, int]:
    if len(body) != struct.calcsize(layout):
        raise RefusedError(ILLEGAL_VALUE)
    first, second = struct.unpack(layout, body)
    return first, second


def _payload(data: bytes, count: int, size: int, limit: int) -> list[int]:
    if not 1 <= count <= limit or size != count * 2 or len(data) != size:
        raise RefusedError(ILLEGAL_VALUE)
    return list(struct.unpack(f">{count}H", data))
