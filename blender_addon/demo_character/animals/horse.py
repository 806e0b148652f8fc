"""A bay horse, 1.13 m at the hip joints: its bones, its muscles, mane and tail.

The bones' places follow the horse of Mesh2Motion (CC0 1.0); volumes, hair and colours are ours.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .frame import Animal, AnimalBone, Extra, Region, Volume, both_bones, both_sides
from .pieces import ball, hair_lock, hoof, stocking

_BONES: Final = both_bones(
    (
        AnimalBone("root", "", (0, 0, 0), (0, 0, 0.4), deforms=False),
        AnimalBone("hips", "root", (0, 1.305, -0.50), (0, 1.291, -0.26)),
        AnimalBone("spine", "hips", (0, 1.291, -0.26), (0, 1.285, -0.007)),
        AnimalBone("spine1", "spine", (0, 1.285, -0.007), (0, 1.312, 0.307)),
        AnimalBone("chest", "spine1", (0, 1.312, 0.307), (0, 1.386, 0.534)),
        AnimalBone("neck", "chest", (0, 1.386, 0.534), (0, 1.505, 0.742)),
        AnimalBone("neck1", "neck", (0, 1.505, 0.742), (0, 1.643, 0.903)),
        AnimalBone("neck2", "neck1", (0, 1.643, 0.903), (0, 1.756, 1.08)),
        AnimalBone("head", "neck2", (0, 1.756, 1.08), (0, 1.47, 1.45)),
        AnimalBone("jaw", "head", (0, 1.63, 1.18), (0, 1.42, 1.40)),
        AnimalBone("ear.L", "head", (0.05, 1.85, 1.10), (0.075, 2.0, 1.13)),
        AnimalBone("tail", "hips", (0, 1.37, -0.74), (0, 1.33, -0.86)),
        AnimalBone("tail1", "tail", (0, 1.33, -0.86), (0, 1.19, -0.94)),
        AnimalBone("tail2", "tail1", (0, 1.19, -0.94), (0, 1.01, -0.97)),
        AnimalBone("tail3", "tail2", (0, 1.01, -0.97), (0, 0.83, -0.98)),
        AnimalBone("tail4", "tail3", (0, 0.83, -0.98), (0, 0.65, -0.98)),
        AnimalBone("tail5", "tail4", (0, 0.65, -0.98), (0, 0.48, -0.97)),
        AnimalBone("shoulder.L", "chest", (0.105, 1.451, 0.478), (0.187, 1.103, 0.779)),
        AnimalBone("upper_arm.L", "shoulder.L", (0.187, 1.103, 0.779), (0.185, 0.936, 0.625)),
        AnimalBone("forearm.L", "upper_arm.L", (0.185, 0.936, 0.625), (0.155, 0.519, 0.625)),
        AnimalBone("front_cannon.L", "forearm.L", (0.155, 0.519, 0.625), (0.152, 0.215, 0.582)),
        AnimalBone(
            "front_pastern.L", "front_cannon.L", (0.152, 0.215, 0.582), (0.152, 0.085, 0.625)
        ),
        AnimalBone("front_hoof.L", "front_pastern.L", (0.152, 0.085, 0.625), (0.152, 0.015, 0.66)),
        AnimalBone("thigh.L", "hips", (0.185, 1.13, -0.556), (0.195, 0.885, -0.455)),
        AnimalBone("shin.L", "thigh.L", (0.195, 0.885, -0.455), (0.18, 0.56, -0.715)),
        AnimalBone("hind_cannon.L", "shin.L", (0.18, 0.56, -0.715), (0.178, 0.205, -0.745)),
        AnimalBone(
            "hind_pastern.L", "hind_cannon.L", (0.178, 0.205, -0.745), (0.178, 0.085, -0.695)
        ),
        AnimalBone("hind_hoof.L", "hind_pastern.L", (0.178, 0.085, -0.695), (0.178, 0.015, -0.63)),
    )
)

_TRUNK: Final = (
    Volume(
        (
            (0, 1.30, -0.80, 0.09, 0.09),
            (0, 1.25, -0.70, 0.21, 0.20),
            (0, 1.235, -0.52, 0.275, 0.265),
            (0, 1.205, -0.30, 0.285, 0.265),
            (0, 1.16, -0.05, 0.29, 0.28),
            (0, 1.145, 0.20, 0.305, 0.275),
            (0, 1.17, 0.42, 0.325, 0.24),
            (0, 1.19, 0.60, 0.30, 0.205),
            (0, 1.17, 0.76, 0.22, 0.18),
            (0, 1.14, 0.86, 0.13, 0.12),
        ),
        ("hips", "spine", "spine1", "chest"),
        ends=0.8,
    ),
    Volume(  # the withers
        ((0, 1.36, 0.10, 0.10, 0.07), (0, 1.41, 0.34, 0.13, 0.07), (0, 1.42, 0.56, 0.13, 0.07)),
        ("spine1", "chest"),
    ),
    Volume(
        (
            (0, 1.24, 0.56, 0.27, 0.15),
            (0, 1.37, 0.71, 0.225, 0.125),
            (0, 1.515, 0.855, 0.175, 0.10),
            (0, 1.65, 0.985, 0.14, 0.085),
            (0, 1.755, 1.08, 0.115, 0.075),
        ),
        ("chest", "neck", "neck1", "neck2"),
        ends=0.5,
    ),
    Volume(
        (
            (0, 1.79, 1.075, 0.07, 0.07),
            (0, 1.74, 1.155, 0.108, 0.09),
            (0, 1.67, 1.235, 0.09, 0.076),
            (0, 1.595, 1.315, 0.07, 0.058),
            (0, 1.52, 1.39, 0.06, 0.051),
            (0, 1.465, 1.445, 0.062, 0.054),
            (0, 1.43, 1.475, 0.052, 0.048),
        ),
        ("head",),
        ends=0.8,
    ),
    Volume(  # cheek and lower jaw
        (
            (0, 1.66, 1.135, 0.085, 0.07),
            (0, 1.60, 1.20, 0.062, 0.052),
            (0, 1.52, 1.285, 0.036, 0.034),
            (0, 1.45, 1.37, 0.026, 0.03),
            (0, 1.415, 1.415, 0.03, 0.034),
        ),
        ("jaw",),
    ),
    Volume(  # the dock
        ((0, 1.36, -0.74, 0.07, 0.06), (0, 1.32, -0.86, 0.05, 0.04), (0, 1.19, -0.925, 0.03, 0.03)),
        ("tail", "tail1"),
    ),
)

_SIDES: Final = both_sides(
    (
        Volume(
            (
                (0.11, 1.40, 0.50, 0.09, 0.055),
                (0.155, 1.28, 0.58, 0.14, 0.075),
                (0.18, 1.15, 0.69, 0.14, 0.08),
                (0.178, 1.06, 0.755, 0.09, 0.065),
            ),
            ("shoulder.L",),
        ),
        Volume(
            (
                (0.17, 1.12, 0.72, 0.11, 0.075),
                (0.18, 1.02, 0.66, 0.12, 0.08),
                (0.18, 0.94, 0.605, 0.085, 0.065),
            ),
            ("upper_arm.L",),
        ),
        Volume(((0.08, 1.10, 0.80, 0.10, 0.08), (0.095, 1.0, 0.735, 0.085, 0.07)), ("chest",)),
        Volume(
            (
                (0.18, 0.96, 0.63, 0.115, 0.075),
                (0.175, 0.86, 0.635, 0.098, 0.07),
                (0.166, 0.74, 0.622, 0.07, 0.054),
                (0.158, 0.62, 0.624, 0.05, 0.044),
                (0.155, 0.545, 0.627, 0.052, 0.049),
                (0.155, 0.49, 0.622, 0.048, 0.045),
                (0.154, 0.43, 0.61, 0.036, 0.031),
                (0.153, 0.32, 0.592, 0.033, 0.027),
                (0.152, 0.25, 0.582, 0.038, 0.033),
                (0.152, 0.205, 0.58, 0.046, 0.038),
                (0.152, 0.155, 0.596, 0.036, 0.033),
                (0.152, 0.10, 0.617, 0.04, 0.039),
                (0.152, 0.06, 0.632, 0.036, 0.036),
            ),
            ("forearm.L", "front_cannon.L", "front_pastern.L", "front_hoof.L"),
        ),
        Volume(
            (
                (0.13, 1.36, -0.47, 0.13, 0.08),
                (0.165, 1.22, -0.55, 0.21, 0.10),
                (0.18, 1.07, -0.57, 0.20, 0.105),
                (0.19, 0.93, -0.53, 0.155, 0.095),
                (0.195, 0.85, -0.50, 0.10, 0.08),
            ),
            ("thigh.L", "hips"),
        ),
        Volume(  # from the point of the buttock down the back of the thigh
            (
                (0.13, 1.28, -0.72, 0.09, 0.075),
                (0.155, 1.10, -0.725, 0.09, 0.075),
                (0.175, 0.92, -0.67, 0.08, 0.065),
                (0.18, 0.80, -0.64, 0.05, 0.05),
            ),
            ("thigh.L", "shin.L"),
        ),
        Volume(
            (
                (0.193, 0.92, -0.49, 0.12, 0.085),
                (0.192, 0.80, -0.565, 0.105, 0.07),
                (0.187, 0.69, -0.635, 0.068, 0.05),
                (0.182, 0.61, -0.69, 0.052, 0.042),
                (0.18, 0.55, -0.72, 0.056, 0.043),
                (0.18, 0.48, -0.728, 0.048, 0.038),
                (0.179, 0.41, -0.732, 0.038, 0.032),
                (0.178, 0.30, -0.74, 0.035, 0.029),
                (0.178, 0.24, -0.745, 0.039, 0.033),
                (0.178, 0.195, -0.745, 0.046, 0.038),
                (0.178, 0.15, -0.727, 0.036, 0.033),
                (0.178, 0.10, -0.703, 0.04, 0.039),
                (0.178, 0.06, -0.688, 0.036, 0.036),
            ),
            ("shin.L", "hind_cannon.L", "hind_pastern.L", "hind_hoof.L"),
        ),
        Volume(  # the point of the hock
            ((0.184, 0.70, -0.70, 0.022, 0.02), (0.181, 0.60, -0.762, 0.028, 0.024)),
            ("shin.L", "hind_cannon.L"),
        ),
        Volume(
            ((0.056, 1.775, 1.165, 0.026, 0.028), (0.06, 1.745, 1.205, 0.022, 0.024)), ("head",)
        ),
    )
)


_NECK_BONES: Final = ("chest", "neck", "neck1", "neck2")


def _ear() -> Extra:
    return Extra(
        (
            (0.048, 1.835, 1.095, 0.026, 0.024),
            (0.056, 1.88, 1.10, 0.034, 0.028),
            (0.065, 1.935, 1.115, 0.029, 0.02),
            (0.073, 1.985, 1.13, 0.012, 0.009),
        ),
        ("ear.L",),
        "Coat",
    )


def _mane() -> tuple[Extra, ...]:
    """Locks along the crest that fall to the left, longest in the middle, and what they grow on."""
    crest = np.array(
        [(1.85, 1.04), (1.80, 0.955), (1.715, 0.865), (1.625, 0.78), (1.55, 0.69), (1.50, 0.585)]
    )
    wide = np.array([0.078, 0.085, 0.097, 0.112, 0.13, 0.14])
    at = np.linspace(0.0, 1.0, 17)
    own = np.linspace(0.0, 1.0, len(crest))
    heights, aheads = (np.interp(at, own, crest[:, n]) for n in (0, 1))
    widths = np.interp(at, own, wide)
    locks = [
        hair_lock(((0.0, y - 0.03, z, 0.05, 0.03) for y, z in crest), _NECK_BONES),
    ]
    for n, (y, z, w) in enumerate(zip(heights, aheads, widths, strict=True)):
        # No longer than the neck is deep there, so that no tip hangs below the throat.
        drop = 0.08 + 0.16 * min(2.0 * at[n], 1.0) + (0.0, 0.035, 0.015, 0.05)[n % 4] * at[n] ** 0.5
        out = 0.006 * (n % 2)  # every second one lies over its neighbours
        sections = (
            (0.0, y - 0.014, z - 0.005, 0.036, 0.016),
            (0.03, y + 0.002, z, 0.04, 0.018),
            (w * 0.8 + out, y - 0.055, z + 0.012, 0.041, 0.018),
            (w + 0.008 + out, y - 0.06 - 0.35 * drop, z + 0.024, 0.038, 0.018),
            (w + 0.014 + out, y - 0.06 - 0.7 * drop, z + 0.038, 0.026, 0.013),
            (w + 0.02 + out, y - 0.06 - drop, z + 0.056, 0.005, 0.004),
        )
        locks.append(hair_lock(sections, _NECK_BONES))
    return tuple(locks)


def _forelock() -> tuple[Extra, ...]:
    return tuple(
        hair_lock(
            (
                (0.3 * x, 1.85, 1.075, 0.018, 0.02),
                (0.6 * x, 1.845, 1.13, 0.016, 0.024),
                (0.9 * x, 1.77, 1.215, 0.012, 0.022),
                (x, 1.70 - abs(x), 1.275, 0.006, 0.008),
            ),
            ("head",),
        )
        for x in (-0.022, 0.0, 0.026)
    )


def _tail() -> tuple[Extra, ...]:
    """Locks around the dock that hang down; the middle one is the longest."""
    line = np.array(
        [(1.40, -0.735), (1.345, -0.865), (1.19, -0.945), (1.01, -0.975), (0.83, -0.985),
         (0.65, -0.985), (0.47, -0.975)]
    )  # fmt: skip
    bones = ("tail", "tail1", "tail2", "tail3", "tail4", "tail5")
    locks = []
    for aside, behind, length, size in (
        (0.0, 0.0, 1.0, 1.0), (0.03, 0.02, 0.93, 0.8), (-0.03, 0.02, 0.95, 0.8),
        (0.022, -0.03, 0.88, 0.75), (-0.024, -0.028, 0.9, 0.75),
    ):  # fmt: skip
        fat = np.array([0.016, 0.042, 0.056, 0.064, 0.06, 0.042, 0.008]) * size
        spread = np.linspace(0.3, 1.3, len(line))
        heights = line[0, 0] + (line[:, 0] - line[0, 0]) * length
        sections = tuple(
            (aside * s, y, z + behind * s, f, 0.8 * f)
            for s, y, z, f in zip(spread, heights, line[:, 1], fat, strict=True)
        )
        locks.append(hair_lock(sections, bones))
    return tuple(locks)


_EXTRAS: Final = (
    *both_sides(
        (
            hoof("front", 0.152, 0.628),
            hoof("hind", 0.178, -0.692),
            _ear(),
            ball((0.082, 1.745, 1.188), 0.026, "head", "Eye"),
            ball((0.04, 1.472, 1.474), 0.017, "head", "Hair", 1.3),
        )
    ),
    *_mane(),
    *_forelock(),
    *_tail(),
)


_REGIONS: Final = (
    *(Region("Points", stocking(x, 0.60, 0.50)) for x in (-0.155, 0.155)),
    *(Region("Points", stocking(x, -0.71, 0.52)) for x in (-0.18, 0.18)),
    Region("Points", Volume(((0, 1.49, 1.43, 0.12, 0.12), (0, 1.35, 1.55, 0.12, 0.12)), ())),
    Region(
        "Blaze",
        Volume(
            (
                (0, 1.81, 1.21, 0.04, 0.016),
                (0, 1.775, 1.25, 0.05, 0.027),
                (0, 1.70, 1.32, 0.05, 0.015),
                (0, 1.60, 1.41, 0.05, 0.012),
            ),
            (),
        ),
    ),
)

HORSE: Final = Animal(
    kind="horse",
    title="Horse",
    bones=_BONES,
    volumes=(*_TRUNK, *_SIDES),
    blend_m=0.014,
    cell_m=0.018,
    extras=_EXTRAS,
    regions=_REGIONS,
    colours={
        "Coat": (0.23, 0.075, 0.026),
        "Points": (0.022, 0.014, 0.011),
        "Hair": (0.014, 0.010, 0.009),
        "Hoof": (0.075, 0.055, 0.042),
        "Eye": (0.006, 0.004, 0.004),
        "Blaze": (0.72, 0.66, 0.58),
    },
    gloss=0.55,
)
