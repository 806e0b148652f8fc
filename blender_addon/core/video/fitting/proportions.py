"""A skeleton with the proportions of the person in the film, in the size that is wanted."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...motion.skeleton import Skeleton
from .body import MEASURED, SIDES, Body
from .evidence import Evidence
from .size import lifted_lengths

_USUAL: Final = 0.08
"""Lifted lengths are wrong by about so much: a difference below it is not believed."""
_MOST: Final = 1.2


def proportioned(body: Body, evidence: Evidence, ratio: float) -> Body:
    """The body with bones as long as they were lifted, both sides alike.

    Args:
        body: whose skeleton shall follow.
        evidence: lifted joints.
        ratio: how many times as large the skeleton is as the person was lifted.
    """
    own, seen = body.lengths(), lifted_lengths(evidence) * ratio
    factors = {}
    for number, name in enumerate(MEASURED):
        pair = slice(2 * number, 2 * number + 2)
        off = np.log(seen[pair].mean() / own[pair].mean()) if own[pair].mean() > 1e-6 else np.nan
        if not np.isfinite(off):
            off = 0.0
        off = float(np.clip(off, -_MOST, _MOST))
        factors[name] = float(np.exp(off * off**2 / (off**2 + _USUAL**2)))
    return Body(_stretched(body, factors))


def _stretched(body: Body, factors: dict[str, float]) -> Skeleton:
    skeleton = body.skeleton
    offsets = skeleton.offsets.copy()
    for side in SIDES:
        for part, bone in (
            ("Leg", "thigh"), ("Foot", "shin"), ("ForeArm", "upper arm"), ("Hand", "forearm"),
        ):  # fmt: skip
            offsets[body.joint(side + part)] *= np.float32(factors[bone])
    trunk = np.float32(factors["trunk"])
    collars = [collar for side in SIDES if (collar := body.collar(side)) is not None]
    limbs = [body.joint(side + part) for side in SIDES for part in ("Arm", "UpLeg")]
    whole = {*body.spine, *body.neck, body.joint("Head"), *collars, *limbs}
    offsets[sorted(whole)] *= trunk
    ends = dict(skeleton.ends)
    if "Head" in ends:
        x, y, z = ends["Head"]
        ends["Head"] = (float(x * trunk), float(y * trunk), float(z * trunk))
    return Skeleton(skeleton.names, skeleton.parents, offsets, ends)
