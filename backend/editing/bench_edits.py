"""Edits as the bench times them, on neutral gaits and what is made of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.signal import savgol_filter
from scipy.spatial.transform import Rotation, Slerp

from backend.bench.cancel import slowest_stop
from backend.bench.setting import MINUTE_S, BenchSetting
from backend.bench.timing import Timing, time_calls
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.editing.clean.pipeline import CleanPipeline
from blender_addon.core.editing.fill.pipeline import FillPipeline
from blender_addon.core.editing.map.pipeline import MapPipeline
from blender_addon.core.editing.map.tsne import tsne
from blender_addon.core.editing.restyle.pipeline import GRAM, SPECTRUM, RestylePipeline
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.opening import open_models
from blender_addon.core.jobs import Progress
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    make_continuous,
    normalise,
    quaternion_multiply,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.resample import resample_clip

from .networks import CLEANER, FILLER, MANIFOLD, PRIOR
from .restyle.neutral import walk_clips

RATE_HZ: Final = 30.0
GAP: Final = 60
CONTEXT: Final = 15
CLIPS: Final = 500
_CLIP_S: Final = 5.0
_RESTYLED_S: Final = 10.0
_JITTER_DEG: Final = 2.0
_SPEEDS_M_S: Final = (0.9, 1.5)
_MODELS: Final = Path(__file__).resolve().parents[2] / "onnx_models"
_FEW: Final = 20
_SAVGOL: Final = (7, 3)


def time_fill(setting: BenchSetting) -> dict[str, Timing]:
    """Ours and SciPy's SLERP, for a gap of 60 frames with half a second known on either side."""
    pipeline = FillPipeline(*open_models([FILLER], setting.models))
    clip = lasting(gaits()[0], GAP + 2 * CONTEXT, RATE_HZ)
    known = np.ones(clip.frame_count, bool)
    known[CONTEXT : CONTEXT + GAP] = False
    return time_calls(
        {"ours": lambda: pipeline.fill(clip, known), "slerp": lambda: slerp_gap(clip, known)},
        seconds=setting.seconds,
    )


def time_clean(setting: BenchSetting) -> dict[str, Timing]:
    """Ours and SciPy's Savitzky–Golay filter, for a minute that trembles."""
    seconds = 3 if setting.is_short else MINUTE_S
    clip = trembling(lasting(gaits()[0], int(seconds * RATE_HZ), RATE_HZ))
    pipeline = _cleaner(setting.models)
    return time_calls(
        {"ours": lambda: pipeline.clean(clip), "savgol": lambda: smooth(clip)},
        seconds=setting.seconds,
        least=1 if setting.is_short else 3,
    )


def _cleaner(models: ModelChoice) -> CleanPipeline:
    filler, cleaner = open_models([FILLER, CLEANER], models)
    return CleanPipeline(FillPipeline(filler), cleaner)


def time_restyle(setting: BenchSetting) -> dict[str, float]:
    """Seconds by spectrum and by Gram matrices, for ten seconds."""
    pipeline = _restyler(setting.models)
    seconds = 3.0 if setting.is_short else _RESTYLED_S
    slow, fast = (lasting(clip, int(seconds * RATE_HZ), RATE_HZ) for clip in gaits())
    still = standing(slow)
    by_spectrum = _means(pipeline, slow, fast, SPECTRUM)
    by_gram = _means(pipeline, slow, still, GRAM)
    took = time_calls({"spectrum": by_spectrum}, seconds=setting.seconds, least=1)
    return {"spectrum": took["spectrum"].median_s, "gram": _once(by_gram)}


def _restyler(models: ModelChoice) -> RestylePipeline:
    tasks = [MANIFOLD, f"{MANIFOLD}_decoder", f"{MANIFOLD}_gradient"]
    return RestylePipeline(*open_models(tasks, models))


def _means(
    pipeline: RestylePipeline, clip: MotionClip, reference: MotionClip, means: str
) -> Callable[[], Any]:
    def run() -> None:
        found = pipeline.restyle(clip, reference).means
        if found != means:
            raise RuntimeError(f"expected to time {means}; it was {found}")

    return run


