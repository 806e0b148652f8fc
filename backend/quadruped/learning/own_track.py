"""Where an animal's own root is in a roll-out, and how that changes the window it sees."""

from __future__ import annotations

import torch
from torch import Tensor

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.quadruped.features import (
    ERROR_LEFT,
    INPUT_LAYOUT,
    PAST_SAMPLES,
    WINDOW_OFFSETS_FRAMES,
)

_IN = INPUT_LAYOUT.slices
_POSITIONS, _DIRECTIONS = _IN["trajectory_positions_m"], _IN["trajectory_directions"]
_LEFT = torch.from_numpy(ERROR_LEFT).float()[:, None]


def turned(vectors_xz: Tensor, angles_rad: Tensor) -> Tensor:
    """Ground vectors (…, 2) turned by angles (…) about +Y from +Z towards +X."""
    sine, cosine = angles_rad.sin(), angles_rad.cos()
    x, z = vectors_xz[..., 0], vectors_xz[..., 1]
    return torch.stack((cosine * x + sine * z, cosine * z - sine * x), dim=-1)


class OwnTrack:
    """The roots of B roll-outs, told by how far they are off the recorded ones.

    Args:
        headings: (B, L + 1) of the recorded roots.
        off: (B, 3) x, z in the world, and heading: where they begin, less where those recorded do.
    """

    def __init__(self, headings: Tensor, off: Tensor) -> None:
        self._headings = headings
        self._offs = [off]

    @property
    def off(self) -> Tensor:
        """(B, 3) now."""
        return self._offs[-1]

    def see(self, trajectory: Tensor) -> Tensor:
        """(B, 72) the window as the own root sees it, of the recorded one's (B, 72)."""
        now = len(self._offs) - 1
        before = [self._offs[max(now + int(n), 0)] for n in WINDOW_OFFSETS_FRAMES[:PAST_SAMPLES]]
        future = _LEFT * self.off[:, None]
        moved = torch.cat((torch.stack((*before, self.off), dim=1), future), dim=1)
        moved = moved - self.off[:, None]
        places = trajectory[:, _POSITIONS].unflatten(1, (-1, 2))
        places = places + turned(moved[..., :2], -self._headings[:, now, None])
        directions = trajectory[:, _DIRECTIONS].unflatten(1, (-1, 2))
        return torch.cat(
            (
                turned(places, -self.off[:, None, 2]).flatten(1),
                turned(directions, moved[..., 2]).flatten(1),
                trajectory[:, _DIRECTIONS.stop :],
            ),
            dim=-1,
        )

    def move(self, velocity: Tensor, recorded: Tensor) -> Tensor:
        """Go on by root velocities (B, 3), the recorded root by its own.

        Returns:
            (B, 2) what the recorded root moves, in the world, metres.
        """
        now = len(self._offs) - 1
        heading = self._headings[:, now]
        step = recorded / MODEL_FRAME_RATE_HZ
        their = turned(step[:, :2], heading)
        own = velocity / MODEL_FRAME_RATE_HZ
        moved = turned(own[:, :2], heading + self.off[:, 2]) - their
        turn = own[:, 2:] - step[:, 2:]
        self._offs.append(self.off + torch.cat((moved, turn), dim=-1))
        return their

    def in_world(self, places_xz: Tensor) -> Tensor:
        """(B, n, 2) places in the own root's frame now, from the recorded root, world axes."""
        heading = self._headings[:, len(self._offs) - 1] + self.off[:, 2]
        return turned(places_xz, heading[:, None]) + self.off[:, None, :2]
