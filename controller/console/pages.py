"""The pages of the console: files of `ui/`, served under a path that names their build.

One rule: what is under a build's path never changes, so a browser keeps it for ever, and a page of an old build never mixes with
scripts of a new one. Nothing is fetched from elsewhere and nothing is made at run time but the few words of `_filled`.
"""

import functools
import gzip
import hashlib
import re
from pathlib import Path, PurePosixPath

from fastapi import FastAPI, Request, Response

from controller.console.refusals import Refused
from controller.console.web import Place

UI = Path(__file__).resolve().parent / "ui"
ENTRIES = {"/": "index.html", "/operator": "operator.html", "/officer": "officer.html", "/set-up": "set-up.html",
    "/wall": "wall.html", "/lead": "lead.html", "/integrator": "integrator.html", "/story": "story.html", "/bench": "bench.html",
}  # fmt: skip
FOR_EVER = "public, max-age=31536000, immutable"
BUILD_DIGITS = 16
KEPT = 512  # files of one build, and some
TYPES = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml", ".json": "application/json",
}  # fmt: skip
_IMPORT = re.compile(rb"""^(?:import|export)\b[^"';]*?["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)
_SCRIPT = re.compile(rb'<script type="module" src="([^"]+)">')


class Pages:
    """All files of `ui/` in memory. `build` names them together with what the pages are told: another line is another build."""

    def __init__(self, place: Place, line: str, mode: str, root: Path = UI) -> None:
        files = {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*")) if path.is_file() and path.suffix in TYPES
        }  # fmt: skip
        told = {b"acts": place.acts_origin.encode(), b"line": line.encode(), b"mode": mode.encode()}
        digest = hashlib.sha256(repr(sorted(told.items())).encode())
        for name, data in files.items():
            digest.update(b"%s %d " % (name.encode(), len(data)) + data)
        self.build = digest.hexdigest()[:BUILD_DIGITS]
        self._origin = place.origin
        told[b"build"] = self.build.encode()
        self.scripts = {page: _scripts(files[page], files) for page in ENTRIES.values() if page in files}
        self._files = {name: _filled(data, files, told) if name.endswith(".html") else data for name, data in files.items()}
        self._packed = {name: _packed(data) for name, data in self._files.items()}

    def attach(self, app: FastAPI) -> None:
        for path, name in ENTRIES.items():
            app.add_api_route(path, self._entry(name), methods=["GET", "HEAD"], include_in_schema=False)
        app.add_api_route("/ui/{build}/{name:path}", self._file, methods=["GET", "HEAD"], include_in_schema=False)

    def _entry(self, name: str):  # type: ignore[no-untyped-def]
        async def entry(request: Request) -> Response:
            return self._to(name, request)

        return entry

    async def _file(self, build: str, name: str, request: Request) -> Response:
        data = self._files.get(name)
        if build != self.build and name in ENTRIES.values():
            return self._to(name, request)
        if data is None or build != self.build:
            raise Refused("not_found")
        headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            data, headers["Content-Encoding"] = self._packed[name], "gzip"
        return Response(data, headers=headers, media_type=TYPES[PurePosixPath(name).suffix])

    def script_bytes(self, page: str) -> tuple[int, int]:
        """(as they lie here, as they are sent) of all scripts that a page loads, it alone and nothing later."""
        names = self.scripts[page]
        return sum(len(self._files[name]) for name in names), sum(len(self._packed[name]) for name in names)

    def _to(self, name: str, request: Request) -> Response:
        """To the build of today, at the one origin whose pages may act: a browser that came by another name is led there."""
        query = f"?{request.url.query}" if request.url.query else ""
        where = f"{self._origin}/ui/{self.build}/{name}{query}"
        return Response(status_code=307, headers={"Location": where, "Cache-Control": "no-store"})


def _filled(data: bytes, files: dict[str, bytes], told: dict[bytes, bytes]) -> bytes:
    """A page with what it must know before its first request, and with all its modules named, so that they load at once."""
    preload = "\n".join(f'<link rel="modulepreload" href="{name}">' for name in _scripts(data, files))
    for name, value in {**{key: _escaped(value) for key, value in told.items()}, b"preload": preload.encode()}.items():
        data = data.replace(b"{{%s}}" % name, value)
    return data


def _scripts(page: bytes, files: dict[str, bytes]) -> tuple[str, ...]:
    """Every module that a page starts with, directly or not."""
    modules: dict[str, None] = {}
    for start in _SCRIPT.findall(page):
        _follow(start.decode(), files, modules)
    return tuple(modules)


def _follow(name: str, files: dict[str, bytes], found: dict[str, None]) -> None:
    """Every module that this one imports, directly or not. One that is missing is an error before anything is served."""
    if name in found:
        return
    found[name] = None
    for wanted in _imported(name, files[name]):
        _follow(wanted, files, found)


@functools.lru_cache(KEPT)
def _imported(name: str, module: bytes) -> tuple[str, ...]:
    """What a module names in its imports, from the folder of pages. Most modules are on many pages."""
    return tuple(_joined(PurePosixPath(name).parent / wanted.decode()) for wanted in _IMPORT.findall(module))


def _joined(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


@functools.lru_cache(KEPT)
def _packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _escaped(text: bytes) -> bytes:
    return text.replace(b"&", b"&amp;").replace(b'"', b"&quot;").replace(b"<", b"&lt;")
