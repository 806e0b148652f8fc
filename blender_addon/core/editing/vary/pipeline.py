"""A variant of a motion: its latents moved a little, and only what that changes added to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import ClipError, ContractError, SettingsError
from ...jobs import OnProgress, Progress, Runner
from ...maths.rotation_vectors import vector_to_quaternion
from ...maths.rotations import heading_to_quaternion, normalise, quaternion_multiply
from ...maths.smoothing import smoothstep
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON
from ...motion.kinematics import forward_kinematics
from ..edited import Edited, unmoved
from ..footholds import keep_footholds
from ..prior_features import (
    LAYOUT,
    RATE_HZ,
    WINDOW_FRAMES,
    at_rate,
    clip_features,
    headings,
)
from .difference import Difference, difference, plan_windows, windows_at
from .settings import VarySettings

ENCODER_TASK: Final = "motion_prior"
DECODER_TASK: Final = "motion_prior_decoder"
DEVIATION: Final = "take_deviation"
"""Setting of the encoder's contract: (D,) how much latents move for a centimetre of difference."""

_LASTING: Final = 0.5
"""Share of a variant's difference, as variance, that lasts; the rest changes with every window."""
_RATES_HZ: Final = (10.0, 240.0)
_AT_ONCE: Final = 64
_FADE_S: Final = 0.4
_MEANS: Final = "sampled near its latent in the motion prior; only the difference added"


class VaryPipeline:
    """Makes variants of motions.

    Args:
        encoder: a session of a model for ``motion_prior``.
        decoder: a session of the ``motion_prior_decoder`` that belongs to it.

    Raises:
        ContractError: they are made for something else, or not for each other.
    """

    def __init__(self, encoder: Runner, decoder: Runner) -> None:
        for session, task in ((encoder, ENCODER_TASK), (decoder, DECODER_TASK)):
            session.contract.require_task(task)
            session.contract.require_frame_rate(RATE_HZ)
        encoder.contract.require_layout(encoder.contract.input("windows"), LAYOUT)
        decoder.contract.require_layout(decoder.contract.output("windows"), LAYOUT)
        self._encoder, self._decoder = encoder, decoder
        self._deviation = np.asarray(encoder.contract.setting(DEVIATION), np.float32)
        _check_sizes(self._deviation, encoder, decoder)

    def vary(
        self,
        clip: MotionClip,
        settings: VarySettings,
        seed: int,
        on_progress: Progress | OnProgress | None = None,
    ) -> Edited:
        """A variant of a clip; the same seed gives the same one.

        Args:
            clip: on the common skeleton, 10 to 240 frames a second, of any length.
            settings: how much it differs.
            seed: another number gives another variant.
            on_progress: given how much is done; may cancel.

        Raises:
            ClipError: it is of another skeleton or rate.
            SettingsError: a setting is out of range.
            Cancelled: somebody wants it to stop.
        """
        progress = Progress.of(on_progress)
        check_clip(clip)
        if not (np.isfinite(settings.amount) and 0.0 <= settings.amount <= 2.0):
            raise SettingsError(f"amount must be 0 to 2; found {settings.amount:g}")
        if settings.amount == 0.0:
            return Edited(clip, unmoved(clip), means=_MEANS, measures={"joint_change_cm": 0.0})
        varied, cycle = self._varied(clip, settings, np.random.default_rng(seed), progress)
        if settings.lock_feet:
            varied = keep_footholds(clip, varied, keep_ends=settings.keep_ends, cycle=cycle)
        progress(1.0)
        notes = ("The motion repeats, and so does its variant.",) if cycle else ()
        return Edited(
            varied, unmoved(clip), means=_MEANS, notes=notes,
            measures={"joint_change_cm": joint_change_cm(clip, varied)},
        )  # fmt: skip

    def _varied(
        self,
        clip: MotionClip,
        settings: VarySettings,
        rng: np.random.Generator,
        progress: Progress,
    ) -> tuple[MotionClip, bool]:
        slow = at_rate(clip)
        features = clip_features(slow)
        plan = plan_windows(features, rng)
        windows = windows_at(features, plan)
        progress(0.1)
        seen = _run(self._encoder, {"windows": windows}, progress.part(0.1, 0.4))
        latents = seen["latents"]
        reach = settings.amount * seen["spread"][:, None]
        moved = latents + reach * self._shifts(len(latents), rng)
        before, after = (
            _run(self._decoder, {"latents": each}, progress.part(start, start + 0.2))["windows"]
            for start, each in ((0.4, latents), (0.6, moved))
        )
        change = difference(before, after, plan, headings(slow.rotations_wxyz))
        progress(0.9)
        return apply_difference(clip, change, keep_ends=settings.keep_ends), plan.cycle > 0

    def _shifts(self, count: int, rng: np.random.Generator) -> Floats:
        """How latents move (W, D): partly the same way throughout, partly each in its own."""
        size = len(self._deviation)
        lasting, passing = rng.standard_normal(size), rng.standard_normal((count, size))
        drawn = np.sqrt(_LASTING) * lasting + np.sqrt(1.0 - _LASTING) * passing
        return np.asarray(drawn * self._deviation, np.float32)


