"""What the line knows of images: the one of a passage, those that wait for their carton, and where the count stands.

One rule: plain frozen values; whether an image counts is decided in `image_join`, what follows in `inspection`.
"""

import msgspec

from controller.line.event_base import EvidenceNamed
from controller.line.inspection_events import ImageFinding


class WaitingImage(msgspec.Struct, frozen=True):
    """An image that came and belongs to nobody yet. `refused` is empty, or why it is no usable image."""

    scan_id: str
    number: int
    low: EvidenceNamed
    high: EvidenceNamed
    length_mm: int
    pixel_um: int
    complete: bool
    at_ms: int
    refused: str = ""
    cause: str = ""


class Inspection(msgspec.Struct, frozen=True):
    """A passage in the X-ray machine. `exited_ms` < 0 while it is inside; `length_mm` is the photo-eyes' measure.
    `entered_blind`: it was in before `entered_ms`, and nobody knows when; `entered_t_ms` is the PLC's own 16-bit time of that.

    `bound`: the image is this carton's beyond doubt. `problem` is a reason code that no later image takes away.
    `analysis` is empty, asked, done or failed; `verdict` is empty, clear, open or anomaly. `verdict_holds`: the holds that the
    verdicts of `verdict_by` made, and no other. `calls`: how often people were called to look at it. `asked`: how often the
    analyser was, last about what is declared since `declared_ms`. `image_came`: an image with its id came, whatever became of it.
    """

    entered_ms: int
    entered_belt_mm: int
    order: int
    exited_ms: int = -1
    length_mm: int = -1
    image: WaitingImage | None = None
    bound: bool = False
    problem: str = ""
    problem_detail: str = ""
    analysis: str = ""
    analysis_cause: str = ""
    findings: tuple[ImageFinding, ...] = ()
    mass_g: int = -1
    verdict: str = ""
    verdict_by: str = ""
    verdict_ms: int = -1
    verdict_holds: tuple[str, ...] = ()
    calls: int = 0
    entered_blind: bool = False
    entered_t_ms: int = -1
    image_came: bool = False
    declared_ms: int = -1
    asked: int = 0


class NamelessVerdict(msgspec.Struct, frozen=True):
    """An officer's word that stops a carton, of the image on a track whose carton had no name. `code`: the hold it makes then."""

    track: str
    code: str
    cause: str
    actor: str
    role: str
    at_ms: int


class ImageCount(msgspec.Struct, frozen=True):
    """The last certain match of a machine that numbers by itself: its image `number` was the entry `order`.

    `number` < 0: there is none; `provisional` is a passage that fits by time and length and waits for the next to agree.
    `floor`: numbers are at least so far ahead of entries (negative: behind), or nobody knows. `newest` is the highest number that
    came. `missed_ms`: when entries may have been missed. `left_ms`: when a carton last left the tunnel. `wanted_empty_ms`: since
    when the tunnel must become empty for a count to begin, or -1. `presumed`: from this entry on the count rests on numbers
    alone, because it began without an empty tunnel; -1: it does not.
    """

    number: int = -1
    order: int = -1
    provisional: str = ""
    floor: int | None = None
    newest: int = -1
    missed_ms: int = -1
    left_ms: int = -1
    wanted_empty_ms: int = -1
    presumed: int = -1
