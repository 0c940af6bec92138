"""What leaves by the console as a file: each time a row of the journal with who took it and why, before it is given.

One rule: nothing is given that could not be recorded, nor to an address alone: whoever is there asks for it with the session's
token, as for every row in somebody's name. Without a row diagnostics are given, for they hold nothing of a carton, and are
wanted most when the journal is dead.
"""

import hashlib
import logging
from typing import Annotated

from pydantic import Field

from controller.console.people import Person
from controller.console.refusals import Refused
from controller.console.view_app import Body
from controller.daemon.core_loop import CoreLoop, InboxFullError
from controller.line.people_events import Exported
from controller.records.errors import JournalDead, RowRefused

log = logging.getLogger("xiyong.console")
REASON_MOST = 200


class Taken(Body):
    """Why it is taken; stands in the journal beside who took it."""

    reason: Annotated[str, Field(min_length=1, max_length=REASON_MOST)]


async def recorded(core: CoreLoop, person: Person, what: str, about: str, carton: str, reason: str, data: bytes) -> None:
    """Raises `Refused` where no row says so."""
    event = Exported(what, about, carton, reason, hashlib.sha256(data).hexdigest())
    try:
        await core.submit(event, actor=person.account, role=person.role)
    except RowRefused as error:
        raise Refused("not_as_asked", cause=error.cause) from error
    except (JournalDead, InboxFullError) as error:
        if what != "diagnostics":
            raise Refused("journal_dead") from error
        log.warning("diagnostics are given without a row of the journal")
