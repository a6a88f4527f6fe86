"""A chest to look at: a CT volume made of ellipsoids, tubes and ribs with the densities of organs, always the same.

Coordinates are in mm from the middle of the body: x to the patient's left, y to the back, z to the head (PS3.3 C.7.6.2.1.1).
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

SIDE = 512
"""Rows and columns."""
PIXEL = 0.74
"""Millimetres between pixel centres."""
SLICES, STEP = 80, 3.0
"""Slices, and millimetres between them, from the liver's dome to above the arch of the aorta."""

AIR, LUNG, FAT, MUSCLE, BLOOD, BONE = -1000.0, -860.0, -95.0, 52.0, 185.0, 420.0
"""Hounsfield units."""
NOISE = 14.0
"""Standard deviation in Hounsfield units, as of an ordinary scan."""


@dataclass(frozen=True)
class Ellipsoid:
    """Centre and half axes in mm, and density. `tilt` moves the centre in x and y by so much per mm of z."""

    density: float
    centre: tuple[float, float, float]
    axes: tuple[float, float, float]
    tilt: tuple[float, float] = (0.0, 0.0)

    def at(self, x: Plane, y: Plane, z: float) -> Plane:
        """How much of each pixel it fills, 0 to 1, soft over about one pixel."""
        height = (z - self.centre[2]) / self.axes[2]
        if abs(height) >= 1:
            return np.zeros(1, np.float32)
        shrink = np.sqrt(1 - height**2)
        a, b = self.axes[0] * shrink, self.axes[1] * shrink
        cx, cy = self.middle(z)
        distance = (1 - np.hypot((x - cx) / a, (y - cy) / b)) * min(a, b)
        return np.asarray(np.clip(distance / PIXEL + 0.5, 0, 1), np.float32)

    def middle(self, z: float) -> tuple[float, float]:
        """Its middle in x and y at a height."""
        return self.centre[0] + self.tilt[0] * (z - self.centre[2]), self.centre[1] + self.tilt[1] * (z - self.centre[2])


# Drawn one over the other, in this order.
LUNGS = (
    Ellipsoid(LUNG, (-77, -4, -8), (58, 82, 150), (-0.06, 0.0)),
    Ellipsoid(LUNG, (80, -2, -4), (54, 80, 150), (0.06, 0.0)),
)
ORGANS = (
    Ellipsoid(38, (8, -10, -10), (34, 50, 150)),  # what lies between the lungs
    Ellipsoid(62, (-58, -18, -128), (92, 84, 62)),  # liver, its dome below the right lung
    Ellipsoid(54, (92, 38, -136), (36, 44, 50)),  # spleen
    Ellipsoid(46, (30, -30, -42), (62, 46, 62), (-0.25, 0.1)),  # heart
    Ellipsoid(BLOOD, (44, -20, -46), (28, 23, 40), (-0.25, 0.1)),  # its left chamber
    Ellipsoid(BLOOD, (4, -40, -38), (24, 20, 38), (-0.2, 0.1)),  # its right chamber
    Ellipsoid(BLOOD, (8, -22, 38), (17, 17, 62), (-0.05, -0.05)),  # ascending aorta
    Ellipsoid(BLOOD, (28, 2, 78), (34, 17, 16)),  # its arch
    Ellipsoid(BLOOD, (36, 40, -30), (13, 13, 150), (-0.02, 0.0)),  # descending aorta
    Ellipsoid(BLOOD, (-24, -26, 60), (10, 10, 70)),  # upper hollow vein
    Ellipsoid(BLOOD, (18, -4, 22), (40, 13, 15)),  # artery of the lungs
    Ellipsoid(AIR + 20, (2, 2, 92), (9, 8.5, 74)),  # windpipe
    Ellipsoid(AIR + 20, (-15, 6, 26), (8, 7, 22), (0.55, 0.0)),  # its two branches
    Ellipsoid(AIR + 20, (20, 6, 26), (7, 6.5, 20), (-0.6, 0.0)),
    Ellipsoid(35, (12, 26, -20), (9, 7, 150)),  # gullet
    Ellipsoid(48, (-104, 30, 34), (8.5, 8, 8.5)),  # a nodule to find
)
BREASTBONE = Ellipsoid(BONE - 180, (0, -95, 20), (17, 7, 95))
PIPES = ((-20.0, 4.0, 10.0), (28.0, 4.0, 12.0))
"""Where vessels enter the lungs."""


def slices() -> Iterator[tuple[float, NDArray[np.int16]]]:
    """Position in z and Hounsfield units (rows, columns) of each slice, from the feet to the head."""
    axis = (np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2) * PIXEL
    x, y = np.meshgrid(axis, axis)
    chance = np.random.default_rng(20260101)
    vessels = list(_vessels(chance))
    for number in range(SLICES):
        z = (number - (SLICES - 1) / 2) * STEP
        plane = _slice(x, y, z, vessels)
        plane += NOISE * chance.standard_normal(plane.shape, np.float32) * np.where(plane > -950, np.float32(1), np.float32(0.35))
        yield z, np.clip(np.rint(plane), -1024, 3071).astype(np.int16)


