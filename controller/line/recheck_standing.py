"""What a recheck says to every other station: what it holds, what it answers, what the carton must show afterwards.

One rule: a recheck answers only what a look into the box can answer; a hold of an officer or of customs stays until it is
lifted, and a carton that was opened and not closed with an outcome goes nowhere; nor does one that is declared otherwise since.
"""

from controller.domain.reasons import Blocker
from controller.line.as_declared import declared_ms
from controller.line.commands import Fact
from controller.line.recheck_state import DETAINED, RELEASED, RETURNED, TRANSFERRED, Difference, Recheck
from controller.line.record_state import ELSEWHERE
from controller.line.state import Carton, Draft, Passage

# Suspicions that two officers who looked into the box have answered, for every way over the belt after it.
ANSWERED = frozenset({"weight_differs", "analyser_finding", "rule_hit", "selected"})
# Holds that an officer's look at the image placed: the open box is the answer that they asked for.
LIFTED_HOLDS = frozenset({"verdict_open", "verdict_anomaly"})
HELD_BY = {DETAINED: "detained", RETURNED: "returned", TRANSFERRED: "transferred"}
BY_HAND = "released by hand"


def last_recheck(draft: Draft, carton: Carton) -> Recheck | None:
    return draft.rechecks.get(carton.recheck) if carton.recheck else None


def standing_release(draft: Draft, carton: Carton) -> Recheck | None:
    """The last recheck, if two officers let the carton go by it, as it is declared now."""
    last = last_recheck(draft, carton)
    return last if last is not None and _let_go(last) and not _is_outdated(draft, carton, last) else None


def _let_go(last: Recheck) -> bool:
    return not last.is_open and last.outcome == RELEASED


def _is_outdated(draft: Draft, carton: Carton, last: Recheck) -> bool:
    """Whether what they found was compared with another declaration than there is now."""
    return last.declared_ms != declared_ms(draft, carton)


def recheck_blockers(draft: Draft, carton: Carton) -> list[Blocker]:
    """What the last recheck has against a carton, wherever it stands."""
    last = last_recheck(draft, carton)
    if last is None:
        return []
    if _let_go(last):
        since = f"recheck {last.recheck_id} is older than what is declared now"
        return [Blocker("recheck_outdated", f"carton:{carton.key}", since)] if _is_outdated(draft, carton, last) else []
    code = "recheck_open" if last.is_open else HELD_BY.get(last.outcome, "recheck_open")
    return [Blocker(code, f"carton:{carton.key}", f"recheck {last.recheck_id}")]


def answers(draft: Draft, passage: Passage, code: str) -> bool:
    """Whether a recheck before this way over the belt has answered a suspicion."""
    carton = draft.cartons.get(passage.carton) if passage.carton else None
    released = standing_release(draft, carton) if carton is not None else None
    if released is None or code not in ANSWERED or passage.came_ms < released.closed_ms:
        return False
    return code != "rule_hit" or released.opened_ms > draft.facts.rules_ms


def box_blockers(draft: Draft, passage: Passage, tolerance_g: int) -> list[Blocker]:
    """What speaks against a rechecked carton that is back on the belt: it is not as the officers closed it."""
    carton = draft.cartons.get(passage.carton) if passage.carton else None
    released = standing_release(draft, carton) if carton is not None else None
    if carton is None or released is None:
        return []
    subject = f"passage:{passage.key}"
    if passage.came_ms < released.closed_ms:
        early = "it was put on the belt before its recheck was closed"
        return [] if passage.ended else [Blocker("recheck_open", subject, early)]
    read = passage.scan_identity.codes if passage.scan_identity is not None else ()
    found = seal_shown(draft, released, read, subject)
    if released.weight_g >= 0 and passage.weight_g >= 0 and abs(passage.weight_g - released.weight_g) > tolerance_g:
        detail = f"{released.weight_g} g before the recheck, {passage.weight_g} g after it"
        found.append(Blocker("weight_changed", subject, detail))
    return found


def seal_shown(draft: Draft, released: Recheck, read: tuple[str, ...], subject: str) -> list[Blocker]:
    """Whether the seal label that the officers put on was read with the carton's own number."""
    shown = ["".join(text.split()).upper() for text in read]
    if released.seal_no in shown:
        return []
    others = [text for text in shown if draft.new_seals.get(text)]
    if others:
        return [Blocker("new_seal_differs", subject, f"{', '.join(others)} read, {released.seal_no} was put on")]
    return [Blocker("new_seal_unread", subject, released.seal_no)]


def recheck_facts(draft: Draft, carton: Carton) -> list[Fact]:
    """The recheck for the record of a decision and for `xiyong why`, with its evidence files."""
    last = last_recheck(draft, carton)
    if last is None:
        return []
    if last.is_open:
        opened = [Fact("open-box recheck", f"{last.recheck_id} is open at {last.bench}", last.opened_ms)]
        return [*opened, Fact("customs look", "a second officer was called", last.called_ms)] if last.called_ms >= 0 else opened
    told = f"{last.recheck_id} {last.outcome}" + (f", new seal {last.seal_no}" if last.seal_no else "")
    files = " ".join(still.sha256 for still in last.stills) or "none"
    differs = "; ".join(told_difference(one) for one in last.differences) or "as declared"
    look = f"recheck by {' and '.join(last.officers)}: {len(last.found)} things scanned, {differs}; stills {files}"
    whole = f"{look}; {_paper_told(draft, last)}"
    return [Fact("open-box recheck", told, last.closed_ms), Fact("customs look", whole, last.closed_ms)]


def _paper_told(draft: Draft, last: Recheck) -> str:
    """Who stood by, and how far its inspection record is."""
    record = draft.inspection_records.get(last.recheck_id)
    if record is not None and record.stage == ELSEWHERE:
        where = record.elsewhere
        return (
            f"party {last.party or 'not entered'}, witness {last.witness or 'none'}; inspection record filed elsewhere: {where}"
        )
    paper = "not written yet" if record is None else f"{record.stage} {record.sha256}".rstrip()
    return f"party {last.party or 'not entered'}, witness {last.witness or 'none'}; inspection record {paper}"


def told_difference(one: Difference) -> str:
    """One difference in words."""
    parts = (one.kind, one.product, f"declared {one.declared or 0}", f"found {one.found}", one.detail)
    return " ".join(part for part in parts if part)
