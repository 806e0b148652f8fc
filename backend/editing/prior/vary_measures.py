"""Whether variants are as different, as natural and as firm on their feet as people's own takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from backend.editing.evaluation import Evaluation
from backend.mocap.common_clips import foot_positions
from backend.motion_quality.frechet import fit_gaussian, frechet_distance
from blender_addon.core.editing.vary.pipeline import VaryPipeline
from blender_addon.core.editing.vary.settings import VarySettings
from blender_addon.core.feet.measures import heights_over_ground, slip_speed
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import PLANTED_HEIGHTS_M

from .data import PriorData, label_names
from .generative import Judge, Shipped, features
from .takes import clip_distance_cm, takes_of, windows_of

_TAKES, _VARIANTS, _CLIPS = 3, 2, 24
_HOP: Final = 10
_LEAST_FRAMES: Final = 60
_WINDOWS: Final = 800


def measure(evaluation: Evaluation) -> dict[str, float]:
    """Diversity over that of takes, Fréchet distance over the floor, slip over the original's."""
    shipped = Shipped(evaluation.models)
    pipeline = VaryPipeline(shipped.encoder, shipped.decoder)
    measured = _against_held_out(evaluation, pipeline)
    if not evaluation.foreign:
        measured |= _diversity(evaluation, pipeline)
    return measured


def _diversity(evaluation: Evaluation, pipeline: VaryPipeline) -> dict[str, float]:
    """Distances between variants over those between takes of one action by one person."""
    ratios: dict[str, float] = {}
    for action, takes in takes_of((*evaluation.train, *evaluation.val)).items():
        natural = _mean_distance(takes[:_TAKES])
        made = [_mean_distance(variants(pipeline, take, evaluation.seed)) for take in takes[:2]]
        ratios[action] = float(np.mean(made)) / natural
    ordered = sorted(ratios.values())
    return {
        "diversity_ratio": float(np.mean(ordered)),
        "diversity_ratio_least": ordered[0],
        "diversity_ratio_most": ordered[-1],
    }


def variants(pipeline: VaryPipeline, clip: MotionClip, seed: int) -> list[MotionClip]:
    """Two variants of a clip."""
    settings = VarySettings(amount=1.0)
    return [pipeline.vary(clip, settings, seed + n).clip for n in range(_VARIANTS)]


def _mean_distance(clips: Sequence[MotionClip]) -> float:
    return float(np.mean([clip_distance_cm(a, b) for a in clips for b in clips if a is not b]))


def _against_held_out(evaluation: Evaluation, pipeline: VaryPipeline) -> dict[str, float]:
    """Naturalness and slip of variants of held-out clips."""
    chosen = [r.clip for r in evaluation.val if r.clip.frame_count >= _LEAST_FRAMES]
    step = max(1, len(chosen) // _CLIPS)
    originals = chosen[::step][:_CLIPS]
    made = [variants(pipeline, clip, evaluation.seed) for clip in originals]
    firsts = [each[0] for each in made]
    labels = label_names(evaluation.train)
    data = PriorData(evaluation.train, labels, augment=False)
    train = data.draw(_WINDOWS, evaluation.rng())
    judge = Judge.of(train, train)
    floor, varied = (
        _frechet(judge, clips) for clips in (originals, [c for each in made for c in each])
    )
    before, after = (_slips(clips) for clips in (originals, firsts))
    return {
        "frechet_ratio": varied / floor,
        "slip_ratio": float(after.mean() / before.mean()),
        "slip_ratio_clips": float(np.median(after / np.maximum(before, 1e-3))),
    }


def _frechet(judge: Judge, clips: Sequence[MotionClip]) -> float:
    windows = np.concatenate([windows_of(clip, _HOP) for clip in clips])
    seen = judge.components.project(features(windows))
    return frechet_distance(fit_gaussian(seen), fit_gaussian(judge.train)).total


def _slips(clips: Sequence[MotionClip]) -> np.ndarray:
    """(N,) mean speed of the joint that carries, m/s."""
    slips = []
    for clip in clips:
        feet = foot_positions(clip)
        heights = heights_over_ground(feet, np.zeros(feet.shape[:2]), PLANTED_HEIGHTS_M)
        slips.append(slip_speed(feet, heights, clip.frame_rate_hz).mean)
    return np.array(slips)
