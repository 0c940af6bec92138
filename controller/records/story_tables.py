"""Records that lead from any code to cartons, and from a carton to the steps of its way.

One rule: as in `line_tables`: from journal rows alone. What followed counts (the findings of an outcome), not what was asked for,
so a notice or a scan that was refused leads nowhere. The patterns below are the words of `controller/line`; a test holds them
against the state of a line that told them.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from controller.domain.declarations import DeclaredList
from controller.domain.identifiers import normalise
from controller.line.commands import Finding, decode_outcome
from controller.line.events import ManifestList, NoticeClosed, decode_event
from controller.records.follower import Handler, RowsHandler
from controller.records.rows import JournalRow
from controller.records.tables import METADATA

HAS_FINDINGS = b'"findings":[{'

CARTON_LINKS = sa.Table(
    "carton_links",
    METADATA,
    sa.Column("carton", sa.String(200), primary_key=True),
    sa.Column("subject", sa.String(200), primary_key=True, index=True),
    sa.Column("journal_seq", sa.BigInteger, nullable=False),
)

CODES = sa.Table(
    "codes",
    METADATA,
    sa.Column("code", sa.String(200), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("subject", sa.String(200), primary_key=True),
    sa.Column("journal_seq", sa.BigInteger, nullable=False),
    sa.Index("codes_newest", "kind", "journal_seq"),
)

STEPS = sa.Table(
    "steps",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("subject", sa.String(200), nullable=False, index=True),
    sa.Column("step", sa.String(16), nullable=False),
    sa.Column("line_ms", sa.BigInteger, nullable=False),
    sa.Column("utc", sa.String(40), nullable=False),
)

DECLARED = sa.Table(
    "declared_lists",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("list_key", sa.String(200), nullable=False, index=True),
    sa.Column("invt_no", sa.String(64), nullable=False),
    sa.Column("ebc_code", sa.String(64), nullable=False),
    sa.Column("loct_no", sa.String(64), nullable=False),
    sa.Column("app_time", sa.String(17), nullable=False),
    # Product codes as a label has them, as a JSON list: what a trace code is compared with.
    sa.Column("products", sa.Text, nullable=False),
)

INSERT_STEP, INSERT_DECLARED = STEPS.insert(), DECLARED.insert()

# Words of the line -> (kind of link, group). Of a carton unless it says otherwise.
LINKS = (
    re.compile(r"announced for load (?P<load>.+), \d+ of \d+ of list (?P<list>.+)"),
    re.compile(r"scanned in as track (?P<passage>\d+:\d+)(?:, re-run of track (?P<before>\d+:\d+))?"),
    re.compile(r"loaded into (?P<container>\S+) at door "),
)
_SUBJECT = {"before": "passage"}
# Words of the line -> code of what they are about.
CODE_WORDS = (
    ("seal", re.compile(r"(?:closed again under new seal|sealed with) (\S+)")),
    ("plate", re.compile(r"arrived, plate (\S+)")),
    ("plate", re.compile(r"gate pass \S+ for plate (\S+) by ")),
    ("trace", re.compile(r"trace code ([0-9A-Z]+) issued")),
)
STEP_WORDS = (
    ("seal", re.compile(r"seals match the load notice and are intact")),
    ("scan", re.compile(r"scanned in as track ")),
    ("image", re.compile(r"image .* is of track \d+:\d+: files ")),
    ("opened", re.compile(r"open-box recheck \d+ begun at ")),
    ("rechecked", re.compile(r"open-box recheck closed: ")),
    ("released", re.compile(r"trace code [0-9A-Z]+ issued")),
    ("departed", re.compile(r"departed in container ")),
)


def _finding_rows(connection: sa.Connection, rows: Sequence[JournalRow]) -> None:
    links: dict[tuple[str, str], int] = {}
    codes: dict[tuple[str, str, str], int] = {}
    steps: list[dict[str, object]] = []
    for row in rows:
        if HAS_FINDINGS not in row.outcome:
            continue
        for place, one in enumerate(decode_outcome(row.outcome).findings):
            for link in _links(one):
                links.setdefault(link, row.seq)
            for code in _codes(one):
                codes.setdefault(code, row.seq)
            steps += [
                {"journal_seq": row.seq, "place": place, "subject": one.subject, "step": step, "line_ms": row.line_ms,
                 "utc": row.utc}
                for step, words in STEP_WORDS if words.match(one.text)
            ][:1]  # fmt: skip
    _put(connection, CARTON_LINKS, [{"carton": c, "subject": s, "journal_seq": seq} for (c, s), seq in links.items()])
    _put(connection, CODES, [{"code": c, "kind": k, "subject": s, "journal_seq": seq} for (c, k, s), seq in codes.items()])
    if steps:
        connection.execute(INSERT_STEP, steps)


def _links(one: Finding) -> Iterator[tuple[str, str]]:
    kind, _, key = one.subject.partition(":")
    if kind != "carton":
        return
    for words in LINKS:
        if found := words.match(one.text):
            yield from ((key, f"{_SUBJECT.get(name, name)}:{text}") for name, text in found.groupdict().items() if text)


def _codes(one: Finding) -> Iterator[tuple[str, str, str]]:
    kind, _, key = one.subject.partition(":")
    if kind == "carton":
        yield normalise(key.partition("/")[2]), "carton", one.subject
    if kind in ("carton", "list", "load", "container"):
        yield normalise(key), kind, one.subject
    for name, words in CODE_WORDS:
        if found := words.match(one.text):
            yield normalise(found[1]), name, one.subject


def _put(connection: sa.Connection, table: sa.Table, values: list[dict[str, object]]) -> None:
    """Only what is not there yet, in one statement: both kinds of database know how, each in its own words."""
    if not values:
        return
    connection.execute(_insert_new(table, connection.dialect.name), values)


@cache
def _insert_new(table: sa.Table, dialect: str) -> sa.Insert:
    """Built once, as `follower.INSERT_INDEX`."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()


