"""What speaks against a truck at a gate: how it was read, its container, its pass, and the line itself.

One rule: it changes nothing and is asked anew each time; what a person may wave through is a closed list, and so is what
passes by itself. Source: reliability reference I13; JGS/T 14-2015.
"""

from controller.domain.identifiers import normalise
from controller.domain.reasons import Blocker
from controller.line.departure_state import Container, GatePass, Visit
from controller.line.loading import container_blockers, maybe_out, not_known
from controller.line.readiness import line_blockers
from controller.line.state import Draft

# A person may wave these through; everything else is the rule itself.
FOR_A_PERSON = frozenset(
    {"gate_unread", "gate_unsure", "gate_weight_differs", "gate_direction", "gate_form_differs", "gate_waited"}
)
# These pass by themselves: the truck waits, and is judged again.
FOR_THE_LINE = frozenset({"plc_not_ready", "plc_fail_safe", "session_conflict", "task_down", "barrier_busy", "customs_silent"})
# Of these what an order that is under way must not outlive: it is taken back.
TAKES_BACK = frozenset({"customs_silent"})


def pass_of(draft: Draft, container_no: str) -> GatePass | None:
    """The pass of a container that stands."""
    passes = draft.passes.values()
    return next((p for p in passes if p.container_no == container_no and p.voided_ms < 0), None)


def gate_blockers(draft: Draft, visit: Visit) -> tuple[Blocker, ...]:
    """Everything that speaks against opening the barrier for this truck now."""
    subject = f"gate:{visit.gate}"
    found: list[Blocker] = list(line_blockers(draft))
    barrier = draft.profile.gate_by_name(visit.gate)
    if barrier is not None and barrier.barrier in draft.facts.barriers_open and visit.state != "opening":
        found.append(Blocker("barrier_busy", subject, "it is still open"))
    if visit.direction != "E":
        found.append(Blocker("gate_direction", subject, f"direction {visit.direction or 'not told'}"))
    if visit.mode not in ("", "A"):
        found.append(Blocker("gate_unsure", subject, f"typed in by a person (mode {visit.mode})"))
    if waits_for_the_line(visit, and_longer=True) and has_waited(draft, visit):
        found.append(Blocker("gate_waited", subject))
    missing = [name for name, text in (("plate", visit.plate), ("container", visit.read_no), ("seal", visit.seal_no))
               if not text]  # fmt: skip
    if missing:
        found.append(Blocker("gate_unread", subject, ", ".join(missing)))
    unsure = [name for name, sure in (("plate", visit.plate_sure), ("container", visit.container_sure)) if not sure]
    if unsure:
        found.append(Blocker("gate_unsure", subject, ", ".join(unsure)))
    if visit.order_seq >= 0 and visit.read_no not in ("", visit.container_no):
        detail = f"gate {visit.read_no}, barrier ordered for {visit.container_no}"
        found.append(Blocker("gate_container_differs", subject, detail))
    container = draft.containers.get(visit.container_no) if visit.container_no else by_plate(draft, visit.plate)
    if container is None:
        found.append(Blocker("gate_container_unknown", subject, visit.container_no or "nothing read leads to one"))
        return tuple(found)
    found += container_blockers(draft, container)
    elsewhere = maybe_out(draft, container.container_no, visit.gate)
    if elsewhere is not None:
        found.append(not_known(elsewhere, subject))
    return _unique([*found, *_pass_blockers(draft, visit, container)])


def _pass_blockers(draft: Draft, visit: Visit, container: Container) -> list[Blocker]:
    subject = f"gate:{visit.gate}"
    gate_pass = pass_of(draft, container.container_no)
    if gate_pass is None:
        return [Blocker("gate_pass_missing", f"container:{container.container_no}")]
    found = []
    if visit.plate and visit.plate != gate_pass.plate:
        found.append(Blocker("gate_plate_differs", subject, f"gate {visit.plate}, pass {gate_pass.plate}"))
    if visit.seal_no and visit.seal_no != gate_pass.seal_no:
        found.append(Blocker("gate_seal_differs", subject, f"gate {visit.seal_no}, pass {gate_pass.seal_no}"))
    if visit.form_id and visit.form_id != normalise(gate_pass.pass_id):
        found.append(Blocker("gate_form_differs", subject, f"gate {visit.form_id}, pass {gate_pass.pass_id}"))
    if gate_pass.gross_g > 0:
        allowed_g = gate_pass.gross_g * draft.profile.gate_tolerance_permille // 1000
        if visit.gross_g < 0:
            found.append(Blocker("gate_unread", subject, "weight"))
        elif abs(visit.gross_g - gate_pass.gross_g) > allowed_g:
            detail = f"gate {visit.gross_g} g, pass {gate_pass.gross_g} g, tolerance {allowed_g} g"
            found.append(Blocker("gate_weight_differs", subject, detail))
    return found


def by_plate(draft: Draft, plate: str) -> Container | None:
    """Where the container was not read, the pass of the plate says which one it must be; a person still looks."""
    passes = [p for p in draft.passes.values() if p.plate == plate and p.voided_ms < 0]
    return draft.containers.get(passes[0].container_no) if len(passes) == 1 and plate else None


def _unique(blockers: list[Blocker]) -> tuple[Blocker, ...]:
    return tuple({(b.code, b.subject, b.detail): b for b in blockers}.values())


def not_waved(blockers: tuple[Blocker, ...]) -> tuple[Blocker, ...]:
    """What stands although an officer lets the truck go."""
    return tuple(b for b in blockers if b.code not in FOR_A_PERSON)


def waits_for_the_line(visit: Visit, *, and_longer: bool = False) -> bool:
    """Whether it was told to wait for the line and for nobody. `and_longer`: or had been, until that took too long."""
    alone = FOR_THE_LINE | {"gate_waited"} if and_longer else FOR_THE_LINE
    return bool(visit.state == "waiting" and visit.codes and alone.issuperset(visit.codes))


def has_waited(draft: Draft, visit: Visit) -> bool:
    """Whether it came so long ago, or before a start, that nobody can say that it stands there still."""
    came_ms = visit.arrived_ms
    return came_ms < draft.facts.started_ms or draft.now_ms - came_ms >= draft.profile.gate_wait_s * 1000
