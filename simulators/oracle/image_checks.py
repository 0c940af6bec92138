"""I2 of inline inspection: a release rests on an image that physically shows this carton whole, and on the looks it needs.

The one rule: which cartons truly stand in an image, the plant's log says; who had to be looked at is worked out again from the
events (draw, rules, analyser), and only an officer's clear verdict on that very image answers it. Both looked at it as it was
declared then: once it is declared otherwise, they have not; nor had who spoke before anybody knew which carton it is. What an
officer wants opened stays so on every way it takes, until officers opened it and let it go, or customs took the word back.
"""

import re
from dataclasses import dataclass, field

from simulators.oracle.basis_checks import carton_of_track
from simulators.oracle.holds import CUSTOMS, OPENED
from simulators.oracle.journal_story import Json, Row
from simulators.oracle.papers import Papers
from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.walking import AtRow, Walk
from simulators.oracle.words import RELEASE, lane_told

_FILES = re.compile(r"files ([0-9a-f]{64}) ([0-9a-f]{64})")
_NAMED = re.compile(r"scanned in as track ([^\s,]+)")
FOUND, DRAWN, HIT = "the analyser points at something", "it was drawn", "rule "
# What two officers who looked into the box have answered; that nobody could analyse or draw, they have not.
ANSWERED_BY_RECHECK = (FOUND, DRAWN, HIT)
CLEAR = "clear"
# By less than this two cartons are of one length for the PLC's own check (contract CIL-1, size or gap error).
ONE_LENGTH_MM = 80
Image = tuple[str, str]  # track, hash of the low-energy file


@dataclass(slots=True)
class Looks:
    """What the journal says of images and looks up to a row."""

    complete: dict[str, bool] = field(default_factory=dict)
    # image: of each question the row of its first answer, and what speaks against a release by it
    answered: dict[Image, dict[str, tuple[int, str]]] = field(default_factory=dict)
    drawn: dict[str, str] = field(default_factory=dict)
    verdicts: dict[Image, str] = field(default_factory=dict)
    said_row: dict[Image, int] = field(default_factory=dict)
    # track: the row in which the line came to know which carton it carries
    named_row: dict[str, int] = field(default_factory=dict)
    rules: Json = field(default_factory=dict)
    waiting: Json = field(default_factory=dict)
    who: dict[int, str] = field(default_factory=dict)
    # carton: the rows in which officers wanted it opened, each with its image
    wanted: dict[str, list[tuple[int, Image]]] = field(default_factory=dict)

    def take(self, row: Row, carton: str) -> None:
        """`carton`: which one the journal takes the track of this row's event for, as far as it ever says."""
        event = row.event
        image = (str(event.get("track")), str(event.get("image")))
        for told in row.outcome_list("findings"):
            if named := _NAMED.match(str(told.get("text"))):
                self.named_row[named[1]] = row.seq
        if row.type == "ImageTaken":
            # The same picture again is no scan of this carton: what is said of that one says nothing of the first.
            self.complete.setdefault(str(event["low"]["sha256"]), bool(event.get("complete")))
        elif row.type == "ImageAnalysed":
            self._answer(row, image, FOUND if event.get("findings") else "")
        elif row.type == "AnalysisFailed":
            self._answer(row, image, "its analysis failed")
        elif row.type == "SelectionDrawn":
            self.drawn[str(event["carton"])] = DRAWN if event.get("selected") else ""
        elif row.type == "SelectionFailed":
            self.drawn.setdefault(str(event["carton"]), "its draw failed")
        elif row.type == "VerdictGiven" and row.role in CUSTOMS and not row.refuses(image[0]):
            self.verdicts[image], self.said_row[image] = str(event.get("verdict")), row.seq
            if self.verdicts[image] != CLEAR and carton:
                self.wanted.setdefault(carton, []).append((row.seq, image))
                self.who[row.seq] = row.actor
        elif row.type == "VerdictUndone" and not row.refuses(image[0]):
            self.verdicts.pop(image, None)
            self._take_back(row, image, carton)
        elif row.type == "RulesActivated" and not row.refuses("rules"):
            self.rules = event.get("rules") or {}
        elif row.type == "RulesProposed":
            self.waiting = event
        elif row.type == "RulesSigned" and not row.refuses("rules"):
            self.rules = self.waiting.get("rules") or {}

    def _answer(self, row: Row, image: Image, against: str) -> None:
        self.answered.setdefault(image, {}).setdefault(str(row.event.get("work_id")), (row.seq, against))

    def analysed(self, image: Image, since: int) -> str:
        """What the analyser has against it as it is declared since this row; an answer may have come to an older question."""
        answers = self.answered.get(image, {}).values()
        told = [against for row, against in answers if row > since]
        if not told:
            return "nothing analysed the image as it is declared now" if answers else "nothing analysed the image"
        return "" if "" in told else told[-1]

    def _take_back(self, row: Row, image: Image, carton: str) -> None:
        """Its officer's own wishes on this image are gone; what another officer said of it is not."""
        self.wanted[carton] = [(seq, of) for seq, of in self.wanted.get(carton, ()) if of != image or self.who[seq] != row.actor]


