"""Two bodies that no training saw, in hip heights: a deer, and a dog between a wolf and a fox.

Of Quaternius' Ultimate Animated Animal Pack and Mesh2Motion's fox, both CC0.
"""

from __future__ import annotations

import numpy as np

from blender_addon.core.quadruped.body import Family, FootKind, QuadrupedBody
from blender_addon.core.quadruped.skeleton import quadruped_skeleton

_DEER = (
    (0.000, 1.020, -0.465),
    (0.000, 0.963, -0.233),
    (0.000, 0.928, 0.030),
    (0.000, 0.925, 0.332),
    (0.000, 1.020, 0.531),
    (0.000, 1.356, 0.688),
    (0.000, 1.547, 0.753),
    (0.000, 1.397, 0.943),
    (0.000, 1.020, -0.465),
    (0.000, 1.099, -0.550),
    (0.000, 1.070, -0.601),
    (0.136, 1.187, 0.302),
    (0.136, 0.787, 0.422),
    (0.136, 0.421, 0.474),
    (0.136, 0.002, 0.482),
    (0.147, 1.000, -0.362),
    (0.149, 0.740, -0.285),
    (0.145, 0.526, -0.638),
    (0.147, 0.002, -0.554),
    (-0.136, 1.187, 0.302),
    (-0.136, 0.787, 0.422),
    (-0.136, 0.421, 0.474),
    (-0.136, 0.002, 0.482),
    (-0.147, 1.000, -0.362),
    (-0.149, 0.740, -0.285),
    (-0.145, 0.526, -0.638),
    (-0.147, 0.002, -0.554),
)
_DOG = (
    (0.000, 1.111, -0.551),
    (0.000, 1.055, -0.175),
    (0.000, 1.046, 0.102),
    (0.000, 1.051, 0.486),
    (0.000, 1.095, 0.668),
    (0.000, 1.192, 0.907),
    (0.000, 1.273, 1.092),
    (0.000, 1.188, 1.415),
    (0.000, 1.073, -0.656),
    (0.000, 0.947, -1.206),
    (0.000, 0.868, -1.773),
    (0.152, 1.120, 0.203),
    (0.182, 0.840, 0.569),
    (0.184, 0.577, 0.415),
    (0.182, 0.015, 0.596),
    (0.192, 1.000, -0.512),
    (0.190, 0.725, -0.350),
    (0.194, 0.415, -0.803),
    (0.192, 0.010, -0.620),
    (-0.152, 1.120, 0.203),
    (-0.182, 0.840, 0.569),
    (-0.184, 0.577, 0.415),
    (-0.182, 0.015, 0.596),
    (-0.192, 1.000, -0.512),
    (-0.190, 0.725, -0.350),
    (-0.194, 0.415, -0.803),
    (-0.192, 0.010, -0.620),
)


def make_deer(hip_height_m: float) -> QuadrupedBody:
    """A hoofed one."""
    rest = np.array(_DEER) * hip_height_m
    return QuadrupedBody(quadruped_skeleton(rest), Family.HOOFED, FootKind.HOOF)


def make_dog(hip_height_m: float) -> QuadrupedBody:
    """A canine one."""
    rest = np.array(_DOG) * hip_height_m
    return QuadrupedBody(quadruped_skeleton(rest), Family.CANINE, FootKind.PAW)
