"""Where commands of the core go: the PLC's link, and the link of each gate.

One rule: nothing is kept or ordered here; each link does that for its own wire.
"""

import logging
from collections.abc import Callable

from controller.daemon.plc_link import PlcLink
from controller.line.commands import AnswerGate, Decide, PlcCommand, SetOutputs

log = logging.getLogger("xiyong.gate")


class Dispatch:
    """The core's one dispatcher. `gates`: who takes the answers for a gate, by its name."""

    def __init__(self, plc: PlcLink) -> None:
        self._plc = plc
        self._failed = False
        self.gates: dict[str, Callable[[AnswerGate], None]] = {}

    def decide(self, command: Decide) -> None:
        self._plc.decide(command)

    def command(self, command: PlcCommand) -> None:
        self._plc.command(command)

    def outputs(self, command: SetOutputs) -> None:
        self._plc.outputs(command)

    def answer_gate(self, command: AnswerGate) -> None:
        """Hand an answer to its gate; with a dead journal no gate hears a yes."""
        send = self.gates.get(command.gate)
        if send is None or (self._failed and command.permissive):
            log.warning("answer %s for session %s of gate %s not sent", command.result, command.session_id, command.gate)
            return
        send(command)

    def fail_safe(self) -> None:
        self._failed = True
        self._plc.fail_safe()

    def stop_now(self) -> None:
        self._plc.stop_now()
