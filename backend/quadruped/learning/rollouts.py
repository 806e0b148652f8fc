"""Roll-outs: windows of data in which the network lives on its own poses and its own track.

A network trained one step at a time drifts when it is fed its own output, so it is trained on
roll-outs and judged on every frame of them. Without a phase, feet are what keeps time: their places
as the root sees them count more than the rest, and one that stands must not move in the world.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import torch
from torch import Tensor, nn

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.quadruped.features import OUTPUT_LAYOUT
from blender_addon.core.quadruped.skeleton import PAWS

from .network import CONTACTS, ModeAdaptiveNetwork
from .own_track import OwnTrack
from .windows import Batch, Windows

_OUT: Final = OUTPUT_LAYOUT.slices
_ROOT: Final = _OUT["root_velocity_m_s_rad_s"]
_PAW_PLACES: Final = [_OUT["joint_positions_m"].start + 3 * p + n for p in PAWS for n in range(3)]
_PAW_SPEEDS: Final = [
    _OUT["joint_velocities_m_s"].start + 3 * p + n for p in PAWS for n in range(3)
]
_PAW_STATE: Final = [place - _OUT["joint_positions_m"].start for place in _PAW_SPEEDS]
_DECIMETRES: Final = 10.0
_TENTHS: Final = 10.0


@dataclass(frozen=True)
class Disturbances:
    """What makes a roll-out harder in training than it is in use.

    Args:
        pose: deviation of the first pose, in standardised units.
        paws: of the paws' velocities in every frame, likewise: the gating network drifts first.
        place: of where the root begins, metres and radians.
        trajectory: of the window in every frame, standardised.
    """

    pose: float = 0.0
    paws: float = 0.0
    place: float = 0.0
    trajectory: float = 0.0


@dataclass(frozen=True, eq=False)
class Losses:
    """Of a batch of roll-outs.

    Args:
        outputs: mean squared error of standardised outputs without contacts.
        paws: of the paws as the root sees them, decimetres squared and a tenth of (m/s)².
        slip: squared speed over the ground of paws that stand, (m/s)².
        contacts: binary cross-entropy, nats.
        track: squared distance from the recorded root, decimetres and tenths of a radian.
    """

    outputs: Tensor
    paws: Tensor
    slip: Tensor
    contacts: Tensor
    track: Tensor

    def weighted(self, weights: LossWeights) -> Tensor:
        """What is trained on."""
        more = sum(
            getattr(weights, each.name) * getattr(self, each.name) for each in fields(weights)
        )
        return self.outputs + more

    def as_notes(self) -> dict[str, Tensor]:
        """By name, for the curves."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True)
class LossWeights:
    """Of the losses beside that of the outputs, see ``Losses``."""

    paws: float = 0.3
    slip: float = 1.0
    contacts: float = 0.1
    track: float = 0.05


@dataclass(frozen=True, eq=False)
class Rollout:
    """What a network did of its own for L frames.

    Args:
        outputs: (B, L, O) standardised, contacts as logits.
        paw_steps_m: (B, L − 1, 4, 2) by what each paw moved over the ground between two frames.
        off: (B, L, 3) its root, less the recorded one: metres in the world, radians.
    """

    outputs: Tensor
    paw_steps_m: Tensor
    off: Tensor


def roll_out(
    network: ModeAdaptiveNetwork,
    windows: Windows,
    batch: Batch,
    disturbances: Disturbances = Disturbances(),
) -> Rollout:
    """Let a network live on its own poses.

    Args:
        network: in training or evaluation mode.
        windows: whose batch it is.
        batch: where to begin, and what is desired.
        disturbances: of training.
    """
    first = batch.outputs[:, 0]
    state = windows.state(first)
    state = state + disturbances.pose * torch.randn_like(state)
    off = disturbances.place * torch.randn(len(first), 3)
    track, constant = OwnTrack(batch.headings, off), windows.constant(batch)
    outputs, steps, offs = [], [], []
    paws = None
    for step in range(batch.trajectory.shape[1]):
        window = windows.window(track.see(batch.trajectory[:, step]))
        window = window + disturbances.trajectory * torch.randn_like(window)
        state[:, _PAW_STATE] += disturbances.paws * torch.randn(len(state), len(PAWS) * 3)
        x = torch.cat((window, constant.actions[:, step], state, constant.body), dim=-1)
        outputs.append(network.forward_normalised(x).float())
        moved = track.move(
            windows.physical(outputs[-1], _ROOT),
            windows.physical(batch.outputs[:, step + 1], _ROOT),
        )
        places = windows.physical(outputs[-1], _PAW_PLACES).unflatten(1, (-1, 3))
        now = track.in_world(places[..., [0, 2]])
        if paws is not None:
            steps.append(now - paws + moved[:, None])
        paws, state = now, windows.state(outputs[-1])
        offs.append(track.off)
    return Rollout(torch.stack(outputs, 1), torch.stack(steps, 1), torch.stack(offs, 1))


def losses_of(rollout: Rollout, windows: Windows, batch: Batch) -> Losses:
    """How far a roll-out is from what was recorded."""
    desired = batch.outputs[:, 1:]
    error = rollout.outputs - desired
    paws = error[..., _PAW_PLACES] * (_DECIMETRES * windows.by.output_scale[_PAW_PLACES])
    speeds = error[..., _PAW_SPEEDS] * windows.by.output_scale[_PAW_SPEEDS]
    contacts = desired[..., CONTACTS]
    stands = contacts[:, 1:] * contacts[:, :-1]
    speed = rollout.paw_steps_m * MODEL_FRAME_RATE_HZ
    return Losses(
        error[..., : CONTACTS.start].square().mean(),
        paws.square().mean() + speeds.square().mean() / 10.0,
        (stands * speed.square().sum(-1)).mean(),
        nn.functional.binary_cross_entropy_with_logits(rollout.outputs[..., CONTACTS], contacts),
        (_TENTHS * rollout.off).square().mean(),
    )
