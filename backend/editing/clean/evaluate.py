"""Part ``clean`` of ``evaluate editing``: captures damaged, cleaned, and filtered otherwise."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np

from backend.editing.evaluation import Evaluation, Unmeasured
from backend.editing.networks import CLEANER, FILLER
from backend.mocap.recordings import Recording
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.editing.clean.pipeline import CleanPipeline
from blender_addon.core.editing.clean.settings import CleanSettings
from blender_addon.core.editing.clean.slides import find_contacts
from blender_addon.core.editing.clean.tracks import ROOT, distances, tracks_of
from blender_addon.core.editing.fill.pipeline import FillPipeline
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from blender_addon.core.motion.kinematics import forward_kinematics

from .cases import DAMAGES, HOLES, NONE, judged_frames
from .damage import Damaged
from .filters import RATE_HZ, Baseline, all_filters, bridged

_TUNED_ON: Final = 12
_TUNED_FRAMES: Final = 200
_SHORTEST: Final = 45
_FEET: Final = COMMON_SKELETON.indices(FOOT_JOINTS)
_log = logging.getLogger(__name__)
Clean = Callable[[Damaged], Floats]


@dataclass(frozen=True, eq=False)
class Truth:
    """A clip as it was, and what is measured against.

    Args:
        tracks, places: of it.
        standing: (T, 4) heels and toes that carry.
    """

    tracks: Floats
    places: Floats
    standing: Bools

    @classmethod
    def of(cls, clip: MotionClip) -> Truth:
        """Look at a clip."""
        tracks = tracks_of(clip)
        places = _places(tracks)
        return cls(tracks, places, find_contacts(places[:, _FEET], RATE_HZ))


@dataclass(frozen=True, eq=False)
class Case:
    """A clip with damage, always the same for a seed.

    Args:
        damaged: what is to be cleaned.
        judged: (T,) frames that count.
        truth: what it was.
    """

    damaged: Damaged
    judged: Bools
    truth: Truth


@dataclass(frozen=True, eq=False)
class Cases:
    """The clips judged and those that filters are tuned on, damaged in one way."""

    judged: Sequence[Case]
    tuned_on: Sequence[Case]


@dataclass(frozen=True, eq=False)
class Judged:
    """Sums over clips, from which rows are made.

    Args:
        error_m, jerk, true_jerk, slip, true_slip: sums over frames.
        frames, jerk_frames, slip_frames: how many those are.
        turned_deg, moved_mm: of the clip: means, and the 99th of a hundred.
    """

    error_m: float
    frames: int
    jerk: float
    true_jerk: float
    slip: float
    true_slip: float
    slip_frames: int
    turned_deg: tuple[float, float]
    moved_mm: tuple[float, float]
    count: int


def measure_clean(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Rows by damage."""
    clips = [each.clip for each in evaluation.val if each.clip.frame_count >= _SHORTEST]
    if not clips:
        raise Unmeasured(f"no clip has {_SHORTEST} frames at {RATE_HZ:g} Hz")
    given = [(clip, Truth.of(clip)) for clip in clips]
    tuned_on = [(clip, Truth.of(clip)) for clip in _some(evaluation.train, evaluation.rng())]
    clean, seed = clean_by(load_pipeline(evaluation)), evaluation.seed
    untouched = _judge_all(_cases(NONE, given, seed), clean)
    rows = []
    for name in DAMAGES:
        _log.info("cleaning %s", name)
        judged = _cases(name, given, seed)
        cases = Cases(judged, _cases(name, tuned_on, seed + 1) or judged)
        rows.append(_row(name, cases, clean, untouched))
    return rows


def _cases(name: str, clips: Sequence[tuple[MotionClip, Truth]], seed: int) -> list[Case]:
    """Clips damaged in one way, those of which no frame counts left out."""
    cases = []
    for number, (clip, truth) in enumerate(clips):
        damaged = DAMAGES[name](clip, np.random.default_rng((seed, number)))
        judged = judged_frames(name, damaged, clip)
        if judged.any():
            cases.append(Case(damaged, judged, truth))
    return cases


def load_pipeline(evaluation: Evaluation) -> CleanPipeline:
    """The product, with the networks there are."""
    filler, cleaner = (evaluation.models / f"{name}.onnx" for name in (FILLER, CLEANER))
    cpu = ["CPUExecutionProvider"]
    return CleanPipeline(
        FillPipeline(ModelSession(filler, cpu)) if filler.is_file() else None,
        ModelSession(cleaner, cpu) if cleaner.is_file() else None,
    )


def clean_by(pipeline: CleanPipeline, settings: CleanSettings | None = None) -> Clean:
    """Tracks of damaged clips, cleaned by the product."""
    return lambda damaged: tracks_of(
        pipeline.clean(damaged.clip, settings, missing=damaged.missing).clip
    )


def filter_by(baseline: Baseline) -> Clean:
    """Tracks of damaged clips, holes bridged by the cubic and then filtered."""
    return lambda damaged: baseline.apply(_bridged(damaged))


@lru_cache(maxsize=_TUNED_ON)
def _bridged(damaged: Damaged) -> Floats:
    """The same for every filter."""
    return bridged(damaged.clip, ~damaged.missing)


def _some(recordings: Sequence[Recording], rng: np.random.Generator) -> list[MotionClip]:
    long = [each.clip for each in recordings if each.clip.frame_count >= _SHORTEST]
    return [_beginning(long[n]) for n in rng.permutation(len(long))[:_TUNED_ON]]


