"""What is kept in custody, as the journal's own events say it.

The one rule: a carton that was scanned into a custody place is there until somebody of customs takes it out; until then it takes
no release lane and goes into no container. Source: architecture, station 4 (custody places with scanned moves).
"""

from dataclasses import dataclass, field

from simulators.oracle.holds import CUSTOMS
from simulators.oracle.journal_story import Row
from simulators.oracle.papers import Papers
from simulators.oracle.verdict import Breach


@dataclass(slots=True)
class Custody:
    """Feed it every row in order, behind the papers."""

    kept: dict[str, str] = field(default_factory=dict)  # carton: place
    breaches: list[Breach] = field(default_factory=list)

    def take(self, row: Row, papers: Papers) -> None:
        if row.type not in ("CustodyMoved", "CustodyEnded") or row.outcome_list("refusals"):
            return
        for key in papers.keys_of(str(row.event.get("code", ""))):
            if row.type == "CustodyMoved":
                self.kept[key] = str(row.event.get("place"))
                continue
            if row.role not in CUSTOMS:
                what = f"row {row.seq}: {row.actor} ({row.role}) takes {key} out of custody"
                self.breaches.append(Breach("I5", "", what))
            self.kept.pop(key, None)

    def against(self, key: str) -> list[str]:
        return [f"it is kept in custody at {self.kept[key]}"] if key in self.kept else []
