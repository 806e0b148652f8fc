"""The 2016 manifold by itself: reconstruction, fixing, control and constraints, held-out clips.

Everything runs through the exported graphs, as in the scene.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.editing.follow.pipeline import FollowPipeline
from blender_addon.core.editing.manifold.control import control_of
from blender_addon.core.editing.manifold.descent import Constraints, bone_errors, descend
from blender_addon.core.editing.manifold.features import (
    JOINTS,
    LAYOUT,
    Places,
    places_of,
    to_features,
    to_places,
)
from blender_addon.core.editing.manifold.runtime import TASKS, Manifold
from blender_addon.core.editing.sixty import at_sixty
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from ..evaluation import Evaluation, Unmeasured
from ..restyle.evaluate import slip
from .data import GAITS

_CM: Final = 100.0
_LONGEST: Final = 600
_SHORTEST: Final = 60
_JITTER_M: Final = 0.05
_STEPS: Final = 60
_RATE: Final = 0.01
_HELD: Final = 1e-4
_SIGMAS: Final = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
_ARM: Final = ("RightArm", "RightForeArm", "RightHand")
_POSITIONS: Final = LAYOUT.slices["positions_m"]

Corrupted = tuple[Floats, np.ndarray[Any, Any]]
"""Features, and which numbers were taken away."""


def measure_manifold(evaluation: Evaluation) -> dict[str, Any]:
    """What the manifold holds, what it mends, where it can be led."""
    manifold = Manifold(*_sessions(evaluation))
    clips = [
        (each.label, places_of(at_sixty(each.clip).clip))
        for each in evaluation.val
        if each.clip.duration_s * 60 >= _SHORTEST
    ]
    if not clips:
        raise Unmeasured("no clip lasts a second")
    taken = [(label, _cut(places)) for label, places in clips]
    features = [to_features(places) for _, places in taken]
    whole = [joint_error_cm(manifold.project(each), each) for each in features]
    rows = _by_label([label for label, _ in taken], whole)
    return {
        "reconstruction_cm": _rounded(np.mean(whole)),
        "reconstruction": rows,
        "fix": _fixes(manifold, features, evaluation),
        "control": _controlled(manifold, taken),
        "constraints": _constrained(manifold, [places for _, places in taken]),
        "follow": _followed(evaluation),
    }


def _sessions(evaluation: Evaluation) -> Iterator[ModelSession]:
    for task in TASKS:
        yield ModelSession(evaluation.models / f"{task}.onnx", ["CPUExecutionProvider"])


def _cut(places: Places) -> Places:
    part = slice(0, _LONGEST)
    return Places(places.positions[part], places.headings[part], places.contacts[part])


def joint_error_cm(made: Floats, true: Floats) -> float:
    """Mean distance of joints in the body's frame, of features (T, 73)."""
    apart = (made - true)[:, _POSITIONS].reshape(-1, JOINTS, 3)
    return _CM * float(np.linalg.norm(apart, axis=-1).mean())


def _by_label(labels: Sequence[str], values: Sequence[float]) -> list[dict[str, Any]]:
    return [
        {
            "label": name,
            "cm": _rounded(
                np.mean([v for one, v in zip(labels, values, strict=True) if one == name])
            ),
        }
        for name in sorted(set(labels))
    ]


def _fixes(
    manifold: Manifold, features: Sequence[Floats], evaluation: Evaluation
) -> list[dict[str, Any]]:
    """The paper's corruptions, mended by projection, and by what needs no network."""
    rng = evaluation.rng()
    mean = np.concatenate(features).mean(axis=0)
    rows = []
    kinds: Mapping[str, Callable[[Floats], Corrupted]] = {
        "half of all numbers": lambda each: _half(each, mean, rng),
        "jitter of 5 cm": lambda each: _jittered(each, rng),
        "right arm lost": lambda each: _without_arm(each, mean),
    }
    for name, corrupt in kinds.items():
        broken = [corrupt(each) for each in features]
        rows.append(
            {
                "damage": name,
                "cm_raw": _mean_error([one for one, _ in broken], features),
                "cm_filter": _filtered(broken, features),
                "cm": _mean_error(
                    [manifold.project(_made_up_for(*each, mean)) for each in broken], features
                ),
            }
        )
    return rows


def _half(features: Floats, mean: Floats, rng: np.random.Generator) -> Corrupted:
    gone = rng.random(features.shape) < 0.5
    return np.where(gone, mean, features).astype(np.float32), gone


def _made_up_for(features: Floats, gone: np.ndarray[Any, Any], mean: Floats) -> Floats:
    """What is left, made larger for what is gone, as dropout does it while a network learns."""
    if gone.all(axis=0).any():  # lost for good: nothing there stands for it
        return features
    return np.asarray(mean + (features - mean) / (1.0 - gone.mean()), np.float32)


