"""What is known of walking characters from one step of the network to the next.

Source: Holden, Komura, Saito 2017, section 7. The desired trajectory is blended with the network's
own, (1 − t^τ)·a₀ + t^τ·a₁, the network predicts the pose and how the root moves on, and the root is
integrated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats
from ..errors import TerrainError
from ..ground.following import blend_ahead
from ..ground.terrain import FlatTerrain, Terrain
from ..maths.headings import directions_to_headings, root_to_world
from ..maths.rotations import wrap_angle
from ..motion.gait import STAND
from .features import (
    FUTURE_SAMPLES,
    OUTPUT_LAYOUT,
    PAST_SAMPLES,
    WINDOW_OFFSETS_FRAMES,
    TrajectoryWindow,
    ground_under_root,
    pack_inputs,
    window_heights,
)
from .styles import StyleVariation

PAST_OFFSETS_FRAMES: Final = WINDOW_OFFSETS_FRAMES[: PAST_SAMPLES + 1]
"""Of the samples behind a root, its own place the last of them."""

_TURN_PULL_S: Final = 0.4
_TURN_PULL_LIMIT_RAD_S: Final = 0.8
_OUT: Final = OUTPUT_LAYOUT.slices
_POSITIONS: Final = _OUT["joint_positions_m"]
_VELOCITIES: Final = _OUT["joint_velocities_m_s"]
_ROOT: Final = _OUT["root_velocity_m_s_rad_s"]
_PHASE: Final = _OUT["phase_rate_rad_s"]
_FUTURE_XZ: Final = _OUT["future_positions_m"]
_FUTURE_DIRECTIONS: Final = _OUT["future_directions"]


class Walkers:
    """The state of B characters.

    Args:
        roots: (B, 2) x, z where they stand, metres.
        headings_rad: (B,) where they look.
        terrains: each ground, softened, with the numbers of those who walk on it.
        styles: (B, S) styles of walking; may be set anew before a step.
        initial_pose: (J, 3) joint positions to begin with, root frame.
        phases: (B,) where in a step they begin.
        variation: of their styles from moment to moment.
    """

    def __init__(
        self,
        roots: Floats,
        headings_rad: Floats,
        terrains: Sequence[tuple[Terrain, list[int]]],
        styles: Floats,
        initial_pose: Floats,
        phases: Sequence[float],
        variation: StyleVariation,
    ) -> None:
        self.root, self.heading = roots.copy(), headings_rad.copy()
        # A slice looks at all of them without copying.
        everyone = slice(None)
        self._terrains = [
            (terrain, everyone if len(members) == len(roots) else np.array(members))
            for terrain, members in terrains
        ]
        self.styles, self._variation = styles, variation
        self._joints = np.repeat(initial_pose[None], len(roots), axis=0)
        self._joint_speeds = np.zeros_like(self._joints)
        self.phase = np.array(phases)
        self._strides, self._seconds = self.phase / (2 * np.pi), 0.0
        self.stretch = np.ones(len(roots))
        """(B,) how much further roots go than the network thinks; may be set anew before a step."""
        self.future_xz = np.repeat(self.root[:, None], FUTURE_SAMPLES, axis=1)
        self.future_heading = np.repeat(self.heading[:, None], FUTURE_SAMPLES, axis=1)

    @property
    def is_stretched(self) -> bool:
        """Whether any root goes further, or less far, than the network thinks."""
        return bool((self.stretch != 1.0).any())

    def pack(
        self, past: Floats, desired: tuple[Floats, Floats], gaits: Floats
    ) -> tuple[Floats, Floats]:
        """Network inputs of a step.

        Args:
            past: (B, P, 3) x, z and heading at ``PAST_OFFSETS_FRAMES``.
            desired: (B, 6, 2) positions and (B, 6) headings ahead.
            gaits: (B, W, G).

        Returns:
            (B, F) inputs and (B,) heights on which the roots stand.

        Raises:
            TerrainError: there is no ground near a character.
        """
        own = self.future_xz, self.future_heading
        future_xz, future_heading = blend_ahead(own, desired)
        positions = np.concatenate((past[..., :2], future_xz), axis=1)
        headings = np.concatenate((past[..., 2], future_heading), axis=1)
        heights, ground = self._look_at_ground(positions, headings)
        if self.is_stretched:
            root = self.root[:, None]
            positions = root + (positions - root) / self.stretch[:, None, None]
        window = TrajectoryWindow(positions, headings, heights, gaits)
        stands = gaits[:, PAST_SAMPLES, STAND]
        inputs = pack_inputs(
            window,
            self.root,
            self.heading,
            ground,
            self._joints,
            self._joint_speeds,
            self._variation.of(self.styles, self._strides, self._seconds, stands),
        )
        return inputs, ground

    def _look_at_ground(self, positions: Floats, headings: Floats) -> tuple[Floats, Floats]:
        """Heights (B, W, 3) of the window and (B,) under the roots."""
        heights = np.zeros((*positions.shape[:2], 3), np.float32)
        ground = np.zeros(len(positions))
        for terrain, members in self._terrains:
            if isinstance(terrain, FlatTerrain):  # no need to know where one looks
                heights[members] = ground[members] = np.float32(terrain.height_m)
                continue
            heights[members] = window_heights(terrain, positions[members], headings[members])
            ground[members] = ground_under_root(terrain, self.root[members], self.heading[members])
        if not np.isfinite(heights).all():
            character, sample = np.argwhere(~np.isfinite(heights))[0, :2]
            x, z = positions[character, sample]
            raise TerrainError(
                f"there is no ground near x = {x:.2f} m, z = {z:.2f} m, on or beside the path. "
                "Fill the hole, or lead the path around it"
            )
        return heights, ground

    def take(
        self,
        outputs: Floats,
        moving: Floats,
        pull: Floats,
        turn: Floats,
        lead: Floats | float = 0.0,
    ) -> None:
        """Take the network's step: pose, root, phase and the trajectory it expects.

        Args:
            outputs: (B, O).
            moving: (B,) 0 where the root has to stand, else 1.
            pull: (B, 2) velocity added to the root's, in the world.
            turn: (B,) turn added to the root's, rad/s.
            lead: (B,) rad/s added to the rate of the phase.
        """
        count = len(outputs)
        self._joints = outputs[:, _POSITIONS].reshape(count, -1, 3)
        self._joint_speeds = outputs[:, _VELOCITIES].reshape(count, -1, 3)
        velocity = outputs[:, _ROOT] * moving[:, None]
        if self.is_stretched:
            velocity[:, :2] *= self.stretch[:, None]
        self.root = (
            self.root + (root_to_world(velocity[:, :2], self.heading) + pull) / MODEL_FRAME_RATE_HZ
        )
        self.heading = self.heading + (velocity[:, 2] + turn) / MODEL_FRAME_RATE_HZ
        rate = np.maximum(phase_rates(outputs) + lead, 0.0)
        self._seconds += 1.0 / MODEL_FRAME_RATE_HZ
        self._strides = self._strides + rate / (2 * np.pi * MODEL_FRAME_RATE_HZ)
        self.phase = (self.phase + rate / MODEL_FRAME_RATE_HZ) % (2 * np.pi)
        ahead = outputs[:, _FUTURE_XZ].reshape(count, FUTURE_SAMPLES, 2)
        if self.is_stretched:
            ahead = ahead * self.stretch[:, None, None]
        facing = outputs[:, _FUTURE_DIRECTIONS].reshape(count, FUTURE_SAMPLES, 2)
        heading = self.heading[:, None]
        self.future_xz = self.root[:, None] + root_to_world(ahead, heading)
        self.future_heading = heading + directions_to_headings(facing)


def phase_rates(outputs: Floats) -> Floats:
    """(B,) rad/s of the network's step (B, O); never back."""
    return np.maximum(outputs[:, _PHASE.start], 0.0)


def turn_pull(
    off_rad: Floats, speeds_m_s: Floats, on_the_spot_rad_s: Floats | float = 0.0
) -> Floats:
    """Turn (B,) towards a heading that is ``off_rad`` away, in rad/s; none while standing.

    Args:
        off_rad, speeds_m_s: (B,).
        on_the_spot_rad_s: (B,) more of it for those who turn on the spot.
    """
    limit = _TURN_PULL_LIMIT_RAD_S * np.minimum(speeds_m_s, 1.0) + on_the_spot_rad_s
    return np.minimum(np.maximum(wrap_angle(off_rad) / _TURN_PULL_S, -limit), limit)
