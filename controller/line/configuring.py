"""Who may change the configuration: proposals, signatures, and a start with one that nobody signed.

One rule: a line does not release anything under a configuration whose customs' part was not signed (`config_unsigned`). What a
proposal touches is not believed: the core compares the hash of customs' part with the one that is signed. The first configuration
of a line under signature counts at once, as its first rules do: there is nothing that it could weaken. What customs agreed to for
the next start the company alone puts nothing in place of.
"""

from msgspec.structs import replace

from controller.domain.reasons import COMPANY_LEADS, CUSTOMS_DECIDES, Role
from controller.line.config_events import ConfigProposed, ConfigRejected, ConfigSigned
from controller.line.events import ConfigLoaded, Stamped
from controller.line.state import Draft

COMPANY_MAY = tuple(dict.fromkeys((Role.INTEGRATOR, *COMPANY_LEADS)))
MAY_PROPOSE = (*COMPANY_MAY, *CUSTOMS_DECIDES)
SUBJECT = "config"


def on_loaded(draft: Draft, event: ConfigLoaded) -> None:
    """A start: under what was signed, under what was agreed to since, or under something that nobody agreed to."""
    standing = draft.facts.config
    waiting, approved = standing.waiting, standing.approved
    # Another program may want more of the same file signed: what waited was compared with what the one before wanted.
    other_part = bool(standing.running) and event.customs_sha256 != standing.running
    if waiting is not None and (waiting.base_sha256 != event.sha256 or other_part):
        draft.note(SUBJECT, "the proposed configuration was compared with another one: it waits no longer")
        waiting = None
    signed = standing.signed
    if event.customs_sha256 and (
        (not signed and event.under_signature) or (approved is not None and approved.customs_sha256 == event.customs_sha256)
    ):
        signed = event.customs_sha256
    if approved is not None and approved.loaded_sha256 == event.sha256:
        draft.note(SUBJECT, f"the agreed configuration {approved.sha256} is in force")
        approved = None
    known = bool(signed) and signed == event.customs_sha256
    whole = event.sha256 if known else standing.signed_whole
    standing = replace(
        standing, signed=signed, signed_whole=whole, running=event.customs_sha256, waiting=waiting, approved=approved
    )  # fmt: skip
    draft.set_facts(config=standing)
    if standing.unsigned:
        runs, last = standing.running or "-", signed or "-"
        draft.note(SUBJECT, f"configuration unsigned: customs' part {runs} runs, {last} is signed")


def on_proposed(draft: Draft, stamped: Stamped, event: ConfigProposed) -> None:
    """It waits; a newer one takes its place."""
    standing = draft.facts.config
    if stamped.role not in MAY_PROPOSE:
        draft.refuse("role_not_allowed", SUBJECT, f"{stamped.role} may not propose settings", "ask " + " or ".join(MAY_PROPOSE))
    elif not standing.running:
        draft.refuse("config_not_known", SUBJECT, "the start did not say what customs must sign", "start the daemon again")
    elif event.base_sha256 != draft.facts.config_sha256:
        draft.refuse("config_changed", SUBJECT, "the configuration in force is another one by now", "have the file checked again")
    elif event.loaded_sha256 == draft.facts.config_sha256:
        draft.refuse("config_same", SUBJECT, "nothing would change", "change something first")
    elif standing.waiting is not None and stamped.actor != standing.waiting_by and stamped.role not in CUSTOMS_DECIDES:
        draft.refuse("config_waits", SUBJECT, "another proposal waits", "whoever made it takes it back, or customs turns it down")
    else:
        if standing.waiting is not None:
            draft.note(SUBJECT, f"the proposal {standing.waiting.sha256} gives place to {event.sha256}")
        draft.set_facts(config=replace(standing, waiting=event, waiting_by=stamped.actor))
        draft.note(SUBJECT, f"configuration {event.sha256} proposed by {stamped.actor}: {event.cause}")


