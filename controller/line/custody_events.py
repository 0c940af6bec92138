"""What can happen to a carton in custody 暂存: it is scanned into a place, or scanned out of custody.

One rule: an event says what was done; whether it counts is decided by `custody`.
"""

from controller.line.event_base import Event


class CustodyMoved(Event, frozen=True, tag="CustodyMoved"):
    """The carton whose label says `code` was scanned into the custody place `place`."""

    code: str
    place: str


class CustodyEnded(Event, frozen=True, tag="CustodyEnded"):
    """The carton whose label says `code` was scanned out of custody, and why. `shown`: the word for what the person's page showed
    of its custody (`custody.shown_of`), empty where no page had part in it.
    """

    code: str
    cause: str
    shown: str = ""


class StockTaken(Event, frozen=True, tag="StockTaken"):
    """Somebody scanned every carton that stands in the custody place `place`: these labels, and no other."""

    place: str
    codes: tuple[str, ...]


CustodyEvent = CustodyMoved | CustodyEnded | StockTaken
