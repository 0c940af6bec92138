"""The blocks of CIL-1 on a connection: one method a block, addresses from the settings.

One rule: the only addresses ever written are those of block H. Source: PLC contract CIL-1.
"""

from __future__ import annotations

from drivers.plc import registers as r
from drivers.plc.codec import (
    BlockFault,
    CommandRecord,
    DecisionRecord,
    HostLimits,
    HostLive,
    Status,
    TableRow,
    Words,
    decode_host_live,
    decode_status,
    decode_table,
    encode_command,
    encode_decision,
    encode_host_limits,
    encode_host_live,
    ring_offset,
)
from drivers.plc.errors import PlcWireError
from drivers.plc.modbus import ModbusLink
from drivers.plc.ring import Span
from drivers.plc.settings import Cil1Settings

STATUS_TRIES = 3
TABLE_REQUESTS = 2


class PlcBlocks:
    """Reads and writes whole values; every fault is a `PlcWireError`."""

    def __init__(self, link: ModbusLink, settings: Cil1Settings) -> None:
        self._link = link
        self._settings = settings

    async def read_status(self) -> Status | None:
        """Block S; None if it was torn every time. A block of another machine is a wire error."""
        for _ in range(STATUS_TRIES):
            answer = decode_status(await self._read(self._settings.status_base, r.S_WORDS), self._settings.line_id)
            if isinstance(answer, Status):
                return answer
            if answer.code != "torn_status":
                raise _wire_error(answer)
        return None

    async def read_ring(self, span: Span) -> Words:
        base = self._settings.ring_base + ring_offset(span.first_seq)
        return await self._read(base, span.count * r.R_WORDS)

    async def read_table(self) -> tuple[TableRow, ...]:
        """Table T in whole rows; it is longer than one request may be."""
        words: list[int] = []
        part = r.TABLE_ROWS * r.T_WORDS // TABLE_REQUESTS
        for n in range(TABLE_REQUESTS):
            words.extend(await self._read(self._settings.table_base + n * part, part))
        return decode_table(words)

    async def read_host_live(self) -> HostLive:
        """What stands in block H: who wrote there last."""
        base = self._settings.host_base - self._settings.address_base
        answer = decode_host_live(await self._link.read(base, r.H_LIVE_WORDS))
        if isinstance(answer, BlockFault):
            raise _wire_error(answer)
        return answer

    async def write_live(self, live: HostLive) -> None:
        await self._write(r.H_HOST_HEARTBEAT, encode_host_live(live))

    async def write_limits(self, limits: HostLimits) -> None:
        await self._write(r.H_DEADLINE, encode_host_limits(limits))

    async def write_command(self, command: CommandRecord) -> None:
        await self._write(r.H_COMMAND, encode_command(command))

    async def write_decision(self, slot: int, decision: DecisionRecord) -> None:
        await self._write(r.H_DECISION + slot * r.DECISION_WORDS, encode_decision(decision))

    async def _read(self, base: int, count: int) -> tuple[int, ...]:
        address = base - self._settings.address_base
        return await self._link.read(address, count, function=self._settings.read_function)

    async def _write(self, offset: int, words: Words) -> None:
        if not 0 <= offset <= offset + len(words) <= r.H_WORDS:
            raise AssertionError(f"write of {len(words)} words at offset {offset} leaves block H")
        await self._link.write(self._settings.host_base - self._settings.address_base + offset, words)


def _wire_error(fault: BlockFault) -> PlcWireError:
    return PlcWireError(fault.code, fault.cause, fault.next_step)