def on_signed(draft: Draft, stamped: Stamped, event: ConfigSigned) -> None:
    """What runs unsigned is signed, or the proposal is agreed to and waits for the next start."""
    standing = draft.facts.config
    waiting = standing.waiting if standing.waiting is not None and standing.waiting.sha256 == event.sha256 else None
    runs = standing.unsigned and bool(standing.running) and standing.running == event.sha256
    if waiting is None and not runs:
        draft.refuse("config_not_waiting", SUBJECT, "no such configuration waits to be signed", "look at the newest proposal")
    elif not _may_sign(draft, stamped, event, runs or (waiting is not None and _for_customs(draft, waiting))):
        return
    elif waiting is None:
        draft.set_facts(config=replace(standing, signed=standing.running, signed_whole=draft.facts.config_sha256))
        draft.note(SUBJECT, f"the running configuration is signed by {stamped.actor} and {event.second}: {event.cause}")
    elif not _for_customs(draft, waiting) and standing.approved is not None and _for_customs(draft, standing.approved):
        draft.refuse("config_agreed", SUBJECT, "what customs agreed to waits for the next start",
                     "start with that first, or ask customs to sign both in one")  # fmt: skip
    else:
        draft.set_facts(config=replace(standing, waiting=None, approved=waiting))
        by = f"{stamped.actor} and {event.second}" if event.second else stamped.actor
        draft.note(SUBJECT, f"configuration {event.sha256} agreed to by {by}: {event.cause}")


def _for_customs(draft: Draft, waiting: ConfigProposed) -> bool:
    """Whether it changes what customs must sign, against what is signed and against what runs."""
    standing = draft.facts.config
    return waiting.customs_sha256 != (standing.signed or standing.running)


def _may_sign(draft: Draft, stamped: Stamped, event: ConfigSigned, customs: bool) -> bool:
    if not customs:
        if stamped.role in COMPANY_MAY:
            return True
        draft.refuse("role_not_allowed", SUBJECT, "these settings are the company's", "ask " + " or ".join(COMPANY_MAY))
        return False
    if stamped.role not in CUSTOMS_DECIDES or (event.second and event.second_role not in CUSTOMS_DECIDES):
        draft.refuse("role_not_allowed", SUBJECT, f"{stamped.role} may not sign these settings", "two of customs sign")
        return False
    chief = Role.SECTION_CHIEF in (stamped.role, event.second_role)
    if not event.second or event.second == stamped.actor or not chief:
        step = "another one signs, one of the two a section chief"
        draft.refuse("second_person_missing", SUBJECT, "two of customs sign these settings", step)
        return False
    return True


def on_rejected(draft: Draft, stamped: Stamped, event: ConfigRejected) -> None:
    """Customs turns down any; everybody else takes back the own one. So long as it does not run, what was agreed to, too: by
    customs, and what is the company's alone by whoever may agree to it.
    """
    standing = draft.facts.config
    waiting, approved = standing.waiting, standing.approved
    if approved is not None and approved.sha256 == event.sha256 and (waiting is None or waiting.sha256 != event.sha256):
        if stamped.role in CUSTOMS_DECIDES or (stamped.role in COMPANY_MAY and not _for_customs(draft, approved)):
            draft.set_facts(config=replace(standing, approved=None))
            draft.note(SUBJECT, f"configuration {event.sha256} turned down by {stamped.actor}: {event.cause}")
        else:
            draft.refuse("role_not_allowed", SUBJECT, f"{stamped.role} may not turn it down", "ask customs")
    elif waiting is None or waiting.sha256 != event.sha256:
        draft.refuse("config_not_waiting", SUBJECT, "no such configuration waits to be signed", "look at the newest proposal")
    elif stamped.role not in CUSTOMS_DECIDES and stamped.actor != standing.waiting_by:
        draft.refuse("role_not_allowed", SUBJECT, f"{stamped.role} may not turn it down", "ask whoever proposed it, or customs")
    else:
        draft.set_facts(config=replace(standing, waiting=None))
        draft.note(SUBJECT, f"configuration {event.sha256} turned down by {stamped.actor}: {event.cause}")
