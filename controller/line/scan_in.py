"""Scan-in: which carton a passage carries, from the reads and the weight inside its own tracking window.

One rule: a read belongs to the window in which it was made, never to "the last carton"; a read that fits two windows
belongs to neither (invariant I14: no identity without check digit, frame check or agreement of two reads).
"""

from msgspec.structs import replace

from controller.domain.identifiers import Check, classify, normalise
from controller.domain.reasons import Blocker, LaneKind
from controller.line.customs_out import list_seen
from controller.line.events import NoCodeRead, WeightRead
from controller.line.holds import place
from controller.line.label_reads import (
    claimed_twice,
    fits,
    is_of_seen_way,
    judge_reads,
    reads_inside,
    texts_of,
    ways,
    window_of,
)
from controller.line.nameless import UNIDENTIFIED, keep_nameless, leave_to_others, standing_nameless, take_one, use_up
from controller.line.naming import NEVER_SEEN, is_fetched, is_ordered, meant, take_over
from controller.line.recalls import UNDECIDED, members_of, recall
from controller.line.state import Carton, Draft, Identity, Passage
from controller.line.window_state import BufferedRead, BufferedWeight, Window

WEIGHTS_KEPT = 64
RERUNS_KEPT = 256
SETTLE_SLACK_MS = 150
TWICE = ("duplicate", "rerun_expired")  # a way under a number that another carton may bear


def on_no_code(draft: Draft, event: NoCodeRead) -> None:
    """A reader that says "nothing read" adds nothing: an empty window says the same."""


def on_weight(draft: Draft, event: WeightRead) -> None:
    weight = BufferedWeight(event.device, event.weight_g, event.at_ms)
    draft.set_facts(weights=(*draft.facts.weights, weight)[-WEIGHTS_KEPT:])


# --- identity ------------------------------------------------------------------------------------------------------


def settle_ms(draft: Draft, window: Window) -> int:
    """When every read of a closed window, and the opening of the next one, must have arrived."""
    profile = draft.profile
    return window.closed_ms + profile.read_late_ms + profile.read_early_ms + SETTLE_SLACK_MS


def identify(draft: Draft, passage: Passage, role: str) -> Identity:
    """What the readers of `role` say about a passage whose window has closed."""
    window = passage.scan if role == "induct" else passage.verify
    if window is None or window.blind or window.closed_ms < 0:
        return Identity("", False, "no_read", (), draft.now_ms)
    reads = reads_inside(draft, window, role)
    if any(claimed_twice(draft, read, passage) for read in reads):
        return Identity("", False, "read_ambiguous", texts_of(reads), draft.now_ms)
    return judge_reads(draft, reads)


# --- binding a passage to the carton it carries --------------------------------------------------------------------


def bind(draft: Draft, key: str) -> None:
    """Give a passage its carton when papers know exactly one carton with the number that was read."""
    passage = draft.passages[key]
    identity = passage.scan_identity
    if passage.carton or identity is None or identity.problem:
        return
    known = meant(draft, identity.text)
    if len(known) != 1:
        _notice_ambiguous(draft, passage, known)
        if not known and draft.unnamed.get(identity.text) != key:
            keep_nameless(draft, identity.text, passage, None)
        return
    carton = draft.cartons[known[0]]
    leave_to_others(draft, passage)
    twice = _is_elsewhere(draft, carton, passage)
    if twice:
        _hold_duplicate(draft, carton, passage)
    # Run again it is of the load that is unloaded then if it may have come off that; each that it may have come off holds it.
    seen_loads = carton.seen_loads or (() if carton.load_id else passage.loads_maybe)
    load_id = carton.load_id or (passage.load_id if not seen_loads or passage.load_id in seen_loads else "")
    # Two cartons with one number at once are no re-run of each other.
    previous = "" if twice else passage.previous or _rerun_of(draft, identity.text) or carton.passage
    draft.change_passage(key, carton=carton.key, previous=previous)
    if not twice:
        take_one(draft, identity.text, passage)
        _link_rerun(draft, previous, key, identity.text)
        draft.unnamed.drop(identity.text)
    draft.change_carton(
        carton.key,
        passage=key,
        load_id=load_id,
        seen_loads=seen_loads,
        weight_g=passage.weight_g if passage.weight_g >= 0 and _weighs_it(carton, twice=twice) else carton.weight_g,
        seen_ms=carton.seen_ms if carton.seen_ms >= 0 else draft.now_ms,
        place=carton.place if carton.released_ms >= 0 or carton.custody else _place_of(passage),
    )
    lane = draft.profile.lane_by_name(passage.diverted_lane)
    if lane is not None and lane.kind is LaneKind.RELEASE and carton.released_ms < 0:
        recall(draft, draft.change_carton(carton.key, released_ms=passage.ended_ms), UNDECIDED)
    take_over(draft, carton)
    draft.note(f"carton:{carton.key}", f"scanned in as track {key}" + (f", re-run of track {previous}" if previous else ""))
    for member in members_of(draft, carton.list_key):
        if member != carton.key:
            draft.note(f"carton:{member}", f"carton {carton.key} of the same list was scanned in")
    list_seen(draft, carton.list_key, load_id)