def time_map(setting: BenchSetting) -> tuple[float, int]:
    """Seconds for latents and picture of 500 clips, and how many windows they have."""
    pipeline = MapPipeline(*open_models([PRIOR], setting.models))
    rng = np.random.default_rng(0)
    gait = lasting(gaits()[0], int(_CLIP_S * RATE_HZ), RATE_HZ)
    clips = [trembling(gait, rng) for _ in range(_FEW if setting.is_short else CLIPS)]
    pipeline.latents(clips[:1])
    started = time.perf_counter()
    windows = pipeline.latents(clips)
    tsne(windows.latents)
    return time.perf_counter() - started, len(windows.latents)


def cancel_seconds(models: ModelChoice) -> float:
    """From being told to having ended, the longest of several moments of restyling by Gram."""
    pipeline = _restyler(models)
    clip = lasting(gaits()[0], int(3 * RATE_HZ), RATE_HZ)
    still = standing(clip)

    def run(progress: Progress) -> object:
        return pipeline.restyle(clip, still, on_progress=progress)

    return slowest_stop(run)


def _once(run: Callable[[], Any]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


# --- motions ------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def gaits() -> tuple[MotionClip, MotionClip]:
    """A slow and a fast neutral walk, straight ahead."""
    slow, fast = walk_clips(_MODELS, _SPEEDS_M_S)
    return replace(slow, contacts=None), replace(fast, contacts=None)


def lasting(clip: MotionClip, frames: int, rate_hz: float) -> MotionClip:
    """A clip at another rate, repeated until it lasts so many frames, going on where it ended."""
    clip = resample_clip(replace(clip, contacts=None), rate_hz)
    times = -(-frames // clip.frame_count)
    way = clip.root_positions[-1] - clip.root_positions[0]
    way = way * np.array([1, 0, 1], np.float32) * clip.frame_count / (clip.frame_count - 1)
    root = np.concatenate([clip.root_positions + n * way for n in range(times)])
    turns = np.concatenate([clip.rotations_wxyz] * times)
    return replace(clip, root_positions=root[:frames], rotations_wxyz=turns[:frames])


def trembling(clip: MotionClip, rng: np.random.Generator | None = None) -> MotionClip:
    """A clip with a jitter of 2° in every joint."""
    rng = rng or np.random.default_rng(0)
    shape = clip.rotations_wxyz.shape[:2]
    axes = normalise(rng.normal(size=(*shape, 3)).astype(np.float32))
    angles = np.deg2rad(_JITTER_DEG) * rng.normal(size=shape).astype(np.float32)
    shaken = quaternion_multiply(clip.rotations_wxyz, axis_angle_to_quaternion(axes, angles))
    return replace(clip, rotations_wxyz=shaken)


def standing(clip: MotionClip) -> MotionClip:
    """The clip's first pose, held, its arms moving: a motion without steps."""
    root = np.repeat(clip.root_positions[:1], clip.frame_count, axis=0)
    turns = np.repeat(clip.rotations_wxyz[:1], clip.frame_count, axis=0).copy()
    arms = clip.skeleton.indices(["LeftForeArm", "RightForeArm"])
    sway = 0.4 * np.sin(np.arange(clip.frame_count, dtype=np.float32) / 9.0)
    up = np.array([0.0, 1.0, 0.0], np.float32)
    turns[:, arms] = quaternion_multiply(
        turns[:, arms], axis_angle_to_quaternion(up, sway)[:, None]
    )
    return replace(clip, root_positions=root, rotations_wxyz=turns)


# --- SciPy's ways -------------------------------------------------------------------------------


def slerp_gap(clip: MotionClip, known: Bools) -> tuple[Floats, Floats]:
    """Root positions and rotations of the missing frames, by a line and SciPy's SLERP."""
    at, missing = np.flatnonzero(known), np.flatnonzero(~known)
    root = np.stack([np.interp(missing, at, axis[at]) for axis in clip.root_positions.T], axis=-1)
    turns = [
        Slerp(at, Rotation.from_quat(joint[at], scalar_first=True))(missing).as_quat(
            scalar_first=True
        )
        for joint in np.moveaxis(clip.rotations_wxyz, 1, 0)
    ]
    return root, np.stack(turns, axis=1)


def smooth(clip: MotionClip) -> MotionClip:
    """A clip smoothed by SciPy's Savitzky–Golay filter."""
    turns = savgol_filter(make_continuous(clip.rotations_wxyz), *_SAVGOL, axis=0)
    root = savgol_filter(clip.root_positions, *_SAVGOL, axis=0)
    return replace(clip, root_positions=root, rotations_wxyz=normalise(turns))
