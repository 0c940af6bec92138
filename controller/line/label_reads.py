"""What readers say of labels, and which tracking windows claim it.

One rule: a read belongs to the window in which it was made, and one that fits two windows belongs to neither, however late the
line is told of the second window or of the read itself (invariant I14).
"""

from collections.abc import Iterable

from msgspec.structs import replace

from controller.domain.identifiers import Check, Kind, classify, normalise
from controller.line.events import CodesRead
from controller.line.recalls import recall_by_way
from controller.line.state import Draft, Identity, Passage
from controller.line.window_state import BufferedRead, Window

READS_KEPT = 64
AGAIN_MS = 1000
"""A reader that says the same again so soon says it of the same label."""
CLAIMS_MS = 10_000
"""So long what has left the belt claims what was read while it stood before a reader."""
ENDED_KEPT = 32
UNPROVEN_MS = 250
"""A window that was stamped by a clock of few records claims reads so much earlier: they are of nobody then."""
BELT_MODULUS = 65536
PRODUCT_CODES = (Kind.GTIN, Kind.SSCC)


# --- reads ---------------------------------------------------------------------------------------------------------


def on_codes(draft: Draft, event: CodesRead) -> None:
    """Keep a frame until the window it belongs to has closed. What one reader repeats before an open window is kept as one read,
    with its first and last time. The oldest of READS_KEPT goes first; a carton that still waits for its reads then has none,
    unless what is kept says as much: a label may stand before a reader for an hour.
    """
    read = BufferedRead(event.role, event.device, event.codes, event.frame_checked, event.at_ms, event.at_ms)
    _hear_late(draft, read)
    kept = list(draft.facts.reads)
    again = next((one for one in reversed(kept) if _is_again(one, read)), None)
    if again is not None and _stands_open(draft, again):
        kept.remove(again)
        read = replace(again, last_ms=read.at_ms, count=again.count + 1)
    kept.append(read)
    for gone in kept[:-READS_KEPT]:
        for key in draft.facts.live:
            window = window_of(draft.passages[key], gone.role)
            if window is None or window.settled or not fits(draft, draft.passages[key], window, gone):
                continue
            if not _is_said_later(draft, draft.passages[key], gone, kept[-READS_KEPT:]):
                speak_against(draft, key, "read_ambiguous")
    draft.set_facts(reads=tuple(kept[-READS_KEPT:]))


def _is_said_later(draft: Draft, way: Passage, gone: BufferedRead, kept: list[BufferedRead]) -> bool:
    """Whether a read that is kept names all that this one did, of the same carton: who claims the one will claim the other."""
    window = window_of(way, gone.role)
    if window is None or claimed_twice(draft, gone, way):
        return False
    later = (one for one in kept if one.role == gone.role and one.last_ms >= gone.last_ms and set(gone.codes) <= set(one.codes))
    return any(fits(draft, way, window, one) for one in later)


def _is_again(one: BufferedRead, read: BufferedRead) -> bool:
    same = (one.role, one.device, one.codes, one.frame_checked) == (read.role, read.device, read.codes, read.frame_checked)
    return same and 0 <= read.at_ms - one.last_ms <= AGAIN_MS


def _stands_open(draft: Draft, read: BufferedRead) -> bool:
    """Whether a carton stands before the reader, and stood there when this was read first."""
    if draft.facts.profile is None:
        return False
    windows = (window_of(draft.passages[key], read.role) for key in draft.facts.live)
    early_ms = draft.profile.read_early_ms
    return any(w is not None and w.closed_ms < 0 and w.open_ms - early_ms <= read.at_ms for w in windows)


def _hear_late(draft: Draft, read: BufferedRead) -> None:
    """A read that comes when the windows it fits are settled: another number than theirs speaks against their cartons."""
    for way in ways(draft):
        window, identity = window_of(way, read.role), _identity_of(way, read.role)
        if window is None or not window.settled or window.blind or identity is None or identity.problem:
            continue
        if not fits(draft, way, window, read):
            continue
        said = judge_reads(draft, (read,))
        if said.problem in ("two_waybills", "check_digit_wrong"):
            speak_against(draft, way.key, said.problem)
        elif said.text and claimed_twice(draft, read, way):
            speak_against(draft, way.key, "read_ambiguous")
        elif said.text and said.text != identity.text:
            speak_against(draft, way.key, "two_waybills")


def judge_reads(draft: Draft, reads: tuple[BufferedRead, ...]) -> Identity:
    """One waybill number out of the frames of one window, or the reason why there is none."""
    votes: dict[str, int] = {}
    confirmed: dict[str, bool] = {}
    wrong = False
    for read in reads:
        for text in dict.fromkeys(normalise(code.text) for code in read.codes):
            symbology = next(code.symbology for code in read.codes if normalise(code.text) == text)
            found = classify(text, symbology or None)
            if draft.new_seals.get(text) is not None:
                continue  # the seal label of a recheck beside the carton's own number
            expected = text in draft.numbers
            if found.check is Check.WRONG and not expected:
                wrong = wrong or found.kind not in PRODUCT_CODES
                continue
            if found.kind in (*PRODUCT_CODES, Kind.UNKNOWN) and not expected:
                continue
            votes[text] = votes.get(text, 0) + read.count
            strong = found.check is Check.OK or read.frame_checked
            confirmed[text] = confirmed.get(text, False) or strong
    at_ms = min((read.at_ms for read in reads), default=draft.now_ms)
    codes = texts_of(reads)
    if len(votes) > 1:
        return Identity("", False, "two_waybills", codes, at_ms)
    if wrong:
        return Identity("", False, "check_digit_wrong", codes, at_ms)
    if not votes:
        return Identity("", False, "no_read", codes, at_ms)
    text = next(iter(votes))
    return Identity(text, confirmed[text] or votes[text] > 1, "", codes, at_ms)


