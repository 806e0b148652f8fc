"""What an animal stands on, and whose gaits it has, by its build and its names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..body import Family, FootKind
from .legs_found import Chain, hind_joints
from .names import hoof_words, kind_by_names, paw_words

_WORDS: Final = {FootKind.HOOF: "hooves", FootKind.PAW: "paws", FootKind.SOLE: "soles"}
_STEEP: Final = 0.75
"""Sine of the angle of a hoof's last segments to the ground; toes are flatter."""

_LOW_HOCK: Final = 0.22
"""Of a hind leg's height; a heel lower than that stands on the ground, or nearly."""

_BACKWARD: Final = 0.04
"""Of a front leg's height; an elbow lies this far behind the line of a dog's leg."""


@dataclass(frozen=True)
class Kind:
    """What was found.

    Args:
        foot: what it stands on.
        family: whose gaits.
        doubts: what is unsure.
    """

    foot: FootKind
    family: Family
    doubts: tuple[str, ...] = ()


def find_kind(
    hind: Sequence[Chain],
    fore: Sequence[Chain],
    ground: float,
    names: Sequence[str],
    hints: Sequence[str],
) -> Kind:
    """Kind of foot and family.

    Args:
        hind, fore: legs.
        ground: height of the ground.
        names: of the bones.
        hints: other names that may tell, as of the armature and its meshes.
    """
    built = kind_by_build(hind, fore, ground)
    for told in (hints, names):
        foot, family = kind_by_names(told)
        if foot is not None and family is not None:
            return Kind(foot, family, _doubts(foot, names, built, told is hints))
    foot = built
    return Kind(foot, Family.HOOFED if foot is FootKind.HOOF else Family.CANINE)


def _doubts(foot: FootKind, names: Sequence[str], built: FootKind, hinted: bool) -> tuple[str, ...]:
    doubt = ""
    if foot is FootKind.HOOF and paw_words(names) and not hoof_words(names):
        doubt = "it is taken for a hoofed animal, but has bones of paws"
    elif foot is FootKind.PAW and hoof_words(names):
        doubt = "it is taken for an animal with paws, but has bones of hooves"
    elif foot is not built and hinted and FootKind.SOLE not in (foot, built):
        told, looks = _WORDS[foot], _WORDS[built]
        doubt = f"its name tells of {told}, its legs look like those of an animal with {looks}"
    return (f"{doubt}. Choose what it stands on if that is wrong",) if doubt else ()


def kind_by_build(hind: Sequence[Chain], fore: Sequence[Chain], ground: float) -> FootKind:
    """Kind of foot by the legs alone.

    Args:
        hind, fore: legs.
        ground: height of the ground.
    """
    if np.mean([_heel_height(chain, ground) for chain in hind]) < _LOW_HOCK:
        return FootKind.SOLE
    elbow = float(np.mean([_elbow(chain, ground) for chain in fore]))
    steep = float(np.mean([_steepness(chain, ground) for chain in (*hind, *fore)]))
    hoofed = (elbow > -_BACKWARD) + (steep > _STEEP)
    if hoofed == 1:
        return FootKind.HOOF if steep > 0.88 and elbow > -2 * _BACKWARD else FootKind.PAW
    return FootKind.HOOF if hoofed else FootKind.PAW


def _heel_height(chain: Chain, ground: float) -> float:
    """Height of a hind leg's hock, of that of the hip."""
    hip, _, hock, _ = hind_joints(chain, ground, FootKind.PAW)
    heights = chain.points[:, 1] - ground
    return float(heights[hock] / max(float(heights[hip]), 1e-9))


def _elbow(chain: Chain, ground: float) -> float:
    """How far the joint in the middle of a front leg lies before its line, of its height.

    The line goes from the last joint above to the tip, or to where a paw begins.
    """
    heights = (chain.points[:, 1] - ground) / max(float(chain.top[1] - ground), 1e-9)
    middle = [n for n in range(1, len(heights) - 1) if 0.25 < heights[n] < 0.75]
    if not middle:
        return 0.0
    lower = min(middle, key=lambda n: abs(float(heights[n]) - 0.45))
    low = [n for n in range(lower + 1, len(heights)) if heights[n] < 0.12]
    top, joint, tip = chain.points[lower - 1], chain.points[lower], chain.points[(low or [-1])[0]]
    share = (top[1] - joint[1]) / max(float(top[1] - tip[1]), 1e-9)
    off = joint[2] - top[2] - share * (tip[2] - top[2])
    return float(off / max(float(chain.top[1] - ground), 1e-9))


def _steepness(chain: Chain, ground: float) -> float:
    """Sine of the angle to the ground of a leg's part between 0.2 of its height and the tip."""
    height = max(float(chain.top[1] - ground), 1e-9)
    low = [n for n in range(1, len(chain.points) - 1) if chain.points[n, 1] - ground < 0.2 * height]
    if not low or (chain.made_up and len(low) < 2):
        return 0.7
    way = chain.points[-1] - chain.points[low[0]]
    if float(np.linalg.norm(way)) < 1e-9:
        return 0.7
    return float(-way[1] / np.linalg.norm(way))
