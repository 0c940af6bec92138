"""Which screens are alive, by what they themselves say each second: the row of the journal they last drew.

One rule: a screen that must be alive (`[console] kiosks`) and shows nothing new is an alarm, also where nobody is signed in;
a site that names none hears nothing of this. What a screen says proves nothing and changes nothing else.
"""

from collections.abc import Callable

import msgspec

from controller.console.views import Value
from controller.domain.reasons import CUSTOMS, Role
from controller.line.events import AnyEvent
from controller.line.explain import View
from controller.line.people_events import ScreenAlive, ScreenSilent

SILENT_S = 5.0
FIRST_WORD_S = 60.0  # a kiosk starts with its machine, later than the daemon
FORGOTTEN_S = 60.0
SCREENS_MOST = 64


class _Seen(msgspec.Struct):
    heard_s: float
    seq: int
    link: str
    account: str
    role: str


class Screens:
    """`clock` never goes back; `dead`: what the core holds for dead when this begins."""

    def __init__(
        self, kiosks: tuple[str, ...], clock: Callable[[], float], post: Callable[[AnyEvent], None], dead: tuple[str, ...] = ()
    ) -> None:
        self._kiosks = kiosks
        self._clock = clock
        self._post = post
        self._began_s = clock()
        self._dead = set(dead)
        self._seen: dict[str, _Seen] = {}

    def told(self, screen: str, seq: int, link: str, account: str = "", role: str = "") -> None:
        """A screen says that it lives. One that nobody waits for is not kept without a person at it."""
        if screen not in self._kiosks and not account:
            return
        self._seen.pop(screen, None)
        self._seen[screen] = _Seen(self._clock(), seq, link, account, role)
        while len(self._seen) > SCREENS_MOST:
            self._seen.pop(next((name for name in self._seen if name not in self._kiosks), next(iter(self._seen))))
        if screen in self._dead:
            self._dead.discard(screen)
            self._post(ScreenAlive(screen))

    def look(self) -> None:
        """Called each second: tell the core of kiosks that have fallen silent, forget other screens that are gone."""
        now_s = self._clock()
        for screen in self._kiosks:
            seen = self._seen.get(screen)
            silent_s = now_s - (seen.heard_s if seen is not None else self._began_s)
            if silent_s >= (SILENT_S if seen is not None else FIRST_WORD_S) and screen not in self._dead:
                self._dead.add(screen)
                self._post(ScreenSilent(screen, round(silent_s * 1000), seen.seq if seen is not None else -1))
        for screen, seen in tuple(self._seen.items()):
            if screen not in self._kiosks and now_s - seen.heard_s >= FORGOTTEN_S:
                del self._seen[screen]

    def value(self, view: View) -> Value:
        """The value `screens` of the live stream. The company does not learn which officer sits where."""
        now_s = self._clock()
        names = dict.fromkeys((*self._kiosks, *self._seen))
        return {"list": [self._row(name, now_s, view) for name in names]}

    def _row(self, screen: str, now_s: float, view: View) -> Value:
        seen = self._seen.get(screen)
        if seen is None:
            return {"screen": screen, "kiosk": True, "alive": False, "seq": None, "link": None, "person": ""}
        hidden = view is View.COMPANY and seen.role in tuple(Role) and Role(seen.role) in CUSTOMS
        return {
            "screen": screen, "kiosk": screen in self._kiosks, "alive": now_s - seen.heard_s < SILENT_S,
            "seq": seen.seq, "link": seen.link, "person": "customs" if hidden else seen.account,
        }  # fmt: skip
