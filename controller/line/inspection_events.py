"""What can happen at the X-ray machine and on the officer's screen: images, their analysis, draws, rules, verdicts.

One rule: an image event names files that evidence already keeps; whose image it is, the core decides.
Source: architecture, station 3 "Inline inspection"; docs/devices/xray-image-drop.md.
"""

import msgspec

from controller.line.event_base import Event, EvidenceNamed


class ImageTaken(Event, frozen=True, tag="ImageTaken"):
    """A whole, readable dual-energy image.

    `scan_id` is what the PLC handed to the machine (`epoch:track`), empty where the machine numbers by itself (`number`,
    -1 = it does not). `length_mm` is the length of what the image shows; `complete` is the machine's own word.
    `at_ms` is when the drop was first seen.
    """

    device: str
    scan_id: str
    number: int
    low: EvidenceNamed
    high: EvidenceNamed
    width_px: int
    height_px: int
    length_mm: int
    pixel_um: int
    complete: bool
    at_ms: int


class ImageRefused(Event, frozen=True, tag="ImageRefused"):
    """A drop that is no usable image, with the bytes as they came. It shows nobody's carton.

    `pictures`: SHA-256 of its pictures, whole or not. What comes again under another carton's id is no image of that carton.
    """

    device: str
    name: str
    scan_id: str
    number: int
    code: str
    cause: str
    at_ms: int
    evidence: tuple[EvidenceNamed, ...] = ()
    pictures: tuple[str, ...] = ()


class ImageFinding(msgspec.Struct, frozen=True):
    """One thing the analyser points at. It proposes; an officer decides."""

    code: str
    detail: str


class ImageAnalysed(Event, frozen=True, tag="ImageAnalysed"):
    """The analyser's answer to `AnalyseImage`; no findings = it saw nothing that differs from the declaration."""

    work_id: str
    track: str
    image: str
    mass_g: int
    findings: tuple[ImageFinding, ...]
    version: str


class AnalysisFailed(Event, frozen=True, tag="AnalysisFailed"):
    """The analyser gave no answer: a person looks."""

    work_id: str
    track: str
    image: str
    code: str
    cause: str


class SelectionDrawn(Event, frozen=True, tag="SelectionDrawn"):
    """Whether the random draw picked this carton. The secret that it was drawn with is in no event."""

    carton: str
    selected: bool


class SelectionFailed(Event, frozen=True, tag="SelectionFailed"):
    """The draw could not be made: a person looks."""

    carton: str
    cause: str


class Rule(msgspec.Struct, frozen=True):
    """One targeting rule of customs. It hits when every condition that it has holds; `text` is for officers.

    `hs_prefixes`: a declared item's code begins so; `traders`: the list's e-commerce company; `gross_from_g` /
    `gross_to_g`: the list's gross weight, inclusive, -1 = no bound.
    """

    rule_id: str
    text: str
    hs_prefixes: tuple[str, ...] = ()
    traders: tuple[str, ...] = ()
    gross_from_g: int = -1
    gross_to_g: int = -1

    @property
    def says_nothing(self) -> bool:
        return not (self.hs_prefixes or self.traders or self.gross_from_g >= 0 or self.gross_to_g >= 0)


class Rules(msgspec.Struct, frozen=True):
    """All targeting of customs: how many of a thousand cartons are drawn at random, and the rules.

    `review_permille`: of a thousand releases on an officer's word, how many a second officer looks at.
    """

    version: str
    random_permille: int
    rules: tuple[Rule, ...] = ()
    review_permille: int = 0


class RulesActivated(Event, frozen=True, tag="RulesActivated"):
    """From here on these rules count: their whole content and the hash of the file they came in."""

    rules: Rules
    sha256: str
    source: str


class RulesProposed(Event, frozen=True, tag="RulesProposed"):
    """Other rules than those in force lie in the file: they count once two people of customs have signed them."""

    rules: Rules
    sha256: str
    source: str


class VerdictGiven(Event, frozen=True, tag="VerdictGiven"):
    """An officer has looked at one image: `clear`, `open` (open-box recheck) or `anomaly`.

    `image` is the hash of the low-energy file that was looked at: a verdict never moves another carton. What follows `cause` is
    how it was looked at, where a screen says so: for how long, with which tools, how soon the page had drawn it (-1 = not said).
    """

    track: str
    image: str
    verdict: str
    cause: str
    dwell_ms: int = -1
    tools: str = ""
    first_pixel_ms: int = -1


class VerdictUndone(Event, frozen=True, tag="VerdictUndone"):
    """An officer takes the own last word on this image back, before the belt has decided."""

    track: str
    image: str
    cause: str


InspectionEvent = (
    ImageTaken
    | ImageRefused
    | ImageAnalysed
    | AnalysisFailed
    | SelectionDrawn
    | SelectionFailed
    | RulesActivated
    | RulesProposed
    | VerdictGiven
    | VerdictUndone
)
