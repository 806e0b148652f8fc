"""Whether joints that were found or set by hand can be those of somebody who stands."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..conventions import Floats
from ..errors import SkeletonError

_LOWEST_HIPS = 0.5
"""Of the way from the feet to the thighs: hips lie at the thighs' height or a little above."""
_BACKWARDS = -0.3  # cosine between toes and facing: beyond what feet that turn out or hang reach


def check_stands(places: Mapping[str, Floats], bones: Mapping[str, str]) -> None:
    """Refuse joints among which the hips are not above the feet, or the head not above the hips.

    Height is counted along the legs, from the feet to the thighs, wherever up is.

    Args:
        places: (3,) of each joint at rest, by common joint name.
        bones: names of their bones, likewise.

    Raises:
        SkeletonError: says which bone lies where.
    """
    thighs = 0.5 * (places["LeftUpLeg"] + places["RightUpLeg"])
    feet = 0.5 * (places["LeftFoot"] + places["RightFoot"])
    legs = np.asarray(thighs - feet, np.float64)
    length_2 = max(float(legs @ legs), 1e-12)
    height = float((places["Hips"] - feet) @ legs) / length_2
    if height < _LOWEST_HIPS:
        raise SkeletonError(
            f"the bone '{bones['Hips']}' cannot be the hips: it lies at {height:.0%} of the height "
            f"of the thighs '{bones['LeftUpLeg']}' and '{bones['RightUpLeg']}' over the feet. "
            "Choose the bone at the pelvis as Hips under Joints"
        )
    top = next((joint for joint in ("Head", "Neck", "Spine") if joint in places), None)
    if top is not None and float((places[top] - places["Hips"]) @ legs) <= 0.0:
        raise SkeletonError(
            f"the bone '{bones[top]}' ({top}) lies below the hips '{bones['Hips']}', counted from "
            "the feet to the thighs. Correct Hips, the spine or the legs under Joints"
        )


def toes_point_backwards(places: Mapping[str, Floats]) -> bool:
    """Whether both feet point to where the character's back is, as when left and right are swapped.

    Args:
        places: (3,) of each joint at rest in character space, by common joint name.
    """
    sides = [side for side in ("Left", "Right") if f"{side}Toe" in places]
    if len(sides) < 2:
        return False
    feet = [np.asarray(places[f"{side}Toe"] - places[f"{side}Foot"], np.float64) for side in sides]
    return all(foot[2] < _BACKWARDS * max(float(np.linalg.norm(foot)), 1e-9) for foot in feet)
