"""Who must be looked at: targeting rules of customs and the random draw.

One rule: this is customs' alone. What it says is never shown to the company (reasons `rule_hit`, `selected`); the draw is
asked for as long work, because its secret is in no event, state or log.
"""

from controller.domain.reasons import CUSTOMS_DECIDES, Blocker, Role
from controller.line.commands import DrawSelection
from controller.line.events import Stamped
from controller.line.inspection_events import Rule, Rules, RulesActivated, RulesProposed, SelectionDrawn, SelectionFailed
from controller.line.list_state import ConsignmentList
from controller.line.shift_events import RulesSigned
from controller.line.state import Carton, Draft

PERMILLE_MOST = 1000
SOURCES = (Role.LINE, *CUSTOMS_DECIDES)


def on_rules_activated(draft: Draft, stamped: Stamped, event: RulesActivated) -> None:
    """Take rules whole or not at all; a rule without conditions would hit everything or nothing."""
    if _may_be(draft, stamped, event.rules):
        _put_in_force(draft, event.rules, event.sha256)


def on_rules_proposed(draft: Draft, stamped: Stamped, event: RulesProposed) -> None:
    """Other rules than those in force: they wait, and the old ones count on."""
    if _may_be(draft, stamped, event.rules):
        draft.set_facts(rules_waiting=event if event.sha256 != draft.facts.rules_sha256 else None)


def on_rules_signed(draft: Draft, stamped: Stamped, event: RulesSigned) -> None:
    """Two different people of customs, one of them a section chief, put what waits in force."""
    waiting = draft.facts.rules_waiting
    if stamped.role not in CUSTOMS_DECIDES:
        draft.refuse("role_not_allowed", "rules", f"{stamped.role} may not change rules", "ask customs")
    elif waiting is None or waiting.sha256 != event.sha256:
        draft.refuse("rules_not_waiting", "rules", "no such rules wait to be signed", "look at the newest file of rules")
    elif not event.second or event.second == stamped.actor or Role.SECTION_CHIEF not in (stamped.role, event.second_role):
        draft.refuse(
            "second_person_missing", "rules", "rules are changed by two, one of them a section chief", "another one signs"
        )
    else:
        _put_in_force(draft, waiting.rules, waiting.sha256)
        said = f"rules {waiting.rules.version} in force by {stamped.actor} and {event.second}: {event.cause}"
        draft.note("line", f"customs look: {said}")


def _put_in_force(draft: Draft, rules: Rules, sha256: str) -> None:
    """Whoever looked before other rules were in force did not look for what they ask for; each start brings the same ones."""
    since_ms = draft.facts.rules_ms if rules == draft.facts.rules else draft.now_ms
    draft.set_facts(rules=rules, rules_sha256=sha256, rules_waiting=None, rules_ms=since_ms)


def _may_be(draft: Draft, stamped: Stamped, rules: Rules) -> bool:
    if stamped.role not in SOURCES:
        draft.refuse("role_not_allowed", "rules", f"{stamped.role} may not change rules", "ask customs")
        return False
    empty = [rule.rule_id for rule in rules.rules if rule.says_nothing]
    if empty or not 0 <= rules.random_permille <= PERMILLE_MOST:
        cause = f"rule {empty[0]} has no condition" if empty else f"{rules.random_permille} of 1000 cannot be drawn"
        draft.refuse("rules_not_valid", "rules", cause, "mend the file of rules and activate it again")
        return False
    return True


def ask_draw(draft: Draft, carton_key: str) -> None:
    """Have the draw made, once for each carton: running it again does not give another chance."""
    rules, carton = draft.facts.rules, draft.cartons[carton_key]
    if rules is None or rules.random_permille == 0 or carton.selection:
        return
    draft.change_carton(carton_key, selection="asked")
    draft.commands.append(DrawSelection(carton_key, rules.random_permille))


def ask_again(draft: Draft) -> None:
    """After a restart: the draws that were asked for and not answered."""
    for carton in tuple(draft.cartons.values()):
        if carton.selection == "asked" and draft.facts.rules is not None:
            draft.commands.append(DrawSelection(carton.key, draft.facts.rules.random_permille))


def on_drawn(draft: Draft, event: SelectionDrawn) -> None:
    carton = draft.cartons.get(event.carton)
    if carton is not None and carton.selection in ("asked", "failed"):
        draft.change_carton(event.carton, selection="selected" if event.selected else "passed")
        if event.selected:
            draft.note(f"carton:{event.carton}", "customs look: drawn at random")


def on_draw_failed(draft: Draft, event: SelectionFailed) -> None:
    carton = draft.cartons.get(event.carton)
    if carton is not None and carton.selection == "asked":
        draft.change_carton(event.carton, selection="failed")
        draft.alarm("selection_failed", f"carton:{event.carton}", event.cause)


def targeting_blockers(draft: Draft, carton: Carton) -> list[Blocker]:
    """Why customs wants to look at this carton; each asks for an officer's clear verdict."""
    subject = f"carton:{carton.key}"
    found = []
    if carton.selection == "selected":
        found.append(Blocker("selected", subject))
    elif carton.selection == "failed":
        found.append(Blocker("selection_failed", subject))
    declared = draft.lists.get(carton.list_key)
    if draft.facts.rules is not None and declared is not None:
        found += [Blocker("rule_hit", subject, f"{r.rule_id} {r.text}") for r in draft.facts.rules.rules if hits(r, declared)]
    return found


def hits(rule: Rule, found: ConsignmentList) -> bool:
    """Whether every condition of the rule holds. Items that were cut from a long list may be the ones it means."""
    declared = found.declared
    if rule.traders and declared.ebc_code not in rule.traders:
        return False
    if rule.gross_from_g >= 0 and declared.gross_weight_g < rule.gross_from_g:
        return False
    if rule.gross_to_g >= 0 and declared.gross_weight_g > rule.gross_to_g:
        return False
    if rule.hs_prefixes and not declared.items_cut:
        return any(item.gcode.startswith(rule.hs_prefixes) for item in declared.items)
    return not rule.says_nothing
