"""What a roll-out of a dance is judged by.

A network trained one step at a time drifts when it is fed its own output, so it is trained on
roll-outs: the pose it makes is the pose it gets. Source: the scheduled unrolling usual since Lee et
al. 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from blender_addon.core.gesture.dance.features import POSE_LAYOUT, RATE_HZ
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS

from .data import DanceData, Window
from .network import DanceController

_PARTS = POSE_LAYOUT.slices
_SIX, _HIPS, _CONTACTS = (_PARTS[n] for n in ("joint_rotations_six", "hips_m", "contacts"))
_JOINTS = COMMON_SKELETON.joint_count
_FEET = COMMON_SKELETON.indices(FOOT_JOINTS)
_PLACE_SCALE = 10.0
"""Decimetres: as large as the standardised outputs."""
_MOTION_SCALE = 3.0
_SECOND_SCALE = 10.0


@dataclass(frozen=True)
class Disturbances:
    """What makes a roll-out harder in training than it is in use.

    Args:
        first: added to the first pose, in standardised units.
        every: added to every pose that is fed back.
        swapped: share of windows that begin in the pose of another one.
    """

    first: float = 0.0
    every: float = 0.0
    swapped: float = 0.0


@dataclass(frozen=True)
class Losses:
    """Of a batch of roll-outs.

    Args:
        poses: mean squared error of standardised poses.
        joints: of joints' places, decimetres squared.
        motion: of joints' velocities.
        trembling: of second differences of the pose.
        surprise: what the step codes tell, nats.
    """

    poses: Tensor
    joints: Tensor
    motion: Tensor
    trembling: Tensor
    surprise: Tensor

    def weighted(self, joints: float, motion: float, trembling: float, surprise: float) -> Tensor:
        """The sum that is trained on."""
        total = self.poses + joints * self.joints + motion * self.motion
        return total + trembling * self.trembling + surprise * self.surprise

    def as_notes(self) -> dict[str, Tensor]:
        """For the curves."""
        return {
            "loss": self.poses,
            **{n: getattr(self, n) for n in ("joints", "motion", "surprise")},
        }


def rollout_losses(
    controller: DanceController,
    data: DanceData,
    window: Window,
    disturbances: Disturbances = Disturbances(),
) -> Losses:
    """Errors of roll-outs over a window, which begin with an empty state."""
    codes, surprise = controller.codes(data.knots.windows[window.knots.flatten()])
    codes = codes.unflatten(0, window.knots.shape)
    features = torch.cat((window.conditions, codes_at(codes, window.at)), dim=-1)
    true = controller.standard(window.poses)
    pose = true[:, 0]
    swapped = torch.rand(len(pose), 1) < disturbances.swapped
    pose = torch.where(swapped, pose.roll(1, dims=0), pose)
    pose = pose + disturbances.first * torch.randn_like(pose)
    state = pose.new_zeros(len(pose), controller.network.hidden)
    made = []
    for frame in range(features.shape[1]):
        pose, state = controller.network.step(features[:, frame], pose, state)
        made.append(pose)
        if disturbances.every:
            pose = pose + disturbances.every * torch.randn_like(pose)
    return _compare(controller, torch.stack(made, dim=1), true[:, 1:], surprise.mean())


def codes_at(codes: Tensor, at: Tensor) -> Tensor:
    """Codes of knots (B, M, 32) at places (B, L) with fractions: (B, L, 32)."""
    low = at.floor().long().clamp_max(codes.shape[1] - 1)
    high = (low + 1).clamp_max(codes.shape[1] - 1)
    wide = (-1, -1, codes.shape[-1])
    start, end = (codes.gather(1, each[..., None].expand(wide)) for each in (low, high))
    return torch.lerp(start, end, (at - low)[..., None])


def _compare(controller: DanceController, made: Tensor, true: Tensor, surprise: Tensor) -> Losses:
    found, desired = (joint_places(controller.physical(each)) for each in (made, true))
    off = _PLACE_SCALE * (found - desired)
    error = made - true
    none = error.new_zeros(())
    motion = trembling = none
    if error.shape[1] > 2:
        speeds = (off[:, 1:] - off[:, :-1]) * _MOTION_SCALE
        motion = speeds.square().mean() + _sliding(controller, made, found)
        second = error[:, 2:] - 2 * error[:, 1:-1] + error[:, :-2]
        trembling = (_SECOND_SCALE * second).square().mean()
    return Losses(error.square().mean(), off.square().mean(), motion, trembling, surprise)


def _sliding(controller: DanceController, made: Tensor, places: Tensor) -> Tensor:
    """Squared speed over the ground of feet that the network itself says carry."""
    poses = controller.physical(made)
    carry = poses[..., _CONTACTS].clamp(0, 1).detach()
    velocity = poses[..., _PARTS["root_velocity_m_s_rad_s"]]
    feet = places[:, :, _FEET]
    moved = (feet[:, 1:] - feet[:, :-1]) * RATE_HZ
    middle = 0.5 * (feet[:, 1:] + feet[:, :-1])
    root = 0.5 * (velocity[:, 1:] + velocity[:, :-1])[:, :, None]
    across = moved[..., 0] + root[..., 0] + root[..., 2] * middle[..., 2]
    along = moved[..., 2] + root[..., 1] - root[..., 2] * middle[..., 0]
    speed = across.square() + along.square()
    return (carry[:, 1:] * carry[:, :-1] * speed).mean()


def joint_places(poses: Tensor) -> Tensor:
    """Poses (..., P) in their units to joints (..., J, 3) in the root's frame, metres."""
    six = poses[..., _SIX].unflatten(-1, (_JOINTS, 6))
    first = nn.functional.normalize(six[..., :3], dim=-1)
    second = six[..., 3:] - (first * six[..., 3:]).sum(-1, keepdim=True) * first
    second = nn.functional.normalize(second, dim=-1)
    axes = torch.stack((first, second, torch.linalg.cross(first, second)), dim=-1)
    offsets, parents, chain = _tree()
    bones = torch.einsum("...jab,jb->...ja", axes[..., parents, :, :], offsets)
    return poses[..., None, _HIPS] + torch.einsum("ij,...ja->...ia", chain, bones)


@lru_cache(maxsize=1)
def _tree() -> tuple[Tensor, Tensor, Tensor]:
    """Offsets (J, 3), parents (J,), and (J, J) which bones lie between the hips and a joint."""
    parents = COMMON_SKELETON.parents
    chain = torch.zeros(_JOINTS, _JOINTS)
    for joint in range(1, _JOINTS):
        chain[joint] = chain[parents[joint]]
        chain[joint, joint] = 1.0
    offsets = torch.from_numpy(COMMON_SKELETON.offsets.copy())
    offsets[0] = 0.0
    return offsets, torch.from_numpy(parents.clip(min=0)).long(), chain
