"""What stands in custody places and how the last count of each went, for both organisations: both move and count these cartons.

One rule: numbers, places and how long; never why customs keeps a carton, and to the company not who of customs counted.
"""

from typing import Annotated

from fastapi import Depends, FastAPI, Query

from controller.console.identity import Identity
from controller.console.people import organisation_of
from controller.console.sessions import Session
from controller.console.web import Door
from controller.daemon.core_loop import CoreLoop
from controller.line.custody import PLACE_LONGEST, STOCK_MOST
from controller.line.custody_state import StockTake

CUSTODY_SHOWN = 200
Row = dict[str, object]
Place = Annotated[str, Query(max_length=PLACE_LONGEST, description="Of this place alone, all that a count can hold.")]


def add_custody_list(app: FastAPI, core: CoreLoop, identity: Identity) -> None:
    """Put the route on the application of the first port."""
    door = Door(identity)

    @app.get("/api/custody-places")
    async def custody(session: Annotated[Session, Depends(door.reading)], place: Place = "") -> Row:
        """Cartons in custody, the oldest first, at most 200 (of one place 300), and each place with its last count."""
        person = await identity.fresh(session)
        own = organisation_of(person.role)
        names = {one.account: one.name for one in await identity.store(identity.people.everyone) if one.organisation == own}
        state, now_ms = core.state, core.now_ms()
        kept = sorted((one for one in state.cartons.values() if one.custody), key=lambda one: one.custody_ms)
        counts: dict[str, int] = dict.fromkeys(sorted({one.custody for one in kept} | set(state.stock_takes)), 0)
        for one in kept:
            counts[one.custody] += 1
        shown = [one for one in kept if one.custody == place][:STOCK_MOST] if place else kept[:CUSTODY_SHOWN]
        rows = [
            {"carton": one.carton_no, "place": one.custody, "ms": now_ms - one.custody_ms if one.custody_ms >= 0 else None}
            for one in shown
        ]
        places = [
            {"place": name, "n": n, "taken": _taken(state.stock_takes.get(name), now_ms, names)} for name, n in counts.items()
        ]
        return {"ok": True, "n": len(kept), "list": rows, "places": places}


def _taken(one: StockTake | None, now_ms: int, names: dict[str, str]) -> Row | None:
    """`by` is empty where it was somebody of the other organisation."""
    if one is None:
        return None
    return {
        "ms": now_ms - one.at_ms, "by": names.get(one.by, ""), "counted": one.counted, "differs": one.differs,
        "missing": one.missing, "elsewhere": one.elsewhere, "unknown": one.unknown,
    }  # fmt: skip
