"""What the line knows of the seals of a load.

One rule: facts only; whether a load is checked, and what speaks against it, is worked out from them by `seal_check`.
"""

import msgspec

from controller.line.event_base import EvidenceNamed


class CameraLook(msgspec.Struct, frozen=True):
    """What a seal camera was asked for and gave. `condition` is empty until it answers; `failed`: it could not."""

    camera: str
    work_id: str
    condition: str = ""
    numbers: tuple[str, ...] = ()
    pictures: tuple[EvidenceNamed, ...] = ()
    failed: str = ""
    at_ms: int = -1


class Look(msgspec.Struct, frozen=True):
    """A second look: by whom, at which findings (code and detail as they stood), and what came of it."""

    actor: str
    accepted: bool
    findings: tuple[tuple[str, str], ...]
    cause: str
    at_ms: int


class SealCheck(msgspec.Struct, frozen=True):
    """The check of one load. `closed_ms` < 0 while seals are still scanned.

    `started_before`: who began it each time that it was done over. `scanned_before`: what was scanned then; it speaks against the
    seals where it was not announced, and is no scan of this look. `earlier`: what cameras saw in those looks and what counts on:
    broken, absent, or numbers. `scanned_more`: how many codes there was no room for; `reported_more`: of reports how many of a
    condition there was no room for, and the last of them.
    """

    load_id: str
    started_by: str
    started_ms: int
    scanned: tuple[str, ...] = ()
    reported: tuple[tuple[str, str], ...] = ()
    cameras: tuple[CameraLook, ...] = ()
    looks: tuple[Look, ...] = ()
    closed_ms: int = -1
    started_before: tuple[str, ...] = ()
    earlier: tuple[CameraLook, ...] = ()
    reported_more: tuple[tuple[str, int, str], ...] = ()
    scanned_before: tuple[str, ...] = ()
    scanned_more: int = 0

    @property
    def all_scanned(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.scanned_before, *self.scanned)))
