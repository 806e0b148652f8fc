"""Three ways for a motion to take over another's manner; all give posture and movement apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...conventions import Floats
from ...jobs import Progress
from ...maths.rotation_vectors import quaternion_to_vector, vector_to_quaternion
from ...maths.rotations import (
    make_continuous,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
)
from ...maths.smoothing import gaussian_smooth
from ...motion.clip import MotionClip
from ..gait_cycle import Gait
from ..manifold.descent import Constraints, descend, gram, style_pull
from ..manifold.features import LAYOUT, Places, to_features, to_places
from ..manifold.pose import pose_places
from ..manifold.runtime import Manifold
from .settings import RestyleSettings
from .spectrum import (
    BodyCurves,
    Spectrum,
    fourier,
    mean_rotation,
    powered,
)

_MOST_TURN_RAD: Final = 1.6
"""Of a joint that swings against what it did."""
_TEMPO: Final = (0.5, 2.0)
_TEMPO_FRAMES: Final = 12.0
_STYLE_WEIGHT: Final = 1.0
_CONTENT_WEIGHT: Final = 0.05
_STYLE_RATE: Final = 0.02
_KEEP_STEPS: Final = 0.4
"""Share of the descent that is spent on feet, bones and the way."""
_KEEP_RATE: Final = 0.01
_HELD: Final = 1e-4
_RATIO: Final = (0.4, 2.5)
_LEAST_SPREAD_RAD: Final = 0.02
_WAY_FRAMES: Final = 15.0


@dataclass(frozen=True, eq=False)
class Walking:
    """A motion with all that is known of it.

    Args:
        clip: at 60 Hz, its floor at y = 0.
        places: where its joints are.
        gait: its cycle; None where it has none.
    """

    clip: MotionClip
    places: Places
    gait: Gait | None

    def curves(self) -> BodyCurves:
        """Seen from its body."""
        smooth = _WAY_FRAMES * 3 / 60 if self.gait is None else self.gait.cycle_s
        return BodyCurves.of(self.clip, self.places, smooth)


def by_spectrum(
    source: Walking,
    gait: Gait,
    reference: Spectrum,
    neutral: Spectrum,
    settings: RestyleSettings,
) -> MotionClip:
    """Add what a reference's cycle has and a neutral one at its speed has not."""
    curves = source.curves()
    apart = quaternion_multiply(reference.posture, quaternion_conjugate(neutral.posture))
    posture = powered(apart, settings.posture)
    terms = fourier(gait.phase)
    terms[:, 0] = 0.0
    share = settings.movement * gait.activity[:, None]
    turns = np.einsum("tk,kji->tji", terms, reference.turns - neutral.turns) * share[..., None]
    turns = np.clip(turns, -_MOST_TURN_RAD, _MOST_TURN_RAD)
    sway = terms @ (reference.sway - neutral.sway) * share
    sway[:, 2] += settings.posture * (reference.height_m - neutral.height_m)
    moving = quaternion_multiply(curves.turns, vector_to_quaternion(turns))
    turned = quaternion_multiply(posture, moving)
    changed = replace(curves, turns=normalise(turned), sway=curves.sway + sway)
    return changed.clip(source.clip)


def warp_of(gait: Gait, reference: Spectrum, neutral: Spectrum, share: float) -> Floats:
    """Fractional frames (N,) of a motion whose steps take as long as a reference's manner has it.

    Args:
        gait: of the motion, T frames.
        reference, neutral: whose ratio of steps' times is taken over.
        share: 0 leaves the time as it is.
    """
    right, left = (
        1.0 + share * (float(np.clip(ours / own, *_TEMPO)) - 1.0)
        for ours, own in zip(reference.steps_s, neutral.steps_s, strict=True)
    )
    ahead = np.mod(gait.phase, 2 * np.pi)
    slower = np.where(ahead < np.pi, left, right)  # in it, the left foot comes to be ahead
    slower = gaussian_smooth(1.0 + gait.activity * (slower - 1.0), _TEMPO_FRAMES)
    times = np.concatenate(([0.0], np.cumsum(0.5 * (slower[1:] + slower[:-1]))))
    count = int(np.floor(times[-1] + 1e-6)) + 1
    return np.interp(np.arange(count), times, np.arange(len(times)))


