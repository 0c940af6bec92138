"""A Cognex DataMan on a serial line or TCP port, driven by DMCC commands.

One rule: it answers only well-formed commands; a byte stream that is none of them gets no answer at all.

A command is `||`, check mode and id (`0:17`), `>`, text, CR LF; the answer `||0:17[0]` carries the id and a status: 0 done,
101 unknown command, 104 refused. Output is "silent": read data comes as a line of its own, a trigger that ends without a read
gives the no-read text. Source: DataMan command and communication manuals.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from simulators.scanner.frames import ReaderProfile
from simulators.scanner.line_reader import LineReaderSim
from simulators.world.port import Port

MAX_COMMAND_BYTES = 128
COMMAND = re.compile(rb"\|\|0:([0-9]{1,5})>([A-Z][A-Z0-9 .-]*)")
DATAMAN_READER = ReaderProfile(suffix=b"\r\n", no_read=b"NoRead")


class DataManSim(LineReaderSim):
    """Reads only between TRIGGER ON and the read (or TRIGGER OFF). `refuse`: a status for every command."""

    def __init__(self, port: Port, profile: ReaderProfile | None = None, rng: random.Random | None = None) -> None:
        super().__init__(port, profile or DATAMAN_READER, rng)
        self.triggered = False
        self.refuse = ""
        self._line = bytearray()
        port.on_bytes(self._heard)

    def show(self, codes: Sequence[str]) -> None:
        if codes and self.triggered:
            self.triggered = False
            super().show(codes)

    def _heard(self, data: bytes) -> None:
        for byte in data:
            if byte == 0x0A and self._line[-1:] == b"\r":
                self._obey(bytes(self._line[:-1]))
                self._line.clear()
            elif len(self._line) < MAX_COMMAND_BYTES:
                self._line.append(byte)
            else:
                self._line.clear()

    def _obey(self, line: bytes) -> None:
        found = COMMAND.fullmatch(line)
        if found is None:
            return
        name, command = found[1], found[2]
        status = self.refuse.encode() or (b"0" if command in (b"TRIGGER ON", b"TRIGGER OFF") else b"101")
        self._out.send_plain(b"||0:" + name + b"[" + status + b"]\r\n")
        if status != b"0":
            return
        ended = self.triggered and command == b"TRIGGER OFF"
        self.triggered = command == b"TRIGGER ON"
        if ended:
            super().show(())
