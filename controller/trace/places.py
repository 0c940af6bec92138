"""From how many networks a code was looked up today: a label that was copied is looked up in many places.

One rule: no address is kept. What is remembered are keyed hashes of coarse networks (65,536 addresses of IPv4, 32 bits of IPv6),
one code's unlike another's, of today alone: the key is drawn anew each day, and is only in this process. Few of each code, of so
many codes; what stays is the day on which there were many.
"""

import hashlib
import hmac
import ipaddress
from collections import OrderedDict
from collections.abc import Callable

from controller.daemon.addresses import address_told

MANY = 5
CODES_KEPT = 5_000
KEY_BYTES = 32
IPV4_BITS, IPV6_BITS = 16, 32


class Places:
    """`chance` gives so many random bytes."""

    def __init__(self, chance: Callable[[int], bytes]) -> None:
        self._chance = chance
        self._day = ""
        self._key = b""
        self._seen: OrderedDict[str, set[bytes]] = OrderedDict()

    def many(self, code: str, address: str, day: str, counts: bool) -> bool:
        """Whether this code was looked up from `MANY` networks today, this look-up among them if it counts."""
        if day != self._day:
            self._day, self._key = day, self._chance(KEY_BYTES)
            self._seen.clear()
        mark = hmac.digest(self._key, f"{code} {coarse(address)}".encode(), hashlib.sha256)[:8]
        seen = self._seen.pop(code, set())
        if counts and len(seen) < MANY:
            seen.add(mark)
        self._seen[code] = seen  # the newest last: the oldest is forgotten first
        while len(self._seen) > CODES_KEPT:
            self._seen.popitem(last=False)
        return len(seen) >= MANY

    @property
    def known(self) -> int:
        return len(self._seen)


def coarse(address: str) -> str:
    """The large network of an address: one town or one carrier has many of them, and each has very many people."""
    found = address_told(address)
    if found is None:
        return "unknown"
    bits = IPV4_BITS if isinstance(found, ipaddress.IPv4Address) else IPV6_BITS
    return str(ipaddress.ip_network((found, bits), strict=False))
