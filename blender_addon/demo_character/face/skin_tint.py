"""How the colour of skin changes over the body: pure NumPy."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats
from ..body import vertex_normals
from ..human import Human
from .loops import LIP_BORDER, lid_loops, lip_loops

# Where blood shows: middle (of the left one) and radius in the base mesh, metres, and strength.
_ROSY: Final = (
    ((0.046, 0.688, 0.120), 0.017, 1.0),  # cheeks
    ((0.000, 0.697, 0.172), 0.010, 0.9),  # tip of the nose
    ((0.013, 0.690, 0.150), 0.008, 0.6),  # wings of the nose
    ((0.085, 0.715, 0.005), 0.024, 0.9),  # ears
    ((0.000, 0.617, 0.146), 0.014, 0.45),  # chin
)
_KNUCKLES: Final = tuple(
    (f"l-finger-{finger}-{bone}", 0.0075, 0.8) for finger in range(1, 6) for bone in (1, 2, 3, 4)
)
_JOINTS: Final = (*_KNUCKLES, ("l-elbow", 0.035, 0.5), ("l-knee", 0.045, 0.5))
_BLOOD: Final = np.array((0.02, -0.15, -0.13))
_LID_SHADE: Final = np.array((-0.11, -0.15, -0.12))
_LIP_EDGE: Final = np.array((-0.02, -0.11, -0.09))
# Palms and soles have little pigment: how much lighter they are in the darkest people.
_PALM: Final = np.array((1.3, 1.5, 1.6))
_MOTTLE: Final = 0.022
_RANGE: Final = (0.5, 2.6)


def skin_tint(human: Human, tone: float) -> Floats:
    """What multiplies the skin's colour at each vertex.

    Args:
        tone: of the skin, 0 the lightest to 1 the darkest: dark skin hides blood, not palms.

    Returns:
        (V, 3) factors.
    """
    rosy, lids, lips, palms, mottle = _fields(human)
    pigment = max(tone - 0.15, 0.0) / 0.85
    tint = 1.0 + (1.0 - 0.6 * tone) * rosy[:, None] * _BLOOD
    tint += lids[:, None] * _LID_SHADE + (1.0 - 0.5 * tone) * lips[:, None] * _LIP_EDGE
    tint += pigment**2 * palms[:, None] * _PALM + mottle[:, None] * _MOTTLE
    return np.clip(tint, *_RANGE).astype(np.float32)


@cache
def _fields(human: Human) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """(V,) each: blood, shade around the eyes, border of the lips, palms and soles, mottling."""
    points = human.base.astype(np.float64)
    folded = np.column_stack((np.abs(points[:, 0]), points[:, 1:]))
    spots = [*_ROSY, *((human.joints[name], radius, much) for name, radius, much in _JOINTS)]
    rosy = np.zeros(len(points))
    for middle, radius, much in spots:
        far = np.sum((folded - np.array(middle)) ** 2, axis=1) / radius**2
        rosy = np.maximum(rosy, much * np.exp(-0.5 * far))
    eye = points[lid_loops(human)[0]].mean(axis=(0, 1))
    beside = (folded - eye) / [0.021, 0.013, 0.02]
    lids = np.exp(-0.5 * np.sum(beside**2, axis=1))
    lips = np.zeros(len(points))
    lips[lip_loops(human)[LIP_BORDER]] = 1.0
    lips[lip_loops(human)[LIP_BORDER - 1]] = 0.6
    waves = np.sin(points @ (np.array(((1.0, 0.7, 0.4), (-0.6, 1.1, 0.5), (0.3, -0.8, 1.2))) * 160))
    return rosy, lids, lips, _palms(human, folded), waves.mean(axis=1)


def _palms(human: Human, folded: Floats) -> Floats:
    """(V,) how much each vertex belongs to a palm or a sole."""
    joints = human.joints
    wrist, index, pinky = (joints[f"l-{name}"] for name in ("hand", "finger-2-1", "finger-5-1"))
    back = np.cross(index - wrist, pinky - wrist)
    back /= np.linalg.norm(back)
    if back[1] < 0.0:  # in A-pose the back of the hand is above
        back = -back
    hand = [n for n, bone in enumerate(human.bones) if _is_hand(bone)]
    held = human.skin[:, hand].sum(axis=1)
    normals = vertex_normals(human.base, human.quads["body"])
    normals[:, 0] *= np.sign(human.base[:, 0])
    palm = held * np.clip(-1.4 * normals @ back + 0.1, 0.0, 1.0)
    ankle = joints["l-ankle"][1]
    below = np.clip((ankle - folded[:, 1]) / 0.02, 0.0, 1.0)
    return np.maximum(palm, below * np.clip(-1.4 * normals[:, 1] - 0.2, 0.0, 1.0))


def _is_hand(bone: str) -> bool:
    return bone.startswith(("hand", "thumb", "index", "middle", "ring", "pinky"))
