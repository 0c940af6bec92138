"""The people at an open carton: a second officer who is called, the party whose goods they are, the keeper of the site.

One rule: a carton that waits for its second officer is in custody at the bench until both have spoken; nobody signs for another.
Source: Order 138, Art. 3 and 10 (two officers; the party signs, else a witness).
"""

from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.events import Stamped
from controller.line.naming import named
from controller.line.recheck import open_one, refuse
from controller.line.recheck_events import PartyPresent, SecondOfficerCalled, WitnessSigned
from controller.line.recheck_standing import last_recheck
from controller.line.recheck_state import ABANDONED, ABSENT, PARTIES, Recheck
from controller.line.state import Draft

NAME_LONGEST = 60
WITNESSES = (Role.OPERATOR, Role.SHIFT_LEAD)


def on_second_called(draft: Draft, stamped: Stamped, event: SecondOfficerCalled) -> None:
    """It stays at the bench, in custody, and the customs side is called; again each time somebody asks."""
    one = open_one(draft, stamped, event.code)
    if one is None:
        return
    carton = draft.cartons[one.carton]
    if not carton.custody:
        draft.change_carton(carton.key, custody=one.kept_at, custody_ms=draft.now_ms, place=f"custody {one.kept_at}")
    draft.rechecks.put(one.recheck_id, replace(one, called_ms=draft.now_ms))
    draft.note(f"carton:{one.carton}", f"customs look: second officer called to {one.bench} by {stamped.actor}")
    draft.alarm("second_officer_wanted", f"carton:{one.carton}", f"{stamped.actor} waits at {one.bench}")


def on_party(draft: Draft, stamped: Stamped, event: PartyPresent) -> None:
    """Whose goods they are: there and signs the printed record, there and refuses, or absent."""
    one = open_one(draft, stamped, event.code)
    if one is None:
        return
    name = " ".join(event.name.split())
    if event.kind not in PARTIES or len(name) > NAME_LONGEST or bool(name) == (event.kind == ABSENT):
        refuse(draft, "party_wrong", f"carton:{one.carton}", f"{event.kind!r}, a name of {len(name)} letters")
        return
    draft.rechecks.put(one.recheck_id, replace(one, party=event.kind, party_name=name))
    draft.note(f"carton:{one.carton}", f"customs look: party {event.kind}, entered by {stamped.actor}")


def on_witness(draft: Draft, stamped: Stamped, event: WitnessSigned) -> None:
    """Signed by the company's person who kept the site; also after the carton is closed, until its record is submitted."""
    if stamped.role not in WITNESSES:
        draft.refuse("role_not_allowed", event.code, f"{stamped.role} is no witness", "ask " + " or ".join(WITNESSES))
        return
    one = _at_bench(draft, event.code)
    if one is None:
        return
    record = draft.inspection_records.get(one.recheck_id)
    if record is not None and record.submitted_by:
        refuse(draft, "record_submitted", f"carton:{one.carton}", f"by {record.submitted_by}")
        return
    draft.rechecks.put(one.recheck_id, replace(one, witness=stamped.actor))
    draft.note(f"carton:{one.carton}", f"customs look: witnessed by {stamped.actor}")


def _at_bench(draft: Draft, code: str) -> Recheck | None:
    keys = named(draft, code)
    carton = draft.cartons[keys[0]] if len(keys) == 1 and keys[0] not in draft.gone else None
    one = last_recheck(draft, carton) if carton is not None else None
    if one is None or one.outcome == ABANDONED:
        refuse(draft, "recheck_not_open", code, "")
        return None
    return one
