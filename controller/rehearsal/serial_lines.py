"""Serial lines in a rehearsal: a driver's port stands at the cable itself, as it does at a real adapter.

One rule: what an adapter would refuse is refused with the same errors; between cable and port there is nothing.
"""

from collections.abc import Callable

from drivers.serial_port.losses import loss_from
from drivers.serial_port.ports import Port, PortSettings
from simulators.world.memory_port import MemoryPort


class RehearsedLines:
    """`cable` gives the in-memory line of an address."""

    def __init__(self, cable: Callable[[str], MemoryPort]) -> None:
        self._cable = cable

    async def open(self, settings: PortSettings) -> Port:
        port = Port(settings.url)
        try:
            self._cable(settings.url).attach(port)
        except OSError as error:
            raise loss_from(error, settings.url) from error
        return port