def _weighs_it(carton: Carton, *, twice: bool) -> bool:
    """Whether a way's weight is this carton's: not where it may be another with its number, and one was weighed before."""
    return not twice or carton.weight_g < 0


def _place_of(passage: Passage) -> str:
    """Where the PLC last confirmed what this way carries: the way may be over when its reads are judged."""
    if not passage.ended:
        return "on_belt"
    return passage.diverted_lane or ("removed" if passage.ended == "removed" else UNIDENTIFIED)


def _notice_ambiguous(draft: Draft, passage: Passage, known: tuple[str, ...]) -> None:
    """Two carriers have this number and this way is named by neither; but where one of the two stands elsewhere, here is another
    carton with its number, whichever list is deleted afterwards.
    """
    if "duplicate" in passage.marks:
        return
    for carton in (draft.cartons[key] for key in known):
        if _is_seen_elsewhere(draft, carton, passage):
            _hold_duplicate(draft, carton, passage)


def notice_copy(draft: Draft, key: str) -> None:
    """A number that the verify gate alone has read on this way. If another bears it now, on the belt, in a lane or gone, one of
    them is a copy. What the line has lost sight of may be this very carton and is no copy: then this is the way that it was put
    on the belt for, and who said so has said it of no other.
    """
    passage = draft.passages[key]
    identity = passage.verify_identity
    if identity is None or identity.problem:
        return
    known = meant(draft, identity.text)
    carton = draft.cartons[known[0]] if len(known) == 1 else None
    if passage.carton:
        if passage.carton not in known:  # it goes to people by another name, and may be what was ordered
            use_up(draft, identity.text, carton)
        return
    if carton is not None and _is_seen_elsewhere(draft, carton, passage):
        _hold_duplicate(draft, carton, passage)
        draft.unnamed.put(identity.text, key)
    else:
        keep_nameless(draft, identity.text, passage, carton)


def notice_unclear(draft: Draft, key: str, role: str) -> None:
    """A way without a name on which one gate has read one number that papers know, beside something illegible or before the
    daemon fell. It names nothing; but if the carton with this number stands in a lane that nobody took it from, here is a copy.
    """
    passage = draft.passages[key]
    window = passage.scan if role == "induct" else passage.verify
    if passage.carton or window is None or window.blind or window.settled or "duplicate" in passage.marks:
        return
    _notice_one_number(draft, passage, window if window.closed_ms >= 0 else replace(window, closed_ms=draft.now_ms), role)


def notice_late(draft: Draft, read: BufferedRead) -> None:
    """A read that comes when its gate was judged, of a way without a name: it says what one beside something illegible does."""
    for passage in ways(draft):
        window = window_of(passage, read.role)
        if passage.carton or window is None or window.blind or not window.settled or "duplicate" in passage.marks:
            continue
        if fits(draft, passage, window, read):
            _notice_one_number(draft, passage, window, read.role)


def _notice_one_number(draft: Draft, passage: Passage, window: Window, role: str) -> None:
    reads = [read for read in reads_inside(draft, window, role) if not claimed_twice(draft, read, passage)]
    numbers = {text for text in map(normalise, texts_of(reads)) if text in draft.numbers}
    known = meant(draft, next(iter(numbers))) if len(numbers) == 1 else ()
    carton = draft.cartons[known[0]] if len(known) == 1 else None
    if carton is None or classify(carton.carton_no).check is not Check.OK:
        return
    taken = any(one.code == carton.carton_no and not one.used for one in draft.facts.reruns)  # however long ago
    if carton.released_ms < 0 and _stands_in_lane(draft, carton) and not taken:
        _hold_duplicate(draft, carton, passage)


