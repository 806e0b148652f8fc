"""Restyle against its baselines: are the steps kept, and is the manner seen.

Plain walks held out take over manners. The judge has never seen the reference: it learns a manner
from its other clips, save where there is only one. Baselines are the walk as it was, and the
reference's mean posture copied onto it, whatever its feet then do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from backend.mocap.recordings import Recording
from backend.motion_quality.frechet import fit_gaussian, frechet_distance
from blender_addon.core.conventions import Bools, Floats, Ints
from blender_addon.core.editing.manifold.features import RATE_HZ, Places, places_of
from blender_addon.core.editing.manifold.runtime import DECODER, ENCODER, GRADIENT
from blender_addon.core.editing.restyle.pipeline import RestylePipeline
from blender_addon.core.editing.restyle.settings import RestyleSettings
from blender_addon.core.editing.restyle.spectrum import mean_rotation
from blender_addon.core.editing.sixty import at_sixty
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.maths.rotations import quaternion_conjugate, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS

from ..evaluation import Evaluation, Unmeasured
from .judge import Judge, windows_of

MANNERS: Final = {
    "sneaking": ("kaykit_sneak",),
    "crouched": ("ual_crouch_walk",),
    "pushing": ("ual_push_walk",),
    "cartoon": ("kaykit_walk_a", "kaykit_walk_b", "kaykit_walk_c"),
    "Michael Jackson": ("bvh11_131_01", "bvh11_131_02", "bvh11_131_03"),
    "salsa": ("acrnn_salsa_01", "acrnn_salsa_16", "acrnn_salsa_20", "acrnn_salsa_25"),
}
"""By name, clips that show it."""
PLAIN: Final = "plain"
_PLAIN_LABEL: Final = "walk"
_SOURCES: Final = 5
_STYLED: Final = ("cmu",)
_LANDING_FRAMES: Final = 30
_FRECHET: Final = 8


@dataclass(frozen=True, eq=False)
class _Result:
    """One walk in one manner.

    Args:
        manner, means: what was wanted, and how it was made.
        source, styled, copied: at 60 Hz.
    """

    manner: str
    reference: str
    means: str
    source: MotionClip
    styled: MotionClip
    copied: MotionClip


def measure_restyle(evaluation: Evaluation) -> dict[str, Any]:
    """The measures, and a row for each manner."""
    named = {each.name: each for each in (*evaluation.train, *evaluation.val)}
    if evaluation.foreign or not _all_there(named):
        raise Unmeasured("manners are judged by the clips that show them, of the shared recordings")
    pipeline = RestylePipeline(*_sessions(evaluation))
    sources = _sources(evaluation)
    if not sources:
        raise Unmeasured("no plain walk is held out")
    windows = _windows(named, [each.name for each in sources])
    rows, results = [], []
    for result in _restyled(pipeline, sources, named, evaluation):
        results.append(result)
        rows.append(_measures(result, windows))
    return _mean(rows) | {
        "manners": [
            {"manner": name, "means": _means(results, name)}
            | _mean([row for row, each in zip(rows, results, strict=True) if each.manner == name])
            for name in MANNERS
        ]
    }


def _all_there(named: dict[str, Recording]) -> bool:
    return all(name in named for names in MANNERS.values() for name in names)


def _sessions(evaluation: Evaluation) -> Iterator[ModelSession]:
    for task in (ENCODER, DECODER, GRADIENT):
        yield ModelSession(evaluation.models / f"{task}.onnx", ["CPUExecutionProvider"])


def _sources(evaluation: Evaluation) -> list[Recording]:
    """Plain walks held out."""
    styled = {name for names in MANNERS.values() for name in names}
    walks = [
        each for each in evaluation.val if each.label == _PLAIN_LABEL and each.name not in styled
    ]
    return walks[:_SOURCES]


def _windows(named: dict[str, Recording], judged: Sequence[str]) -> dict[str, dict[str, Floats]]:
    """By manner and clip, what the judge learns from."""
    plain = [
        name for name, each in named.items()
        if each.label == _PLAIN_LABEL and each.folder in _STYLED and name not in judged
    ]  # fmt: skip
    return {
        manner: {name: windows_of(at_sixty(named[name].clip).clip, True) for name in names}
        for manner, names in {**MANNERS, PLAIN: tuple(plain)}.items()
    }


def _restyled(
    pipeline: RestylePipeline,
    sources: Sequence[Recording],
    named: dict[str, Recording],
    evaluation: Evaluation,
) -> Iterator[_Result]:
    for manner, names in MANNERS.items():
        for n, source in enumerate(sources):
            name = names[(n + evaluation.seed) % len(names)]
            reference = named[name].clip
            edited = pipeline.restyle(source.clip, reference, RestyleSettings())
            clips = (source.clip, edited.clip, copy_posture(source.clip, reference))
            yield _Result(manner, name, edited.means, *(at_sixty(clip).clip for clip in clips))


def copy_posture(clip: MotionClip, reference: MotionClip) -> MotionClip:
    """A clip whose joints have the reference's mean turn, the hips aside: the baseline."""
    ours, theirs = (mean_rotation(each.rotations_wxyz) for each in (clip, reference))
    apart = quaternion_multiply(theirs, quaternion_conjugate(ours))
    rotations = quaternion_multiply(apart[None], clip.rotations_wxyz)
    rotations[:, 0] = clip.rotations_wxyz[:, 0]
    return MotionClip(clip.skeleton, clip.frame_rate_hz, clip.root_positions, rotations)