def _beginning(clip: MotionClip) -> MotionClip:
    return replace(
        clip,
        root_positions=clip.root_positions[:_TUNED_FRAMES],
        rotations_wxyz=clip.rotations_wxyz[:_TUNED_FRAMES],
    )


def _row(name: str, cases: Cases, clean: Clean, untouched: Judged) -> dict[str, Any]:
    ours = _judge_all(cases.judged, clean)
    raw = _judge_all(cases.judged, lambda damaged: tracks_of(damaged.clip))
    best_name, best = best_filter(name, cases)
    return {
        "damage": name,
        "cm": _cm(ours),
        "cm_raw": _cm(raw),
        "cm_best_filter": _cm(best),
        "best_filter": best_name,
        "jerk_ratio": ours.jerk / ours.true_jerk,
        "jerk_ratio_best_filter": best.jerk / best.true_jerk,
        "slip_ratio": _ratio(ours.slip, ours.true_slip),
        "slip_ratio_raw": _ratio(raw.slip, raw.true_slip),
        "undamaged_deg": untouched.turned_deg[0],
        "undamaged_mm": untouched.moved_mm[0],
        "undamaged_deg_p99": untouched.turned_deg[1],
        "undamaged_mm_p99": untouched.moved_mm[1],
    }


def best_filter(name: str, cases: Cases) -> tuple[str, Judged]:
    """Each family tuned on some recordings, the best of them on those that are judged."""
    tuned: dict[str, tuple[float, str, Clean]] = {}
    for family, setting, clean in _rivals(name):
        cm = _error_cm(cases.tuned_on, clean)
        if family not in tuned or cm < tuned[family][0]:
            tuned[family] = cm, setting, clean
    judged = {
        f"{family}, {setting}": _judge_all(cases.judged, clean)
        for family, (_, setting, clean) in tuned.items()
    }
    best = min(judged, key=lambda each: judged[each].error_m)
    return best, judged[best]


def _rivals(name: str) -> list[tuple[str, str, Clean]]:
    """Filters; for holes alone the two ways to bridge them."""
    if name in (HOLES, "everything missing for 1 s"):
        return [
            ("cubic with end velocities", "Hermite", lambda d: bridged(d.clip, ~d.missing)),
            ("SLERP", "lines", lambda d: bridged(d.clip, ~d.missing, cubic=False)),
        ]
    return [(each.family, each.setting, filter_by(each)) for each in all_filters()]


def _judge_all(cases: Sequence[Case], clean: Clean) -> Judged:
    """One way to clean, over all clips."""
    return _summed([_judge(case, clean(case.damaged)) for case in cases])


def _error_cm(cases: Sequence[Case], clean: Clean) -> float:
    """Mean distance of the joints alone, which is all that filters are tuned by."""
    off = [
        np.linalg.norm(_places(clean(case.damaged)) - case.truth.places, axis=-1)[case.judged]
        for case in cases
    ]
    return 100.0 * float(np.concatenate(off).mean())


def _judge(case: Case, cleaned: Floats) -> Judged:
    truth, judged = case.truth, case.judged
    places = _places(cleaned)
    off = np.linalg.norm(places - truth.places, axis=-1)
    turned = np.rad2deg(distances(cleaned, truth.tracks)[:, ROOT + 1 :])
    return Judged(
        float(off[judged].mean(axis=1).sum()), int(judged.sum()),
        _jerk(places, judged), _jerk(truth.places, judged),
        _slip(places, truth.standing), _slip(truth.places, truth.standing),
        int(truth.standing.sum()),
        (float(turned.mean()), float(np.percentile(turned, 99))),
        (1000.0 * float(off.mean()), 1000.0 * float(np.percentile(off, 99))),
        len(off),
    )  # fmt: skip


def _places(tracks: Floats) -> Floats:
    turns = np.ascontiguousarray(tracks[:, ROOT + 1 :])
    return forward_kinematics(COMMON_SKELETON, tracks[:, ROOT, :3], turns)[0]


def _jerk(places: Floats, judged: Bools) -> float:
    """Sum over the frames judged of joints' mean third difference."""
    jerk = np.linalg.norm(np.diff(places, 3, axis=0), axis=-1).mean(axis=1)
    return float(jerk[judged[1:-2]].sum())


def _slip(places: Floats, standing: Bools) -> float:
    speeds = np.linalg.norm(np.gradient(places[:, _FEET][..., [0, 2]], axis=0), axis=-1)
    return float((speeds * standing).sum())


def _summed(parts: Sequence[Judged]) -> Judged:
    counts = np.array([each.count for each in parts])

    def mean(values: list[tuple[float, float]]) -> tuple[float, float]:
        both = np.average(np.array(values), axis=0, weights=counts)
        return float(both[0]), float(both[1])

    def total(what: str) -> float:
        return float(sum(getattr(each, what) for each in parts))

    return Judged(
        total("error_m"), int(total("frames")), total("jerk"), total("true_jerk"), total("slip"),
        total("true_slip"), int(total("slip_frames")), mean([each.turned_deg for each in parts]),
        mean([each.moved_mm for each in parts]), int(counts.sum()),
    )  # fmt: skip


def _cm(judged: Judged) -> float:
    return 100.0 * judged.error_m / judged.frames


def _ratio(made: float, true: float) -> float | None:
    return made / true if true > 0.0 else None
