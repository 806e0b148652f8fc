"""How near eye and head come to those of people whom the network has never seen.

Two tasks. *Complete*: the rig's head moves as the person's did, nothing is added to it, and the eye
has to be found. *Static*: the rig's head stands still, and how the head turns is to be
found as well. In both the desired direction jumps from fixation to fixation; during one it
moves steadily (as a target followed with the eyes does) or, as the harder variant, stands still.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from blender_addon.core.gaze.pipeline import heads_of
from blender_addon.core.inference.session import ModelSession

from .eye_head_data import Sample, complete_head, find_eyehead, read_recordings, static_head
from .eye_head_recordings import Recording
from .eye_head_systems import LinearFilter, System, network, published, rule

_log = logging.getLogger(__name__)

DEFINITIONS = {
    "mae_deg": "mean over frames, yaw and pitch of the absolute error of the eye in the head, "
    "degrees, complete heads, targets that move steadily during a fixation; ours decoded, "
    "landing exactly",
    "mae_rule_deg": "eye takes what the head has not",
    "mae_linear_deg": "ridge regression on a window of the network's features, fitted on the "
    "other people's recordings",
    "mae_published_deg": "the published eye-head model, the network's teacher",
    "ratio": "mae_deg over the better of rule and linear",
    "heads": "what moves heads in the scene, as the contract says: the network or the formula",
    "eye_over_formula": "error of what moves heads in the scene over that of the published "
    "eye-head model: mae_deg over mae_published_deg for the network, 1 for the formula itself",
    "still": "the same with targets that stand still during a fixation",
    "static": "the same where the rig's head stands still; head_* is the error of the head's turn",
    "whole_share": "complete heads, but the network may add to the head as it likes",
}


def evaluate_eye_head(model: Path, data: Path, trained_data: Path | None = None) -> dict[str, Any]:
    """Measure the exported network and what it is compared with.

    Args:
        model: gaze_eye_head.onnx.
        data: folder of recordings, or one that holds eyehead or gaze/eyehead.
        trained_data: likewise, those that the network was trained on, for the linear filter where
            the data are other people's.

    Returns:
        Measures by the names in DEFINITIONS, over the recordings that the network was not trained
        on: of its own, those its contract holds out; of others, all.
    """
    session = ModelSession(model)
    session.contract.require_task("gaze_eye_head")
    recordings = read_recordings(find_eyehead(data))
    held_out = session.contract.setting("held_out_people")
    unseen = [one for one in recordings if one.person in held_out]
    fitted = [one for one in recordings if one.person not in held_out]
    if not unseen:
        unseen, fitted = recordings, []
        if trained_data is not None:
            everyone = read_recordings(find_eyehead(trained_data))
            fitted = [one for one in everyone if one.person not in held_out]
    results = measure(unseen, fitted, lambda share: network(session, share))
    return results | _shipped(heads_of(session.contract), unseen, results)


def _shipped(heads: str, unseen: Sequence[Recording], results: dict[str, Any]) -> dict[str, Any]:
    """How near what moves heads in the scene comes, beside the formula."""
    error, formula = results["mae_deg"], results["mae_published_deg"]
    if heads == "formula":
        samples = [complete_head(one, moving=True) for one in unseen]
        error = mean_errors([published(0.0)] * len(samples), samples)[0]
    return {"heads": heads, "mae_shipped_deg": error, "eye_over_formula": error / formula}


def measure(
    unseen: Sequence[Recording],
    fitted: Sequence[Recording],
    ours: Callable[[float], System],
) -> dict[str, Any]:
    """All measures over recordings.

    Args:
        unseen: to measure on.
        fitted: to fit the linear filter on; without any, it is fitted on the rest of the unseen.
        ours: the network as a system, given the head's share.
    """
    results = _measure_complete(unseen, fitted, ours, moving=True)
    results["still"] = _measure_complete(unseen, fitted, ours, moving=False)
    results["static"] = _measure_static(unseen, fitted, ours)
    free = [complete_head(one) for one in unseen]
    eye, head = mean_errors([ours(1.0)] * len(free), free)
    results["whole_share"] = {"mae_deg": eye, "added_to_head_deg": head}
    results["recordings"] = [one.name for one in unseen]
    results["seconds_valid"] = round(sum(float(one.valid.sum()) for one in unseen) / 60.0, 1)
    return results | {"definitions": DEFINITIONS}


def _measure_complete(
    unseen: Sequence[Recording],
    fitted: Sequence[Recording],
    ours: Callable[[float], System],
    moving: bool,
) -> dict[str, Any]:
    samples = [complete_head(one, moving) for one in unseen]
    others = [complete_head(one, moving) for one in fitted]
    systems = _systems(samples, others, ours, head_share=0.0)
    errors = {name: mean_errors(each, samples)[0] for name, each in systems.items()}
    return _named("mae", errors) | {"ratio": _ratio(errors)}


def _measure_static(
    unseen: Sequence[Recording], fitted: Sequence[Recording], ours: Callable[[float], System]
) -> dict[str, Any]:
    samples = [static_head(one) for one in unseen]
    others = [static_head(one) for one in fitted]
    systems = _systems(samples, others, ours, head_share=1.0)
    errors = {name: mean_errors(each, samples) for name, each in systems.items()}
    eye, head = ({name: pair[n] for name, pair in errors.items()} for n in (0, 1))
    return (
        _named("mae", eye)
        | {"ratio": _ratio(eye)}
        | _named("head_mae", head)
        | {"head_ratio": _ratio(head)}
    )


def _systems(
    samples: Sequence[Sample],
    others: Sequence[Sample],
    ours: Callable[[float], System],
    head_share: float,
) -> dict[str, list[System | None]]:
    """One of each kind per sample; the linear filter never sees the sample's own person."""
    count = len(samples)
    return {
        "": [ours(head_share)] * count,
        "rule": [rule] * count,
        "linear": _linear_filters(samples, others),
        "published": [published(head_share)] * count,
    }


def _linear_filters(samples: Sequence[Sample], others: Sequence[Sample]) -> list[System | None]:
    if others:
        return [LinearFilter.fit(others)] * len(samples)
    rest = [[two for two in samples if two.person != one.person] for one in samples]
    return [LinearFilter.fit(part) if part else None for part in rest]


def mean_errors(
    systems: Sequence[System | None], samples: Sequence[Sample]
) -> tuple[float | None, float | None]:
    """Mean absolute error of eye and of head offset in degrees, one system per sample."""
    eyes, heads = [], []
    for system, sample in zip(systems, samples, strict=True):
        if system is None:
            return None, None
        eye, offset = system(sample)
        eyes.append(np.abs(eye - sample.eye_rad)[sample.valid])
        heads.append(np.abs(offset - sample.offset_rad)[sample.valid])
    eye_error, head_error = (np.rad2deg(np.concatenate(part).mean()) for part in (eyes, heads))
    return round(float(eye_error), 4), round(float(head_error), 4)


def _named(what: str, errors: dict[str, float | None]) -> dict[str, float | None]:
    return {f"{what}_{name}_deg" if name else f"{what}_deg": e for name, e in errors.items()}


def _ratio(errors: dict[str, float | None]) -> float | None:
    known = [error for name in ("rule", "linear") if (error := errors[name]) is not None]
    ours = errors[""]
    return None if ours is None else round(ours / min(known), 3)
