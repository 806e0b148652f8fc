"""Standardised training data, and windows drawn from it, half of them seen in a mirror."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from blender_addon.core.quadruped.features import (
    INPUT_LAYOUT,
    OUTPUT_LAYOUT,
    WINDOW_OFFSETS_FRAMES,
)
from blender_addon.core.quadruped.gaits import ACTIONS, Action, Gait

from .frames import TRAJECTORY, Frames
from .mirrored import INPUT_MIRROR, OUTPUT_MIRROR, Mirror
from .normalisation import STATE, Normalisation

_SHARE = {
    Gait.STAND: 0.10, Gait.WALK: 0.18, Gait.PACE: 0.08, Gait.TROT: 0.12, Gait.CANTER_LEFT: 0.05,
    Gait.CANTER_RIGHT: 0.05, Gait.GALLOP_LEFT: 0.08, Gait.GALLOP_RIGHT: 0.08, Action.SIT: 0.04,
    Action.LIE: 0.04, Action.EAT: 0.04, Action.LOOK: 0.10, Action.JUMP: 0.04,
}  # fmt: skip
"""How often a gait or action is drawn, however often it is done."""
_CHANGE_WEIGHT = torch.tensor([3.0] * len(Gait) + [25.0] * len(Action))
"""More often are changes of gait drawn than the same gait going on, and how an action begins and
ends than how it lasts, which is soon learned."""
_CHANGE_FRAMES = (-20, 40)
_INPUT_STATE = slice(
    INPUT_LAYOUT.slices["joint_positions_m"].start,
    INPUT_LAYOUT.slices["joint_velocities_m_s"].stop,
)


def _part_of(mirror: Mirror, part: slice) -> Mirror:
    return Mirror(mirror.order[part] - part.start, mirror.sign[part])


_TRAJECTORY_MIRROR = _part_of(INPUT_MIRROR, TRAJECTORY)
_ACTIONS, _BODY = INPUT_LAYOUT.slices["trajectory_actions"], INPUT_LAYOUT.slices["body"]
_ACTIONS_MIRROR = _part_of(INPUT_MIRROR, _ACTIONS)


@dataclass(frozen=True, eq=False)
class Batch:
    """B windows of L frames and the one before them.

    Args:
        trajectory: (B, L, 72) packed parts of the windows at all frames but the last, in metres
            and metres a second.
        actions: (B, L, 156) likewise.
        outputs: (B, L + 1, O) standardised; those of frame n are in row n, the first frame's pose
            is what is begun with.
        headings: (B, L + 1) of the recorded roots.
        body: (B, 13).
        gait: (B,) number of the strongest action in the middle.
    """

    trajectory: Tensor
    actions: Tensor
    outputs: Tensor
    headings: Tensor
    body: Tensor
    gait: Tensor


@dataclass(frozen=True, eq=False)
class Constant:
    """Standardised inputs that a roll-out does not change: actions (B, L, 156), body (B, 13)."""

    actions: Tensor
    body: Tensor


class Windows:
    """A split, standardised, of which windows are drawn.

    Args:
        frames: the split.
        by: what to standardise by.
    """

    def __init__(self, frames: Frames, by: Normalisation) -> None:
        self.by = by
        outputs = (frames.outputs - by.output_mean) / by.output_scale
        contacts = OUTPUT_LAYOUT.slices["contacts"]
        outputs[:, contacts] = frames.outputs[:, contacts]
        # Kept once: they are most of all there is.
        self._frames = replace(frames, outputs=outputs)
        self._starts: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        scale = by.input_scale[_INPUT_STATE]
        # A pose leaves as standardised output and comes in as standardised input.
        self._state_scale = by.output_scale[STATE] * scale
        self._state_shift = (by.output_mean[STATE] - by.input_mean[_INPUT_STATE]) * scale

    def state(self, outputs: Tensor) -> Tensor:
        """Standardised outputs (…, O) to the pose part of the next standardised inputs."""
        return outputs[..., STATE] * self._state_scale + self._state_shift

    def window(self, trajectory: Tensor) -> Tensor:
        """The packed part of a window (…, 72), standardised."""
        mean, scale = self.by.input_mean[TRAJECTORY], self.by.input_scale[TRAJECTORY]
        return (trajectory - mean) * scale

    def constant(self, batch: Batch) -> Constant:
        """What of the inputs is known before."""
        mean, scale = self.by.input_mean, self.by.input_scale
        return Constant(
            (batch.actions - mean[_ACTIONS]) * scale[_ACTIONS],
            (batch.body - mean[_BODY]) * scale[_BODY],
        )

    def physical(self, outputs: Tensor, columns: slice | list[int]) -> Tensor:
        """Some of standardised outputs (…, O) in their units."""
        scale, mean = self.by.output_scale[columns], self.by.output_mean[columns]
        return outputs[..., columns] * scale + mean

    def draw(self, length: int, count: int, rng: np.random.Generator) -> Batch:
        """``count`` windows of ``length`` frames, gaits and changes as often as they matter."""
        frames, cumulated = self._chances(length)
        places = np.searchsorted(cumulated, rng.random(count), side="right")
        starts = torch.from_numpy(frames[np.minimum(places, len(frames) - 1)])
        side, drawn = self._frames.side[starts], torch.from_numpy(rng.random(count) < 0.5)
        return self.take(starts, length, torch.where(side == 0, drawn, side < 0))

    def take(self, starts: Tensor, length: int, mirrored: Tensor) -> Batch:
        """Windows (B,) that begin at frames, (B,) those said in the mirror."""
        data = self._frames
        rows = starts[:, None] + torch.arange(length + 1)
        now = rows[:, :-1]
        around = now[..., None] + torch.from_numpy(WINDOW_OFFSETS_FRAMES)
        around = around.clamp(data.first[starts][:, None, None], data.last[starts][:, None, None])
        trajectory, outputs = data.trajectory[now], data.outputs[rows]
        actions = data.actions[around].flatten(2)
        headings, there = data.headings[rows], mirrored[:, None, None]
        return Batch(
            torch.where(there, _TRAJECTORY_MIRROR(trajectory), trajectory),
            torch.where(there, _ACTIONS_MIRROR(actions), actions),
            torch.where(there, OUTPUT_MIRROR(outputs), outputs),
            torch.where(there[..., 0], -headings, headings),
            data.bodies[data.body[starts]],
            data.actions[rows[:, length // 2]].argmax(dim=-1),
        )

    def other_side(self, starts: Tensor) -> Tensor:
        """(B,) whether windows from there are to be seen in a mirror."""
        return self._frames.side[starts] < 0

    def starts_of(self, action: Gait | Action, length: int) -> Tensor:
        """(M,) frames at which windows begin that are all of one gait or action."""
        column = self._frames.actions[:, ACTIONS.index(action.value)] > 0.5
        starts = self._usable(length)
        ends = starts + length
        return starts[column[starts] & column[ends] & column[(starts + ends) // 2]]

    def _usable(self, length: int) -> Tensor:
        at = torch.arange(len(self._frames))
        return at[at + length <= self._frames.last]

    def _chances(self, length: int) -> tuple[np.ndarray, np.ndarray]:
        if length not in self._starts:
            starts = self._usable(length)
            data = self._frames
            action = data.actions[starts + length // 2]
            around = torch.tensor(_CHANGE_FRAMES) + starts[:, None] + length // 2
            around = around.clamp(data.first[starts][:, None], data.last[starts][:, None])
            change = (data.actions[around[:, 1]] - data.actions[around[:, 0]]).abs() / 2
            weight = (1.0 + change @ _CHANGE_WEIGHT).double().numpy()
            strongest = action.argmax(dim=-1).numpy()
            share = np.array([_SHARE[kind] for kind in (*Gait, *Action)])
            present = np.bincount(strongest, weight, minlength=len(ACTIONS))
            weight = weight * (share / np.maximum(present, 1e-9))[strongest]
            self._starts[length] = starts.numpy(), np.cumsum(weight / weight.sum())
        return self._starts[length]
