"""What the console tells the journal about people and their screens, beside the acts on cartons.

One rule: these move nothing on the line and release nothing. They stand in the journal so that nobody can say later that a
refusal, a second signature, a put-aside alarm or a dead screen was never there.
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


class AlarmAcknowledged(Event, frozen=True, tag="AlarmAcknowledged"):
    """A person has seen this alarm; `alarm` is its key. `shown`: the word for how it stood on the person's screen
    (`alarm_acts.shown_of`), empty where no screen had part in it.
    """

    alarm: str
    shown: str = ""


class AlarmShelved(Event, frozen=True, tag="AlarmShelved"):
    """A person puts an alarm aside for so many minutes, and says why. `shown` as in `AlarmAcknowledged`."""

    alarm: str
    minutes: int
    cause: str
    shown: str = ""


class AlarmUnshelved(Event, frozen=True, tag="AlarmUnshelved"):
    """A person takes a shelved alarm back before its time."""

    alarm: str


class AlarmTakenOut(Event, frozen=True, tag="AlarmTakenOut"):
    """A person takes an alarm out of service, whether it stands or not, until somebody puts it back, and says why. `shown` as in
    `AlarmAcknowledged`.
    """

    alarm: str
    cause: str
    shown: str = ""


class AlarmPutBack(Event, frozen=True, tag="AlarmPutBack"):
    """A person puts an alarm back in service."""

    alarm: str


class ScreenSilent(Event, frozen=True, tag="ScreenSilent"):
    """A screen that must be alive has drawn nothing new for so long; it last drew this row of the journal (-1 = none yet)."""

    screen: str
    silent_ms: int
    drawn_seq: int


class ScreenAlive(Event, frozen=True, tag="ScreenAlive"):
    """It draws again."""

    screen: str


class Exported(Event, frozen=True, tag="Exported"):
    """A person takes something away as a file. `what`: story, record, statistics or diagnostics; `about`: which (of a story whose
    version, of statistics what and how many rows), `carton`: of which carton.

    `sha256` is of the file that was given. By the command line the actor is an account of the machine, the role the line's.
    """

    what: str
    about: str
    carton: str
    reason: str
    sha256: str


AlarmEvent = AlarmAcknowledged | AlarmShelved | AlarmUnshelved | AlarmTakenOut | AlarmPutBack
PeopleEvent = ActRefused | ActSigned | AlarmEvent | ScreenSilent | ScreenAlive | Exported
