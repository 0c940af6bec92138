"""The ASGI application of the public page: a question in, a page out.

One rule: whether a code is somebody's or not, the same is done and the answer leaves at the same time: at the next multiple of
`STEP_S` after the question. Nobody's address is kept but to count, in `limits`; nothing is sent but the page.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope, Send

from controller.domain.trace_codes import read_code
from controller.trace.checks import MISSES, Checked
from controller.trace.limits import Limits
from controller.trace.lookup import Found, agrees
from controller.trace.page import BEIJING, STYLE_HASH, Names, Shown, render
from controller.trace.places import Places

STEP_S = 0.25
QUERY_MOST_BYTES, FIELDS_MOST = 512, 8
RELEASED, PROCESSING, RECALLED, UNKNOWN = "released", "processing", "recalled", "unknown"
HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"), (b"x-robots-tag", b"noindex"),
    (b"content-security-policy", f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
                                 "frame-ancestors 'none'".encode()),
)  # fmt: skip
STATUS = {"throttled": 429, "away": 503, "no_page": 404, "unknown": 404, "mistyped": 404}


class Source(msgspec.Struct, frozen=True):
    """Where answers come from. `find` and `check` block; `standing` asks the line: one of the four above."""

    find: Callable[[str], Found]
    check: Callable[[str, str, bool, str], Checked]
    standing: Callable[[str], Awaitable[str]]


class TracePage:
    """`clock` counts seconds, `wall` is the time that people are told."""

    def __init__(
        self, source: Source, names: Names, limits: Limits, places: Places, clock: Callable[[], float],
        wall: Callable[[], datetime], *, behind_proxy: bool = False,
    ) -> None:  # fmt: skip
        self._source = source
        self._names = names
        self._limits = limits
        self._places = places
        self._clock = clock
        self._wall = wall
        self._behind_proxy = behind_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        began_s = self._clock()
        shown = await self._answer(scope)
        if shown.timed:
            passed_s = self._clock() - began_s
            await asyncio.sleep(STEP_S - passed_s % STEP_S)
        await self._send(shown, scope, send)

    async def _answer(self, scope: Scope) -> Shown:
        asked = self._asked(scope)
        if isinstance(asked, Shown):
            return asked
        text, barcode, language, counts = asked
        address = self._address(scope)
        if wait_s := self._limits.wait_s(address):
            return Shown("throttled", language, wait_s=wait_s)
        code = read_code(text)
        try:
            found, checked = await asyncio.to_thread(self._read, code, counts, address)
            standing = await self._source.standing(found.carton.key if found.carton is not None else "")
        except Exception:
            return Shown("away", language, timed=True)
        kind = self._kind(found, standing) if code else "mistyped"
        # Both pages are made, so that a hit costs what a miss costs.
        same = agrees(found.carton, barcode) if found.carton is not None else None
        hit = Shown(kind if found.hit else PROCESSING, language, code, found.carton, checked, same, barcode, timed=True)
        miss = Shown("unknown" if code else "mistyped", language, timed=True)
        render(hit if not found.hit else miss, self._names)
        if not found.hit:
            self._limits.missed(address)
        return hit if found.hit else miss

    def _read(self, code: str, counts: bool, address: str) -> tuple[Found, Checked]:
        found = self._source.find(code)
        now = self._wall()
        day, key = (now.astimezone(UTC) + BEIJING).date().isoformat(), code if found.hit else MISSES
        many = self._places.many(key, address, day, counts)
        return found, self._source.check(key, now.isoformat(timespec="seconds"), counts, day if many else "")

    def _kind(self, found: Found, standing: str) -> str:
        """What the line says now; what it has let go of long ago has left by release."""
        left = found.carton is not None and any(one.step == "departed" for one in found.carton.steps)
        if standing == RECALLED:
            return RECALLED
        return RELEASED if standing == RELEASED or (standing == UNKNOWN and left) else PROCESSING

    def _asked(self, scope: Scope) -> Shown | tuple[str, str, str, bool]:
        """Code, barcode, language, and whether this look-up counts: not one of the own forms or links."""
        query = scope["query_string"]
        if scope["method"] not in ("GET", "HEAD") or len(query) > QUERY_MOST_BYTES:
            return Shown("no_page")
        if query.count(b"&") >= FIELDS_MOST:
            return Shown("no_page")
        told = dict(parse_qsl(query.decode("latin-1")))
        language = "en" if told.get("lang") == "en" else "zh"
        path = scope["path"]
        text = path.removeprefix("/t/") if path.startswith("/t/") else told.get("code", "")
        if path != "/" and not path.startswith("/t/"):
            return Shown("no_page", language)
        if not text.strip():
            return Shown("ask", language)
        barcode = "".join(char for char in told.get("barcode", "")[:64] if char.isascii() and char.isalnum())
        return text[:64], barcode, language, "barcode" not in told and "lang" not in told

    def _address(self, scope: Scope) -> str:
        if self._behind_proxy:
            forwarded: list[bytes] = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            if forwarded:
                return forwarded[-1].decode("latin-1").rpartition(",")[2].strip()
        client = scope.get("client")
        return str(client[0]) if client else ""

    async def _send(self, shown: Shown, scope: Scope, send: Send) -> None:
        body = render(shown, self._names)
        headers = [*HEADERS, (b"content-length", str(len(body)).encode())]
        if shown.kind == "throttled":
            headers.append((b"retry-after", str(shown.wait_s).encode()))
        await send({"type": "http.response.start", "status": STATUS.get(shown.kind, 200), "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
