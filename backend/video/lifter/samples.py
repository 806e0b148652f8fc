"""Samples to learn from: recorded motion on drawn bodies before drawn cameras, seen with errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.conventions import Floats
from blender_addon.core.video.lifting.features import Sight, joints_seen, look_at
from blender_addon.core.video.points import JOINTS

from .bodies import BONES, Bank, draw_proportions, places
from .cameras import EVEN_HEIGHTS, FOLLOWS, draw_axes, draw_paths
from .noise import Detections, detect, plain_errors

SPEEDS: Final = (0.7, 1.4)
STRETCH: Final = 0.05
"""How much the parts of a body differ from the usual proportions, beside its size."""
_KNOWN_LENS: Final = 0.5
"""Share of the cameras whose focal length is known."""
_LENS_SPREAD: Final = 0.25
"""Of the logarithm of a guessed focal length."""
_KNOWN_DOWN: Final = 0.6
_DOWN_ERRORS_RAD: Final = (0.02, 0.08)
"""Of a camera that was measured, and of one whose tilt was typed in by eye."""
_BY_EYE: Final = 0.4
LABEL_POWER: Final = 0.7
"""Seldom motions are drawn more often than their length says."""


@dataclass(frozen=True, eq=False)
class Bodies:
    """Bodies in motion before cameras.

    Args:
        places_m: (B, T, 19, 3) from the hips, in the camera's axes.
        hips_m: (B, T, 3) of the hips from the camera.
        body_axes: (B, T, 3, 3) of the hips in the camera's axes, as columns.
        down: (B, 3) gravity in the camera's axes.
    """

    places_m: Floats
    hips_m: Floats
    body_axes: Floats
    down: Floats


@dataclass(frozen=True, eq=False)
class Samples:
    """What the network sees, and what it is to say.

    Args:
        sight: features and turns.
        joints_m: (B, T, 14, 3) from the hips, as seen straight on.
    """

    sight: Sight
    joints_m: NDArray[np.float32]


See = Callable[[Bodies, np.random.Generator], Detections]


def drawn_errors(bodies: Bodies, rng: np.random.Generator) -> Detections:
    """Errors as a landmark network makes them, of drawn sizes."""
    return detect(bodies.places_m, bodies.hips_m, bodies.body_axes, rng)


def even_errors(bodies: Bodies, rng: np.random.Generator) -> Detections:
    """Errors of no network in particular."""
    return plain_errors(bodies.places_m, bodies.hips_m, rng)


class Sampler:
    """Draws from a bank of frames.

    Args:
        bank: of frames.
        rng: draws.
        speeds: least and most that motion is slowed down or sped up.
        label_power: how often a kind of motion is drawn: its length to this power.
    """

    def __init__(
        self,
        bank: Bank,
        rng: np.random.Generator,
        speeds: tuple[float, float] = SPEEDS,
        label_power: float = LABEL_POWER,
    ) -> None:
        self._bank, self._rng, self._speeds = bank, rng, speeds
        labels = np.array(bank.labels)
        frames = {label: bank.counts[labels == label].sum() for label in set(bank.labels)}
        weight = np.array([frames[label] ** (label_power - 1.0) for label in labels]) * bank.counts
        self._chances = weight / weight.sum()

    def bodies(
        self,
        batch: int,
        frames: int,
        stretch: float = STRETCH,
        even: float = EVEN_HEIGHTS,
        follows: float = FOLLOWS,
    ) -> Bodies:
        """Bodies that move, before cameras.

        Args:
            batch: sequences.
            frames: of each, at 30 Hz.
            stretch: deviation of the proportions.
            even, follows: share of cameras of any height, and of those that go along.
        """
        rng = self._rng
        before, share = self._times(batch, frames)
        bones = self._between(self._bank.bones, before, share)
        hips = self._between(self._bank.hips, before, share)
        facing = self._bank.facing[before]
        lengths = draw_proportions(batch, rng, stretch)
        there = places(bones, lengths)
        walked = hips * lengths[:, BONES.index("LeftLeg")][:, None, None]
        axes = draw_axes(batch, rng, even)
        path = draw_paths(walked, axes, rng, follows)
        turn = axes[:, None].astype(np.float32)
        return Bodies(there @ np.swapaxes(turn, -1, -2), path, turn @ facing, -axes[:, :, 1])

    def samples(self, batch: int, frames: int, see: See = drawn_errors) -> Samples:
        """What the network is to learn.

        Args:
            batch: sequences.
            frames: of each, at 30 Hz.
            see: says what a landmark network makes of bodies.
        """
        bodies = self.bodies(batch, frames)
        return make_samples(bodies, see(bodies, self._rng), self._rng)

    def _times(self, batch: int, frames: int) -> tuple[NDArray[np.int64], Floats]:
        """(B, T) frames of the bank, and how far beyond them."""
        rng, bank = self._rng, self._bank
        clips = rng.choice(len(bank.counts), batch, p=self._chances)
        counts = bank.counts[clips]
        low, high = np.log(self._speeds).tolist()
        speeds = np.exp(rng.uniform(low, high, batch))
        room = counts - 1 - speeds * (frames - 1)
        start = np.where(room > 0, rng.random(batch) * room, 0.0)
        at = start[:, None] + speeds[:, None] * np.arange(frames)
        # Clips that are too short swing to and fro: no pose jumps.
        period = np.maximum(counts - 1, 1)[:, None]
        folded = np.abs((at + period) % (2 * period) - period)
        at = np.where(room[:, None] > 0, at, period - folded)
        at = np.minimum(at, period - 1e-3).clip(0)
        before = np.floor(at).astype(np.int64)
        return bank.starts[clips][:, None] + before, (at - before).astype(np.float32)

    @staticmethod
    def _between(values: Floats, before: NDArray[np.int64], share: Floats) -> Floats:
        weight = share.reshape(*share.shape, *[1] * (values.ndim - 1))
        start = values[before]
        return np.asarray(start + weight * (values[before + 1] - start))


def make_samples(bodies: Bodies, seen: Detections, rng: np.random.Generator) -> Samples:
    """What the network sees of detections, with a lens and gravity known or not."""
    batch, count = seen.rays.shape[:2]
    known = rng.random(batch) < _KNOWN_LENS
    lens = np.where(known, 1.0, np.exp(rng.normal(0.0, _LENS_SPREAD, batch)))
    rays = seen.rays * lens[:, None, None, None]
    down = wrong_down(bodies.down, rng)
    has_down = np.broadcast_to(rng.random((batch, 1)) < _KNOWN_DOWN, (batch, count))
    sight = look_at(
        rays,
        seen.confidence,
        seen.world_m,
        seen.has_world,
        np.broadcast_to(down[:, None], (batch, count, 3)),
        has_down,
    )
    joints = joints_seen(bodies.places_m[..., : len(JOINTS), :], sight.turns)
    return Samples(sight, joints.astype(np.float32))


def wrong_down(down: Floats, rng: np.random.Generator) -> Floats:
    """(B, 3) gravity as it would be told of cameras, some of them judged by eye."""
    sizes = np.where(rng.random((len(down), 1)) < _BY_EYE, *_DOWN_ERRORS_RAD[::-1])
    told = down + sizes * rng.normal(size=down.shape)
    return np.asarray(told / np.linalg.norm(told, axis=-1, keepdims=True))


def join(samples: Sequence[Samples]) -> Samples:
    """Batches as one."""
    return Samples(
        Sight(
            np.concatenate([each.sight.features for each in samples]),
            np.concatenate([each.sight.turns for each in samples]),
        ),
        np.concatenate([each.joints_m for each in samples]),
    )
