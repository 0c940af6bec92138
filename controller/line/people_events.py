"""What the console tells the journal about acts of people, beside the acts themselves.

One rule: these change nothing of the line. They stand in the journal so that nobody can say later that a refusal or a second
signature was never there.
"""

from controller.line.event_base import Event


class ActRefused(Event, frozen=True, tag="ActRefused"):
    """The console turned a signed-in person away: the act never reached the core. `times` of the same within a short while."""

    act: str
    code: str
    about: str
    times: int = 1


class ActSigned(Event, frozen=True, tag="ActSigned"):
    """The second of two people has signed what `first` wants to do; the act itself follows under `act_id` of the first."""

    act: str
    first: str
    first_act_id: str
    proposal: str


PeopleEvent = ActRefused | ActSigned
