"""Where commands of the core go: the PLC's link, the link of each gate and camera, the stack lights.

One rule: nothing is kept or ordered here; each link does that for its own wire.
"""

import logging
from collections.abc import Callable

import msgspec

from controller.daemon.plc_link import PlcLink
from controller.line.commands import AnswerGate, CameraWork, Decide, PlcCommand, SetOutputs
from controller.line.signals import Lamps

log = logging.getLogger("xiyong.gate")


class Signal(msgspec.Struct, frozen=True):
    """What stack lights show. With a dead journal: red, and the sounder."""

    lamps: Lamps
    sounder: bool


class Dispatch:
    """The core's one dispatcher. `gates`: who takes the answers for a gate, `cameras`: who looks, by their names."""

    def __init__(self, plc: PlcLink) -> None:
        self._plc = plc
        self._failed = False
        self.gates: dict[str, Callable[[AnswerGate], None]] = {}
        self.cameras: dict[str, Callable[[CameraWork], None]] = {}
        self.signals: list[Callable[[Signal], None]] = []

    def decide(self, command: Decide) -> None:
        self._plc.decide(command)

    def command(self, command: PlcCommand) -> None:
        self._plc.command(command)

    def outputs(self, command: SetOutputs) -> None:
        self._plc.outputs(command)
        self._signal(Signal(Lamps(command.lamps), command.sounder))

    def answer_gate(self, command: AnswerGate) -> None:
        """Hand an answer to its gate; with a dead journal no gate hears a yes."""
        send = self.gates.get(command.gate)
        if send is None or (self._failed and command.permissive):
            log.warning("answer %s for session %s of gate %s not sent", command.result, command.session_id, command.gate)
            return
        send(command)

    def look(self, command: CameraWork) -> None:
        """Ask a camera. What no camera answers, the core's own time limits end."""
        look = self.cameras.get(command.camera)
        if look is not None:
            look(command)

    def fail_safe(self) -> None:
        self._failed = True
        self._plc.fail_safe()
        self._signal(Signal(Lamps.RED, True))

    def _signal(self, signal: Signal) -> None:
        for show in self.signals:
            show(signal)

    def stop_now(self) -> None:
        self._plc.stop_now()
