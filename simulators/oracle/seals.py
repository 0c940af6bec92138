"""What the journal says of the seals of each load, worked out again from the events alone, and what hung there in truth.

The one rule: nothing of a load may leave by release unless every announced seal was scanned and none was found broken, absent
or strange, or another person of customs accepted it after that. Source: architecture, station 1.
"""

from dataclasses import dataclass, field

from simulators.oracle.holds import CUSTOMS
from simulators.oracle.journal_story import Row
from simulators.oracle.sources import Fact

BAD = ("broken", "absent")
CONFIRMED = "confirmed by a second look"
MAY_LIFT_UNREAD = (*CUSTOMS, "shift_lead")


@dataclass(slots=True)
class LoadSeals:
    """`found`: what was found and not yet answered by a second look; `accepted`: the last look was a yes of customs. Done over,
    a check takes back nothing that was found, and every seal is scanned anew; `started_by` are all who began it.

    `later`: what notices said that came when load and notice were here; they add to what was found and take nothing back.
    """

    announced: tuple[str, ...] = ()
    noticed: bool = False
    arrived: bool = False
    later: list[str] = field(default_factory=list)
    started_by: tuple[str, ...] = ()
    scanned: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    confirmed_by: str = ""
    unread_waived: bool = False
    accepted: bool = False


@dataclass(slots=True)
class Seals:
    """Feed it every row in order with `take`."""

    loads: dict[str, LoadSeals] = field(default_factory=dict)
    required: bool = False
    _at_the_doors: str = ""

    def take(self, row: Row) -> None:
        event = row.event
        if row.type == "ConfigLoaded":
            self.required = bool((event.get("profile") or {}).get("seal_required", True))
        elif row.type == "NoticeClosed" and not row.outcome_list("refusals"):
            self._notice(self._of(event), tuple(str(seal) for seal in event.get("seals") or ()))
        elif row.type == "LoadArrived":
            self._of(event).arrived = True
        elif row.type == "SealCheckStarted" and not row.refuses(str(event.get("load_id"))):
            self._at_the_doors = str(event["load_id"])
            before = self._of(event)
            self.loads[self._at_the_doors] = LoadSeals(
                before.announced, before.noticed, before.arrived, before.later, (*before.started_by, row.actor),
                found=[what for what in before.found if what != CONFIRMED],
            )  # fmt: skip
        elif row.type == "CodesRead" and event.get("role") == "seal" and self._at_the_doors in self.loads:
            self._scanned(self.loads[self._at_the_doors], [str(code.get("text")) for code in event.get("codes") or ()])
        elif row.type in ("SealSeen", "SealReported") and event.get("condition") in BAD:
            if not row.refuses(str(event.get("load_id"))):
                self._find(self._of(event), str(event["condition"]))
        elif row.type == "SecondLook" and not row.refuses(str(event.get("load_id"))):
            self._look(self._of(event), row)

    def against(self, load_id: str) -> list[str]:
        """What speaks against a release of anything of this load now."""
        if not self.required:
            return []
        load = self.loads.get(load_id)
        if load is None or not load.started_by:
            return [f"nobody checked the seals of {load_id}"]
        if load.accepted:
            return []
        missing = [] if load.unread_waived else [seal for seal in load.announced if seal not in load.scanned]
        told = [f"seals of {load_id}: {what}" for what in load.found]
        return [*told, *(f"seal {seal} of {load_id} was never scanned" for seal in missing)]

    def truly_against(self, load_id: str, hanging: list[Fact] | None) -> list[str]:
        """What hung there in truth, unless customs accepted it."""
        load = self.loads.get(load_id)
        if hanging is None or not self.required or load is None or load.accepted:
            return []
        numbers = {str(seal.get("number")) for seal in hanging}
        told = [f"a seal of {load_id} is truly {seal.get('condition')}" for seal in hanging if seal.get("condition") != "intact"]
        if numbers != set(load.announced):
            told.append(f"{', '.join(sorted(numbers))} truly hang at {load_id}, announced are {', '.join(load.announced)}")
        return told

    def _of(self, event: Fact) -> LoadSeals:
        return self.loads.setdefault(str(event.get("load_id")), LoadSeals())

    def _notice(self, load: LoadSeals, seals: tuple[str, ...]) -> None:
        if not (load.noticed and load.arrived):
            load.noticed, load.announced = True, seals
        elif set(seals) != set(load.announced):
            load.later.append(f"a notice after the arrival names {', '.join(seals) or 'none'}")
            self._find(load, load.later[-1])

    def _scanned(self, load: LoadSeals, texts: list[str]) -> None:
        complete = bool(load.announced) and set(load.announced) <= set(load.scanned)
        for text in ("".join(text.split()).upper() for text in texts):
            load.scanned.append(text)
            if load.announced and text not in load.announced and not complete:
                self._find(load, f"{text} was not announced")

    def _find(self, load: LoadSeals, what: str) -> None:
        if what not in load.found:
            load.found.append(what)
            load.accepted = False

    def _look(self, load: LoadSeals, row: Row) -> None:
        if not row.event.get("accepted"):
            load.confirmed_by, load.accepted = row.actor, False
            load.found.append(CONFIRMED)
            return
        by_another = row.actor not in ("", *load.started_by, load.confirmed_by)
        if by_another and row.role in CUSTOMS and (not load.confirmed_by or row.role == "section_chief"):
            load.accepted = True
        elif by_another and row.role in MAY_LIFT_UNREAD and not load.found:
            load.unread_waived = True
