"""One HTTP/1.1 request over the running loop's own streams, so that it also runs in virtual time.

One rule: the answer is bounded in size and time, and anything but a whole answer is an error. Source: RFC 9110, RFC 9112.
"""

import asyncio
import ssl
from functools import cache
from urllib.parse import urlsplit

ANSWER_LIMIT_BYTES = 64 * 1024


class PostError(Exception):
    """There is no answer that can be used."""

    def __init__(self, code: str, cause: str) -> None:
        super().__init__(f"{code}: {cause}")
        self.code, self.cause = code, cause


async def post_json(url: str, body: bytes, headers: dict[str, str], timeout_s: float) -> tuple[int, bytes]:
    """`post` of JSON."""
    return await post(url, body, "application/json", headers, timeout_s)


async def post(url: str, body: bytes, content_type: str, headers: dict[str, str], timeout_s: float) -> tuple[int, bytes]:
    """Status and body of the answer. Raises `PostError`."""
    return await _ask("POST", url, body, {"Content-Type": content_type, **headers}, timeout_s)


async def fetch(url: str, headers: dict[str, str], timeout_s: float) -> tuple[int, bytes]:
    """Status and body of the answer to a GET; no other address is followed. Raises `PostError`."""
    return await _ask("GET", url, b"", headers, timeout_s)


@cache
def _trust() -> ssl.SSLContext:
    """Certificates that the system trusts. Read once: it takes as long as a hundred requests."""
    return ssl.create_default_context()


async def _ask(method: str, url: str, body: bytes, headers: dict[str, str], timeout_s: float) -> tuple[int, bytes]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PostError("url_wrong", f"{url!r} is no address to ask")
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(
                parts.hostname, parts.port or (443 if secure else 80), ssl=_trust() if secure else None, limit=ANSWER_LIMIT_BYTES
            )
            try:
                all_headers = {name: value for name, value in headers.items() if value}
                target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
                writer.write(_request(method, target, parts.netloc.rpartition("@")[2], body, all_headers))
                await writer.drain()
                return await _answer(reader)
            finally:
                writer.close()
    except TimeoutError as error:
        raise PostError("no_answer", f"no answer within {timeout_s:g} s") from error
    except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise PostError("not_reached", f"{type(error).__name__}: {error}") from error


def _request(method: str, target: str, host: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [
        f"{method} {target} HTTP/1.1", f"Host: {host}",
        f"Content-Length: {len(body)}", "Connection: close", *(f"{name}: {value}" for name, value in headers.items()),
    ]  # fmt: skip
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    version, _, rest = head[0].partition(" ")
    if not version.startswith("HTTP/1.") or not rest[:3].isdecimal():
        raise ValueError(f"not an HTTP answer: {head[0][:60]!r}")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    if "chunked" in fields.get("transfer-encoding", ""):
        raise ValueError("the answer comes in chunks, which this client does not read")
    length = fields.get("content-length")
    if length is None:
        body = await reader.read(ANSWER_LIMIT_BYTES)
    elif not length.isdecimal() or int(length) > ANSWER_LIMIT_BYTES:
        raise ValueError(f"the answer claims {length[:20]} bytes")
    else:
        body = await reader.readexactly(int(length))
    return int(rest[:3]), body
