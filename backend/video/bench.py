"""How fast a film becomes motion, for the bench."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from backend.bench.loading import load_seconds
from backend.bench.report import Figures, Row, Section
from backend.bench.setting import MINUTE_S, NEEDS_BPY, BenchSetting
from backend.bench.timing import time_call
from blender_addon.core.inference.model_list import find_model
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.retarget.clip import retarget_clip
from blender_addon.core.video.fitting.fit import fit_body
from blender_addon.core.video.lifting.lifter import LIFTER_TASK, Lifter
from blender_addon.core.video.request import FitRequest
from blender_addon.core.video.settings import Quality
from blender_addon.core.video.tracking.tracker import DETECTOR_TASK, LANDMARKS_TASKS

from .bench_minute import MadeMinute, make_minute

FILM: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "pose_clips" / "walk.mp4"
TASKS: Final = (DETECTOR_TASK, LANDMARKS_TASKS[Quality.FULL], LIFTER_TASK)
_FPS, _FRAME_MS, _MINUTE_S = 25.0, 2.0, 2.0
_FRAMES, _FEW_FRAMES = 120, 12
_OTHER_SIZE: Final = 1.1


def measure(setting: BenchSetting) -> Figures:
    """Tracking with reading of the film, lifting, and a minute's fit with its retargeting.

    Raises:
        ModelError: a model cannot be loaded.
        ProviderError: the provider is not available.
    """
    return Figures(
        {
            Section.STEP: lambda: [_tracking(setting), _lifting(setting)],
            Section.LOAD: lambda: [
                Row(f"video_{task}_load_s", f"{task} load", _load(task, setting), "s", 0.3)
                for task in TASKS
            ],
            Section.MINUTE: lambda: [_fitting(setting)],
        }
    )


def _load(task: str, setting: BenchSetting) -> float:
    return load_seconds(find_model(task, setting.models), setting.provider)


def _session(task: str, setting: BenchSetting) -> ModelSession:
    model = find_model(task, setting.models)
    return ModelSession(model, [setting.provider], setting.models.threads)


def _tracking(setting: BenchSetting) -> Row:
    key, title = "video_fps_full", "film, 768 x 432, read and tracked by the full network"
    if not setting.has_blender:
        return Row(key, title, None, "pictures/s", _FPS, note=NEEDS_BPY, at_least=True)
    if not FILM.is_file():
        note = f"there is no {FILM.name} to track"
        return Row(key, title, None, "pictures/s", _FPS, note=note, at_least=True)
    from .bench_scene import tracked_per_second

    sessions = [_session(task, setting) for task in TASKS[:2]]
    frames = _FEW_FRAMES if setting.is_short else _FRAMES
    speed = tracked_per_second(FILM, sessions, frames, setting.repeats)
    return Row(key, title, speed, "pictures/s", _FPS, at_least=True)


def _lifting(setting: BenchSetting) -> Row:
    made = _minute(setting)
    lifter = Lifter(_session(LIFTER_TASK, setting))
    timing = time_call(lambda: lifter.lift(made.tracked, made.camera), seconds=setting.seconds)
    one = timing.median_ms / made.tracked.frame_count
    return Row("lifter_frame_ms", "points into space, a picture", one, "ms", _FRAME_MS)


def _fitting(setting: BenchSetting) -> Row:
    made = _minute(setting)
    other = COMMON_SKELETON.scaled(_OTHER_SIZE)

    def fit() -> None:
        retarget_clip(fit_body(made.tracked, made.lifted, FitRequest()).clip, other)

    timing = time_call(fit, seconds=setting.seconds, warm_up=1)
    minute = timing.median_s * MINUTE_S / (made.tracked.frame_count / made.tracked.frame_rate_hz)
    title = "fit and retargeting, a minute of film at 30 pictures/s"
    return Row("fit_minute_s", title, minute, "s", _MINUTE_S)


def _minute(setting: BenchSetting) -> MadeMinute:
    return make_minute(4.0 if setting.is_short else float(MINUTE_S))
