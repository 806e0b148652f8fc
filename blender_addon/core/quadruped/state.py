"""What is known of moving animals from one step of the network to the next.

Source: Zhang, Starke, Komura, Saito 2018, section 6; Holden, Komura, Saito 2017, section 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats
from ..errors import TerrainError
from ..ground.following import blend_ahead
from ..ground.terrain import FlatTerrain, ScaledTerrain, Terrain
from ..maths.headings import directions_to_headings, root_to_world
from .body import QuadrupedBody
from .features import (
    PAST_SAMPLES,
    WINDOW_OFFSETS_FRAMES,
    Prediction,
    RootPose,
    TrajectoryWindow,
    ground_under_root,
    moved_root,
    pack,
    standing_pose,
)

PAST_OFFSETS_FRAMES: Final = WINDOW_OFFSETS_FRAMES[: PAST_SAMPLES + 1]
"""Of the samples behind a root, its own place the last of them."""


class Animals:
    """The state of B animals, in the model's world.

    Args:
        roots: (B, 3) x, z, heading where they stand.
        bodies: (B,) at the model's size.
        terrains: each true ground, softened, with the numbers of those who are on it.
        future: (B, 6, 2) positions and (B, 6) headings ahead to begin with.
        factors: (B,) of the model's metres in a true one.
    """

    def __init__(
        self,
        roots: Floats,
        bodies: Sequence[QuadrupedBody],
        terrains: Sequence[tuple[Terrain, list[int]]],
        future: tuple[Floats, Floats],
        factors: Floats,
    ) -> None:
        self.root = np.array(roots, np.float64)
        # A slice looks at all of them without copying.
        everyone = slice(None)
        self._terrains = [
            (
                ScaledTerrain(terrain, factors[members]),
                everyone if len(members) == len(roots) else np.array(members),
            )
            for terrain, members in terrains
        ]
        self._is_level = all(
            isinstance(terrain, FlatTerrain) and terrain.height_m == 0.0 for terrain, _ in terrains
        )
        self._bodies = np.stack([body.vector for body in bodies])
        stands = [standing_pose(body) for body in bodies]
        self.pose = RootPose(
            np.stack([pose.positions_m for pose in stands]),
            np.stack([pose.velocities_m_s for pose in stands]),
        )
        self.future, self._factors = future, factors

    def pack(
        self, past: Floats, desired: tuple[Floats, Floats], speeds: Floats, actions: Floats
    ) -> tuple[Floats, Floats]:
        """Network inputs of a step.

        Args:
            past: (B, 6, 3) x, z and heading at ``PAST_OFFSETS_FRAMES``.
            desired: (B, 6, 2) positions and (B, 6) headings ahead.
            speeds: (B, W) desired along the heading.
            actions: (B, W, 13).

        Returns:
            (B, F) inputs and (B,) heights on which the roots stand.

        Raises:
            TerrainError: there is no ground near an animal.
        """
        future_xz, future_heading = blend_ahead(self.future, desired)
        positions = np.concatenate((past[..., :2], future_xz), axis=1)
        headings = np.concatenate((past[..., 2], future_heading), axis=1)
        heights, ground = self._look_at_ground(positions)
        window = TrajectoryWindow(positions, headings, heights, speeds, actions)
        return pack(window, self.root, ground, self.pose, self._bodies), ground

    def ground(self) -> Floats:
        """(B,) height on which the roots stand."""
        ground = np.zeros(len(self.root))
        if not self._is_level:
            for terrain, members in self._terrains:
                ground[members] = ground_under_root(terrain, self.root[members])
        return ground

    def _look_at_ground(self, positions: Floats) -> tuple[Floats, Floats]:
        """Heights (B, W) of the window and (B,) under the roots."""
        heights, ground = np.zeros(positions.shape[:2]), self.ground()
        if self._is_level:  # no need to know where one looks
            return heights, ground
        for terrain, members in self._terrains:
            heights[members] = terrain.heights(positions[members])
        if not np.isfinite(heights.sum() + ground.sum()):
            animal, sample = np.argwhere(~np.isfinite(heights + ground[:, None]))[0]
            x, z = positions[animal, sample] / self._factors[animal]
            raise no_ground(x, z)
        return heights, ground

    def take(self, said: Prediction, moving: Floats, pull: Floats) -> None:
        """Take the network's step: pose, root and the trajectory it expects.

        Args:
            said: of the network.
            moving: (B,) 0 where the root has to stand, else 1.
            pull: (B, 3) metres a second in the world and radians a second added to the root's.
        """
        self.pose = said.pose
        self.root = moved_root(self.root, said.root_velocity * moving[:, None])
        self.root += pull / MODEL_FRAME_RATE_HZ
        heading = self.root[:, None, 2]
        ahead = self.root[:, None, :2] + root_to_world(said.future_positions_m, heading)
        self.future = ahead, heading + directions_to_headings(said.future_directions)


def no_ground(x_m: float, z_m: float) -> TerrainError:
    """What is said of a hole, at a place in true metres."""
    return TerrainError(
        f"there is no ground near x = {x_m:.2f} m, z = {z_m:.2f} m, on or beside the path. "
        "Fill the hole, or lead the path around it"
    )
