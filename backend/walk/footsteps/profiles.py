"""Random ways of going backward, sideways and askew, and of turning on the spot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.maths.headings import headings_to_directions, root_to_world
from blender_addon.core.maths.smoothing import gaussian_smooth

_FASTEST_M_S = {"forward": (0.6, 1.5), "askew": (0.5, 1.2), "side": (0.3, 0.9), "back": (0.4, 1.3)}
_DEGREES = {"forward": (0, 12), "askew": (15, 65), "side": (75, 105), "back": (145, 180)}
_SHARES = (0.16, 0.26, 0.3, 0.28)
_SMOOTHING_FRAMES = 12.0
_TURNING_RAD_S = np.radians(100.0)
_SLOWER_WHILE_TURNING_M_S = 0.8


@dataclass(frozen=True, eq=False)
class FacingProfile:
    """Where a character goes and where it faces, over T frames.

    Args:
        velocities_m_s: (T, 2) in the frame of its facing: to the left, ahead.
        turns_rad_s: (T,) rate at which the facing turns, positive to the left.
    """

    velocities_m_s: Floats
    turns_rad_s: Floats

    def heading_rad(self) -> Floats:
        """(T,) where it faces."""
        return np.asarray(np.cumsum(self.turns_rad_s) / MODEL_FRAME_RATE_HZ)

    def root_xz(self) -> Floats:
        """(T, 2) metres."""
        steps = root_to_world(self.velocities_m_s, self.heading_rad()) / MODEL_FRAME_RATE_HZ
        return np.asarray(np.cumsum(steps, axis=0))


class _Track:
    """Speed, direction relative to the facing, and turn rates, written piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[Floats] = []
        self.frames = 0

    def add(
        self, seconds: float, speed: float, off: tuple[float, float], path: float, turn: float
    ) -> None:
        """A piece: direction goes from ``off[0]`` to ``off[1]``; rates of path and facing."""
        frames = max(int(seconds * MODEL_FRAME_RATE_HZ), 1)
        piece = np.empty((frames, 3))
        direction = np.linspace(*off, frames)
        piece[:, :2] = speed * headings_to_directions(direction)
        piece[:, 2] = path + turn
        self._pieces.append(piece)
        self.frames += frames

    def profile(self, frames: int) -> FacingProfile:
        """What was written, smoothly."""
        table = gaussian_smooth(np.concatenate(self._pieces)[:frames], _SMOOTHING_FRAMES)
        return FacingProfile(table[:, :2], table[:, 2])


def random_facing(rng: np.random.Generator, seconds: float) -> FacingProfile:
    """Goes on in one way for some seconds, then turns about as it goes, or stops and goes anew."""
    frames = int(seconds * MODEL_FRAME_RATE_HZ)
    track = _Track()
    kind, off = _pick_direction(rng)
    if rng.random() < 0.6:
        track.add(rng.uniform(0.8, 1.8), 0.0, (off, off), 0.0, 0.0)
    while track.frames < frames:
        speed = rng.uniform(*_FASTEST_M_S[kind])
        path = rng.choice([0.0, rng.uniform(-0.7, 0.7)], p=[0.55, 0.45])
        track.add(rng.uniform(1.8, 4.0), speed, (off, off), path, 0.0)
        before = off
        kind, off = _pick_direction(rng)
        if rng.random() < 0.45:
            track.add(rng.uniform(0.5, 2.0), 0.0, (off, off), 0.0, 0.0)
            continue
        # The way goes on as it went, the facing turns over it.
        change = (off - before + np.pi) % (2 * np.pi) - np.pi
        seconds_of_turn = abs(change) / _TURNING_RAD_S + 0.3
        slower = min(speed, _SLOWER_WHILE_TURNING_M_S)
        off = before + change
        track.add(seconds_of_turn, slower, (before, off), 0.0, -change / seconds_of_turn)
    return track.profile(frames)


def random_pivots(rng: np.random.Generator, seconds: float) -> FacingProfile:
    """Stands, turns on the spot by stepping, stands or walks off, comes to stand, turns again."""
    frames = int(seconds * MODEL_FRAME_RATE_HZ)
    track = _Track()
    track.add(rng.uniform(0.8, 1.6), 0.0, (0.0, 0.0), 0.0, 0.0)
    while track.frames < frames:
        angle = rng.choice([-1, 1]) * np.radians(rng.choice([rng.uniform(35, 90), 90, 135, 180]))
        rate = np.radians(rng.uniform(65, 110))
        track.add(abs(angle) / rate, 0.0, (0.0, 0.0), 0.0, float(np.sign(angle) * rate))
        stands = rng.random() < 0.6
        if stands:
            track.add(rng.uniform(0.4, 1.8), 0.0, (0.0, 0.0), 0.0, 0.0)
        if rng.random() < 0.5:
            speed = rng.uniform(0.7, 1.5)
            track.add(rng.uniform(1.5, 3.0), speed, (0.0, 0.0), 0.0, 0.0)
            track.add(rng.uniform(0.3, 1.5), 0.0, (0.0, 0.0), 0.0, 0.0)
    return track.profile(frames)


def random_standing(rng: np.random.Generator, seconds: float) -> FacingProfile:
    """Stands; now and then one small step aside, ahead or back, or a small turn."""
    frames = int(seconds * MODEL_FRAME_RATE_HZ)
    track = _Track()
    while track.frames < frames:
        track.add(rng.uniform(3.0, 8.0), 0.0, (0.0, 0.0), 0.0, 0.0)
        off = rng.uniform(-np.pi, np.pi)
        turn = rng.choice([0.0, rng.uniform(-1.2, 1.2)])
        track.add(rng.uniform(0.5, 0.9), rng.uniform(0.2, 0.4), (off, off), 0.0, turn)
    return track.profile(frames)


def _pick_direction(rng: np.random.Generator) -> tuple[str, float]:
    """A kind of going and the angle of the way from the facing, positive to the left."""
    kind = str(rng.choice(list(_DEGREES), p=_SHARES))
    return kind, float(rng.choice([-1, 1]) * np.radians(rng.uniform(*_DEGREES[kind])))
