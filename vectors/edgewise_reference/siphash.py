"""SipHash-2-4 with 64 and 128 bits of output.

Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), https://www.aumasson.jp/siphash/siphash.pdf;
the 128-bit output is the authors' later variant, https://github.com/veorq/SipHash.
"""

MASK = 0xFFFF_FFFF_FFFF_FFFF


def siphash_2_4(key: bytes, message: bytes) -> int:
    """The 64-bit SipHash-2-4 of a message under a key of 16 bytes."""
    state = _absorb(_initial_state(key), message)
    state[2] ^= 0xFF
    return _finish(state)


def siphash_2_4_128(key: bytes, message: bytes) -> bytes:
    """The 128-bit SipHash-2-4 of a message under a key of 16 bytes: 16 bytes, first half first."""
    state = _initial_state(key)
    state[1] ^= 0xEE
    state = _absorb(state, message)
    state[2] ^= 0xEE
    first = _finish(state)
    state[1] ^= 0xDD
    second = _finish(state)
    return first.to_bytes(8, "little") + second.to_bytes(8, "little")


def _initial_state(key: bytes) -> list[int]:
    if len(key) != 16:
        raise ValueError(f"a SipHash key has 16 bytes, not {len(key)}")
    k0 = int.from_bytes(key[:8], "little")
    k1 = int.from_bytes(key[8:], "little")
    # The constants spell "somepseudorandomlygeneratedbytes" (the paper, section 2).
    return [
        k0 ^ 0x736F_6D65_7073_6575,
        k1 ^ 0x646F_7261_6E64_6F6D,
        k0 ^ 0x6C79_6765_6E65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ]


def _absorb(state: list[int], message: bytes) -> list[int]:
    """Takes in the message in words of 8 bytes; the last word ends with the message's length modulo 256."""
    whole = len(message) - len(message) % 8
    last = message[whole:].ljust(7, b"\0") + bytes([len(message) % 256])
    words = [message[at : at + 8] for at in range(0, whole, 8)]
    for word in [*words, last]:
        m = int.from_bytes(word, "little")
        state[3] ^= m
        _rounds(state, 2)
        state[0] ^= m
    return state


def _finish(state: list[int]) -> int:
    _rounds(state, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _rounds(state: list[int], count: int) -> None:
    v0, v1, v2, v3 = state
    for _ in range(count):
        v0 = (v0 + v1) & MASK
        v1 = ((v1 << 13) & MASK | v1 >> 51) ^ v0
        v0 = (v0 << 32) & MASK | v0 >> 32
        v2 = (v2 + v3) & MASK
        v3 = ((v3 << 16) & MASK | v3 >> 48) ^ v2
        v0 = (v0 + v3) & MASK
        v3 = ((v3 << 21) & MASK | v3 >> 43) ^ v0
        v2 = (v2 + v1) & MASK
        v1 = ((v1 << 17) & MASK | v1 >> 47) ^ v2
        v2 = (v2 << 32) & MASK | v2 >> 32
    state[:] = v0, v1, v2, v3
