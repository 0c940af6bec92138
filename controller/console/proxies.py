"""Which terminal a request comes from when a reverse proxy of the site stands between.

One rule: `X-Forwarded-For` is what a stranger may write. It counts only on a connection of a proxy that the site named, and of it
only the last address that is none of those: everything before that one is hearsay.
"""

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from controller.daemon.addresses import address_told

FORWARDED = b"x-forwarded-for"
HOPS_MOST = 32


class BehindProxies:
    """Gives the application the terminal's address in place of the proxy's. Without proxies every request stays as it is."""

    def __init__(self, app: ASGIApp, proxies: Iterable[str]) -> None:
        self._app = app
        self._proxies = known(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client and self._proxies:
            told = [bytes(value) for name, value in scope.get("headers", ()) if name == FORWARDED]
            scope = {**scope, "client": (terminal_behind(str(client[0]), told, self._proxies), client[1])}
        await self._app(scope, receive, send)


def known(addresses: Iterable[str]) -> frozenset[str]:
    """Addresses in one form; what is none is left out (the configuration is refused for it)."""
    return frozenset(one for one in map(address_of, addresses) if one)


def terminal_behind(peer: str, told: Iterable[bytes], proxies: frozenset[str]) -> str:
    """The last hop that no proxy of the site is; the peer itself where it is none of them."""
    terminal = address_of(peer)
    if terminal not in proxies:
        return peer
    hops = b",".join(told).decode("latin-1").split(",")[-HOPS_MOST:]
    for hop in reversed(hops):
        address = address_of(hop)
        if not address:
            break  # nobody knows who wrote that: the proxy that passed it on is the last one that is known
        terminal = address
        if address not in proxies:
            break
    return terminal


def address_of(text: str) -> str:
    """An address in its one form, without a port; empty where it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    found = address_told(text)
    return "" if found is None else str(found)
