"""Serial lines in memory, for virtual-time loops and fast tests: the same `Port`, no descriptor.

Rule: bytes cross in order, one loop step later, as on a wire; an unplugged cable opens as 'missing'.
Whoever plays the device holds the `MemoryCable`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping

from drivers.serial_port.losses import PortLost
from drivers.serial_port.ports import Port, PortSettings, Tap

REMEMBERED_WRITES = 1000  # the newest are kept, older ones fall out


class MemoryCable:
    """The device's end of one line."""

    def __init__(self, on_bytes: Callable[[bytes], None] | None = None, *, plugged: bool = True) -> None:
        self.on_bytes = on_bytes
        self.written: deque[bytes] = deque(maxlen=REMEMBERED_WRITES)
        self._plugged = plugged
        self._port: Port | None = None

    @property
    def opened(self) -> bool:
        """Whether a host has the line open."""
        return self._port is not None

    def plug(self) -> None:
        self._plugged = True

    def unplug(self) -> None:
        """Pull the cable: an open port ends as an unplugged device does."""
        self._plugged = False
        self._end(OSError(5, "unplugged"))

    def send(self, data: bytes) -> None:
        """Device to host; lost when nobody has the line open, as on a real one."""
        if self._port is not None:
            asyncio.get_running_loop().call_soon(self._port.data_received, data)

    def take_port(self, port: Port) -> None:
        """Called by the transport alone."""
        if not self._plugged:
            raise PortLost("missing", f"{port.url}: no such device", "plug the cable in")
        if self._port is not None:
            raise PortLost("busy", f"{port.url}: another program has the port", "stop it")
        self._port = port
        port.attach(self)

    def write(self, data: bytes) -> None:
        """Host to device."""
        self.written.append(data)
        if self.on_bytes is not None:
            asyncio.get_running_loop().call_soon(self.on_bytes, data)

    def abort(self) -> None:
        """The host closes."""
        self._end(None)

    def _end(self, error: OSError | None) -> None:
        if self._port is not None:
            port, self._port = self._port, None
            asyncio.get_running_loop().call_soon(port.connection_lost, error)


class MemoryTransport:
    """Opens the cables it was given, by url."""

    def __init__(self, cables: Mapping[str, MemoryCable], tap: Tap | None = None) -> None:
        self._cables = cables
        self._tap = tap

    async def open(self, settings: PortSettings) -> Port:
        await asyncio.sleep(0)  # an open is never instant, and a retry loop must let others run
        cable = self._cables.get(settings.url)
        if cable is None:
            raise PortLost("missing", f"{settings.url}: no such cable", "name one of the cables of this run")
        port = Port(settings.url, self._tap)
        cable.take_port(port)
        return port
