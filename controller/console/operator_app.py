"""What an operator's screen asks beside the stream: who has which guided recovery in hand. On the first port.

One rule: none of this acts on the line. A renewal that a page sends by itself keeps no session awake.
"""

from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse
from pydantic import Field

from controller.console.act_table import HANDS
from controller.console.identity import Identity
from controller.console.live import Live, view_of
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.view_app import Body, Text
from controller.console.web import Door
from controller.console.wizards import HANDLED_MOST, Handled, Kind, Wizards, holder_of, told


class OneHandled(Body):
    """What became of one carton."""

    track: Text = ""
    code: Text = ""
    outcome: Text


class Taking(Body):
    """`screen`: which screen, as people call it. `handled` left out: what was done so far stays. `over`: take it over."""

    screen: Text
    handled: Annotated[list[OneHandled], Field(max_length=HANDLED_MOST)] | None = None
    over: bool = False


def add_operator_desk(app: FastAPI, wizards: Wizards, identity: Identity, live: Live) -> None:
    """Put the wizards on the first port and into the stream."""
    live.sources.append(wizards.values)
    door = Door(identity)

    async def hands(session: Session) -> None:
        person = await identity.fresh(session)
        if session.locked:
            raise Refused("session_locked")
        if person.role not in HANDS:
            raise Refused("role_not_allowed")

    @app.post("/api/wizards/{kind}")
    async def take(kind: Kind, body: Taking, session: Annotated[Session, Depends(door.proving)]) -> JSONResponse:
        """Begin, renew every few seconds, or take over. 409 says who has it."""
        await hands(session)
        handled = tuple(Handled(one.track, one.code, one.outcome) for one in body.handled) if body.handled is not None else None
        by = holder_of(session.person, body.screen, session.key)
        wizard, mine = wizards.take(kind, by, handled, over=body.over)
        live.look_again()
        shown = told(wizard, view_of(session))
        if not mine:
            raise Refused("wizard_taken", wizard=shown)
        return JSONResponse({"ok": True, "wizard": shown})

    @app.delete("/api/wizards/{kind}")
    async def leave(kind: Kind, screen: Text, session: Annotated[Session, Depends(door.proving)]) -> dict[str, object]:
        """It is over, or given up. Nothing happens when it is in other hands."""
        await identity.fresh(session)
        wizards.leave(kind, holder_of(session.person, screen, session.key))
        live.look_again()
        return {"ok": True}