def _measures(result: _Result, windows: dict[str, dict[str, Floats]]) -> dict[str, float]:
    known = {
        manner: [
            seen for name, seen in clips.items() if len(clips) == 1 or name != result.reference
        ]
        for manner, clips in windows.items()
    }
    judge = Judge.of(known)
    shown = {
        name: windows_of(clip)
        for name, clip in (
            ("styled", result.styled), ("source", result.source), ("copied", result.copied)
        )
    }  # fmt: skip
    named = {name: judge.share(seen, result.manner) for name, seen in shown.items()}
    wanted = judge.project(np.concatenate(list(windows[result.manner].values())))
    far = {name: _frechet(judge.project(seen), wanted) for name, seen in shown.items()}
    source, styled = places_of(result.source), places_of(result.styled)
    return {
        "contacts_kept": contacts_kept(source, styled),
        "classifier": named["styled"],
        "classifier_baseline": max(named["source"], named["copied"]),
        "classifier_source": named["source"],
        "classifier_posture": named["copied"],
        "slip_cm_s": slip(styled, source.contacts),
        "slip_source_cm_s": slip(source, source.contacts),
        "path_cm": 100.0 * float(np.linalg.norm(styled.ground - source.ground, axis=-1).mean()),
        "step_ms": step_error_ms(source, styled),
        "frechet_cm": far["styled"],
        "frechet_source_cm": far["source"],
        "frechet_posture_cm": far["copied"],
    }


def _frechet(seen: Floats, wanted: Floats) -> float:
    """Of windows to those of the manner, on eight components; centimetres."""
    pair = [fit_gaussian(100.0 * each[:, :_FRECHET].astype(np.float64)) for each in (seen, wanted)]
    return frechet_distance(*pair).total


def contacts_kept(source: Places, styled: Places) -> float:
    """Share of frames of feet that carried and still do."""
    was, now = (each.contacts.reshape(-1, 2, 2).any(axis=2) for each in (source, styled))
    return float((was & now).sum() / max(int(was.sum()), 1))


def slip(places: Places, contacts: Bools) -> float:
    """Mean horizontal speed of joints while they carry, centimetres a second."""
    feet = places.positions[:, COMMON_SKELETON.indices(FOOT_JOINTS)][..., [0, 2]]
    speeds = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * RATE_HZ
    holds = contacts[1:] & contacts[:-1]
    return 100.0 * float(speeds[holds].mean()) if holds.any() else 0.0


def step_error_ms(source: Places, styled: Places) -> float:
    """How far landings are from where they were, each beside the nearest of the same foot."""
    late = []
    for foot in (slice(0, 2), slice(2, 4)):
        was, now = (_landings(each.contacts[:, foot].any(axis=1)) for each in (source, styled))
        if len(now):
            apart = np.abs(was[:, None] - now).min(axis=1) if len(was) else np.zeros(0)
            late += list(np.minimum(apart, _LANDING_FRAMES))
        else:
            late += [_LANDING_FRAMES] * len(was)
    return 1000.0 / RATE_HZ * float(np.mean(late)) if late else 0.0


def _landings(carries: Bools) -> Ints:
    return np.flatnonzero(np.diff(carries.astype(np.int8)) > 0)


def _means(results: Sequence[_Result], manner: str) -> str:
    return ", ".join(dict.fromkeys(each.means for each in results if each.manner == manner))


def _mean(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: round(float(np.mean([row[name] for row in rows])), 3) for name in rows[0]}
