"""Load notice 到货预报: CSV or JSON in, load notices out. What arrives under one seal, named column by
column.

One rule: facts of one load that contradict each other refuse the load or the row, never pick a side;
a carton that is not on the notice is held by the line. The columns are our own, since no published
form exists: `load_id`, `plate`, `container_no`, `seals` (several joined by |), `appointment`,
`logistics_code`, `logistics_no`, `carton_no` (default `logistics_no`), `k`, `n` (default 1 of 1).
JSON takes the same names, as a list of rows, or as loads with their rows in `cartons`.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from controller.customs.parsed import Notes, Parsed, RefusedPartError
from controller.domain.declarations import LoadNotice, NoticedCarton
from controller.domain.identifiers import Check, container_check, normalise

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 20_000
MAX_CARTONS_OF_LIST = 9999
MAX_SEALS = 20
KEY_CHARS = 80

LOAD_COLUMNS = ("load_id", "plate", "container_no", "seals", "appointment")
CARTON_COLUMNS = ("logistics_code", "logistics_no", "carton_no", "k", "n")
COLUMNS = LOAD_COLUMNS + CARTON_COLUMNS

_NUMBER = re.compile(r"[0-9]{1,4}")
_MEND = "mend the notice and import it again; until then the cartons of this part are held"

_ROW_ERROR = "row_error!"

Row = Mapping[str, str]


class _Load:
    """A load while its rows are gathered."""

    def __init__(self, facts: tuple[str, ...], index: int, line: int) -> None:
        self.facts, self.index, self.line = facts, index, line
        self.cartons: dict[str, NoticedCarton] = {}
        self.counts: dict[tuple[str, str], int] = {}
        self.places: set[tuple[str, str, int]] = set()
        self.conflict = ""


def parse(data: bytes) -> Parsed[LoadNotice]:
    """Read every load of a file."""
    notes = Notes()
    loads: dict[str, _Load] = {}
    try:
        for index, (line, row) in enumerate(_rows(data, notes), start=1):
            if index > MAX_ROWS:
                raise RefusedPartError("too_many_rows", f"more than {MAX_ROWS} rows", "split the file", line)
            try:
                _take(row, index, line, loads, notes)
            except RefusedPartError as refused:
                notes.refuse(refused, index, " ".join(filter(None, map(row.get, ("load_id", "logistics_no")))))
        if not loads:
            raise RefusedPartError("notice_empty", "no row of it names a load", _MEND)
    except RefusedPartError as refused:
        notes.refuse(refused)
    return notes.result(tuple(_notices(loads, notes)))


def parts(notice: LoadNotice, limit_bytes: int = 14 * 1024) -> tuple[tuple[NoticedCarton, ...], ...]:
    """The cartons in portions whose JSON fits into an event."""
    encoder = msgspec.json.Encoder()
    portions: list[tuple[NoticedCarton, ...]] = []
    portion: list[NoticedCarton] = []
    size = 2
    for carton in notice.cartons:
        weight = len(encoder.encode(carton)) + 1
        if portion and size + weight > limit_bytes:
            portions.append(tuple(portion))
            portion, size = [], 2
        portion.append(carton)
        size += weight
    return (*portions, tuple(portion)) if portion else tuple(portions)


def _take(row: Row, index: int, line: int, loads: dict[str, _Load], notes: Notes) -> None:
    if cause := row.get(_ROW_ERROR):
        raise RefusedPartError("row_too_long", cause, _MEND, line)
    load_id = _key(row, "load_id", line)
    if not load_id:
        raise RefusedPartError("column_missing", "the row has no load_id", _MEND, line)
    facts = (
        normalise(_key(row, "plate", line)),
        normalise(_key(row, "container_no", line)),
        "|".join(_seals(row, line)),
        _key(row, "appointment", line),
    )
    load = loads.setdefault(load_id, _Load(facts, index, line))
    if facts != load.facts:
        load.conflict = load.conflict or f"row {index} names {facts}, row {load.index} {load.facts}"
        return
    carton = _carton(row, line)
    known = load.cartons.get(carton.carton_no)
    if known == carton:
        notes.warn("row_repeated", f"carton {carton.carton_no} again: first kept", index, line)
        return
    _agree(carton, load, known, line)
    load.cartons[carton.carton_no] = carton


def _agree(carton: NoticedCarton, load: _Load, known: NoticedCarton | None, line: int) -> None:
    """Refuse a row that contradicts an earlier one of its load."""
    if known is not None:
        cause = f"carton_no {carton.carton_no} is given twice with different facts"
        next_step = "give each carton of a list its own carton_no, then import the notice again"
        raise RefusedPartError("carton_no_repeated", cause, next_step, line)
    key = (carton.logistics_code, carton.logistics_no)
    if load.counts.setdefault(key, carton.n) != carton.n:
        cause = f"{carton.logistics_no} has n = {carton.n} here and {load.counts[key]} before"
        raise RefusedPartError("count_conflict", cause, _MEND, line)
    if (*key, carton.k) in load.places:
        cause = f"carton {carton.k} of {carton.logistics_no} is given twice"
        raise RefusedPartError("count_conflict", cause, _MEND, line)
    load.places.add((*key, carton.k))


def _carton(row: Row, line: int) -> NoticedCarton:
    code = normalise(_key(row, "logistics_code", line))
    number = normalise(_key(row, "logistics_no", line))
    missing = [name for name, text in (("logistics_code", code), ("logistics_no", number)) if not text]
    if missing:
        raise RefusedPartError("column_missing", f"the row has no {', '.join(missing)}", _MEND, line)
    k, n = _number(row, "k", line), _number(row, "n", line)
    if not 1 <= k <= n <= MAX_CARTONS_OF_LIST:
        raise RefusedPartError("number_wrong", f"carton {k} of {n} cannot be", _MEND, line)
    return NoticedCarton(normalise(_key(row, "carton_no", line)) or number, code, number, k, n)


def _notices(loads: Mapping[str, _Load], notes: Notes) -> Iterator[LoadNotice]:
    for load_id, load in loads.items():
        if load.conflict:
            cause = f"load {load_id} contradicts itself: {load.conflict}"
            notes.refuse(RefusedPartError("load_conflict", cause, _MEND, load.line), load.index, load_id)
            continue
        plate, container_no, seals, appointment = load.facts
        if container_no and container_check(container_no) is not Check.OK:
            notes.warn("container_check", f"container {container_no} has no right check digit", load.index)
        if not seals:
            notes.warn("seals_missing", f"load {load_id} names no seal", load.index, load.line)
        found = tuple(seals.split("|")) if seals else ()
        yield LoadNotice(load_id, plate, container_no, found, appointment, tuple(load.cartons.values()))


def _seals(row: Row, line: int) -> tuple[str, ...]:
    seals = tuple(filter(None, map(normalise, row.get("seals", "")[: MAX_BYTES // 1024].split("|"))))
    if len(seals) > MAX_SEALS or any(len(seal) > KEY_CHARS or not seal.isprintable() for seal in seals):
        cause = f"seals: more than {MAX_SEALS}, one too long, or not printable"
        raise RefusedPartError("seals_wrong", cause, _MEND, line)
    return seals


def _key(row: Row, name: str, line: int) -> str:
    text = row.get(name, "").strip()
    if len(text) > KEY_CHARS or not text.isprintable():
        cause = f"{name} is too long or not printable"
        raise RefusedPartError("text_wrong", cause, _MEND, line)
    return text


def _number(row: Row, name: str, line: int) -> int:
    text = row.get(name, "").strip() or "1"
    if not _NUMBER.fullmatch(text):
        raise RefusedPartError("number_wrong", f"{name} is {text[:40]!r}, not a whole number", _MEND, line)
    return int(text)


def _rows(data: bytes, notes: Notes) -> Iterable[tuple[int, Row]]:
    """The rows of either form with their lines (0 = not known)."""
    if len(data) > MAX_BYTES:
        raise RefusedPartError("file_too_large", f"{len(data)} bytes, at most {MAX_BYTES}", "split the file")
    text = _decoded(data, notes)
    return _json_rows(text) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text)


def _decoded(data: bytes, notes: Notes) -> str:
    try:
        return data.decode("utf-8-sig")
    except ValueError:
        pass
    try:
        text = data.decode("gb18030")
    except ValueError as error:
        cause = "it is neither UTF-8 nor GB 18030 text"
        raise RefusedPartError("encoding_unknown", cause, "save it as UTF-8, then import it again") from error
    notes.warn("encoding_gb18030", "it is not UTF-8; read as GB 18030")
    return text


def _csv_rows(text: str) -> Iterator[tuple[int, Row]]:
    header, _, _ = text.lstrip().partition("\n")
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        names: list[str] | None = None
        for cells in reader:
            if not any(map(str.strip, cells)):
                continue
            if names is None:
                names = _columns([cell.strip().lower() for cell in cells])
            elif len(cells) > len(names) and any(map(str.strip, cells[len(names) :])):
                # Shifted cells would put one carton's number under another column.
                cause = f"the row has {len(cells)} cells, the header {len(names)}"
                yield reader.line_num, {_ROW_ERROR: cause}
            else:
                yield reader.line_num, dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise RefusedPartError("not_csv", str(error), _MEND, reader.line_num) from error


def _columns(names: list[str]) -> list[str]:
    missing = [name for name in ("load_id", "logistics_code", "logistics_no") if name not in names]
    twice = [name for name in COLUMNS if names.count(name) > 1]
    if missing or twice:
        cause = f"the header has no {', '.join(missing)}" if missing else f"two columns {', '.join(twice)}"
        raise RefusedPartError("column_missing" if missing else "column_repeated", cause, _MEND, 1)
    return names


def _json_rows(text: str) -> Iterator[tuple[int, Row]]:
    try:
        # parse_int: a number is read as text, however long it is.
        found = json.loads(text, object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise RefusedPartError("not_json", str(error), _MEND) from error
    if isinstance(found, dict) and isinstance(found.get("loads"), list):
        found = found["loads"]
    for entry in found if isinstance(found, list) else [found]:
        if not isinstance(entry, dict):
            raise RefusedPartError("not_rows", "an entry is not an object with named columns", _MEND)
        cartons = entry.get("cartons")
        if cartons is None:
            yield 0, _texts(entry)
            continue
        for carton in cartons if isinstance(cartons, list) else [cartons]:
            if not isinstance(carton, dict):
                raise RefusedPartError("not_rows", "an entry of cartons is not an object", _MEND)
            yield 0, _texts({**carton, **{name: entry.get(name) for name in LOAD_COLUMNS}})


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("an object names a column twice")
    return names


def _texts(entry: Mapping[str, object]) -> Row:
    """The named columns of a JSON object as text; a list (of seals) is joined by |."""
    row: dict[str, str] = {}
    for name in COLUMNS:
        value = entry.get(name)
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            row[name] = "|".join(value)
        elif isinstance(value, str):
            row[name] = value
        elif value is not None:
            raise RefusedPartError("not_rows", f"{name} is neither text nor a number", _MEND)
    return row
