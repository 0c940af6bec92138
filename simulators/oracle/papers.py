"""What lists, receipts and load notices say at a row of the journal, worked out again from the events alone.

The one rule: anything missing, half arrived, in conflict or unknown speaks against a release, and a conflict until customs has
lifted the hold that tells of it. Of which list a receipt truly speaks is known from customs' own notes (`meant`, by guid),
whatever numbers it bears. Sources: domain reference 2.2 (receipts late, repeated, shuffled), load notice, contract of lists
with k of n cartons.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulators.oracle.customs_dates import CustomsDates
from simulators.oracle.holds import CUSTOMS
from simulators.oracle.journal_story import Json, Row
from simulators.oracle.settled import DATED, LATE, in_two_notices, of_list, of_load, settled

NEW, DELETED, DECLARED = "1", "3", "2"
ORDERS_INSPECTION = "500"
RELEASING = ("800", "899")
REJECTING = ("4", "100")
# Words on the papers alone: waiting, or rejected. Whatever else is no release stops the goods.
OF_PAPERS = ("1", "2", "3", "120", "300", "399", "400", "600", *REJECTING)


@dataclass(slots=True)
class ListStory:
    """One declared list. `orders`: the times of the orders to inspect it; one that is told again is no other order.
    `stopped`: the goods are stopped by a word other than such an order, and customs has not released them since.
    `rejected`: when customs rejected what was declared before it. `beside`: new declarations that contradicted the one that stood
    then, each with that one; `settled`: those for which customs has lifted the hold. `dated_ahead`: words with a date that
    can not be yet.
    """

    declared: Json
    withdrawn: bool
    status: str = ""
    time: str = ""
    status_conflict: bool = False
    inspection_open: bool = False
    stopped: bool = False
    orders: list[str] = field(default_factory=list)
    rejected: str = ""
    beside: list[tuple[Json, Json]] = field(default_factory=list)
    settled: list[tuple[Json, Json]] = field(default_factory=list)
    dated_ahead: set[str] = field(default_factory=set)


@dataclass(slots=True)
class LoadStory:
    noticed: bool = False
    plate: str = ""
    arrived_plate: str | None = None
    looked_at: bool = False
    unloading: bool = False
    count: int = 0


@dataclass(slots=True)
class CartonPaper:
    """A carton that papers announce. `claimed`: the lists that it was of by papers in conflict."""

    list_key: str
    load_id: str = ""
    n: int = 1
    claimed: tuple[str, ...] = ()


@dataclass(slots=True)
class Papers:
    """Feed it every row in order with `take`."""

    meant: Mapping[str, str] = field(default_factory=dict)
    profile: Json = field(default_factory=dict)
    lists: dict[str, ListStory] = field(default_factory=dict)
    loads: dict[str, LoadStory] = field(default_factory=dict)
    cartons: dict[str, CartonPaper] = field(default_factory=dict)
    current_load: str = ""
    first_load: dict[str, str] = field(default_factory=dict)
    read_at: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    # Lists over which papers have ever been in conflict.
    contested: set[str] = field(default_factory=set)
    dates: CustomsDates = field(default_factory=CustomsDates)
    _disputed: set[str] = field(default_factory=set)
    _parts: dict[str, dict[int, list[Json]]] = field(default_factory=dict)
    _owner: dict[str, str] = field(default_factory=dict)
    _orphans: dict[str, list[Json]] = field(default_factory=dict)

    def take(self, row: Row) -> None:
        event = row.event
        self.dates.take(row)
        if row.type == "ConfigLoaded":
            self.profile = event.get("profile") or {}
        elif row.type == "ManifestList":
            self._part(event, [event["declared"]])
        elif row.type == "NoticeCartons":
            self._part(event, list(event["cartons"]))
        elif row.type == "ManifestClosed":
            self._close_manifest(event)
        elif row.type == "NoticeClosed":
            self._close_notice(event)
        elif row.type == "ReceiptArrived":
            self._receipt(event["receipt"])
        elif row.type == "HoldLifted" and row.role in CUSTOMS:
            self._lift(settled(row))
        elif row.type == "InspectionClosed":
            found = self.lists.get(str(event.get("list_key")))
            if found is not None and row.role in CUSTOMS:
                found.inspection_open = False
                found.stopped = found.stopped and not found.withdrawn
        elif row.type == "LoadArrived":
            load = self.loads.setdefault(str(event["load_id"]), LoadStory())
            load.arrived_plate = str(event["plate"])
            self._compare_plates(str(event["load_id"]), load)
        elif row.type == "SealCheckStarted" and not row.refuses(str(event.get("load_id"))):
            self.loads.setdefault(str(event["load_id"]), LoadStory()).looked_at = True
        elif row.type == "UnloadingStarted":
            self._unload(str(event["load_id"]))
        elif row.type == "CodesRead":
            for code in event.get("codes") or ():
                key = (str(event.get("role")), normal(str(code.get("text"))))
                self.read_at.setdefault(key, []).append(row.seq)
                if key[0] == "induct" and self.current_load:
                    self.first_load.setdefault(key[1], self.current_load)

    # --- what speaks against a release ---

    def blockers(self, carton_key: str) -> list[str]:
        """Papers alone: list, customs, load. Empty = they allow a release now."""
        carton = self.cartons.get(carton_key)
        found = self.lists.get(carton.list_key) if carton is not None else None
        if carton is None or found is None:
            return ["not on a complete list"]
        against = [*self.disputes(carton_key), *self._half_settled(carton_key, carton), *self._carriers(carton_key)]
        return [*against, *self._list_blockers(carton, found), *self._load_blockers(carton)]

    def customs_against(self, list_key: str) -> list[str]:
        """What customs has said of a list that is here, and why it is no release now."""
        found = self.lists[list_key]
        against: list[str] = []
        if found.status not in self.released_words():
            against.append(f"customs status is {found.status or 'missing'}")
        if found.status_conflict:
            against.append("receipts contradict each other")
        if found.inspection_open:
            against.append("an inspection order is open")
        return against

    def disputes(self, carton_key: str) -> list[str]:
        """What papers say of it that contradicts other papers, and customs has not settled."""
        carton = self.cartons.get(carton_key)
        if carton is None:
            return []
        subjects = (*of_list(carton.list_key), f"carton:{carton_key}", *of_load(carton.load_id))
        return [f"papers are in conflict over {one}" for one in subjects if one in self._disputed]

    def _half_settled(self, carton_key: str, carton: CartonPaper) -> list[str]:
        """A contradiction is settled when customs has said so of each list in it, not of the one that the newest paper names."""
        others = dict.fromkeys((carton_key, *carton.claimed))
        return [f"papers are in conflict over its list {key}" for key in others if self._is_disputed(key)]

    def _is_disputed(self, list_key: str) -> bool:
        return not self._disputed.isdisjoint(of_list(list_key))

    def in_question(self, list_key: str) -> bool:
        """Whether papers in conflict leave it open what the list is, or which cartons it has."""
        cartons = {key: self.cartons[key] for key in self.members(list_key)}
        lists = {list_key, *cartons, *(claimed for carton in cartons.values() for claimed in carton.claimed)}
        return any(f"list:{key}" in self._disputed for key in lists)

    def list_key_of(self, carton_key: str) -> str:
        carton = self.cartons.get(carton_key)
        return carton.list_key if carton is not None else ""

    def keys_of(self, number: str) -> list[str]:
        return [key for key in self.cartons if key.partition("/")[2] == normal(number)]

    def named(self, code: str) -> list[str]:
        """What a person can mean by a number, or by the full key: not what is of a deleted list, unless customs stopped that."""
        keys = [code] if code in self.cartons else self.keys_of(code)
        return [key for key in keys if self._stands(key)] or keys

    def _stands(self, key: str) -> bool:
        found = self.lists.get(self.cartons[key].list_key)
        return found is None or not found.withdrawn or found.inspection_open or found.stopped

    def members(self, list_key: str) -> list[str]:
        """The cartons of a list: those a notice names, else the one with the list's own number, if it is of no other list."""
        noticed = [key for key, carton in self.cartons.items() if carton.list_key == list_key and carton.load_id]
        return noticed or ([list_key] if self.list_key_of(list_key) == list_key else [])

    def seen(self, key: str) -> bool:
        return ("induct", normal(key.partition("/")[2])) in self.read_at

    def released_words(self) -> tuple[str, ...]:
        configured = self.profile.get("released_words")
        return tuple(word for word in RELEASING if configured is None or word in configured)

    def _carriers(self, carton_key: str) -> list[str]:
        """A number that two carriers have declared is not one carton's; deleting one list takes no word of customs away."""
        others = [key for key in self.keys_of(carton_key.partition("/")[2]) if key != carton_key]
        standing = [key for key in others if self._stands(key)]
        return [f"{standing[0]} has its number, too"] if standing else []

    def _list_blockers(self, carton: CartonPaper, found: ListStory) -> list[str]:
        against: list[str] = []
        if found.withdrawn:
            against.append("its list is withdrawn or a draft")
        against += self.customs_against(carton.list_key)
        pack_no = int(found.declared.get("pack_no", 1))
        members = self.members(carton.list_key)
        if carton.n != pack_no or len(members) > pack_no:
            against.append(f"notice and list disagree on {pack_no} cartons")
        seen = sum(1 for key in members if self.seen(key))
        if self.profile.get("list_incomplete", "divert") == "divert" and seen < pack_no:
            against.append(f"only {seen} of {pack_no} cartons of its list were seen")
        return against

    def _load_blockers(self, carton: CartonPaper) -> list[str]:
        load = self.loads.get(carton.load_id)
        if load is None or not load.noticed:
            return ["no load notice names it"]
        if load.arrived_plate is None or not load.unloading:
            return [f"load {carton.load_id} is not being unloaded"]
        return []

    # --- taking ---

    def _part(self, event: Json, values: list[Json]) -> None:
        self._parts.setdefault(str(event["batch"]), {}).setdefault(int(event["index"]), values)

    def _whole(self, event: Json, parts: int, count: int) -> list[Json]:
        """The values of a batch if every part of it came, else none of them."""
        found = self._parts.pop(str(event["batch"]), {})
        values = [value for index in sorted(found) for value in found[index]]
        return values if sorted(found) == list(range(parts)) and len(values) == count else []

    def _close_manifest(self, event: Json) -> None:
        count = int(event["count"])
        for declared in self._whole(event, count, count):
            self._declare(declared)

    def _declare(self, declared: Json) -> None:
        key = f"{declared['logistics_code']}/{declared['logistics_no']}"
        withdrawn = declared["app_status"] != DECLARED or declared["app_type"] == DELETED
        known = self.lists.get(key)
        if known is None:
            self.lists[key] = ListStory(declared, withdrawn)
            if not self.members(key) and key not in self.cartons:
                self.cartons[key] = CartonPaper(key, n=int(declared["pack_no"]))
            self._claim(str(declared["cop_no"]), key)
            self._compare_numbers(key)
        elif _content(known.declared) == _content(declared) and known.withdrawn == withdrawn:
            return
        elif declared["app_time"] < known.declared["app_time"] and not declared["app_type"] == known.declared["app_type"] == NEW:
            return  # a late message from before the newest word
        elif declared["app_type"] == NEW and not known.withdrawn and not _after_rejection(known, declared):
            pair = (known.declared, declared)
            if declared["app_status"] == DECLARED and _instant(declared) > known.rejected and pair not in known.settled:
                known.beside.append(pair)
                self._dispute(key)
        else:
            if _after_rejection(known, declared):
                known.rejected = known.time
            again = known.withdrawn
            known.declared, known.withdrawn, known.status = declared, withdrawn, ""
            known.time = max(known.time, _instant(declared))
            if again:
                self._compare_numbers(key)

    def _lift(self, subjects: set[str]) -> None:
        self._disputed -= subjects
        for found in (self.lists[key] for key in self.lists if f"list:{key}" in subjects):
            found.settled += found.beside
            found.beside.clear()

    def _dispute(self, *lists: str) -> None:
        self.contested.update(lists)
        self._disputed.update(f"list:{key}" for key in lists)

    def _counts(self, key: str) -> bool:
        return key in self.lists and not self.lists[key].withdrawn

    def _speaks(self, key: str) -> bool:
        """A list that counts; or that was deleted, and customs or the line still has something against its goods."""
        found = self.lists.get(key)
        return self._is_disputed(key) or (found is not None and (not found.withdrawn or found.inspection_open or found.stopped))

    def _is_here(self, key: str) -> bool:
        load = self.loads.get(self.cartons[key].load_id)
        return self.seen(key) or (load is not None and load.arrived_plate is not None)

    def _compare_numbers(self, key: str) -> None:
        """A number is of one carton: not of a list and of a carton of another list."""
        if not self._counts(key):
            return
        own = self.list_key_of(key)
        if own not in ("", key) and (self._speaks(own) or self._is_here(key)):
            self._dispute(key, own)
        for member in self.members(key):
            if member != key and self._speaks(member):
                self._dispute(member, key)

    def _claim(self, cop_no: str, key: str) -> None:
        owner = self._owner.setdefault(cop_no, key) if cop_no else key
        if owner != key:
            self._dispute(owner, key)
        for receipt in (*self._orphans.pop(cop_no or key, ()), *self._orphans.pop(key, ())):
            self._receipt(receipt)

    def _receipt(self, receipt: Json) -> None:
        cop_no, word, time = str(receipt["cop_no"]), str(receipt["return_status"]), str(receipt["return_time"])
        key = self.meant.get(str(receipt.get("guid"))) or self._owner.get(cop_no, "")
        if key not in self.lists:
            self._orphans.setdefault(key or cop_no, []).append(receipt)
            return
        found = self.lists[key]
        if word.startswith("-"):
            return
        traders = {str(receipt.get("ebc_code") or ""), str(found.declared.get("ebc_code") or "")} - {""}
        if len(traders) > 1:
            found.status_conflict = True
            return
        if word == ORDERS_INSPECTION and time not in found.orders:
            found.inspection_open = True
            found.orders.append(time)
        if self.dates.is_ahead(time):
            # It orders nothing, and its list waits for customs to have looked. The same word again is nothing new.
            if f"{word} {time}" not in found.dated_ahead:
                self._disputed.add(f"{DATED}list:{key}")
            found.dated_ahead.add(f"{word} {time}")
            return
        if word in self.released_words():
            found.stopped = found.stopped and time <= found.time
        elif word not in (ORDERS_INSPECTION, *OF_PAPERS) and (time >= found.time or not found.status):
            found.stopped = True
        if time > found.time:
            found.status, found.time, found.status_conflict = word, time, False
        elif time == found.time and word != found.status:
            found.status_conflict = True

    def _close_notice(self, event: Json) -> None:
        count = int(event["count"])
        cartons = self._whole(event, int(event["parts"]), count)
        if len(cartons) != count:
            return
        load_id = str(event["load_id"])
        load = self.loads.setdefault(load_id, LoadStory())
        if load.looked_at and not load.noticed:  # its writer may have seen what hangs there
            self._disputed.add(f"{LATE}load:{load_id}")
        load.noticed, load.plate, load.count = True, str(event["plate"]), count
        self._compare_plates(load_id, load)
        moved: dict[tuple[str, str], list[str]] = {}
        for noticed in cartons:
            key = f"{noticed['logistics_code']}/{noticed['carton_no']}"
            before = self.cartons[key].load_id if key in self.cartons else ""
            self._announce(key, f"{noticed['logistics_code']}/{noticed['logistics_no']}", load_id, int(noticed["n"]))
            if before not in ("", load_id):
                moved.setdefault((before, self.cartons[key].load_id), []).append(key)
        self._disputed.update(in_two_notices(moved, {key: one.count for key, one in self.loads.items()}))

    def _announce(self, key: str, list_key: str, load_id: str, n: int) -> None:
        """The newest notice counts; whatever it contradicts is in dispute. A carton came with the load it was first read in."""
        carton = self.cartons.get(key)
        here = carton is not None and self._is_here(key)
        claims = {list_key}
        if carton is None or carton.list_key != list_key:
            claims |= {key} if self._speaks(key) else set()
        if carton is not None and (self._speaks(carton.list_key) or here):
            claims.add(carton.list_key)
        if len(claims) > 1:
            self._dispute(*claims)
        if carton is not None and carton.load_id:
            if carton.n != n and here:
                self._dispute(carton.list_key)
            came = self.first_load.get(key.partition("/")[2]) == carton.load_id
            load_id = carton.load_id if came else load_id
        claimed = carton.claimed if carton is not None else ()
        if len(claims) > 1:
            claimed = tuple(dict.fromkeys((*claimed, *sorted(claims))))
        self.cartons[key] = CartonPaper(list_key, load_id, n, claimed)

    def _compare_plates(self, load_id: str, load: LoadStory) -> None:
        """No notice takes back that one before it, or the truck, told of another plate."""
        if load.noticed and load.arrived_plate not in (None, load.plate):
            self._disputed.add(f"load:{load_id}")

    def _unload(self, load_id: str) -> None:
        load = self.loads.get(load_id)
        if load is not None and load.arrived_plate is not None:
            load.unloading = True
            self.current_load = load_id


def _after_rejection(known: ListStory, declared: Json) -> bool:
    """Declared new because customs rejected what stands: both that and the rejection are older."""
    newer = known.declared["app_time"] < declared["app_time"] and known.time < _instant(declared)
    declares = declared["app_type"] == NEW and declared["app_status"] == DECLARED
    return declares and newer and known.status in REJECTING and not known.status_conflict


def _instant(declared: Json) -> str:
    """The time of a declaration with the digits of a receipt's."""
    return str(declared["app_time"]).ljust(17, "0")


def _content(declared: Json) -> Json:
    return {name: value for name, value in declared.items() if name not in ("guid", "app_time")}


def normal(text: str) -> str:
    return "".join(text.split()).upper()