def by_gram(
    source: Walking,
    reference: Walking,
    manifold: Manifold,
    settings: RestyleSettings,
    progress: Progress,
) -> MotionClip:
    """Descend on hidden units toward the reference's Gram matrix, then back to feet and way."""
    content = manifold.encode(to_features(source.places))
    style = gram(manifold.encode(to_features(reference.places)))
    pull = style_pull(style, content, _STYLE_WEIGHT, _CONTENT_WEIGHT)
    hidden = descend(content, pull, settings.steps, _STYLE_RATE, progress.part(0.0, 0.2))
    velocity = to_features(source.places)[:, LAYOUT.slices["root_velocity"]]
    kept = Constraints(source.places.contacts, velocity)
    steps = max(int(_KEEP_STEPS * settings.steps), 1)
    pull = kept.pull(manifold, hidden, _HELD)
    hidden = descend(hidden, pull, steps, _KEEP_RATE, progress.part(0.2, 0.95))
    made = _replaced(source, manifold, content, hidden)
    return _shared(source, made, settings)


def _replaced(source: Walking, manifold: Manifold, content: Floats, hidden: Floats) -> MotionClip:
    """The source with what the manifold changed of it; what it cannot show stays."""
    places = source.places
    count = len(places.positions)
    was, now = (manifold.decode(each, count) for each in (content, hidden))
    features = to_features(places) + now - was
    made = to_places(features, places.ground, places.headings)
    local = pose_places(source.clip.rotations_wxyz, made.positions)
    return replace(source.clip, root_positions=made.positions[:, 0], rotations_wxyz=local)


def _shared(source: Walking, made: MotionClip, settings: RestyleSettings) -> MotionClip:
    """Of what changed, the mean as much as posture is wanted, the rest as much as movement."""
    before = source.clip
    turns = quaternion_to_vector(
        quaternion_multiply(
            quaternion_conjugate(before.rotations_wxyz), make_continuous(made.rotations_wxyz)
        )
    )
    moved = made.root_positions - before.root_positions
    moved[:, [0, 2]] -= moved[:, [0, 2]].mean(axis=0)
    changes = []
    for change in (turns, moved):
        middle = change.mean(axis=0)
        changes.append(settings.posture * middle + settings.movement * (change - middle))
    rotations = quaternion_multiply(before.rotations_wxyz, vector_to_quaternion(changes[0]))
    return replace(
        before,
        root_positions=before.root_positions + changes[1],
        rotations_wxyz=normalise(rotations),
    )


def by_posture(source: Walking, reference: Walking, settings: RestyleSettings) -> MotionClip:
    """The reference's mean pose, and each joint moving as much as it does there."""
    ours, theirs = source.curves(), reference.curves()
    middle, desired = mean_rotation(ours.turns), mean_rotation(theirs.turns)
    around, around_theirs = (
        quaternion_to_vector(quaternion_multiply(quaternion_conjugate(mean), each.turns))
        for mean, each in ((middle, ours), (desired, theirs))
    )
    spread, reached = _spread(around), _spread(around_theirs)
    ratio = np.clip((reached + _LEAST_SPREAD_RAD) / (spread + _LEAST_SPREAD_RAD), *_RATIO)
    if reference.clip.frame_count < 2:
        ratio = np.ones_like(ratio)
    scaled = around * (1.0 + settings.movement * (ratio[:, None] - 1.0))
    apart = quaternion_multiply(desired, quaternion_conjugate(middle))
    middle = quaternion_multiply(powered(apart, settings.posture), middle)
    sway = ours.sway.copy()
    sway[:, 2] += settings.posture * (theirs.sway[:, 2].mean() - sway[:, 2].mean())
    turns = normalise(quaternion_multiply(middle, vector_to_quaternion(scaled)))
    return replace(ours, turns=turns, sway=sway).clip(source.clip)


def _spread(turns: Floats) -> Floats:
    """(22,) root mean square of turns (T, 22, 3), radians."""
    return np.asarray(np.sqrt(np.square(turns).sum(axis=-1).mean(axis=0)))
