"""Papers that contradict each other: receipts before their lists, a carton given to two lists, words about what has left, goods
that are declared otherwise behind the back of whoever has looked at them.

The one rule: what truly is stays what it is; which list a carton belongs to and of which list customs speaks, the oracle takes
from the day and from customs' own notes. Source: domain reference 2.2 (receipts come in any order, named by any number).
"""

import asyncio

from msgspec.structs import replace

from simulators.faults.people_faults import TroubledOffice
from simulators.faults.site import Site
from simulators.traffic import numbers
from simulators.traffic.day import EMS, SF
from simulators.traffic.parcels import Consignment, Item, Load, Parcel, Trouble

NEXT_LOAD_WITHIN_S = 60.0
LEFT_WITHIN_S = 60.0
LOOKED_AT_WITHIN_S = 30.0
# What customs says of a list whose goods are out: closed, released once more, or, too late, inspect or return.
LATE_WORDS = ("899", "899", "800", "500", "501")
# What a changed list declares instead of its first product.
OTHER_GOODS = ("充电宝", "8507600090", "20000mAh")
# Numbers that no day gives.
FIRST_SERIAL = 70_000_000


async def list_late(site: Site) -> bool:
    """Receipts of the next load come before one of its lists; customs' word for another list of that order comes last."""
    office = _office(site)
    office.list_back = lambda lists: site.rng.choice([one for one in lists if one.order] or lists)
    found = await site.floor.until(lambda: bool(office.lists_kept), NEXT_LOAD_WITHIN_S)
    office.list_back = None
    if found:
        await asyncio.sleep(site.rng.choice((5.0, 30.0, 50.0)))
    office.send_kept()
    return found


async def order_first(site: Site) -> bool:
    """An order to inspect comes before its list and names it by customs' own numbers, which the list does not bear yet."""
    office = _office(site)
    office.order_first, before = True, len(office.ordered)
    await site.floor.until(lambda: len(office.ordered) > before, NEXT_LOAD_WITHIN_S)
    office.order_first = False
    for one in office.ordered[before:]:
        _look_at(site, one)
    return len(office.ordered) > before


async def notice_again(site: Site) -> bool:
    """The sender declares a carton once more under another number, which customs releases, and sends the notice anew with it.

    Sometimes customs has ordered the first list inspected; sometimes another load's notice names the carton instead.
    """
    office, found = _office(site), _on_the_way(site)
    if found is None:
        return False
    parcel, load, own = found
    _look_at(site, own)
    if site.rng.random() < 0.3:
        other = replace(load, load_id=f"XZ{site.rng.randrange(10**3):03d}", consignments=(replace(own, numbers=(parcel.code,)),))
        office.send_notice(other)
        return True
    if site.rng.random() < 0.7:
        office.send_receipt(own, "500", office.next_instant())
    new = _another(site, own, parcel, own.logistics_code)
    office.send_lists([new], new.cop_no)
    office.send_receipt(new, "800", office.next_instant())
    await asyncio.sleep(site.rng.uniform(0, 5))
    rest = replace(own, numbers=tuple(number for number in own.numbers if number != parcel.code))
    others = [one for one in load.consignments if one.key != own.key] + ([rest] if rest.numbers else [])
    office.send_notice(replace(load, consignments=(*others, new)))
    return True


async def list_over_carton(site: Site) -> bool:
    """A list is declared whose number is that of a carton of another list, sometimes when that one is loaded."""
    several = [p for p in site.floor.day.parcels if p.n > 1 and p.carton_no in site.floor.placed]
    if not several:
        return False
    parcel = site.rng.choice(several)
    own = site.floor.day.consignment(parcel.list_key)
    _look_at(site, own)
    office, serial = _office(site), FIRST_SERIAL + site.rng.randrange(10**7)
    new = replace(own, list_no=parcel.code, serial=serial, order=0, numbers=(parcel.code,), status="800")
    office.send_lists([new], new.cop_no)
    office.send_receipt(new, "800", office.next_instant())
    return True


async def second_carrier(site: Site) -> bool:
    """Another carrier's list bears the number of a carton that is on the belt; its sender may take it back."""
    found = _on_the_way(site)
    if found is None or found[0].n > 1:
        return False
    own = found[2]
    _look_at(site, own)
    office, serial = _office(site), FIRST_SERIAL + site.rng.randrange(10**7)
    new = replace(own, logistics_code=EMS if own.logistics_code == SF else SF, serial=serial, order=0, said=office.next_instant())
    office.send_lists([new], new.cop_no)
    if site.rng.random() < 0.5:
        await asyncio.sleep(site.rng.uniform(5, 20))
        office.send_lists([replace(new, deleted=True, said=office.next_instant())], f"{new.cop_no}-back")
    return True


