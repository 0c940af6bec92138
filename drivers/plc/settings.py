"""Settings of one CIL-1 connection: where the PLC is, where its blocks lie, how patient the driver is.

One rule: a value that could make the line less safe (default lane release, a request above the limit) is refused
when the settings are made, not when the line runs. Source: PLC contract CIL-1 ("each block's base, table,
function code, base 0/1 and unit id are configuration").
"""

from __future__ import annotations

import msgspec

from drivers.plc import registers as r
from drivers.plc.vocabulary import RESTRICTIVE_LANES


class Cil1Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it in one value; the block bases are those of docs/contract/cil1.toml."""

    host: str
    port: int = 502
    unit_id: int = 1
    line_id: int = 1
    address_base: int = 0
    """0: bases are what goes on the wire; 1: bases are counted from 1, as some PLC manuals do."""
    read_function: int = 3
    """Function code for blocks S, R and T (3 holding, 4 input registers); block H is always 3 and 16."""
    status_base: int = 0
    ring_base: int = 100
    table_base: int = 700
    host_base: int = 900
    timeout_ms: int = 500
    poll_ms: int = 100
    reconnect_ms: int = 500
    refusal_retry_ms: int = 5000
    deadline_mm: int = 0
    """Written to the PLC as its decision deadline; 0 keeps the PLC's own."""
    hb_limit_ms: int = 0
    """Written to the PLC as its heartbeat limit; 0 keeps the PLC's own."""
    default_lane: int = 0
    """Written to the PLC as its default lane; 0 keeps the PLC's own. Never release."""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("port", 1, 65535),
            ("unit_id", 0, 255),
            ("line_id", 0, 65535),
            ("address_base", 0, 1),
            ("read_function", 3, 4),
            ("timeout_ms", 20, 10_000),
            ("poll_ms", 10, 1000),
            ("reconnect_ms", 50, 2000),
            ("refusal_retry_ms", 100, 600_000),
            ("deadline_mm", 0, 65535),
            ("hb_limit_ms", 0, 60_000),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} is {value}; it must be {low} to {high}")
        if self.default_lane and self.default_lane not in RESTRICTIVE_LANES:
            raise ValueError(f"default_lane is {self.default_lane}; only inspect (1) and anomaly (2) are allowed")
        self._check_blocks()

    def _check_blocks(self) -> None:
        spans = (
            ("status_base", self.status_base, r.S_WORDS),
            ("ring_base", self.ring_base, r.RING_RECORDS * r.R_WORDS),
            ("table_base", self.table_base, r.TABLE_ROWS * r.T_WORDS),
            ("host_base", self.host_base, r.H_WORDS),
        )
        for name, base, words in spans:
            if not self.address_base <= base <= 65536 - words:
                raise ValueError(f"{name} is {base}; a block of {words} words does not fit there")
        if self.read_function != 3:
            return  # the other blocks lie in another table than block H
        host_end = self.host_base + r.H_WORDS
        for name, base, words in spans[:3]:
            if base < host_end and self.host_base < base + words:
                raise ValueError(f"{name} {base} overlaps the host block at {self.host_base}")
