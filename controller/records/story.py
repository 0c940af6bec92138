"""One carton's whole story: which cartons a code leads to, and what every row of the journal says of one of them.

One rule: `View` decides before a row is put together. What the company may not see is not in its rows, not even that something
happened; customs sees everything. Nothing is judged here.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import sqlalchemy as sa

from controller.domain.identifiers import normalise
from controller.domain.reasons import CUSTOMS, Role, neutral_codes
from controller.domain.sentences import Both, both
from controller.line.commands import Alarm, Decision, Outcome, decode_outcome
from controller.line.event_base import EvidenceNamed
from controller.line.events import ManifestClosed, NoticeClosed, Stamped, decode_event
from controller.line.explain import NEUTRAL_EVENT, View, company_alarm, company_origin, company_told
from controller.line.plc_events import RingEvent
from controller.line.seal_events import SealSeen
from controller.records.all_tables import reached
from controller.records.journal_file import Reader, open_reader
from controller.records.rows import JournalRow
from controller.records.story_tables import CARTON_LINKS, CODES
from controller.records.tables import TOUCHED

ROWS_MOST = 4000
EXPORT_ROWS_MOST = 40_000  # what is signed has all of them, or is not made
CARTONS_MOST = 50
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
# Files that the company may open; what customs answered, and what its machines see, is customs' own.
COMPANY_SEES_FILES = (SealSeen, NoticeClosed, ManifestClosed)
X_RAY = "x-ray"
# Only which of customs' words a company may read; which of them release is the line's own setting.
RELEASED_WORDS = ("800", "899")


class Found(msgspec.Struct, frozen=True):
    """A carton that a code leads to, and by what kind of code."""

    carton: str
    kind: str
    subject: str


class File(msgspec.Struct, frozen=True):
    """A file of evidence: `kind` is x-ray for 16-bit pictures, picture, or file."""

    sha256: str
    name: str
    kind: str
    size: int


class Lane(msgspec.Struct, frozen=True):
    """A lane decision: the codes as this view may see them, and the facts it rests on."""

    lane: str
    codes: tuple[str, ...]
    facts: tuple[tuple[int, Both], ...]


class StoryRow(msgspec.Struct, frozen=True):
    """A row of the journal as one view may see it.

    `clock` says whose time it is: `plc` (its own counter, read later), `device`, or `host`. `doubtful`: the wall clock was not to
    be trusted; `late`: it was read while catching up. `organisation` is empty for the line itself.
    """

    seq: int
    line_ms: int
    utc: str
    doubtful: bool
    clock: str
    late: bool
    kind: str
    actor: str
    role: str
    organisation: str
    device: str
    texts: tuple[Both, ...]
    alarms: tuple[tuple[str, Both], ...]
    decisions: tuple[Lane, ...]
    refusals: tuple[tuple[str, Both], ...]
    files: tuple[File, ...]
    hash: str


class Story(msgspec.Struct, frozen=True):
    """`upto` is the last row that the records have; `cut`: there are more rows than are told."""

    carton: str
    subjects: tuple[str, ...]
    rows: tuple[StoryRow, ...]
    upto: int
    cut: bool


def find(engine: sa.Engine, code: str) -> tuple[Found, ...]:
    """Every carton that this code leads to: its own number, or a list, load, seal, container, plate, trace code."""
    text = normalise(code)[:200]
    with engine.connect() as connection:
        rows = connection.execute(sa.select(CODES.c.kind, CODES.c.subject).where(CODES.c.code == text)).all()
        found: dict[str, Found] = {}
        for kind, subject in sorted(rows, key=lambda row: row.kind not in ("carton", "trace")):
            if len(found) >= CARTONS_MOST:
                break  # a plate comes every day for years
            for carton in _cartons_of(connection, subject):
                found.setdefault(carton, Found(carton, kind, subject))
        if re.fullmatch(r"\d+:\d+", text):
            for carton in _cartons_of(connection, f"passage:{text}"):
                found.setdefault(carton, Found(carton, "passage", f"passage:{text}"))
    return tuple(found.values())[:CARTONS_MOST]


def _cartons_of(connection: sa.Connection, subject: str) -> list[str]:
    if subject.startswith("carton:"):
        return [subject.removeprefix("carton:")]
    query = sa.select(CARTON_LINKS.c.carton).where(CARTON_LINKS.c.subject == subject)
    return list(connection.execute(query.order_by(CARTON_LINKS.c.journal_seq).limit(CARTONS_MOST)).scalars())


def subjects_of(engine: sa.Engine, carton: str) -> tuple[str, ...]:
    """A carton with its list, its load, all its ways over the belt and the container it left in."""
    with engine.connect() as connection:
        query = sa.select(CARTON_LINKS.c.subject).where(CARTON_LINKS.c.carton == carton).order_by(CARTON_LINKS.c.journal_seq)
        return (f"carton:{carton}", *connection.execute(query).scalars())


def rows_of(engine: sa.Engine, reader: Reader, subjects: Sequence[str], upto: int, most: int) -> tuple[list[JournalRow], bool]:
    """The rows up to `upto` that concern these subjects, and whether there are more than `most`."""
    with engine.connect() as connection:
        here = TOUCHED.c.subject.in_(subjects) & (TOUCHED.c.seq <= upto)
        query = sa.select(TOUCHED.c.seq).where(here).distinct().order_by(TOUCHED.c.seq)
        seqs = list(connection.execute(query.limit(most + 1)).scalars())
    found = [row for seq in seqs[:most] if (row := reader.row(seq)) is not None]
    return found, len(seqs) > most


def story(engine: sa.Engine, journal: Path, carton: str, view: View) -> Story:
    """Blocks: it belongs into a thread."""
    return story_and_rows(engine, journal, carton, view)[0]


def story_and_rows(
    engine: sa.Engine, journal: Path, carton: str, view: View, most: int = ROWS_MOST
) -> tuple[Story, list[JournalRow]]:
    """The story with the rows of the journal that it was told from."""
    with engine.connect() as connection:
        upto = reached(connection)  # first: what leads to a row before it is there, whatever is written meanwhile
    subjects = subjects_of(engine, carton)
    reader = open_reader(journal)
    try:
        rows, cut = rows_of(engine, reader, subjects, upto, most)
    finally:
        reader.close()
    return Story(carton, subjects, tuple(told_rows(rows, subjects, view)), upto, cut), rows


def told_rows(rows: Iterable[JournalRow], subjects: Sequence[str], view: View) -> Iterable[StoryRow]:
    """What each row says of these subjects; rows that say nothing to this view are left out."""
    wanted = frozenset(subjects)
    for row in rows:
        told = _told(row, decode_event(row.event), decode_outcome(row.outcome), wanted, view)
        if told is not None:
            yield told


def _told(row: JournalRow, stamped: Stamped, outcome: Outcome, subjects: frozenset[str], view: View) -> StoryRow | None:
    customs = view is View.CUSTOMS
    texts = tuple(both(text) for one in outcome.findings if one.subject in subjects and (text := _text(one.text, view, stamped)))
    shown = (_alarm(one.code, one.detail, view, stamped) for one in outcome.alarms if one.subject in subjects)
    alarms = tuple(one for one in shown if one is not None)
    decisions = tuple(_lane(one, view, stamped) for one in outcome.decisions if _about(one, subjects))
    refusals = tuple((one.code, both(one.cause)) for one in outcome.refusals) if customs else ()
    kept = evidence_of(stamped.event) if customs or isinstance(stamped.event, COMPANY_SEES_FILES) else []
    files = [_file(one) for one in kept]
    if customs:
        files += [File(sha, name, X_RAY, -1) for sha, name in _pictures([one.en for one in texts], kept)]
    if not texts and not alarms and not decisions and not (customs and (refusals or files)):
        return None
    kind, actor, _ = (type(stamped.event).__name__, stamped.actor, "") if customs else company_origin(stamped)
    clock, late = _clock(stamped)
    role, organisation, device = str(stamped.role), organisation_of(stamped.role), device_of(stamped)
    if kind == NEUTRAL_EVENT:  # an officer's, the analyser's, a receipt's: one looks like the other
        role, organisation, device = "", "customs", ""
    return StoryRow(
        row.seq, row.line_ms, row.utc, stamped.utc_doubtful, clock, late, kind, actor, role, organisation, device,
        texts, alarms, decisions, refusals, tuple(files), row.hash.hex() if customs else "",
    )  # fmt: skip


def organisation_of(role: Role) -> str:
    """Whose person it was; empty for the line and its devices."""
    return "" if role is Role.LINE else "customs" if role in CUSTOMS else "company"


def _text(text: str, view: View, stamped: Stamped) -> str:
    return text if view is View.CUSTOMS else company_told(stamped, text, RELEASED_WORDS)


def _alarm(code: str, detail: str, view: View, stamped: Stamped) -> tuple[str, Both] | None:
    told = (code, detail) if view is View.CUSTOMS else company_alarm(Alarm(code, "", company_told(stamped, detail)))
    return (told[0], both(told[1])) if told is not None else None


def _about(decision: Decision, subjects: frozenset[str]) -> bool:
    return f"passage:{decision.track}" in subjects or f"carton:{decision.carton}" in subjects


def _lane(decision: Decision, view: View, stamped: Stamped) -> Lane:
    customs = view is View.CUSTOMS
    found = [one.code for one in decision.blockers]
    codes = tuple(dict.fromkeys(found) if customs else neutral_codes(found))
    facts = ((fact.at_ms, _text(f"{fact.name}: {fact.value}", view, stamped)) for fact in decision.facts)
    return Lane(decision.lane, codes, tuple((at_ms, both(text)) for at_ms, text in facts if text))


def _clock(stamped: Stamped) -> tuple[str, bool]:
    event = stamped.event
    if isinstance(event, RingEvent):
        return "plc", event.backlog
    return ("device" if hasattr(event, "at_ms") else "host"), False


def device_of(stamped: Stamped) -> str:
    """The device that a row came from, or at which a person acted."""
    for name in ("device", "camera", "bench", "gate", "door"):
        if isinstance(found := getattr(stamped.event, name, None), str) and found:
            return found
    if isinstance(stamped.event, RingEvent):
        return f"plc zone {stamped.event.zone}" if stamped.event.zone else "plc"
    return stamped.actor if stamped.role is Role.LINE else ""


def evidence_of(event: object) -> list[EvidenceNamed]:
    """The files an event rests on, whatever its fields are called."""
    fields = (getattr(event, name) for name in getattr(event, "__struct_fields__", ()))
    return [
        one for field in fields for one in (field if isinstance(field, tuple) else (field,)) if isinstance(one, EvidenceNamed)
    ]


def _file(one: EvidenceNamed) -> File:
    name = one.name.lower()
    picture = name.endswith((".png", ".jpg", ".jpeg", ".webp"))
    return File(one.sha256, one.name, "picture" if picture else "file", one.size)


def _pictures(texts: Sequence[str], kept: Sequence[EvidenceNamed]) -> list[tuple[str, str]]:
    """Pictures that a text names by hash: they came with an event before the one that says whose they are."""
    known = {one.sha256 for one in kept}
    pairs = ((sha, f"X-ray {e}") for text in texts for sha, e in zip(_SHA256.findall(text), ("low", "high"), strict=False))
    return [(sha, name) for sha, name in dict(pairs).items() if sha not in known]
