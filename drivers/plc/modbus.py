"""One Modbus TCP connection that either answers correctly and in time or is closed.

One rule: after a time-out, a cancel or any doubtful byte the connection is closed and never used again, because a
late reply could answer the next request. This is the only module that imports pymodbus; what that library does
not check (function code, length, unit, transaction id 0) is checked in `mbap.py` on the raw bytes.
Source: PLC contract CIL-1 (requests of at most 100 registers, one connection); pymodbus 3.16.1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from drivers.plc.errors import PlcWireError
from drivers.plc.mbap import Sent, reply_fault, request_of
from drivers.plc.registers import MAX_REGISTERS


class ModbusLink:
    """A connection is made once; after `close` make a new object."""

    def __init__(self, host: str, port: int, *, unit_id: int, timeout_s: float) -> None:
        self._where = f"{host}:{port}"
        self._unit_id = unit_id
        self._timeout_s = timeout_s
        self._sent: Sent | None = None
        self._busy = False
        self._closed = False
        self._broken: asyncio.Future[PlcWireError] = asyncio.get_running_loop().create_future()
        # The library's own time-out is longer, so that ours decides and closes.
        self._client = AsyncModbusTcpClient(
            host,
            port=port,
            timeout=timeout_s * 2 + 1,
            retries=0,
            reconnect_delay=0,
            trace_packet=self._packet,
            trace_connect=self._connection,
        )

    @property
    def usable(self) -> bool:
        return not self._closed and not self._broken.done() and self._client.connected

    async def connect(self) -> None:
        """Open the connection or raise `PlcWireError` within the time-out.

        The library connects in a task of its own: before Python 3.12 its `wait_for` swallows a cancel that comes just
        when the connection stands, and the caller's task would then run on for ever.
        """
        opening: asyncio.Task[bool] = asyncio.get_running_loop().create_task(self._client.connect())
        try:
            await asyncio.wait({opening}, timeout=self._timeout_s)
        except BaseException:
            await self._abandon(opening)
            await self.close()
            raise
        if not opening.done():
            await self._abandon(opening)
        connected = not opening.cancelled() and opening.exception() is None and opening.result()
        if not connected or self._closed:
            await self.close()
            raise PlcWireError(
                "no_connection", f"no connection to {self._where}", "check the PLC's power, network cable and address"
            )

    async def read(self, address: int, count: int, *, function: int = 3) -> tuple[int, ...]:
        """Read `count` registers with function 3 or 4."""
        if not 1 <= count <= MAX_REGISTERS:
            raise ValueError(f"{count} registers in one request; 1 to {MAX_REGISTERS} are allowed")
        call = self._client.read_holding_registers if function == 3 else self._client.read_input_registers
        response = await self._exchange(partial(call, address, count=count, device_id=self._unit_id))
        words = tuple(response.registers)
        if len(words) != count:
            raise await self._give_up("short_reply", f"{count} registers asked, {len(words)} came")
        return words

    async def write(self, address: int, words: Sequence[int]) -> None:
        """Write registers with one FC16."""
        if not 1 <= len(words) <= MAX_REGISTERS:
            raise ValueError(f"{len(words)} registers in one request; 1 to {MAX_REGISTERS} are allowed")
        await self._exchange(partial(self._client.write_registers, address, list(words), device_id=self._unit_id))

    async def _abandon(self, opening: asyncio.Task[bool]) -> None:
        opening.cancel()
        await asyncio.wait({opening})
        if not opening.cancelled():
            opening.exception()  # mark as seen

    async def close(self) -> None:
        """Close for good; the loop gets one turn to run the transport's last callback."""
        if not self._closed:
            self._closed = True
            self._client.close()
        await asyncio.sleep(0)

    async def _exchange(self, start: Callable[[], Any]) -> ModbusPDU:
        if self._busy:
            raise RuntimeError("one request at a time")
        if not self.usable:
            raise await self._not_usable()
        self._busy = True
        self._sent = None
        task: asyncio.Task[ModbusPDU] = asyncio.get_running_loop().create_task(start())
        try:
            response = await self._outcome(task)
        except BaseException:
            await self.close()
            raise
        finally:
            self._busy = False
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # mark as seen
        return response

    async def _outcome(self, task: asyncio.Task[ModbusPDU]) -> ModbusPDU:
        """The checked reply, or the reason why there is none."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await asyncio.wait((task, self._broken), return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            raise await self._give_up("time_out", f"{self._where} did not answer in {self._timeout_s:g} s") from None
        if self._broken.done():
            raise self._broken.result()
        try:
            response = task.result()
        except ModbusException as error:
            raise await self._give_up("bad_reply", str(error)) from error
        if self._sent is None or response.transaction_id != self._sent.transaction or response.isError():
            raise await self._give_up("stale_reply", "a reply carries no transaction id of its request")
        return response

    async def _not_usable(self) -> PlcWireError:
        if self._broken.done() and not self._closed:
            await self.close()
            return self._broken.result()
        return await self._give_up("not_connected", f"the connection to {self._where} is closed")

    async def _give_up(self, code: str, cause: str) -> PlcWireError:
        await self.close()
        return PlcWireError(code, cause, "the driver connects again; check the PLC's load and the network if it stays")

    def _packet(self, sending: bool, data: bytes) -> bytes:
        """Hook of the library: sees every frame. A doubtful one is withheld, so that nothing decodes it."""
        if sending:
            self._sent = request_of(data)
            return data
        if self._sent is None or self._broken.done():
            return b""
        fault = reply_fault(self._sent, data)
        if fault is None:
            return data
        self._broken.set_result(fault)
        return b""

    def _connection(self, up: bool) -> None:
        """Hook of the library: a peer that closes fails the waiting request at once."""
        if not up and not self._broken.done():
            self._broken.set_result(
                PlcWireError(
                    "peer_closed",
                    f"{self._where} closed the connection",
                    "the driver connects again; the PLC may have restarted or another client took its place",
                )
            )