def _list_row(connection: sa.Connection, row: JournalRow) -> None:
    event = decode_event(row.event).event
    if not isinstance(event, ManifestList):
        return
    one = event.declared
    key = f"{one.logistics_code}/{one.logistics_no}"
    values = {
        "journal_seq": row.seq, "list_key": key[:200], "invt_no": one.invt_no[:64], "ebc_code": one.ebc_code[:64],
        "loct_no": one.loct_no[:64], "app_time": one.app_time[:17], "products": msgspec.json.encode(products_of(one)).decode(),
    }  # fmt: skip
    connection.execute(INSERT_DECLARED, values)
    numbers = (key, one.logistics_no, one.order_no, one.cop_no, one.pre_no, one.invt_no)
    _put(connection, CODES, [
        {"code": number, "kind": "list", "subject": f"list:{key}", "journal_seq": row.seq}
        for number in dict.fromkeys(normalise(text)[:200] for text in numbers if text)
    ])  # fmt: skip
    # Without a notice the one carton of a list bears the list's own number.
    _put(connection, CARTON_LINKS, [{"carton": key[:200], "subject": f"list:{key}"[:200], "journal_seq": row.seq}])


def products_of(declared: DeclaredList) -> tuple[str, ...]:
    """The product codes of a list, of whatever length, as fourteen digits."""
    return tuple(dict.fromkeys(gtin14(item.bar_code) for item in declared.items if gtin14(item.bar_code)))


def gtin14(text: str) -> str:
    """A product's code as fourteen digits; empty for what is none."""
    digits = normalise(text)
    return digits.zfill(14) if digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 14 else ""


def _notice_row(connection: sa.Connection, row: JournalRow) -> None:
    event = decode_event(row.event).event
    if not isinstance(event, NoticeClosed) or decode_outcome(row.outcome).refusals:
        return
    told = (("plate", event.plate), ("container", event.container_no), *(("seal", one) for one in event.seals))
    _put(connection, CODES, [
        {"code": normalise(code)[:200], "kind": kind, "subject": f"load:{event.load_id}", "journal_seq": row.seq}
        for kind, code in dict.fromkeys(told) if code.strip()
    ])  # fmt: skip


STORY_ROWS: tuple[RowsHandler, ...] = (_finding_rows,)
STORY_HANDLERS: dict[str, Handler] = {"ManifestList": _list_row, "NoticeClosed": _notice_row}