async def rerun_on_belt(site: Site) -> bool:
    """Somebody scans a carton that has the number of one on the belt, a copy where there is one, as taken for re-run."""
    placed = site.on_belt(from_mm=1500)
    copied = [one for one in placed if site.floor.parcel(one.carton.carton_no).trouble is Trouble.DUPLICATE_FIRST]
    if not placed:
        return False
    code = site.floor.parcel(site.rng.choice(copied or placed).carton.carton_no).code
    await site.floor.desk.act("rerun", "chen", "operator", within_s=5.0, code=code, lane="inspect")
    return True


async def word_after_leaving(site: Site) -> bool:
    """Customs speaks once more of a list of which goods have left: it is closed, released again, or to be inspected after all."""
    shipping, office = site.stage.shipping, _office(site)
    await site.floor.until(lambda: bool(shipping.left), LEFT_WITHIN_S)
    if not shipping.left:
        return False
    parcel = site.floor.parcel(site.rng.choice(site.rng.choice(shipping.left).cartons).carton_no)
    if not parcel.declared:
        return False
    own, word = site.floor.day.consignment(parcel.list_key), site.rng.choice(LATE_WORDS)
    if word not in ("899", "800"):
        _look_at(site, own)
    office.send_receipt(own, word, office.next_instant())
    return True


async def declared_otherwise(site: Site) -> bool:
    """The sender changes a list when a person has looked at one of its cartons, at its image or into the box, and customs
    releases what is declared now. Where nobody has looked at any, that of another carton on the belt.
    """
    office, floor = _office(site), site.floor
    await floor.until(lambda: bool(_looked_at(site)), LOOKED_AT_WITHIN_S)
    parcels = _looked_at(site) or _declared_on_belt(site)
    if not parcels:
        return False
    parcel = site.rng.choice(parcels)
    own = floor.consignment(parcel.list_key)
    changed = replace(_otherwise(site, own), changed=True, deleted=False, said=office.next_instant())
    floor.redeclared[own.key] = changed
    numbers = {one.carton_no for one in floor.day.parcels if one.list_key == own.key}
    floor.recalled.update(numbers)
    floor.suspected.update(numbers)
    floor.rechecked -= numbers
    site.stage.image_officer.look_again_at(numbers)
    office.send_lists([changed], f"{own.cop_no}-changed")
    office.send_receipt(changed, "800", office.next_instant())
    return True


def _looked_at(site: Site) -> list[Parcel]:
    """What was opened and let go, and waits for the infeed or is on the belt; else what is there and an officer said clear to."""
    floor, on_belt = site.floor, [placed.carton.carton_no for placed in site.on_belt()]
    opened = [number for number in (*(one.carton_no for one in floor.hands), *on_belt) if number in floor.rechecked]
    cleared = [number for number in on_belt if number in site.stage.image_officer.cleared]
    return _with_papers(site, opened) or _with_papers(site, cleared)


def _declared_on_belt(site: Site) -> list[Parcel]:
    return _with_papers(site, [placed.carton.carton_no for placed in site.on_belt()])


def _with_papers(site: Site, numbers: list[int]) -> list[Parcel]:
    told = {one.key for one in _office(site).told}
    return [one for one in map(site.floor.parcel, numbers) if one.declared and one.list_key in told]


def _otherwise(site: Site, own: Consignment) -> Consignment:
    """Another product, another price, or other weights that the scale would not tell apart."""
    first, *rest = own.items
    what = site.rng.choice(("goods", "goods", "price", "weights"))
    if what == "weights":
        return replace(own, gross_g=own.gross_g + 10, net_g=own.net_g + 10)
    other = Item(*OTHER_GOODS, first.qty, first.unit, first.price) if what == "goods" else replace(first, price=first.price + 1)
    return replace(own, items=(other, *rest))


def _office(site: Site) -> TroubledOffice:
    office = site.stage.office
    assert isinstance(office, TroubledOffice)
    return office


def _on_the_way(site: Site) -> tuple[Parcel, Load, Consignment] | None:
    """A carton on the belt whose papers were sent, with its load and its list."""
    told = {one.key for one in _office(site).told}
    placed = [site.floor.parcel(one.carton.carton_no) for one in site.on_belt()]
    parcels = [parcel for parcel in placed if parcel.declared and parcel.list_key in told]
    if not parcels:
        return None
    parcel = site.rng.choice(parcels)
    load = next(load for load in site.floor.day.loads if load.load_id == parcel.load_id)
    return (parcel, load, site.floor.day.consignment(parcel.list_key)) if load.noticed else None


def _another(site: Site, own: Consignment, parcel: Parcel, carrier: str) -> Consignment:
    """The same goods declared once more, as one carton, under a number of its own."""
    serial = FIRST_SERIAL + site.rng.randrange(10**7)
    list_no = numbers.sf(144_000_000_000 + serial) if carrier == SF else numbers.s10(serial)
    return replace(own, list_no=list_no, serial=serial, order=0, numbers=(parcel.code,), status="800")


def _look_at(site: Site, own: Consignment) -> None:
    """People will have to look at the cartons of this list: that it is not released is no fault of the line."""
    site.floor.recalled.update(p.carton_no for p in site.floor.day.parcels if p.list_key == own.key)