def notice_unseen(draft: Draft, key: str, role: str) -> None:
    """A way whose time at a gate nobody knows: which reads are its own can not be told. But a number that was read there behind
    the word that its carton is in hands, while this way was on the belt by a word before, is on two cartons.
    """
    passage = draft.passages[key]
    window = passage.scan if role == "induct" else passage.verify
    if passage.carton or window is None or not window.blind:
        return
    for read in draft.facts.reads:
        if read.role != role or not passage.came_ms <= read.last_ms <= window.closed_ms or is_of_seen_way(draft, read):
            continue
        for number in dict.fromkeys(text for text in map(normalise, texts_of((read,))) if text in draft.numbers):
            known = meant(draft, number)
            orders = [one for one in draft.facts.reruns if one.code == number]
            twice = any(one.is_of_another(passage.came_ms, passage.inducted_ms, read.last_ms) for one in orders)
            if twice and len(known) == 1 and "duplicate" not in draft.passages[key].marks:
                _hold_duplicate(draft, draft.cartons[known[0]], draft.passages[key])


def _stands_in_lane(draft: Draft, carton: Carton) -> bool:
    """The line has brought it there by its name, and nobody has said since that it was taken."""
    way = draft.passages.get(carton.passage) if carton.passage else None
    stands = way is not None and bool(way.ended and way.diverted_lane) and carton.place == way.diverted_lane
    return stands and not is_ordered(draft, carton)


def _is_seen_elsewhere(draft: Draft, carton: Carton, passage: Passage) -> bool:
    """On the belt under another track id, released, in a lane that nobody took it from, or in the hands of a person who said so
    while this one was on the belt.
    """
    if standing_nameless(draft, carton, passage) or _is_in_hands(draft, carton, passage):
        return True
    before = draft.passages.get(carton.passage) if carton.passage else None
    if carton.released_ms >= 0 or before is None:
        return carton.released_ms >= 0
    if not before.ended:
        return before.epoch == passage.epoch
    return _stands_in_lane(draft, carton)


def _is_in_hands(draft: Draft, carton: Carton, passage: Passage) -> bool:
    """An order had brought this way, and before the gate that names it had settled a person ordered the number once more. What
    was taken off the belt is no copy of itself, nor what stood in a lane by the time the line was told of the gate.
    """
    window = passage.scan if passage.verify_identity is None else passage.verify
    if window is None or (passage.ended and not passage.diverted_lane):
        return False
    due_ms = settle_ms(draft, window)
    orders = [one for one in draft.facts.reruns if one.code == carton.carton_no]
    return any(one.is_of_another(passage.came_ms, passage.inducted_ms, due_ms) for one in orders)


def _is_elsewhere(draft: Draft, carton: Carton, passage: Passage) -> bool:
    """The same number is on the belt under another track id, was released, or was on the belt before and nobody said that it
    comes again.

    Where the line can not name it (lost, of an epoch that ended, taken off by hand) it may stand in any lane: what comes again
    without a word of whoever took it from there may be a copy of what still stands.
    """
    if _is_seen_elsewhere(draft, carton, passage):
        return True
    before = draft.passages.get(carton.passage) if carton.passage else None
    if before is not None and not before.ended:
        return False
    return carton.place != NEVER_SEEN and not is_fetched(draft, carton)


def _hold_duplicate(draft: Draft, carton: Carton, passage: Passage) -> None:
    """Both are held. An order for a re-run that came to nothing in its time is used up, and named as the reason."""
    other = standing_nameless(draft, carton, passage) or carton.passage or draft.unnamed.get(carton.carton_no) or ""
    code, cause = "duplicate", _read_twice(carton, passage, other)
    last = draft.passages.get(other) if other else None
    order = next((one for one in draft.facts.reruns if one.code == carton.carton_no), None)
    if order is not None and not is_ordered(draft, carton):
        draft.set_facts(reruns=tuple(one for one in draft.facts.reruns if one is not order))
        if not order.used and carton.released_ms < 0 and (last is None or last.ended):
            code, cause = "rerun_expired", f"read on track {passage.key}, too late for the re-run that was ordered"
    for key in dict.fromkeys((carton.passage, other, passage.key)):
        before = draft.passages.get(key)
        if before is not None and code not in before.marks:
            draft.change_passage(key, marks=(*before.marks, code))
    place(draft, "carton", carton.key, code, cause, actor="line", role="line")
    draft.alarm(code, f"carton:{carton.key}", cause)


