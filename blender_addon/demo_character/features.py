"""Regions of a face that differ from person to person: pure NumPy.

In each region the mixture of ancestries is another one; so two people of the same sex, age and
ancestry still have noses, jaws and brows of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np

from ..core.conventions import Floats
from .human import Human, load_human
from .traits import ANCESTRIES

# Middle (x of the left one, y, z) and radii of each region in the base mesh, metres.
_REGIONS: Final = {
    "nose": ((0.0, 0.695, 0.165), (0.030, 0.040, 0.045)),
    "mouth": ((0.0, 0.645, 0.150), (0.040, 0.022, 0.040)),
    "jaw": ((0.0, 0.600, 0.100), (0.075, 0.045, 0.075)),
    "eyes": ((0.032, 0.728, 0.130), (0.032, 0.026, 0.040)),
    "cheeks": ((0.048, 0.690, 0.105), (0.032, 0.032, 0.040)),
    "skull": ((0.0, 0.800, 0.030), (0.110, 0.085, 0.120)),
    "ears": ((0.080, 0.715, 0.010), (0.028, 0.042, 0.040)),
}
REGIONS: Final = tuple(_REGIONS)
_CHIN_M: Final = 0.57

# Around the middle of an eye: what is nearer moves with it as one, what is farther is itself.
_EYE_NEAR_M: Final = 0.018
_EYE_FAR_M: Final = 0.045


@cache
def feature_masks() -> Floats:
    """(R, V + J) how much each vertex and joint of the human belongs to each region, 0 to 1.

    An eyeball and the lids around it have one share, so that they still fit.
    """
    human = load_human()
    base, left_eye = points_of(human.base, human.joints), human.joints["l-eye"]
    masks = []
    placed = np.column_stack((np.abs(base[:, 0]), base[:, 1:])) - left_eye
    away = np.linalg.norm(placed, axis=1, keepdims=True)
    ease = np.clip((away - _EYE_NEAR_M) / (_EYE_FAR_M - _EYE_NEAR_M), 0.0, 1.0)
    placed = left_eye + placed * ease * ease * (3.0 - 2.0 * ease)
    for middle, radii in _REGIONS.values():
        beside = placed - np.array(middle)
        far = np.sum((beside / np.array(radii)) ** 2, axis=-1)
        masks.append(np.exp(-0.5 * far))
    return np.array(masks, np.float32)


@cache
def ancestry_differences(sex: str, age: str) -> tuple[Floats, ...]:
    """(V + J, 3) in what each ancestry's head differs from their mean, apart from place and size.

    Args:
        sex, age: as in the targets' names.
    """
    human = load_human()
    base = points_of(human.base, human.joints)
    every = [target_points(human, f"{race}-{sex}-{age}") for race in ANCESTRIES]
    mean = sum(every) / len(every)
    head = base[:, 1] > _CHIN_M
    affine = np.column_stack((base, np.ones(len(base), np.float32)))
    differences = []
    for each in every:
        fit, *_ = np.linalg.lstsq(affine[head], (each - mean)[head], rcond=None)
        differences.append((each - mean - affine @ fit).astype(np.float32))
    return tuple(differences)


def target_points(human: Human, name: str) -> Floats:
    """(V + J, 3) offsets of a target for vertices and joints."""
    return points_of(human.targets[name], human.joint_targets[name])


def points_of(vertices: Floats, joints: Mapping[str, Floats]) -> Floats:
    """(V + J, 3) vertices, and the joints after them."""
    return np.concatenate((vertices, np.array(list(joints.values()), np.float32)))
