"""Blowfish (Schneier 1993) in ECB mode with PKCS #5 padding, for values that CTP encrypted. Its tables are the digits of pi."""
from __future__ import annotations

import struct
from functools import lru_cache

ROUNDS = 16
_WORDS = ROUNDS + 2 + 4 * 256


@lru_cache(maxsize=1)
def _pi_words() -> tuple[int, ...]:
    """The fraction of pi in words of 32 bits, by Machin's formula; the last 64 bits of the sum are for rounding."""
    bits = 32 * _WORDS + 64
    one = 1 << bits

    def arctan_of_inverse(n: int) -> int:
        total, power, k = 0, one // n, 1
        while power:
            total += power // k if k % 4 == 1 else -(power // k)
            power //= n * n
            k += 2
        return total

    fraction = (16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239) - 3 * one) >> 64
    return tuple(fraction >> 32 * (_WORDS - 1 - place) & 0xFFFFFFFF for place in range(_WORDS))


class Blowfish:
    """A cipher for one key of 1 to 56 bytes."""

    def __init__(self, key: bytes) -> None:
        words = _pi_words()
        cycled = struct.unpack(f">{ROUNDS + 2}I", (key * (4 * (ROUNDS + 2) // len(key) + 1))[:4 * (ROUNDS + 2)])
        self._keys = [word ^ part for word, part in zip(words, cycled, strict=False)]
        self._boxes = [list(words[ROUNDS + 2 + 256 * box:ROUNDS + 2 + 256 * (box + 1)]) for box in range(4)]
        left = right = 0
        for table in (self._keys, *self._boxes):
            for place in range(0, len(table), 2):
                left, right = self._block(left, right, self._keys)
                table[place], table[place + 1] = left, right

    def _block(self, left: int, right: int, keys: list[int]) -> tuple[int, int]:
        a, b, c, d = self._boxes
        for key in keys[:ROUNDS]:
            left ^= key
            right ^= ((a[left >> 24] + b[left >> 16 & 255] ^ c[left >> 8 & 255]) + d[left & 255]) & 0xFFFFFFFF
            left, right = right, left
        return right ^ keys[ROUNDS + 1], left ^ keys[ROUNDS]

    def _all(self, data: bytes, keys: list[int]) -> bytes:
        return b"".join(struct.pack(">II", *self._block(left, right, keys)) for left, right in struct.iter_unpack(">II", data))

    def encrypted(self, data: bytes) -> bytes:
        missing = 8 - len(data) % 8
        return self._all(data + bytes([missing]) * missing, self._keys)

    def decrypted(self, data: bytes) -> bytes:
        """Raises `ValueError` when the data are not whole blocks or end in no padding."""
        if not data or len(data) % 8:
            raise ValueError("not whole blocks")
        plain = self._all(data, self._keys[::-1])
        missing = plain[-1]
        if not 1 <= missing <= 8 or plain[-missing:] != bytes([missing]) * missing:
            raise ValueError("no padding")
        return plain[:-missing]
