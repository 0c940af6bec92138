"""A recall works until the carton left: what took the release lane and loses its basis is recalled, by a row that says so.

The one rule: whether something speaks against a carton is worked out from papers and holds at each row; the daemon's own word
counts only as the recall itself (a hold or an alarm with that code). What is out of its container, and customs took it out or
opened a carton of its number on the bench, is in customs' hands: nobody has to fetch it, until it takes the release lane again.
So long after its departure as the line keeps what has left, it is out of reach: then a word of customs against it is an alarm.
Source: invariant I5; domain reference, rule 6 (recall).
"""

from simulators.oracle.departure_story import departing
from simulators.oracle.holds import CUSTOMS
from simulators.oracle.release_checks import release_exits
from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.walking import AtRow, Walk

BY_PEOPLE = ("officer_hold", "company_hold")
TO_CUSTOMS = frozenset({"CartonRemoved", "RecheckOpened"})
CHANGES = frozenset({"ReceiptArrived", "ManifestClosed", "NoticeClosed", "HoldPlaced"})


def check_recalls(run: Run) -> Walk:
    found: list[Breach] = []
    leaves = _leaves(run)
    released: dict[str, tuple[str, str]] = {}
    blocked: set[str] = set()
    left: dict[str, int] = {}

    def look(at: AtRow) -> None:
        seq = at.row.seq
        left.update(dict.fromkeys(departing(at.row), at.row.line_ms))
        for key, carton_no, track, decided in leaves.get(seq, ()):
            released[key] = (carton_no, track)
            if _against(at, key):
                blocked.add(key)
                if not _answered(run, at, key, track, decided):
                    what = f"row {seq}: {key} left by release although {_against(at, key)}, and is not recalled"
                    found.append(Breach("I5", carton_no, what))
        if at.row.type in TO_CUSTOMS and at.row.role in CUSTOMS and not at.row.outcome_list("refusals"):
            for key in at.papers.keys_of(str(at.row.event.get("code", ""))):
                if key in released and released[key][0] in run.yard.unloaded:
                    del released[key]
                    blocked.discard(key)
        if at.row.type in CHANGES:
            for key, (carton_no, track) in released.items():
                against = _against(at, key)
                told = key in blocked or _recalled(at, key, track) or _told_too_late(at, key, left.get(key))
                if against and not told:
                    found.append(Breach("I5", carton_no, f"row {seq}: {key} took the release lane, now {against}, not recalled"))
                blocked.add(key) if against else blocked.discard(key)

    yield look
    return found


def _told_too_late(at: AtRow, key: str, left_ms: int | None) -> bool:
    """It is out of reach, and what customs says of its list all the same is an alarm."""
    kept_ms = int(at.papers.profile.get("forget_after_s", 43_200)) * 1000
    if left_ms is None or at.row.line_ms - left_ms < kept_ms:
        return False
    told = ("receipt_after_departure", f"list:{at.papers.list_key_of(key)}")
    alarms = [(one.get("code"), one.get("subject")) for one in at.row.outcome_list("alarms")]
    return at.row.type != "ReceiptArrived" or told in alarms


def _leaves(run: Run) -> dict[int, list[tuple[str, str, str, int]]]:
    """Row of the confirmation -> (carton key, carton, track, row of its decision)."""
    found: dict[int, list[tuple[str, str, str, int]]] = {}
    for left in release_exits(run):
        track, taken = run.track_of(left), run.in_force(left)
        confirmed = run.journal.diverted(track)
        decision = next((d for d in run.journal.of_track(track) if taken is not None and d.seq == taken.seq), None)
        if confirmed is not None and decision is not None and decision.carton:
            found.setdefault(confirmed.row, []).append((decision.carton, left.carton_no, track, decision.row))
    return found


def _against(at: AtRow, key: str) -> str:
    """Customs, papers or a hold, as this row leaves them."""
    carton = at.papers.cartons.get(key)
    found = at.papers.lists.get(at.papers.list_key_of(key))
    loads = {carton.load_id} if carton is not None and carton.load_id else set()
    holds = [h for h in at.holds.reaching(key, at.papers.list_key_of(key), loads) if h.code in BY_PEOPLE]
    if holds:
        return f"hold {holds[0].hold_id} ({holds[0].code}) is open"
    if disputes := at.papers.disputes(key):
        return disputes[0]
    if found is None or found.withdrawn:
        return "its list is gone or withdrawn"
    if found.inspection_open:
        return "an inspection order is open"
    if found.status_conflict:
        return "receipts contradict each other"
    return "" if found.status in at.papers.released_words() else f"customs status is {found.status or 'missing'}"


def _recalled(at: AtRow, key: str, track: str) -> bool:
    subjects = (f"carton:{key}", f"passage:{track}")
    if any(a.get("code") == "recalled" and a.get("subject") in subjects for a in at.row.outcome_list("alarms")):
        return True
    return any(h.code == "recalled" and h.target == key for h in at.holds.open.values())


def _answered(run: Run, at: AtRow, key: str, track: str, decided: int) -> bool:
    """Recalled by this row or a row since the decision, or re-routed too late."""
    if _recalled(at, key, track):
        return True
    subjects = (f"carton:{key}", f"passage:{track}")
    return any(
        alarm.get("code") in ("recalled", "divert_differs") and alarm.get("subject") in subjects
        for row in run.journal.rows[decided - 1 : at.row.seq]
        for alarm in row.outcome_list("alarms")
    )
