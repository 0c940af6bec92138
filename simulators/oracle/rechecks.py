"""What the journal says of open-box rechecks, worked out again from events and their actors alone, and what was truly in the box.

The one rule: a carton that was ever opened leaves only when two different officers closed its last recheck with a release, its
own new seal was read since, and what was truly in it is what its list declares. Source: architecture, station 4; rule I6.
"""

from collections import Counter
from dataclasses import dataclass, field

from simulators.oracle.holds import CUSTOMS
from simulators.oracle.journal_story import Json, Row
from simulators.oracle.papers import Papers, normal
from simulators.oracle.verdict import Breach

RELEASED, DETAINED, ABANDONED = "released", "detained", "abandoned"


@dataclass(slots=True)
class Opened:
    """One recheck. `closed_row` 0 = it is open. `orders`: how many orders to inspect its list had when it was opened.
    `strange`: product codes that were scanned and its list did not name.
    """

    key: str
    row: int
    officers: list[str]
    seal_no: str = ""
    decided: str = ""
    by_hand: bool = False
    outcome: str = ""
    closed_row: int = 0
    orders: int = 0
    strange: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Rechecks:
    """Feed it every row in order, behind the papers."""

    of: dict[str, list[Opened]] = field(default_factory=dict)
    breaches: list[Breach] = field(default_factory=list)

    def take(self, row: Row, papers: Papers) -> None:
        if row.type == "CodesRead" and row.event.get("role") == "bench":
            self._scanned([normal(str(code.get("text"))) for code in row.event.get("codes") or ()], papers)
        if not row.type.startswith("Recheck") and row.type not in ("NewSealSet", "ScanUndone"):
            return
        keys = papers.named(str(row.event.get("code", "")))
        if row.outcome_list("refusals") or len(keys) != 1:
            return
        key, event = keys[0], row.event
        if row.type == "RecheckOpened":
            self._open(row, key, papers)
            return
        last = self.last(key)
        if last is None or last.closed_row:
            self.breaches.append(Breach("I6", "", f"row {row.seq}: {row.type} of {key} counts, and no recheck of it is open"))
        elif row.type == "NewSealSet":
            last.seal_no = normal(str(event.get("seal_no")))
        elif row.type == "ScanUndone":
            last.strange.clear()
        elif row.type == "RecheckDecided":
            last.decided, last.by_hand = str(event.get("outcome")), bool(event.get("by_hand"))
        elif row.type == "RecheckAbandoned":
            last.outcome, last.closed_row = ABANDONED, row.seq
        elif row.type == "RecheckConfirmed":
            self._close(row, last, papers)

    def last(self, key: str) -> Opened | None:
        return self.of[key][-1] if self.of.get(key) else None

    def released(self, key: str) -> Opened | None:
        """The last recheck, if it let the carton go."""
        last = self.last(key)
        return last if last is not None and last.closed_row and last.outcome == RELEASED else None

    def by_hand(self, key: str) -> bool:
        last = self.released(key)
        return last is not None and last.by_hand

    def against(self, key: str) -> list[str]:
        """What the last recheck has against this carton's leaving."""
        last = self.last(key)
        if last is None or self.released(key) is not None:
            return []
        said = f"officers said {last.outcome}" if last.closed_row else "it is open"
        return [f"its recheck of row {last.row}: {said}"]

    def detained(self) -> list[str]:
        return [key for key, opened in self.of.items() if opened[-1].outcome == DETAINED]

    def _open(self, row: Row, key: str, papers: Papers) -> None:
        earlier = self._officers_before(key)
        if row.role not in CUSTOMS or row.actor in earlier:
            what = f"row {row.seq}: {row.actor} ({row.role}) opens {key}, earlier officers {', '.join(earlier) or 'none'}"
            self.breaches.append(Breach("I6", "", what))
        last = self.last(key)
        if last is not None and not last.closed_row:
            self.breaches.append(Breach("I6", "", f"row {row.seq}: {key} is opened while its recheck of row {last.row} is open"))
        found = papers.lists.get(papers.list_key_of(key))
        orders = len(found.orders) if found is not None else 0
        self.of.setdefault(key, []).append(Opened(key, row.seq, [row.actor], orders=orders))

    def _officers_before(self, key: str) -> list[str]:
        """Who had part in an outcome, or found what nobody declared and ended it without one."""
        before = [one for one in self.of.get(key, ()) if one.closed_row and (one.outcome != ABANDONED or one.strange)]
        return [name for one in before for name in one.officers]

    def _scanned(self, texts: list[str], papers: Papers) -> None:
        """Things of the one carton that lies open. What a person takes back counts no more, nor what was scanned before it."""
        opened = [several[-1] for several in self.of.values() if not several[-1].closed_row]
        found = papers.lists.get(papers.list_key_of(opened[0].key)) if len(opened) == 1 else None
        if found is not None and found.declared.get("items"):
            declared = {str(item.get("bar_code")) for item in found.declared["items"]}
            opened[0].strange |= {text for text in texts if _is_product(text)} - declared

    def _close(self, row: Row, last: Opened, papers: Papers) -> None:
        others = [*last.officers, *self._officers_before(last.key)]
        if row.role not in CUSTOMS or row.actor in others:
            what = f"row {row.seq}: {row.actor} ({row.role}) confirms {last.key}, its officers are {', '.join(others)}"
            self.breaches.append(Breach("I6", "", what))
        if last.decided != row.event.get("outcome"):
            what = f"row {row.seq}: {last.key} is closed as {row.event.get('outcome')}, the first officer said {last.decided}"
            self.breaches.append(Breach("I6", "", what))
        last.officers.append(row.actor)
        last.outcome, last.closed_row = str(row.event.get("outcome")), row.seq
        self._record_result(last.key, papers)

    def _record_result(self, key: str, papers: Papers) -> None:
        """An inspection order has its result when every carton of the list was opened after it and let go."""
        list_key = papers.list_key_of(key)
        found = papers.lists.get(list_key)
        members = papers.members(list_key)
        if found is None or len(members) < int(found.declared.get("pack_no", 1)):
            return
        let_go = [self.released(member) for member in members]
        if all(last is not None and last.orders == len(found.orders) for last in let_go):
            found.inspection_open = False


def _is_product(text: str) -> bool:
    """An EAN-13 with its check digit."""
    digits = [int(digit) for digit in text] if text.isascii() and text.isdigit() else []
    return len(digits) == 13 and (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def truly_differs(declared: Json, products: list[str]) -> str:
    """What is in the carton against its list, in words; empty = it is the same. `products` are the things' product codes."""
    wanted: Counter[str] = Counter()
    for item in declared.get("items") or ():
        wanted[str(item.get("bar_code"))] += int(float(str(item.get("qty") or 0)))
    there = Counter(products)
    over = [f"{count} of {code}, declared {wanted[code]}" for code, count in there.items() if count > wanted[code]]
    short = [f"{there[code]} of {code}, declared {count}" for code, count in wanted.items() if there[code] < count]
    return "; ".join(over or (short if int(declared.get("pack_no", 1)) <= 1 else []))
