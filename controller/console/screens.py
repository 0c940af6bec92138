"""Which screens are alive, by what they themselves say each second: the row of the journal they last drew, and their link.

One rule: a screen that must be alive (`[console] kiosks`) and shows nothing new is an alarm, also where nobody is signed in;
a site that names none hears nothing of this. A page that goes on talking over a lost link, or with a row that stands while the
journal moves on, shows nothing new. A kiosk speaks from one address: no other machine keeps it alive. What a screen says proves
nothing and changes nothing else.
"""

import logging
import math
from collections.abc import Callable

import msgspec

from controller.console.views import Value
from controller.daemon.core_loop import InboxFullError
from controller.domain.reasons import CUSTOMS, Role
from controller.line.events import AnyEvent
from controller.line.explain import View
from controller.line.people_events import ScreenAlive, ScreenSilent
from controller.line.state import LineState

SILENT_S = 5.0
FIRST_WORD_S = 60.0  # a kiosk starts with its machine, later than the daemon
FORGOTTEN_S = 60.0  # so long another machine waits before it may speak for a kiosk
CHANGE_AGAIN_S = 30.0
SCREENS_MOST = 64

log = logging.getLogger("xiyong.console")


def dead_screens(state: LineState) -> tuple[str, ...]:
    """What the core holds for dead: heard as such, or not heard of since the daemon started."""
    head = "screen_dead:screen:"
    unheard = (key.removeprefix(head) for key in state.facts.alarming.unheard if key.startswith(head))
    return tuple(dict.fromkeys((*state.facts.screens_dead, *unheard)))


class Report(msgspec.Struct, frozen=True):
    """What a screen says. `reads`: somebody is signed in there who may read the stream; a page without has no link and no row."""

    screen: str
    seq: int
    link: str
    address: str = ""
    account: str = ""
    role: str = ""
    reads: bool = False


class _Seen(msgspec.Struct):
    """`link_s`, `drawn_s`: when the link was last good, and when what is drawn was last new or all there is."""

    report: Report
    heard_s: float
    link_s: float
    drawn_s: float


class _Standing(msgspec.Struct):
    """Of a kiosk: when the core was last told something, and from when on its silence is over if it stays alive."""

    changed_s: float = -math.inf
    over_s: float = math.inf


class Screens:
    """`clock` never goes back; `newest_seq`: the journal's newest row; `dead`: what the core holds for dead when this begins."""

    def __init__(
        self,
        kiosks: tuple[str, ...],
        clock: Callable[[], float],
        post: Callable[[AnyEvent], None],
        newest_seq: Callable[[], int],
        dead: tuple[str, ...] = (),
    ) -> None:
        self._kiosks = kiosks
        self._clock = clock
        self._post = post
        self._newest_seq = newest_seq
        self._began_s = clock()
        self._dead = set(dead)
        self._unheard = set(dead)  # the core waits for a word of them, whichever it is
        self._seen: dict[str, _Seen] = {}
        self._standing = {screen: _Standing() for screen in kiosks}

    def told(self, report: Report) -> bool:
        """A screen says that it lives; False when that does not count: another machine speaks for this kiosk.

        One that nobody waits for is not kept without a person at it.
        """
        screen, now_s = report.screen, self._clock()
        if screen not in self._kiosks and not report.account:
            return True
        before = self._seen.pop(screen, None)
        if before is not None and screen in self._kiosks and before.report.address != report.address:
            if now_s - before.heard_s < FORGOTTEN_S:
                self._seen[screen] = before
                return False
            log.warning("the kiosk %s speaks from %s now, before from %s", screen, report.address, before.report.address)
            before = None
        self._seen[screen] = self._drawn(report, before, now_s)
        while len(self._seen) > SCREENS_MOST:
            self._seen.pop(next((name for name in self._seen if name not in self._kiosks), next(iter(self._seen))))
        if screen in self._kiosks:
            self._judge(screen, now_s)
        return True

    def look(self) -> None:
        """Called each second: tell the core of kiosks that have fallen silent, forget other screens that are gone."""
        now_s = self._clock()
        for seen in self._seen.values():
            if seen.report.seq == self._newest_seq():  # there is nothing newer to draw
                seen.drawn_s = now_s
        for screen in self._kiosks:
            self._judge(screen, now_s)
        for screen, seen in tuple(self._seen.items()):
            if screen not in self._kiosks and now_s - seen.heard_s >= FORGOTTEN_S:
                del self._seen[screen]

    def value(self, view: View) -> Value:
        """The value `screens` of the live stream. The company does not learn which officer sits where."""
        now_s = self._clock()
        names = dict.fromkeys((*self._kiosks, *self._seen))
        return {"list": [self._row(name, now_s, view) for name in names]}

    def _drawn(self, report: Report, before: _Seen | None, now_s: float) -> _Seen:
        """One that the core holds for dead begins with nothing: its first word must be a good one."""
        begins_s = now_s if report.screen not in self._dead else -math.inf
        seen = _Seen(report, now_s, begins_s, begins_s) if before is None else msgspec.structs.replace(before, report=report)
        newest, last = self._newest_seq(), before.report.seq if before is not None else -1
        nobody = not report.reads and report.link == "connecting"
        seen.heard_s = now_s
        if nobody or report.link == "live":
            seen.link_s = now_s
        if nobody or last < report.seq <= newest or report.seq == newest:
            seen.drawn_s = now_s
        return seen

    def _silent_s(self, screen: str, now_s: float) -> float:
        """For how long it has shown nothing new."""
        seen = self._seen.get(screen)
        if seen is None:
            return now_s - self._began_s
        return now_s - min(seen.heard_s, seen.link_s, seen.drawn_s)

    def _judge(self, screen: str, now_s: float) -> None:
        """Silence is told at once, its end not sooner than 30 s after: who flaps fills no journal."""
        seen, standing, silent_s = self._seen.get(screen), self._standing[screen], self._silent_s(screen, now_s)
        if silent_s >= (SILENT_S if seen is not None else FIRST_WORD_S):
            standing.over_s = math.inf
            drawn = seen.report.seq if seen is not None else -1
            told = screen in self._dead and screen not in self._unheard
            if not told and self._tell(ScreenSilent(screen, round(silent_s * 1000), drawn)):
                self._dead.add(screen)
                self._unheard.discard(screen)
                standing.changed_s = now_s
        elif screen in self._dead and seen is not None:
            if standing.over_s == math.inf:
                standing.over_s = now_s if now_s - standing.changed_s >= CHANGE_AGAIN_S else now_s + CHANGE_AGAIN_S
            if now_s >= standing.over_s and self._tell(ScreenAlive(screen)):
                self._dead.discard(screen)
                self._unheard.discard(screen)
                standing.changed_s = now_s

    def _tell(self, event: AnyEvent) -> bool:
        """False when the core takes nothing at the moment: then it is told at the next look."""
        try:
            self._post(event)
        except InboxFullError:
            return False
        return True

    def _row(self, screen: str, now_s: float, view: View) -> Value:
        seen = self._seen.get(screen)
        if seen is None:
            return {"screen": screen, "kiosk": True, "alive": False, "seq": None, "link": None, "person": ""}
        report, alive = seen.report, screen not in self._dead and self._silent_s(screen, now_s) < SILENT_S
        hidden = view is View.COMPANY and report.role in tuple(Role) and Role(report.role) in CUSTOMS
        return {
            "screen": screen, "kiosk": screen in self._kiosks, "alive": alive,
            "seq": report.seq, "link": report.link, "person": "customs" if hidden else report.account,
        }  # fmt: skip
