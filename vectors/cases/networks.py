"""Addresses and the networks that they lie in."""

from .notation import cases_of, document, group, targeted
from .tests import negated, network


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_networks()]


def _networks() -> dict:
    """Blocks and addresses of both families; an IPv4 address is its IPv4-mapped one."""
    conditions = {
        "10/8": network("x", "10.0.0.0/8"),
        "one address": network("x", "192.0.2.1"),
        "one address with /32": network("x", "192.0.2.1/32"),
        "several": network("x", "192.0.2.0/25", "192.0.2.128/26", "10.0.0.0/9", "2001:db8::/32"),
        "overlapping": network("x", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3"),
        "all of IPv4": network("x", "0.0.0.0/0"),
        "everything": network("x", "::/0"),
        "documentation": network("x", "2001:db8::/32"),
        "one IPv6 address": network("x", "2001:DB8:0:0:0:0:0:1"),
        "an odd prefix": network("x", "2001:db8:8000::/33"),
        "mapped": network("x", "::ffff:10.0.0.0/104"),
        "mapped, in groups": network("x", "::ffff:a00:0/104"),
        "loopback": network("x", "127.0.0.0/8", "::1"),
        "not 10/8": negated(network("x", "10.0.0.0/8")),
    }
    given = [
        "10.0.0.0",
        "10.255.255.255",
        "9.255.255.255",
        "11.0.0.0",
        "10.1.2.3",
        "10.128.0.0",
        "192.0.2.1",
        "192.0.2.0",
        "192.0.2.127",
    ]
    given += [
        "192.0.2.128",
        "192.0.2.191",
        "192.0.2.192",
        "0.0.0.0",
        "255.255.255.255",
        "127.0.0.1",
        "::1",
        "::",
        "2001:db8::",
        "2001:db8::1",
    ]
    given += [
        "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:db9::",
        "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:0DB8:0000::0001",
    ]
    given += [
        "2001:db8:8000::",
        "2001:db8:7fff:ffff::",
        "::ffff:10.1.2.3",
        "::ffff:a01:203",
        "0:0:0:0:0:ffff:10.1.2.3",
        "::10.1.2.3",
        "1::8",
    ]
    given += [
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "64:ff9b::10.1.2.3",
    ]
    none = [
        "",
        "10",
        "10.1.2",
        "10.1.2.3.4",
        "010.1.2.3",
        "10.1.2.256",
        "10.1.2.-3",
        "0x0a.1.2.3",
        "10.1.2.3/8",
        "10.1.2.3:80",
        " 10.1.2.3",
    ]
    none += [
        "10.1.2.3 ",
        "10.1.2.",
        "localhost",
        ":",
        ":::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "12345::",
        "g::",
        "[::1]",
    ]
    none += ["fe80::1%eth0", "1:2:3:4:5:6:7::8", "::ffff:10.1.2", "::10.1.2.3:1", "1.2.3.4::", "\u0661.1.1.1"]
    return group(
        "networks", document(targeted(conditions)), cases_of("x", [*given, *none, 167_772_160, ["10.1.2.3"], True])
    )
