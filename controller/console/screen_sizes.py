"""How large a millimetre is on each named kiosk, kept here: its browser's profile lies in memory and goes with the process.

One rule: it is no state of the line and decides nothing; a file that can not be read is as if nothing had been kept.
"""

import json
import logging
import os
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic import Field

from controller.console.act_table import HANDS
from controller.console.identity import Identity
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.view_app import Body, Text
from controller.console.web import Door
from controller.domain.reasons import Role
from controller.records.ownership import sync_directory

SIZES_NAME = "screens.json"
MAY_SET = (*HANDS, Role.INTEGRATOR)
LEAST, MOST = 2.1, 19.9  # pixels a millimetre that a screen can have

log = logging.getLogger("xiyong.console")


class Size(Body):
    """Pixels a millimetre, as somebody measured them with a bank card."""

    px_per_mm: Annotated[float, Field(ge=LEAST, le=MOST)]


class ScreenSizes:
    """Of the screens named in `[console] kiosks`, and of no other."""

    def __init__(self, path: Path, kiosks: tuple[str, ...]) -> None:
        self.kiosks = kiosks
        self._path = path
        self._known: dict[str, float] = {}
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            self._known = {str(name): float(size) for name, size in kept.items() if LEAST <= float(size) <= MOST}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.warning("%s can not be read, the size of each screen must be set anew: %s", path, error)

    def of(self, name: str) -> float | None:
        return self._known.get(name) if name in self.kiosks else None

    def keep(self, name: str, px_per_mm: float) -> None:
        """In a thread. The old file stays whole until the new one is."""
        known = {**{one: size for one, size in self._known.items() if one in self.kiosks}, name: px_per_mm}
        beside = self._path.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(known, file, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        sync_directory(self._path.parent)
        self._known = known


def add_screen_sizes(app: FastAPI, identity: Identity, sizes: ScreenSizes) -> None:
    """Put the routes on the application of the first port."""
    door = Door(identity)

    @app.get("/api/screens/{name}/size")
    async def size(name: Text) -> dict[str, object]:
        """For a kiosk whose browser has forgotten it; also while nobody is signed in. Null: nobody has set it."""
        return {"ok": True, "px_per_mm": sizes.of(name)}

    @app.post("/api/screens/{name}/size")
    async def keep(name: Text, body: Size, session: Annotated[Session, Depends(door.changing)]) -> dict[str, object]:
        """What was measured at this kiosk."""
        person = await identity.fresh(session)
        if person.role not in MAY_SET:
            raise Refused("role_not_allowed")
        if name not in sizes.kiosks:
            raise Refused("not_found")
        await identity.store(sizes.keep, name, body.px_per_mm)
        return {"ok": True, "px_per_mm": body.px_per_mm}
