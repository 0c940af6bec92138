"""What the console adds to an officer's verdict: that its picture was drawn here, and that nobody else looks at the carton.

One rule: without both the verdict never reaches the core. Taking one's own word back needs neither: that only stops a carton.
"""

from collections.abc import Mapping

from controller.console.claims import Claims
from controller.console.drawing import Drawings
from controller.console.interlocks import Condition
from controller.console.proposals import Asked
from controller.console.refusals import WORDS
from controller.console.sessions import Session


class VerdictDesk:
    """The desk of the act `verdict`."""

    def __init__(self, drawings: Drawings, claims: Claims) -> None:
        self.drawings = drawings
        self.claims = claims

    def knows(self, asked: Asked, session: Session) -> Mapping[str, object]:
        """How soon the page had drawn it, as the proof said."""
        return {"first_pixel_ms": self.drawings.first_pixel_ms(session, *_of(asked))}

    def unmet(self, asked: Asked, session: Session) -> tuple[Condition, ...]:
        track, image = _of(asked)
        found = []
        if self.drawings.first_pixel_ms(session, track, image) < 0:
            found.append(_condition("picture_not_drawn"))
        claim = self.claims.of(track)
        if claim is not None and claim.account != session.person.account:
            found.append(_condition("claimed_by_other", claim.name))
        return tuple(found)


def _of(asked: Asked) -> tuple[str, str]:
    return str(asked.values.get("track", "")), str(asked.values.get("image", ""))


def _condition(code: str, who: str = "") -> Condition:
    word, by = WORDS[code], f": {who}" if who else ""
    return Condition(code, f"{word.zh}{by}", f"{word.en}{by}", word.next_zh, word.next_en)
