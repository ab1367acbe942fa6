"""Addresses and the networks that they lie in, by Python's own `ipaddress`.

An IPv4 address is its IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2), whichever way it is spelled.
"""

import ipaddress

_MAPPED = int(ipaddress.IPv6Address("::ffff:0:0"))


def within(text: str, networks: list[str]) -> bool | None:
    """Whether the address lies in one of the networks; None for what is no address."""
    if "%" in text:
        return None
    try:
        number = _number(ipaddress.ip_address(text))
    except ValueError:
        return None
    blocks = [ipaddress.ip_network(network) for network in networks]
    return any(_number(block[0]) <= number <= _number(block[-1]) for block in blocks)


def _number(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    return int(address) + (_MAPPED if address.version == 4 else 0)
