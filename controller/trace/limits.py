"""How often the page answers: each address by its own measure, all of them together by another.

One rule: bounded memory and no queue: who asks too often is told when to come again, and costs nothing else. A guess that misses
costs as much as several questions, so that who tries codes is slowed first.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from controller.daemon.addresses import address_told

ADDRESSES_KEPT = 20_000
ADDRESS_BURST, ADDRESS_EACH_S = 12.0, 5.0
ALL_BURST, ALL_A_SECOND = 40.0, 20.0
MISS_COSTS = 4.0


class Bucket(msgspec.Struct):
    """What is left, and when that was so."""

    left: float
    at_s: float


class Limits:
    """`clock` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._all = Bucket(ALL_BURST, clock())
        self._addresses: OrderedDict[str, Bucket] = OrderedDict()

    def wait_s(self, address: str) -> int:
        """0: go on, it is counted; else so many whole seconds from now."""
        now, key = self._clock(), network_of(address)
        one = self._addresses.pop(key, None) or Bucket(ADDRESS_BURST, now)
        self._addresses[key] = one  # the newest last: the oldest is forgotten first
        while len(self._addresses) > ADDRESSES_KEPT:
            self._addresses.popitem(last=False)
        _fill(one, now, ADDRESS_BURST, 1 / ADDRESS_EACH_S)
        _fill(self._all, now, ALL_BURST, ALL_A_SECOND)
        if one.left < 1:
            return max(1, round((1 - one.left) * ADDRESS_EACH_S + 0.5))
        if self._all.left < 1:
            return 2
        one.left -= 1
        self._all.left -= 1
        return 0

    def missed(self, address: str) -> None:
        """The code was nobody's. It may go below nothing: then it takes longer until the next answer."""
        if (one := self._addresses.get(network_of(address))) is not None:
            one.left = max(one.left - (MISS_COSTS - 1), -ADDRESS_BURST)

    @property
    def known(self) -> int:
        return len(self._addresses)


def _fill(bucket: Bucket, now_s: float, burst: float, a_second: float) -> None:
    bucket.left = min(burst, bucket.left + (now_s - bucket.at_s) * a_second)
    bucket.at_s = now_s


def network_of(address: str) -> str:
    """An IPv4 address as it is; of an IPv6 one its network of 64 bits, which one subscriber has whole."""
    found = address_told(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((found, 64), strict=False))
    return "unknown" if found is None else str(found)
