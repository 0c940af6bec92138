"""What the records say of the carton that a code leads to.

One rule: the same questions to the database whether the code is somebody's or not: where it is nobody's, they are asked of the
carton that was released last, and the answer is thrown away.
"""

import msgspec
import sqlalchemy as sa

from controller.records.story_tables import CARTON_LINKS, CODES, DECLARED, STEPS, gtin14

TRACE = "trace"
# What every carton passes. Whether customs opened one is its targeting: the page is the same for both.
SHOWN_STEPS = ("seal", "scan", "image", "released", "departed")


class Step(msgspec.Struct, frozen=True):
    """A station that it passed; `utc` of the last time."""

    step: str
    utc: str


class Carton(msgspec.Struct, frozen=True):
    """What may be known of a carton. `products` are fourteen digits each."""

    key: str
    invt_no: str
    trader: str
    warehouse_no: str
    declared_at: str
    products: tuple[str, ...]
    steps: tuple[Step, ...]


class Found(msgspec.Struct, frozen=True):
    """`hit`: the code is that of `carton`; else `carton` is another one, or None where there is none yet."""

    hit: bool
    carton: Carton | None


def look_up(records: sa.Engine, code: str) -> Found:
    """Blocks: it belongs into a thread. `code` may be anything, also empty."""
    with records.connect() as connection:
        mine = _carton_of(connection, sa.select(CODES.c.subject).where(CODES.c.code == code, CODES.c.kind == TRACE))
        newest = sa.select(CODES.c.subject).where(CODES.c.kind == TRACE).order_by(CODES.c.journal_seq.desc())
        decoy = _carton_of(connection, newest)
        key = mine or decoy
        return Found(bool(mine), _carton(connection, key))


def _carton_of(connection: sa.Connection, query: sa.Select[tuple[str]]) -> str:
    found = connection.execute(query.limit(1)).scalar()
    return str(found or "").removeprefix("carton:")


def _carton(connection: sa.Connection, key: str) -> Carton | None:
    links = list(connection.execute(sa.select(CARTON_LINKS.c.subject).where(CARTON_LINKS.c.carton == key)).scalars())
    subjects = [f"carton:{key}", *(one for one in links if one.partition(":")[0] in ("load", "passage"))]
    steps = sa.select(STEPS.c.step, STEPS.c.utc).where(STEPS.c.subject.in_(subjects)).order_by(STEPS.c.journal_seq)
    last = {step: utc for step, utc in connection.execute(steps)}
    lists = [one.removeprefix("list:") for one in links if one.startswith("list:")]
    query = sa.select(DECLARED).where(DECLARED.c.list_key.in_(lists)).order_by(DECLARED.c.journal_seq.desc()).limit(1)
    told = connection.execute(query).one_or_none()
    if not key:
        return None
    shown = tuple(Step(name, last[name]) for name in SHOWN_STEPS if name in last)
    if told is None:
        return Carton(key, "", "", "", "", (), shown)
    products = msgspec.json.decode(told.products, type=tuple[str, ...])
    return Carton(key, told.invt_no, told.ebc_code, told.loct_no, told.app_time, products, shown)


def agrees(carton: Carton, barcode: str) -> bool | None:
    """Whether this product code is one of its list; None where the list names none, or this is none."""
    code = gtin14(barcode)
    return None if not code or not carton.products else code in carton.products