def check_images(run: Run) -> Walk:
    """Every release decision of the journal."""
    found: list[Breach] = []
    looks, owners = Looks(), carton_of_track(run)
    named = {decision.track: decision.carton for decision in run.journal.decisions if decision.carton}

    def look(at: AtRow) -> None:
        looks.take(at.row, named.get(str(at.row.event.get("track")), ""))
        if not at.papers.profile.get("image_required"):
            return
        for told in at.row.outcome_list("decisions"):
            if lane_told(int(told.get("lane_code", 0))) == RELEASE:
                number = owners.get(str(told.get("track")), "")
                whats = _against(run, looks, at, told, number)
                found.extend(
                    Breach("I2", number, f"row {at.row.seq} releases track {told.get('track')}: {what}") for what in whats
                )

    yield look
    return found


def _against(run: Run, looks: Looks, at: AtRow, told: Json, carton_no: str) -> list[str]:
    files = next((_FILES.search(str(f.get("value"))) for f in told.get("facts") or () if f.get("name") == "image"), None)
    if files is None:
        return ["the decision names no image"]
    low, track = files[1], str(told.get("track"))
    if low not in looks.complete:
        return [f"no image {low[:12]} had come"]
    against = [] if looks.complete[low] else [f"image {low[:12]} is incomplete"]
    shown = run.plant.images.get(low)
    if shown != (carton_no,) and track not in run.taken_over and not _swapped_for_the_tunnel(run, low, carton_no):
        against.append(f"image {low[:12]} truly shows carton {', '.join(shown or ()) or 'nobody'}, it is carton {carton_no}")
    against += _still_wanted(looks, at, str(told.get("carton")))
    verdict, since = looks.verdicts.get((track, low), ""), at.declared.of(str(told.get("carton")))
    if verdict not in ("", CLEAR):
        against.append(f"an officer said {verdict}")
    elif not verdict or looks.said_row[track, low] < max(since, looks.named_row.get(track, 0)):
        asking = _must_look(looks, at.papers, told, (track, low), since)
        if at.rechecks.released(str(told.get("carton"))) is not None:
            asking = [why for why in asking if not why.startswith(ANSWERED_BY_RECHECK)]
        against += [f"{why} and no officer had said clear" for why in asking]
    return against


def _swapped_for_the_tunnel(run: Run, low: str, carton_no: str) -> bool:
    """Hands put another carton of its length in its place just for the tunnel, and both back before the verify gate: what was
    read before and behind it is its own number, and nothing on the belt can tell. It is a limit of the line (docs/x-ray.md).
    """
    shown = run.plant.images.get(low, ())
    if len(shown) != 1:
        return False
    pair, imaged_ms = {*shown, carton_no}, run.plant.imaged_ms[low]
    moves = [m for m in run.plant.moves if m.carton_no in pair]
    way_ms = max((m.line_ms for m in moves if m.kind != "exchanged" and m.line_ms <= imaged_ms), default=0)
    swaps = [m.line_ms for m in moves if m.kind == "exchanged" and {m.carton_no, m.other_no} == pair and m.line_ms > way_ms]
    before, behind = [at for at in swaps if at <= imaged_ms], [at for at in swaps if at > imaged_ms]
    if len(before) % 2 == 0 or not behind:
        return False
    new_way = any(m.kind in ("induct", "off") and imaged_ms < m.line_ms < behind[0] for m in moves)
    lengths_mm = [run.plant.cartons[number].length_mm for number in pair]
    return not new_way and max(lengths_mm) - min(lengths_mm) <= ONE_LENGTH_MM


def _still_wanted(looks: Looks, at: AtRow, carton: str) -> list[str]:
    """An officer's wish to see it opened that neither a recheck nor a lifted hold has answered since."""
    row = max((seq for seq, _ in looks.wanted.get(carton, ())), default=None)
    opened = at.rechecks.released(carton)
    if row is None or (opened is not None and opened.closed_row > row):
        return []
    lifted = [at.holds.lifted_row.get(h.hold_id, 0) for h in at.holds.all.values() if h.code in OPENED and h.target == carton]
    return [] if max(lifted, default=0) > row else [f"an officer wanted it opened in row {row}, and nobody has since"]


def _must_look(looks: Looks, papers: Papers, told: Json, image: Image, since: int) -> list[str]:
    carton = str(told.get("carton"))
    found = [looks.analysed(image, since)]
    if int(looks.rules.get("random_permille", 0)) > 0:
        found.append(looks.drawn.get(carton, "it was never drawn for"))
    list_story = papers.lists.get(papers.list_key_of(carton))
    if list_story is not None:
        found += [f"{HIT}{r.get('rule_id')} hits" for r in looks.rules.get("rules") or () if _hits(r, list_story.declared)]
    return [why for why in found if why]


def _hits(rule: Json, declared: Json) -> bool:
    gross_g = int(declared.get("gross_weight_g", 0))
    low, high = int(rule.get("gross_from_g", -1)), int(rule.get("gross_to_g", -1))
    traders, prefixes = rule.get("traders") or (), tuple(rule.get("hs_prefixes") or ())
    codes = [str(item.get("gcode")) for item in declared.get("items") or ()]
    asked = [
        not traders or declared.get("ebc_code") in traders,
        low < 0 or gross_g >= low,
        high < 0 or gross_g <= high,
        not prefixes or int(declared.get("items_cut", 0)) > 0 or any(code.startswith(prefixes) for code in codes),
    ]
    return all(asked)
