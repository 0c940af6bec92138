"""A scale under the weigh belt that speaks MT-SICS level 0 and 1 (commands S, SI, SIR, Z, T, @).

One rule: it answers what it was asked and nothing else; the load and whether it has settled come from
outside.

Commands end with CR LF and are upper case. Weights: name, status, value right-aligned in ten places, unit
(`S S     100.00 g`). S = stable, D = dynamic, I = not possible now, + and - = outside the range. S waits
for stability until a time-out; while it waits every other command is answered "not possible now". Unknown
command ES, too long a line ET. Source: MT-SICS reference manuals, weight commands and error messages.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import msgspec

from simulators.world.port import PacedOut, Port

MAX_COMMAND_BYTES = 64
MAX_GARBAGE_BYTES = 24
GRAMS = {"g": 1.0, "kg": 1000.0}
REPEATED = "SIR"


class ScaleProfile(msgspec.Struct, frozen=True, kw_only=True):
    """`si_keyword`: some instruments answer SI with `SI S ...` instead of `S S ...`."""

    unit: str = "g"
    decimals: int = 2
    capacity_g: float = 60_000.0
    under_g: float = -20.0
    zero_range_g: float = 1_200.0
    stable_timeout_ms: float = 3_000.0
    repeat_ms: float = 200.0
    answer_ms: float = 5.0
    si_keyword: bool = False
    serial_no: str = "0000000001"


class ScaleFaults(msgspec.Struct, frozen=True, kw_only=True):
    """All off by default. `noise_g` is a standard deviation; chances are 0..1 an answer."""

    silent: bool = False
    garbage_rate: float = 0.0
    half_answer_rate: float = 0.0
    wrong_unit: str = ""
    noise_g: float = 0.0
    slow_ms: float = 0.0


class SicsScaleSim:
    """`set_load` when the plant changes; `faults` may be replaced at any time; `counts` of what struck."""

    def __init__(self, port: Port, profile: ScaleProfile | None = None, rng: random.Random | None = None) -> None:
        self.port = port
        self.profile = profile or ScaleProfile()
        self.faults = ScaleFaults()
        self.counts: Counter[str] = Counter()
        rng = rng or random.Random(0)
        # A stream each, so that noise does not shift when garbage comes.
        self._garbage, self._half, self._noise = (random.Random(rng.getrandbits(64)) for _ in range(3))
        self._out = PacedOut(port)
        self._load_g = self._zero_g = self._tare_g = 0.0
        self._settled = True
        self._line = bytearray()
        self._awaiting_stable: asyncio.TimerHandle | None = None
        self._repeating: asyncio.TimerHandle | None = None
        port.on_bytes(self._heard)

    async def close(self) -> None:
        self._cancel_timers()
        self._out.clear()
        await self.port.close()

    def set_load(self, weight_g: float, settled: bool) -> None:
        """What stands on the belt now, and whether it has stopped moving."""
        self._load_g = weight_g
        self._settled = settled
        if settled and self._awaiting_stable is not None:
            self._end_wait()
            self._answer(self._weight("S"))

    def _heard(self, data: bytes) -> None:
        for byte in data:
            if byte == 0x0A and self._line[-1:] == b"\r":
                command = bytes(self._line[:-1])
                self._line.clear()
                self._obey(command)
            elif len(self._line) < MAX_COMMAND_BYTES:
                self._line.append(byte)
            else:
                self._line.clear()
                self._answer("ET")

    def _obey(self, command: bytes) -> None:
        if self.faults.silent:
            self.counts["silent"] += 1
            return
        name = command.decode("ascii", "replace")
        if self._repeating is not None:
            self._repeating.cancel()
            self._repeating = None
        if name == "@":
            self._cancel_timers()
            self._tare_g = 0.0
            self._answer(f'I4 A "{self.profile.serial_no}"')
        elif name not in ("S", "SI", REPEATED, "Z", "T"):
            self._answer("ES")
        elif self._awaiting_stable is not None:
            self._answer(f"{name[0]} I")
        elif name == "S":
            self._stable_weight()
        elif name == REPEATED:
            self._repeat()
        elif name == "SI":
            self._answer(self._weight("SI" if self.profile.si_keyword else "S"))
        elif name == "Z":
            self._answer(self._zero())
        else:
            self._answer(self._tare())

    def _stable_weight(self) -> None:
        if self._settled or self._out_of_range():
            self._answer(self._weight("S"))
            return
        later = asyncio.get_running_loop().call_later
        self._awaiting_stable = later(self.profile.stable_timeout_ms / 1000, self._never_stable)

    def _never_stable(self) -> None:
        self._end_wait()
        self._answer("S I")

    def _repeat(self) -> None:
        if self.faults.silent:
            self.counts["silent"] += 1
        else:
            self._answer(self._weight("S"))
        later = asyncio.get_running_loop().call_later
        self._repeating = later(self.profile.repeat_ms / 1000, self._repeat)

    def _zero(self) -> str:
        if not self._settled:
            return "Z I"
        if abs(self._load_g) > self.profile.zero_range_g:
            return "Z +" if self._load_g > 0 else "Z -"
        self._zero_g, self._tare_g = self._load_g, 0.0
        return "Z A"

    def _tare(self) -> str:
        if not self._settled:
            return "T I"
        if mark := self._out_of_range():
            return f"T {mark}"
        self._tare_g = self._load_g - self._zero_g
        return f"T S {self._value(self._tare_g)}"

    def _weight(self, name: str) -> str:
        if mark := self._out_of_range():
            return f"{name} {mark}"
        net_g = self._load_g - self._zero_g - self._tare_g
        if self.faults.noise_g > 0:
            self.counts["noise"] += 1
            net_g += self._noise.gauss(0.0, self.faults.noise_g)
        return f"{name} {'S' if self._settled else 'D'} {self._value(net_g)}"

    def _value(self, weight_g: float) -> str:
        unit = self.profile.unit
        # Adding zero turns the -0.0 of a rounded small negative into what a display shows.
        shown = round(weight_g / GRAMS[unit], self.profile.decimals) + 0.0
        if self.faults.wrong_unit:
            self.counts["wrong_unit"] += 1
            unit = self.faults.wrong_unit
        return f"{shown:>10.{self.profile.decimals}f} {unit}"

    def _out_of_range(self) -> str:
        gross_g = self._load_g - self._zero_g
        if gross_g > self.profile.capacity_g:
            return "+"
        return "-" if gross_g < self.profile.under_g else ""

    def _answer(self, text: str) -> None:
        if self.faults.silent:
            self.counts["silent"] += 1
            return
        data = text.encode("ascii") + b"\r\n"
        if self._garbage.random() < self.faults.garbage_rate:
            self.counts["garbage"] += 1
            data = self._garbage.randbytes(self._garbage.randint(1, MAX_GARBAGE_BYTES)) + b"\r\n"
        if self._half.random() < self.faults.half_answer_rate:
            self.counts["half_answer"] += 1
            data = data[: len(data) // 2]
        if self.faults.slow_ms > 0:
            self.counts["slow"] += 1
        self._out.put(data, self.profile.answer_ms + self.faults.slow_ms)

    def _end_wait(self) -> None:
        if self._awaiting_stable is not None:
            self._awaiting_stable.cancel()
            self._awaiting_stable = None

    def _cancel_timers(self) -> None:
        self._end_wait()
        if self._repeating is not None:
            self._repeating.cancel()
            self._repeating = None
