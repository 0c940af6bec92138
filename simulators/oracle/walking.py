"""The journal walked through once, for all checkers together: what papers, holds, seals, rechecks and custody say at each row.

The one rule: a look changes nothing of what it is shown, so each checker finds what it would have found alone.
"""

from collections.abc import Callable, Generator, Sequence

import msgspec

from simulators.oracle.custody import Custody
from simulators.oracle.declared_since import DeclaredSince
from simulators.oracle.holds import Holds
from simulators.oracle.journal_story import Row
from simulators.oracle.papers import Papers
from simulators.oracle.rechecks import Rechecks
from simulators.oracle.run import Run
from simulators.oracle.seals import Seals
from simulators.oracle.verdict import Breach


class AtRow(msgspec.Struct, frozen=True):
    """What a row says, once it and all before it were taken."""

    row: Row
    papers: Papers
    holds: Holds
    seals: Seals
    rechecks: Rechecks
    custody: Custody
    declared: DeclaredSince


Look = Callable[[AtRow], None]
# A checker that looks at each row yields its look once, is sent the end of the walk, and returns what it found.
Walk = Generator[Look, AtRow, list[Breach]]
Checker = Callable[[Run], list[Breach] | Walk]


def see_nothing(at: AtRow) -> None:
    """The look of a checker that wants the end alone."""


def found_by(run: Run, checkers: Sequence[Checker]) -> tuple[list[Breach], AtRow]:
    """What the checkers find, in their order, and the end of the walk."""
    begun = [check(run) for check in checkers]
    looks = [next(one) for one in begun if isinstance(one, Generator)]
    end = _walked(run, looks)
    return [breach for one in begun for breach in (_ended(one, end) if isinstance(one, Generator) else one)], end


def _walked(run: Run, looks: Sequence[Look]) -> AtRow:
    """Call every look after each row. Returns the end."""
    papers, holds, seals, rechecks, custody = Papers(run.wire.meant), Holds(), Seals(), Rechecks(), Custody()
    declared = DeclaredSince()
    at = AtRow(Row(0, 0, "", {}, "", {}), papers, holds, seals, rechecks, custody, declared)
    for row in run.journal.rows:
        papers.take(row)
        declared.take(row, papers)
        holds.take(row)
        seals.take(row)
        rechecks.take(row, papers)
        custody.take(row, papers)
        at = AtRow(row, papers, holds, seals, rechecks, custody, declared)
        for look in looks:
            look(at)
    return at


def _ended(walk: Walk, end: AtRow) -> list[Breach]:
    try:
        walk.send(end)
    except StopIteration as told:
        found: list[Breach] = told.value
        return found
    raise AssertionError("a checker walks once")