def _slice(x: Plane, y: Plane, z: float, vessels: list[Ellipsoid]) -> Plane:
    plane = np.full(x.shape, AIR, np.float32)
    width, depth = 172 + 6 * np.cos(z / 60), 122 + 4 * np.sin(z / 70)
    radius = np.hypot(x / width, (y - 6) / depth)
    skin = np.clip((1 - radius) * depth / PIXEL + 0.5, 0, 1)
    plane += skin * (FAT - AIR)
    wall = np.clip((0.925 - radius) * depth / 2 + 0.5, 0, 1)
    plane += wall * (MUSCLE - plane)
    chest = np.clip((0.8 - radius) * depth / PIXEL + 0.5, 0, 1)
    plane += chest * (FAT + 20 - plane)
    inside = np.zeros(x.shape, np.float32)
    for lung in LUNGS:
        filled = lung.at(x, y, z) * chest
        plane += filled * (lung.density - plane)
        inside = np.maximum(inside, filled)
    plane += inside * 22 * np.sin(x / 21 + z / 17) * np.cos(y / 26)
    for vessel in vessels:
        _draw(plane, vessel, x, y, z, inside)
    for organ in ORGANS:
        _draw(plane, organ, x, y, z, chest)
    _draw_ribs(plane, x, y, z, radius)
    _draw_spine(plane, x, y, z)
    plane += np.clip(3 - np.abs(y - (128 + x**2 / 900)), 0, 1) * (np.abs(x) < 180) * (-620 - plane)  # the table
    return plane


def _vessels(chance: np.random.Generator) -> Iterator[Ellipsoid]:
    """Vessels of the lungs as strings of beads that grow thinner on their way out."""
    for hilum in PIPES:
        for _ in range(46):
            side = np.sign(hilum[0])
            end = np.array([side * chance.uniform(60, 128), chance.uniform(-70, 70), chance.uniform(-110, 130)])
            start, bend = np.array(hilum), chance.uniform(-10, 10, 3)
            for t in np.linspace(0.05, 1, 70):
                centre = start + (end - start) * t + bend * np.sin(np.pi * t)
                thick = float(4.6 * (1 - t) + 1.1)
                yield Ellipsoid(40, (float(centre[0]), float(centre[1]), float(centre[2])), (thick, thick, thick + 1.5))


def _draw(plane: Plane, shape: Ellipsoid, x: Plane, y: Plane, z: float, within: Plane) -> None:
    """A shape over what is there, within a region; only the pixels around it are looked at."""
    if abs(z - shape.centre[2]) >= shape.axes[2]:
        return
    reach = int(max(shape.axes[:2]) / PIXEL) + 2
    column, row = (round(value / PIXEL + (SIDE - 1) / 2) for value in shape.middle(z))
    here = (slice(max(0, row - reach), row + reach + 1), slice(max(0, column - reach), column + reach + 1))
    plane[here] += shape.at(x[here], y[here], z) * within[here] * (shape.density - plane[here])


def _draw_ribs(plane: Plane, x: Plane, y: Plane, z: float, radius: Plane) -> None:
    """Ribs go round the chest and down towards the front; there they are gristle."""
    front = (1 - (y - 6) / 125) / 2  # 0 at the back, 1 in front
    level = (z + 62 * np.clip(front, 0, 1) + 14) % 27 - 13.5
    along = np.clip((5.4 - np.abs(level)) / 1.6, 0, 1) * np.clip((0.042 - np.abs(radius - 0.845)) / 0.012, 0, 1)
    density = np.where(front > 0.9, 150.0, np.where(np.abs(radius - 0.845) > 0.022, BONE + 220, BONE - 160))
    plane += (along * (np.abs(x) > 14) * (density - plane)).astype(np.float32)
    _draw(plane, BREASTBONE, x, y, z, np.ones_like(plane))


def _draw_spine(plane: Plane, x: Plane, y: Plane, z: float) -> None:
    """Vertebrae with discs between them, the canal, and the spines behind."""
    level, everywhere = abs((z + 4) % 26 - 13), np.ones_like(plane)
    for density, y_middle, a, b in (
        (BONE + 160 if level < 9.5 else 95, 68, 19, 16),
        (210 if level < 8.5 else 80, 68, 16, 13),
        (BONE + 60 if level < 8 else MUSCLE, 92, 24, 13),
        (BONE if level < 7 else MUSCLE, 108, 4, 13),
        (25, 90, 9, 8),
    ):
        _draw(plane, Ellipsoid(density, (0, y_middle, z), (a, b, 1)), x, y, z, everywhere)
