"""Networks that are not exported yet, moving an upper body as exported ones do in the scene."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from blender_addon.core.conventions import Floats
from blender_addon.core.gesture.talk.layout import REST_FEATURES, condition_of, pose_of
from blender_addon.core.gesture.talk.prior import resting
from blender_addon.core.gesture.talk.stills import ArmPlan
from blender_addon.core.jobs import Progress
from blender_addon.core.maths.smoothing import gaussian_smooth

from .network import LATENT, POSE, GestureVae
from .training import Prior

STEPS = 8


class TorchProvider:
    """Moves an upper body by a network of either kind.

    Args:
        network: trained.
        steps: of the diffusion.
    """

    def __init__(self, network: Prior, steps: int = STEPS) -> None:
        self._network = network.eval()
        self._steps = steps

    @torch.no_grad()
    def fill(self, plan: ArmPlan, seed: int, progress: Progress) -> Floats:
        """(T, 13, 4)."""
        condition = torch.from_numpy(condition_of(plan))[None]
        rest = torch.from_numpy(resting(plan))[None]
        rng = np.random.default_rng((seed, 30))
        if isinstance(self._network, GestureVae):
            latent = torch.from_numpy(_drawn(rng, plan.frame_count, LATENT))
            pose: Any = self._network(latent, condition)
            pose = pose + rest * (torch.from_numpy(REST_FEATURES) - pose)
        else:
            pose = noisy = torch.from_numpy(_drawn(rng, plan.frame_count, POSE))
            levels = torch.linspace(1.0, 0.0, self._steps + 1)
            for n in range(self._steps):
                pose, noisy = self._network.step(noisy, condition, rest, levels[None, n : n + 2])
        progress(1.0)
        return pose_of(gaussian_smooth(pose[0].numpy(), 0.8))


def _drawn(rng: np.random.Generator, frames: int, size: int) -> Floats:
    return rng.normal(size=(1, frames, size)).astype(np.float32)