def _read_twice(carton: Carton, passage: Passage, other: str) -> str:
    """What is known of the other one, which may never have been on a track: a person said where it was, or ordered it again."""
    if other:
        return f"read on track {passage.key} and on track {other}"
    if carton.place == NEVER_SEEN:
        return f"read on track {passage.key}, and ordered over the belt once more while it was there"
    return f"read on track {passage.key}, last known place: {carton.place}"


def _rerun_of(draft: Draft, text: str) -> str:
    """The passage that a person named when taking this carton from a lane, if any."""
    return next((r.previous for r in draft.facts.reruns if r.code == text), "")


def _link_rerun(draft: Draft, previous: str, key: str, number: str) -> None:
    """The order has brought it; whatever way that was, it says nothing of a next one."""
    if previous in draft.passages:
        draft.change_passage(previous, rerun_as=key)
    draft.set_facts(reruns=tuple(r for r in draft.facts.reruns if r.code != number)[-RERUNS_KEPT:])


# --- weight --------------------------------------------------------------------------------------------------------


def settle_weight(draft: Draft, key: str) -> None:
    """Take the one stable weight of a passage's window; several different ones are none."""
    passage = draft.passages[key]
    window = passage.weigh
    if window is None or window.blind or window.closed_ms < 0:
        draft.change_passage(key, weight_problem="the weigh window was not seen")
        return
    high = window.closed_ms + draft.profile.weight_late_ms
    inside = [w for w in draft.facts.weights if window.open_ms <= w.at_ms <= high]
    found = [w.weight_g for w in inside if not _weighed_twice(draft, w.at_ms, passage)]
    if not found:
        draft.change_passage(key, weight_problem="no stable weight in its window")
    elif max(found) - min(found) > tolerance_g(draft, found[0]):
        draft.change_passage(key, weight_problem=f"{len(found)} different weights in its window")
    else:
        draft.change_passage(key, weight_g=found[-1], weight_problem="")
        twice = any(mark in passage.marks for mark in TWICE)
        if passage.carton and _weighs_it(draft.cartons[passage.carton], twice=twice):
            draft.change_carton(passage.carton, weight_g=found[-1])


def _weighed_twice(draft: Draft, at_ms: int, passage: Passage) -> bool:
    """Whether a weight also fits the window of another carton: then it belongs to neither."""
    for key in draft.facts.live:
        window = draft.passages[key].weigh
        if key == passage.key or window is None or window.blind:
            continue
        high = window.closed_ms + draft.profile.weight_late_ms if window.closed_ms >= 0 else draft.now_ms
        if window.open_ms <= at_ms <= high:
            return True
    return False


def tolerance_g(draft: Draft, weight_g: int) -> int:
    profile = draft.profile
    return max(profile.weight_tolerance_g, weight_g * profile.weight_tolerance_permille // 1000)


def weight_blockers(draft: Draft, passage: Passage) -> tuple[Blocker, ...]:
    """Weight against the declaration: one carton exactly, one of several at most the list's gross weight."""
    if not draft.profile.weight_required:
        return ()
    subject = f"passage:{passage.key}"
    if passage.weight_problem:
        return (Blocker("not_weighed", subject, passage.weight_problem),)
    if passage.weight_g < 0:
        past = passage.decide_ms >= 0 and passage.weigh is None
        return (Blocker("not_weighed" if past else "weight_pending", subject),)
    carton = draft.cartons.get(passage.carton) if passage.carton else None
    found = draft.lists.get(carton.list_key) if carton is not None else None
    if carton is None or found is None:
        return ()
    declared = found.declared.gross_weight_g
    allowed = tolerance_g(draft, declared)
    detail = f"scale {passage.weight_g} g, declared {declared} g, tolerance {allowed} g"
    if found.declared.pack_no <= 1:
        differs = abs(passage.weight_g - declared) > allowed
    else:
        weights = [passage.weight_g if key == carton.key else draft.cartons[key].weight_g for key in members_of(draft, found.key)]
        complete = len(weights) == found.declared.pack_no and min(weights) >= 0
        total = sum(w for w in weights if w >= 0)
        differs = total - declared > allowed or (complete and declared - total > allowed)
        detail = f"list so far {total} g, declared {declared} g for {found.declared.pack_no} cartons"
    return (Blocker("weight_differs", subject, detail),) if differs else ()
