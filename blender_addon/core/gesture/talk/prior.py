"""An upper body moved from still to still by the network that learned how people move.

The motion begins as noise. In a few steps the network says what it would be without, given the
plan; where arms hang at rest, that is known and put in at every step (in-painting), so gestures
grow out of rest and go back into it.

Source: Song et al. 2021, Denoising Diffusion Implicit Models, equation 12, σ = 0; Lugmayr et al.
2022, RePaint, for in-painting, here without going back.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...inference.contract import ModelContract
from ...inference.settings import SettingsReader
from ...jobs import Progress, Runner
from ...maths.smoothing import gaussian_smooth
from .layout import CONDITION_LAYOUT, POSE_LAYOUT, condition_of, pose_of
from .stills import ArmPlan
from .upper_body import ARM_PARTS, RATE_HZ, TRUNK_PART, UPPER_BODY

PRIOR_TASK: Final = "gesture_prior"
_MOST_STEPS: Final = 100
_PIECE: Final = 1800
"""Frames that are made at a time; the noise of each has a seed of its own."""
_AROUND: Final = 64
"""Frames seen beyond a piece; pieces meet where both see the same."""
_EASE_FRAMES: Final = 2.0
_SMOOTH_FRAMES: Final = 0.8


class PriorProvider:
    """Moves an upper body by the network.

    Args:
        session: a loaded gesture_prior model.

    Raises:
        ContractError: the model is not made for this task and layout.
    """

    def __init__(self, session: Runner) -> None:
        check_contract(session.contract)
        self._session = session
        self._steps = SettingsReader(session.contract).integer("steps", 1, _MOST_STEPS)

    def fill(self, plan: ArmPlan, seed: int, progress: Progress) -> Floats:
        """(T, 13, 4) local rotations of an upper body that moves as planned, about."""
        condition, rest = condition_of(plan), resting(plan)
        parts: list[Floats] = []
        pieces = range(0, plan.frame_count, _PIECE)
        for n, first in enumerate(pieces):
            part = progress.part(n / len(pieces), (n + 1) / len(pieces))
            low, high = max(first - _AROUND, 0), min(first + _PIECE + _AROUND, plan.frame_count)
            noise = _noise(seed, low, high)
            made = self._draw(noise, condition[low:high], rest[low:high], part)
            parts.append(made[first - low : first - low + _PIECE])
        features = gaussian_smooth(np.concatenate(parts), _SMOOTH_FRAMES)
        return pose_of(features)

    def _draw(self, noise: Floats, condition: Floats, rest: Floats, progress: Progress) -> Floats:
        """(T, F) from noise (T, F)."""
        levels = np.linspace(1.0, 0.0, self._steps + 1, dtype=np.float32)
        noisy, pose = noise[None], noise
        for n in range(self._steps):
            made = self._session.run(
                {
                    "noisy": noisy,
                    "condition": condition[None],
                    "rest": rest[None],
                    "levels": levels[None, n : n + 2],
                }
            )
            noisy, pose = made["next_noisy"], made["pose"][0]
            progress((n + 1) / self._steps)
        return pose


def check_contract(contract: ModelContract) -> None:
    """See that a model is made for this.

    Raises:
        ContractError: it is not.
    """
    contract.require_task(PRIOR_TASK)
    contract.require_frame_rate(RATE_HZ)
    contract.require_layout(contract.input("condition"), CONDITION_LAYOUT)
    contract.require_layout(contract.input("noisy"), POSE_LAYOUT)
    contract.require_layout(contract.output("pose"), POSE_LAYOUT)
    for name in ("rest", "levels"):
        contract.input(name)
    contract.output("next_noisy")


def resting(plan: ArmPlan) -> Floats:
    """(T, F) 0 … 1 how surely each number is that of the pose of rest: where an arm hangs; of the
    trunk where both do.
    """
    hanging = plan.hanging().astype(np.float32)
    eased = gaussian_smooth(hanging, _EASE_FRAMES) * hanging
    joints = np.zeros((plan.frame_count, len(UPPER_BODY)), np.float32)
    for side, part in enumerate(ARM_PARTS):
        joints[:, part] = eased[:, side, None]
    joints[:, TRUNK_PART] = eased.min(axis=1)[:, None]
    return np.repeat(joints, 6, axis=1)


def _noise(seed: int, low: int, high: int) -> Floats:
    """(high − low, F) of frames low … high: the same for a frame whichever piece asks."""
    first = low // _PIECE
    blocks = [
        np.random.default_rng((seed, 30, n)).normal(size=(_PIECE, POSE_LAYOUT.size))
        for n in range(first, (high - 1) // _PIECE + 1)
    ]
    start = low - first * _PIECE
    return np.asarray(np.concatenate(blocks)[start : start + high - low], np.float32)
