"""Held-out motion before drawn cameras, with the errors that the first lifter was judged with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from blender_addon.core.conventions import Floats
from blender_addon.core.video.lifting.features import Sight, joints_seen, look_at
from blender_addon.core.video.points import JOINTS

from .bodies import Bank
from .noise import Detections, detect, plain_errors
from .samples import Bodies, Sampler

FRAMES: Final = 81
JUDGED_SEED: Final = 5
_FEW: Final = 128


@dataclass(frozen=True, eq=False)
class Judged:
    """Held-out sequences, with and without the landmark network's places.

    Args:
        plain: rays and confidences alone.
        whole: with the drawn errors of a landmark network, its places and gravity.
        joints_m: (B, T, 14, 3) truth of each, as seen straight on.
    """

    plain: Sight
    plain_joints_m: NDArray[np.float32]
    whole: Sight
    whole_joints_m: NDArray[np.float32]


def judged_sequences(bank: Bank, count: int = 1024) -> Judged:
    """Sequences of held-out motion, the same at every call."""
    rng = np.random.default_rng(JUDGED_SEED)
    bodies = Sampler(bank, rng, speeds=(1.0, 1.0), label_power=1.0).bodies(
        count, FRAMES, stretch=0.0, even=0.0, follows=0.0
    )
    joints = bodies.places_m[..., : len(JOINTS), :]
    bare = plain_errors(bodies.places_m, bodies.hips_m, rng)
    plain = look_at(bare.rays, bare.confidence)
    seen = detect(bodies.places_m, bodies.hips_m, bodies.body_axes, rng)
    whole = _whole(bodies, seen)
    return Judged(
        plain,
        joints_seen(joints, plain.turns).astype(np.float32),
        whole,
        joints_seen(joints, whole.turns).astype(np.float32),
    )


def _whole(bodies: Bodies, seen: Detections) -> Sight:
    batch, count = seen.rays.shape[:2]
    down = np.broadcast_to(bodies.down[:, None], (batch, count, 3))
    every = np.ones((batch, count), bool)
    return look_at(seen.rays, seen.confidence, seen.world_m, every, down, every)


def errors_m(network: nn.Module, sight: Sight, joints_m: Floats) -> Floats:
    """(B,) mean distance of the joints in the middle frame of each sequence."""
    found = []
    network.eval()
    with torch.inference_mode():
        for first in range(0, len(sight.features), _FEW):
            features = torch.from_numpy(sight.features[first : first + _FEW])
            found.append(network(features)[:, FRAMES // 2].numpy())
    made = np.concatenate(found).reshape(-1, len(JOINTS), 3)
    made = made - made[:, 4:6].mean(axis=1, keepdims=True)
    return np.asarray(np.linalg.norm(made - joints_m[:, FRAMES // 2], axis=-1).mean(axis=-1))


def validate(network: nn.Module, judged: Judged) -> dict[str, float]:
    """Millimetres, with plain rays alone and with all that a film gives."""
    return {
        "mpjpe_mm": 1e3 * float(errors_m(network, judged.plain, judged.plain_joints_m).mean()),
        "mpjpe_world_mm": 1e3
        * float(errors_m(network, judged.whole, judged.whole_joints_m).mean()),
    }