def texts_of(reads: Iterable[BufferedRead]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code.text for read in reads for code in read.codes))


# --- windows -------------------------------------------------------------------------------------------------------


def window_of(passage: Passage, role: str) -> Window | None:
    return passage.scan if role == "induct" else passage.verify if role == "verify" else None


def _identity_of(passage: Passage, role: str) -> Identity | None:
    return passage.scan_identity if role == "induct" else passage.verify_identity


def ways(draft: Draft) -> list[Passage]:
    """What is on the belt, and what has left it so lately that it may have been read beside what is."""
    ended = (draft.passages.get(key) for key in draft.facts.ended_lately)
    lately = [one for one in ended if one is not None and one.ended and draft.now_ms - one.ended_ms <= CLAIMS_MS]
    return [*(draft.passages[key] for key in draft.facts.live), *lately]


def _until_ms(draft: Draft, way: Passage, window: Window) -> int:
    """Up to when a read may be of this carton."""
    if window.closed_ms >= 0:
        return window.closed_ms + draft.profile.read_late_ms
    return way.ended_ms + draft.profile.read_late_ms if way.ended else draft.now_ms


def claims_from_ms(draft: Draft, role: str, at_ms: int, belt_mm: int) -> int:
    """From when a carton whose front is at a gate at `at_ms` may have been read there: earlier, where the belt stood meanwhile.

    As the belt goes it came so many millimetres behind the last one that left the gate. While the clock is not known by more
    than one stretch of records its stamps may be late by a poll.
    """
    if at_ms >= 0 and draft.facts.plc_clock.before_ms < 0:
        at_ms -= UNPROVEN_MS
    closed = [w for w in (window_of(way, role) for way in ways(draft)) if w is not None and w.closed_ms >= 0 and not w.blind]
    if at_ms < 0 or not closed:
        return at_ms
    last = max(closed, key=lambda window: window.closed_ms)
    gap_ms = (belt_mm - last.closed_mm) % BELT_MODULUS * 1000 // draft.profile.speed_mm_s
    return min(at_ms, last.closed_ms + gap_ms)


def fits(draft: Draft, way: Passage, window: Window, read: BufferedRead) -> bool:
    low_ms = (window.claims_ms if window.claims_ms >= 0 else window.open_ms) - draft.profile.read_early_ms
    return low_ms <= read.last_ms and read.at_ms <= _until_ms(draft, way, window)


def reads_inside(draft: Draft, window: Window, role: str) -> tuple[BufferedRead, ...]:
    """The reads that a closed window claims; of one that reaches out of it, no more than one frame counts."""
    low = window.open_ms - draft.profile.read_early_ms
    high = window.closed_ms + draft.profile.read_late_ms
    inside = (read for read in draft.facts.reads if read.role == role and low <= read.last_ms and read.at_ms <= high)
    return tuple(read if low <= read.at_ms and read.last_ms <= high else replace(read, count=1) for read in inside)


def claimed_twice(draft: Draft, read: BufferedRead, passage: Passage) -> bool:
    """Whether a read fits the window of another carton as well."""
    for way in ways(draft):
        window = window_of(way, read.role)
        if way.key != passage.key and window is not None and fits(draft, way, window, read):
            return True
    return False


def is_of_seen_way(draft: Draft, read: BufferedRead) -> bool:
    """Whether a carton whose time at this gate is known claims a read."""
    windows = ((way, window_of(way, read.role)) for way in ways(draft))
    return any(window is not None and not window.blind and fits(draft, way, window, read) for way, window in windows)


def claim_back(draft: Draft, key: str, role: str) -> None:
    """A window has opened: what an earlier one, that is settled, was given and this one claims as well belongs to neither."""
    opened = window_of(draft.passages[key], role)
    settled = [way for way in ways(draft) if way.key != key and _is_named(way, role)]
    if opened is None or not settled:
        return
    early_ms = draft.profile.read_early_ms
    if opened.blind:  # nobody knows since when, but cartons pass a gate one by one
        settled = [max(settled, key=lambda way: _closed_ms(way, role))]
    for way in settled:
        window = window_of(way, role)
        assert window is not None
        since_ms = (window.closed_ms if opened.blind else opened.claims_ms) - early_ms
        if any(read.last_ms >= since_ms for read in reads_inside(draft, window, role)):
            speak_against(draft, way.key, "read_ambiguous")


def _is_named(way: Passage, role: str) -> bool:
    window, identity = window_of(way, role), _identity_of(way, role)
    return window is not None and window.settled and not window.blind and identity is not None and not identity.problem


def _closed_ms(way: Passage, role: str) -> int:
    window = window_of(way, role)
    return window.closed_ms if window is not None else -1


def speak_against(draft: Draft, key: str, code: str) -> None:
    """What came to be known of a carton's reads takes a release back, on the belt or behind it."""
    passage = draft.passages[key]
    if code in passage.marks:
        return
    draft.change_passage(key, marks=(*passage.marks, code))
    carton = draft.cartons.get(passage.carton) if passage.carton else None
    subject = f"carton:{carton.key}" if carton is not None else f"passage:{key}"
    draft.note(subject, f"{code}: known when its gate had been judged")
    recall_by_way(draft, passage, "what was read at its gate is not its own beyond doubt")