def _jittered(features: Floats, rng: np.random.Generator) -> Corrupted:
    noisy = features.copy()
    noisy[:, _POSITIONS] += rng.normal(0.0, _JITTER_M, noisy[:, _POSITIONS].shape)
    return noisy, np.zeros(features.shape, bool)


def _without_arm(features: Floats, mean: Floats) -> Corrupted:
    gone = np.zeros((len(features), JOINTS, 3), bool)
    gone[:, COMMON_SKELETON.indices(_ARM)] = True
    flat = np.zeros(features.shape, bool)
    flat[:, _POSITIONS] = gone.reshape(len(features), -1)
    return np.where(flat, mean, features).astype(np.float32), flat


def _filtered(broken: Sequence[Corrupted], features: Sequence[Floats]) -> float:
    """Numbers taken away bridged by lines, and the best of several Gaussian filters."""
    bridged = [_bridged(*each) for each in broken]
    return min(
        _mean_error(bridged, features),
        *(
            _mean_error([gaussian_smooth(each, sigma) for each in bridged], features)
            for sigma in _SIGMAS
        ),
    )


def _bridged(features: Floats, gone: np.ndarray[Any, Any]) -> Floats:
    out = features.copy()
    frames = np.arange(len(out))
    for column in np.flatnonzero(gone.any(axis=0) & ~gone.all(axis=0)):
        known = ~gone[:, column]
        out[:, column] = np.interp(frames, frames[known], out[known, column])
    return out


def _mean_error(made: Sequence[Floats], true: Sequence[Floats]) -> float:
    pairs = zip(made, true, strict=True)
    return _rounded(np.mean([joint_error_cm(one, other) for one, other in pairs]))


def _controlled(manifold: Manifold, taken: Sequence[tuple[str, Places]]) -> dict[str, float]:
    """Motion from the way and the contacts alone, of walks and runs."""
    errors, ways, means = [], [], []
    moving = [places for label, places in taken if label in GAITS]
    for places in moving:
        true = to_features(places)
        made = manifold.decode(manifold.lead(control_of(true)), len(true))
        errors.append(joint_error_cm(made, true))
        means.append(joint_error_cm(np.broadcast_to(true.mean(axis=0), true.shape), true))
        velocity = LAYOUT.slices["root_velocity"]
        apart = (made - true)[:, velocity][:, :2]
        ways.append(_CM * 60.0 * float(np.linalg.norm(apart, axis=-1).mean()))
    if not moving:
        return {}
    return {
        "cm": _rounded(np.mean(errors)),
        "cm_mean_pose": _rounded(np.mean(means)),
        "path_cm_s": _rounded(np.mean(ways)),
    }


def _followed(evaluation: Evaluation) -> list[dict[str, Any]]:
    """A walk and standing along an S of eight metres: off the curve, and sliding."""
    follower = FollowPipeline(*_sessions(evaluation))
    z = np.linspace(0.0, 8.0, 200)
    curve = np.stack((1.5 * np.sin(z * 2 * np.pi / 8.0), 0 * z, z), axis=-1)
    rows = []
    for label in ("walk", "stand"):
        chosen = next((each for each in evaluation.val if each.label == label), None)
        if chosen is None:
            continue
        edited = follower.follow(chosen.clip, curve)
        places = places_of(at_sixty(edited.clip).clip)
        apart = np.linalg.norm(places.ground[:, None] - curve, axis=-1).min(axis=1)
        rows.append(
            {
                "label": label,
                "means": edited.means,
                "path_cm": _rounded(_CM * apart.mean()),
                "slip_cm_s": _rounded(slip(places, places.contacts)),
            }
        )
    return rows


def _constrained(manifold: Manifold, taken: Sequence[Places]) -> dict[str, float]:
    """Feet, bones and way of what the manifold makes, before and after descent."""
    found: dict[str, list[float]] = {}
    for places in taken[:: max(len(taken) // 8, 1)]:
        features = to_features(places)
        velocity = features[:, LAYOUT.slices["root_velocity"]]
        start = manifold.encode(features)
        pull = Constraints(places.contacts, velocity).pull(manifold, start, _HELD)
        for when, hidden in (("before", start), ("after", descend(start, pull, _STEPS, _RATE))):
            made = manifold.decode(hidden, len(features))
            moved = to_places(made, places.ground, places.headings)
            values = {
                "slip_cm_s": slip(moved, places.contacts),
                "bones_cm": _CM * float(np.abs(bone_errors(moved.positions)).mean()),
                "path_cm_s": _CM * 60.0 * float(
                    np.abs(made[:, LAYOUT.slices["root_velocity"]] - velocity)[:, :2].mean()
                ),
                "cm": joint_error_cm(made, features),
            }  # fmt: skip
            for name, value in values.items():
                found.setdefault(f"{name}_{when}", []).append(value)
    return {name: _rounded(np.mean(values)) for name, values in found.items()}


def _rounded(value: Any) -> float:
    return round(float(value), 3)
