"""How far planted heels and toes are from where the source plants them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....core.motion.common_skeleton import FOOT_JOINTS, PLANTED_HEIGHTS_M
from ....core.retarget.feet import planted_heights
from .seen import SeenWalk

Array = NDArray[np.float64]


def foot_errors(looked: SeenWalk) -> Array:
    """Errors (N,) in metres of every planted heel and toe on every frame looked at."""
    walk, rig, chosen = looked.walk, looked.job.rig, looked.chosen
    if walk.clip.contacts is None:
        return np.zeros(0)
    roles = {joint: rig.skeleton.index(bone) for bone, joint in rig.joint_map.items()}
    heights = planted_heights(rig.skeleton, roles)
    errors = [np.zeros(0)]
    for n, joint in enumerate(FOOT_JOINTS):
        if joint not in looked.joints:
            continue
        off = looked.place(joint) - looked.meant(joint)
        off[:, 1] -= heights[n] - walk.scale * PLANTED_HEIGHTS_M[n]
        planted = walk.clip.contacts[:, n]
        steps = np.cumsum(np.diff(planted, prepend=False) & planted)
        for step in np.unique(steps[chosen][planted[chosen]]):
            during = off[planted[chosen] & (steps[chosen] == step)]
            along = during[:, [0, 2]] - np.median(during[:, [0, 2]], axis=0)
            errors.append(np.sqrt(during[:, 1] ** 2 + np.sum(along**2, axis=1)))
    return np.concatenate(errors)
