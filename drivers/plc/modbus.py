"""One Modbus TCP connection that either answers correctly and in time or is closed.

One rule: after a time-out, a cancel or any doubtful byte the connection is closed and never used again, because a
late reply could answer the next request. This is the only module that imports pymodbus; what that library does
not check (function code, length, unit, transaction id 0) is checked in `mbap.py` on the raw bytes.
Source: PLC contract CIL-1 (requests of at most 100 registers, one connection); pymodbus 3.16.1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

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
        self._broken: PlcWireError | None = None
        self._deadline_s = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        # Without a time-out of its own the library waits for its plain future: ours decides and closes, and its `wait_for`,
        # which before Python 3.12 swallows a cancel that comes together with the answer, is not in the way.
        self._client = AsyncModbusTcpClient(
            host,
            port=port,
            timeout=None,  # type: ignore[arg-type]
            retries=0,
            reconnect_delay=0,
            trace_packet=self._packet,
            trace_connect=self._connection,
        )

    @property
    def usable(self) -> bool:
        return not self._closed and self._broken is None and self._client.connected

    async def connect(self) -> None:
        """Open the connection or raise `PlcWireError` within the time-out.

        The library connects in a task of its own, so that our time-out decides whatever it makes of a cancel or of an
        address that cannot be one.
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
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        await asyncio.sleep(0)

    async def _exchange(self, start: Callable[[], Awaitable[ModbusPDU]]) -> ModbusPDU:
        if self._busy:
            raise RuntimeError("one request at a time")
        if not self.usable:
            raise await self._not_usable()
        self._busy = True
        self._sent = None
        self._wait_until(self._timeout_s)
        try:
            return self._checked(await start())
        except PlcWireError:
            await self.close()
            raise
        except ModbusException as error:
            raise await self._give_up("bad_reply", str(error)) from error
        except BaseException:
            await self.close()
            raise
        finally:
            self._busy = False

    def _checked(self, response: ModbusPDU) -> ModbusPDU:
        """The reply, if nothing speaks against it."""
        if self._broken is not None:
            raise self._broken
        if self._sent is None or response.transaction_id != self._sent.transaction or response.isError():
            raise _fault("stale_reply", "a reply carries no transaction id of its request")
        return response

    def _wait_until(self, timeout_s: float) -> None:
        """One timer serves many requests: it looks when it fires whether a later one has moved the deadline."""
        loop = asyncio.get_running_loop()
        self._deadline_s = loop.time() + timeout_s
        if self._alarm is None:
            self._alarm = loop.call_at(self._deadline_s, self._late)

    def _late(self) -> None:
        self._alarm = None
        if self._closed or not self._busy:
            return
        loop = asyncio.get_running_loop()
        if loop.time() < self._deadline_s:
            self._alarm = loop.call_at(self._deadline_s, self._late)
        else:
            self._break(_fault("time_out", f"{self._where} did not answer in {self._timeout_s:g} s"))

    def _break(self, fault: PlcWireError) -> None:
        """From now on this connection is good for nothing; a waiting request hears it at once."""
        if self._broken is not None:
            return
        self._broken = fault
        # The one place where more of the library is used than it documents; its version is pinned, and the tests of a silent
        # and of a vanished PLC fail if it waits for anything else.
        answer = self._client.ctx.response_future
        if self._busy and not answer.done():
            answer.set_exception(fault)

    async def _not_usable(self) -> PlcWireError:
        if self._broken is not None and not self._closed:
            await self.close()
            return self._broken
        return await self._give_up("not_connected", f"the connection to {self._where} is closed")

    async def _give_up(self, code: str, cause: str) -> PlcWireError:
        await self.close()
        return _fault(code, cause)

    def _packet(self, sending: bool, data: bytes) -> bytes:
        """Hook of the library: sees every frame. A doubtful one is withheld, so that nothing decodes it."""
        if sending:
            self._sent = request_of(data)
            return data
        if self._sent is None or self._broken is not None:
            return b""
        fault = reply_fault(self._sent, data)
        if fault is None:
            return data
        self._break(fault)
        return b""

    def _connection(self, up: bool) -> None:
        """Hook of the library: a peer that closes fails the waiting request at once."""
        if not up:
            self._break(
                PlcWireError(
                    "peer_closed",
                    f"{self._where} closed the connection",
                    "the driver connects again; the PLC may have restarted or another client took its place",
                )
            )


def _fault(code: str, cause: str) -> PlcWireError:
    return PlcWireError(code, cause, "the driver connects again; check the PLC's load and the network if it stays")
