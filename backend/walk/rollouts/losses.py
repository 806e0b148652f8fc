"""What a roll-out is judged by.

A network trained one step at a time drifts when it is fed its own output, so it is trained on
roll-outs. Source of the step: Holden et al. 2017, section 6.3; of the roll-outs: the scheduled
unrolling usual since Lee et al. 2018.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from blender_addon.core.walk.features import OUTPUT_LAYOUT

from ..controller import LocomotionController
from .feet import feet_positions
from .windows import Windows


@dataclass(frozen=True)
class Disturbances:
    """What makes a roll-out harder in training than it is in use.

    Args:
        pose_noise: added to the first pose, in standardised units before input scaling.
        trajectory_noise: added to the trajectory of every frame.
        swapped_poses: share of windows that begin in the pose of another one of the same gait
            and nearly the same phase.
    """

    pose_noise: float = 0.0
    trajectory_noise: float = 0.0
    swapped_poses: float = 0.0


@dataclass(frozen=True)
class Losses:
    """Of a batch of roll-outs: squared errors of standardised outputs and more.

    Args:
        outputs: mean over all outputs.
        feet: of heels and toes as the rotations put them, decimetres squared.
        curvature: of second differences of the pose; 0 for roll-outs of fewer than three frames.
        surprise: what the style vectors tell, nats.
    """

    outputs: Tensor
    feet: Tensor
    curvature: Tensor
    surprise: Tensor

    def weighted(self, feet: float, curvature: float, surprise: float) -> Tensor:
        """The sum that is trained on, with these weights beside that of the outputs."""
        more = feet * self.feet + curvature * self.curvature + surprise * self.surprise
        return self.outputs + more

    def as_notes(self) -> dict[str, Tensor]:
        """For the curves."""
        return {"loss": self.outputs} | {
            name: getattr(self, name) for name in ("feet", "curvature", "surprise")
        }


OTHER_STRIDES = 2
"""Of a person, by which it is known who that is."""
_PARTS = OUTPUT_LAYOUT.slices
_BODY = _PARTS["joint_positions_m"], _PARTS["joint_rotations_six"]
_FEET_SCALE = 10.0
_CURVATURE_SCALE = 10.0
"""Second differences by the frame are small: so much brings them to the size of the outputs."""


def rollout_losses(
    controller: LocomotionController,
    windows: Windows,
    frames: Tensor,
    disturbances: Disturbances = Disturbances(),
) -> Losses:
    """Errors over windows in which the network lives on its own poses.

    Args:
        controller: in training or evaluation mode.
        windows: the data.
        frames: (B, L) consecutive frame numbers.
        disturbances: of training.
    """
    first, count = frames[:, 0], len(frames)
    device = windows.outputs.device
    state = windows.state(windows.outputs[first - 1])
    # The pose tells whose walk it is; in another's pose the network has to ask the style vector.
    swapped = torch.rand(count, 1, device=device) < disturbances.swapped_poses
    state = torch.where(swapped, state[windows.alike(first)], state)
    # Pose inputs are scaled down, and so must their noise be.
    noise = disturbances.pose_noise * windows.state_scale.mean()
    state = state + noise * torch.randn_like(state)
    middle = frames[:, frames.shape[1] // 2]
    others = [windows.strides(windows.borrowed(middle)) for _ in range(OTHER_STRIDES)]
    style, surprise = controller.styles(windows.strides(middle), others)
    outputs = []
    for step in range(frames.shape[1]):
        now = frames[:, step]
        trajectory = windows.trajectory[now]
        trajectory = trajectory + disturbances.trajectory_noise * torch.randn_like(trajectory)
        outputs.append(
            controller.step(torch.cat((trajectory, state), -1), style, windows.phase(now))
        )
        state = windows.state(outputs[-1])
    return _compare(torch.stack(outputs, 1), windows.outputs[frames], windows, surprise)


def _compare(found: Tensor, desired: Tensor, windows: Windows, surprise: Tensor) -> Losses:
    """Losses of outputs (B, L, O), both standardised."""
    error = found - desired
    feet = [feet_positions(windows.physical(each.flatten(0, 1))) for each in (found, desired)]
    curvature = error.new_zeros(())
    if error.shape[1] > 2:
        body = torch.cat([error[..., part] for part in _BODY], dim=-1)
        second = body[:, 2:] - 2 * body[:, 1:-1] + body[:, :-2]
        curvature = (_CURVATURE_SCALE * second).square().mean()
    return Losses(
        error.square().mean(),
        (_FEET_SCALE * (feet[0] - feet[1])).square().mean(),
        curvature,
        surprise,
    )
