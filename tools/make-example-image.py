#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draw examples/site/waves.png: the waves of two ends, and where they meet.

Written with the standard library only, so that it can be made again anywhere:
tools/make-example-image.py examples/site/waves.png
"""

import math
import struct
import sys
import zlib

WIDTH, HEIGHT = 1280, 420
LEFT = (WIDTH * 0.20, HEIGHT * 0.56)
RIGHT = (WIDTH * 0.80, HEIGHT * 0.44)
LENGTH = 46.0  # of a wave, in pixels
LEVELS = 20
HUES = 12
NIGHT = (19, 21, 33)
ONE = (255, 122, 89)
MIDDLE = (196, 130, 214)
OTHER = (64, 196, 187)


def mix(a, b, t):
    return tuple(round(x + (y - x) * t) for x, y in zip(a, b))


def hue(t):
    """From one end's colour to the other's, 0 <= t <= 1."""
    if t < 0.5:
        return mix(ONE, MIDDLE, t * 2)
    return mix(MIDDLE, OTHER, t * 2 - 1)


def palette():
    """LEVELS shades of each hue, from night to bright."""
    for i in range(HUES):
        for level in range(LEVELS):
            bright = (level / (LEVELS - 1)) ** 1.3
            yield mix(NIGHT, hue(i / (HUES - 1)), bright)


def pixel(x, y):
    to_left = math.hypot(x - LEFT[0], y - LEFT[1])
    to_right = math.hypot(x - RIGHT[0], y - RIGHT[1])
    a = math.cos(to_left / LENGTH * math.tau) / (1 + to_left / 260)
    b = math.cos(to_right / LENGTH * math.tau) / (1 + to_right / 260)
    level = min(LEVELS - 1, int(abs(a + b) / 1.2 * LEVELS))
    share = to_left / (to_left + to_right)
    return min(HUES - 1, int(share * HUES)) * LEVELS + level


def chunk(kind, data):
    check = zlib.crc32(kind + data)
    return (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
    )


def main():
    rows = bytearray()
    for y in range(HEIGHT):
        rows.append(0)
        rows.extend(pixel(x, y) for x in range(WIDTH))
    colours = b"".join(bytes(colour) for colour in palette())
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    with open(sys.argv[1], "wb") as image:
        image.write(b"\x89PNG\r\n\x1a\n")
        image.write(chunk(b"IHDR", header))
        image.write(chunk(b"PLTE", colours))
        image.write(chunk(b"IDAT", zlib.compress(bytes(rows), 9)))
        image.write(chunk(b"IEND", b""))


if __name__ == "__main__":
    main()
