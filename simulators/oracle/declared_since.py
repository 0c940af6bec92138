"""Since which row of the journal what is declared for a carton is what it is now.

The one rule: a look at an image or into a box answers for what was declared then; once the goods, the weights or the trader of
its list are other ones, or papers give the carton to another list, nobody has looked at this. Source: architecture, stations
3 and 4.
"""

from dataclasses import dataclass, field

from simulators.oracle.journal_story import Json, Row
from simulators.oracle.papers import Papers
from simulators.oracle.rechecks import Rechecks

# What a look is compared with. Numbers and times of the papers themselves are nothing that one sees.
CONTENT = ("items", "items_cut", "pack_no", "gross_weight_g", "net_weight_g", "ebc_code")
Declared = tuple[str, Json | None]


@dataclass(slots=True)
class DeclaredSince:
    """Feed it every row in order, behind the papers."""

    row_of: dict[str, int] = field(default_factory=dict)
    _told: dict[str, Declared] = field(default_factory=dict)

    def take(self, row: Row, papers: Papers) -> None:
        if row.type not in ("ManifestClosed", "NoticeClosed"):
            return
        for key, carton in papers.cartons.items():
            found = papers.lists.get(carton.list_key)
            content = {name: found.declared.get(name) for name in CONTENT} if found is not None else None
            if self._told.get(key) != (carton.list_key, content):
                self._told[key] = (carton.list_key, content)
                self.row_of[key] = row.seq

    def of(self, carton: str) -> int:
        """0: no paper ever named it."""
        return self.row_of.get(carton, 0)

    def against(self, carton: str, rechecks: Rechecks) -> list[str]:
        """What speaks against a carton that was let go by an opening: it was one of what was declared then."""
        opened, changed = rechecks.released(carton), self.of(carton)
        if opened is None or opened.closed_row > changed:
            return []
        return [f"row {changed} declares it otherwise than it was when it was opened"]