def _run(session: Runner, feeds: dict[str, Floats], progress: Progress) -> dict[str, Floats]:
    """Run a model on rows of one input, some at once."""
    ((name, values),) = feeds.items()
    parts: list[dict[str, Floats]] = []
    for start in range(0, len(values), _AT_ONCE):
        part = np.ascontiguousarray(values[start : start + _AT_ONCE], np.float32)
        parts.append(session.run({name: part}))
        progress(min(start + _AT_ONCE, len(values)) / len(values))
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def check_clip(clip: MotionClip) -> None:
    """Refuse what the prior cannot see.

    Raises:
        ClipError: another skeleton, or a rate that it does not know.
    """
    if clip.skeleton.names != COMMON_SKELETON.names:
        raise ClipError(
            f"expected the {COMMON_SKELETON.joint_count} common joints; found "
            f"{clip.skeleton.joint_count} others; retarget the clip first"
        )
    low, high = _RATES_HZ
    if not low <= clip.frame_rate_hz <= high:
        raise ClipError(
            f"expected {low:g} to {high:g} frames a second; found {clip.frame_rate_hz:g}; "
            "change the scene's frame rate"
        )


def joint_change_cm(before: MotionClip, after: MotionClip) -> float:
    """Mean distance of joints between two motions of as many frames, centimetres."""
    first, second = (
        forward_kinematics(each.skeleton, each.root_positions, each.rotations_wxyz)[0]
        for each in (before, after)
    )
    return float(100.0 * np.linalg.norm(second - first, axis=-1).mean())


def apply_difference(
    clip: MotionClip, change: Difference, *, keep_ends: bool = False
) -> MotionClip:
    """Add to a clip of any rate what changes at 30 Hz.

    Args:
        clip: T frames.
        change: over the same time.
        keep_ends: it fades in and out.
    """
    at = np.arange(clip.frame_count) * (RATE_HZ / clip.frame_rate_hz)
    fade = _fade(clip) if keep_ends else np.ones(clip.frame_count)
    moved, turned = (sample_smooth(each, at) for each in (change.moved, change.turned))
    joints = sample_smooth(change.joints, at) * fade[:, None, None]
    rotations = quaternion_multiply(
        clip.rotations_wxyz.astype(np.float64), vector_to_quaternion(joints)
    )
    rotations[:, 0] = quaternion_multiply(heading_to_quaternion(turned * fade), rotations[:, 0])
    return replace(
        clip,
        root_positions=clip.root_positions + moved * fade[:, None],
        rotations_wxyz=normalise(rotations).astype(np.float32),
    )


def _fade(clip: MotionClip) -> Floats:
    """(T,) 0 at both ends, 1 away from them; of a short clip never quite."""
    frames = np.arange(clip.frame_count)
    edge = np.minimum(frames, frames[::-1])
    width = min(_FADE_S * clip.frame_rate_hz, max(clip.frame_count / 3.0, 1.0))
    return smoothstep(edge / width)


def sample_smooth(values: Floats, at: Floats) -> Floats:
    """Values (T, ...) at fractional frames (N,): cubics through them, held beyond the ends.

    Source: Catmull & Rom 1974.
    """
    last = len(values) - 1
    at = np.clip(at, 0.0, last)
    start = np.minimum(np.floor(at + 1e-6).astype(np.int64), last)
    t = np.maximum(at - start, 0.0).reshape(-1, *[1] * (values.ndim - 1))
    a, b, c, d = (values[np.clip(start + n, 0, last)] for n in (-1, 0, 1, 2))
    bend = 2.0 * a - 5.0 * b + 4.0 * c - d
    return np.asarray(b + 0.5 * t * (c - a + t * (bend + t * (3.0 * (b - c) + d - a))))


def _check_sizes(deviation: Floats, encoder: Runner, decoder: Runner) -> None:
    sizes = {
        deviation.shape[0] if deviation.ndim == 1 else -1,
        encoder.contract.output("latents").shape[-1],
        decoder.contract.input("latents").shape[-1],
    }
    frames = {
        encoder.contract.input("windows").shape[1],
        decoder.contract.output("windows").shape[1],
    }
    if len(sizes) != 1 or frames != {WINDOW_FRAMES}:
        raise ContractError(
            f"'{encoder.contract.name}' and '{decoder.contract.name}' do not belong together: "
            f"latents of {sorted(map(str, sizes))}, windows of {sorted(map(str, frames))} frames; "
            f"expected one size and {WINDOW_FRAMES} frames; choose two of one training"
        )
