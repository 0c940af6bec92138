"""Addresses that a connection or a header tells: one terminal has one address, however it is written.

One rule: what came over a socket of both families as an IPv4 address in IPv6 (`::ffff:10.0.0.7`) is that IPv4 address; whoever
counts, bounds or trusts by an address asks here, so that none of them takes it for two.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address


def address_told(text: str) -> IPv4Address | IPv6Address | None:
    """Nothing where the text is no address."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        return found.ipv4_mapped
    return found
