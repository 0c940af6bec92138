"""A scale that streams Toledo continuous output: 17 bytes, or 18 with a check byte, some ten times a second.

One rule: it sends and never listens; load and rest come from outside. What a fault makes of a frame is drawn from the stream
handed in.

STX, three status bytes, six digits of weight, six of tare, CR, and where `checked` the two's complement of the low seven bits of
the sum. Status A holds the place of the decimal point, B net, sign, range, motion, kilograms and power-up, C the unit; bit 5 of
each is always set. Source: indicators' manuals, chapter continuous output.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import msgspec

from simulators.world.port import Port

ALWAYS = 0x20


class ToledoProfile(msgspec.Struct, frozen=True, kw_only=True):
    """`decimals` 0..5 places after the point; `grams` False = kilograms."""

    decimals: int = 3
    grams: bool = False
    checked: bool = False
    every_ms: float = 100.0
    capacity_g: float = 60_000.0
    even_parity_bit: bool = False


class ToledoFaults(msgspec.Struct, frozen=True, kw_only=True):
    """All off by default; rates are chances of a frame."""

    silent: bool = False
    garbage_rate: float = 0.0
    cut_rate: float = 0.0
    bad_check_rate: float = 0.0
    tared: bool = False
    pounds: bool = False
    unzeroed: bool = False


class ToledoScaleSim:
    """`start` begins the stream; `set_load` when the plant changes; `counts` of what struck."""

    def __init__(self, port: Port, profile: ToledoProfile | None = None, rng: random.Random | None = None) -> None:
        self.port = port
        self.profile = profile or ToledoProfile()
        self.faults = ToledoFaults()
        self.counts: Counter[str] = Counter()
        self._rng = rng or random.Random(0)
        self._load_g = 0.0
        self._settled = True
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._send()

    async def close(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None
        await self.port.close()

    def set_load(self, weight_g: float, settled: bool) -> None:
        self._load_g, self._settled = weight_g, settled

    def frame(self) -> bytes:
        """The frame of this moment."""
        profile, faults = self.profile, self.faults
        unit_g = 1.0 if profile.grams else 1000.0
        over = abs(self._load_g) > profile.capacity_g
        count = min(999_999, round(abs(self._load_g) / unit_g * 10**profile.decimals))
        status_a = ALWAYS | 0x08 | (profile.decimals + 2)
        status_b = ALWAYS | (0 if faults.pounds else 0x10)
        moving = not self._settled
        flags = ((0x01, faults.tared), (0x02, self._load_g < 0), (0x04, over), (0x08, moving), (0x40, faults.unzeroed))
        for bit, on in flags:
            status_b |= bit if on else 0
        status_c = ALWAYS | (1 if profile.grams and not faults.pounds else 0)
        body = bytes((0x02, status_a, status_b, status_c)) + f"{count:6d}".encode() + b"     0" + b"\r"
        if profile.checked:
            body += bytes(((-sum(body)) & 0x7F,))
        if profile.even_parity_bit:
            body = bytes(byte | (0x80 if byte.bit_count() % 2 else 0) for byte in body)
        return body

    def _send(self) -> None:
        self._next = asyncio.get_running_loop().call_later(self.profile.every_ms / 1000, self._send)
        if self.faults.silent:
            self.counts["silent"] += 1
            return
        data = self.frame()
        if self.profile.checked and self._rng.random() < self.faults.bad_check_rate:
            self.counts["bad_check"] += 1
            data = data[:-1] + bytes((data[-1] ^ 1,))
        if self._rng.random() < self.faults.cut_rate:
            self.counts["cut"] += 1
            data = data[: self._rng.randrange(1, len(data))]
        if self._rng.random() < self.faults.garbage_rate:
            self.counts["garbage"] += 1
            data = self._rng.randbytes(self._rng.randrange(1, 24))
        self.port.send(data)
