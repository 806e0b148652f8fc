"""Names for styles: of all captured ones, those that are the most of something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path as FilePath

import numpy as np

from backend.export.onnx_export import ExportReport
from blender_addon.core.conventions import Floats
from blender_addon.core.ground.path import Path
from blender_addon.core.inference.contract import ModelContract, save_contract
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.jobs import Runner
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.walk.direction import Directions, StyleChoice
from blender_addon.core.walk.pipeline import LocomotionPipeline
from blender_addon.core.walk.request import WalkRequest

from .gait_features import GaitFeatures, measure_gait
from .pictures import draw_style

_LENGTH_M = 12.0
_SPEED_M_S = 1.3


@dataclass(frozen=True)
class Label:
    """A name for the most of something.

    Args:
        name, title: as in a contract.
        feature: of GaitFeatures.
        sense: 1 for the most, −1 for the least.
        said: the feature in words, with its unit.
    """

    name: str
    title: str
    feature: str
    sense: int
    said: str


LABELS = (
    Label("brisk", "Brisk", "cadence", 1, "steps a second"),
    Label("long_strides", "Long Strides", "cadence", -1, "steps a second"),
    Label("stooped", "Stooped", "stoop_deg", 1, "° of the trunk forward"),
    Label("upright", "Upright", "stoop_deg", -1, "° of the trunk forward"),
    Label("arms_swinging", "Arms Swinging", "arm_swing_cm", 1, "cm of arm swing"),
    Label("arms_still", "Arms Still", "arm_swing_cm", -1, "cm of arm swing"),
    Label("wide", "Wide", "step_width_cm", 1, "cm between the feet"),
    Label("narrow", "Narrow", "step_width_cm", -1, "cm between the feet"),
    Label("bouncy", "Bouncy", "bounce_cm", 1, "cm up and down"),
    Label("level", "Level", "bounce_cm", -1, "cm up and down"),
    Label("swaying", "Swaying", "sway_cm", 1, "cm from side to side"),
    Label("bent_arms", "Bent Arms", "elbow_deg", 1, "° of the elbows"),
    Label("head_low", "Head Low", "head_deg", 1, "° of the head forward"),
)
AVERAGE = ("average", "Average", "Nearest to the middle of all captured styles")


def name_styles(report: ExportReport) -> None:
    """Walk in every captured style, and write the named ones into an exported model's contract.

    A picture of each goes into a folder beside the model, ``<model>.styles``.
    """
    session = ModelSession(report.path)
    clips = walk_in_styles(session)
    measured = {name: measure_gait(clip) for name, clip in clips.items()}
    chosen = choose_names(measured)
    settings = dict(session.contract.settings)
    vectors = dict(zip(settings["style_names"], settings["style_vectors"], strict=True))
    settings |= {
        "named_styles": [name for name, _, _, _ in chosen],
        "named_style_titles": [title for _, title, _, _ in chosen],
        "named_style_descriptions": [said for _, _, said, _ in chosen],
        "named_style_vectors": [vectors[style] for _, _, _, style in chosen],
    }
    save_contract(report.path.with_suffix(".json"), replace(session.contract, settings=settings))
    for name, _, _, style in chosen:
        draw_style(clips[style], pictures_of(report.path) / f"{name}.png")


def pictures_of(model: FilePath) -> FilePath:
    """The folder of a model's pictures of styles."""
    return model.with_suffix(".styles")


class _WithAllNamed:
    """A session whose contract names every captured style."""

    def __init__(self, session: ModelSession) -> None:
        settings = dict(session.contract.settings)
        names = settings["style_names"]
        settings |= {
            "named_styles": names,
            "named_style_titles": names,
            "named_style_descriptions": names,
            "named_style_vectors": settings["style_vectors"],
        }
        self.contract: ModelContract = replace(session.contract, settings=settings)
        self.run = session.run


def walk_in_styles(session: ModelSession) -> dict[str, MotionClip]:
    """A straight walk in each captured style, in one batch."""
    named: Runner = _WithAllNamed(session)
    pipeline = LocomotionPipeline(named)
    names = [style.name for style in pipeline.styles.named]
    points = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, _LENGTH_M]])
    path = Path.from_points(points, _SPEED_M_S)
    requests = [
        WalkRequest(path=path, directions=Directions(style=StyleChoice(name)), seed=0)
        for name in names
    ]
    results = pipeline.generate(requests)
    return {name: result.clip for name, result in zip(names, results, strict=True)}


def choose_names(
    measured: Mapping[str, GaitFeatures], labels: Sequence[Label] = LABELS
) -> list[tuple[str, str, str, str]]:
    """Name, title, description and captured style of each named one; no style has two names.

    A label goes to the style that is the most of it, counted in deviations from the median; the
    clearest labels choose first.
    """
    styles = list(measured)
    values = {
        f: np.array([asdict(measured[s])[f] for s in styles]) for f in asdict(measured[styles[0]])
    }
    scores = {f: _deviations(v) for f, v in values.items()}
    chosen: dict[str, tuple[str, str]] = {}
    middle = styles[int(np.argmin(sum(s**2 for s in scores.values())))]
    free = {number for number, style in enumerate(styles) if style != middle}
    for label in sorted(labels, key=lambda each: -float((each.sense * scores[each.feature]).max())):
        if not free:
            break
        best = max(free, key=lambda n: label.sense * scores[label.feature][n])
        free.remove(best)
        usual = float(np.median(values[label.feature]))
        own = float(values[label.feature][best])
        chosen[label.name] = f"{own:.3g} {label.said}; usually {usual:.3g}", styles[best]
    ordered = [
        (each.name, each.title, *chosen[each.name]) for each in labels if each.name in chosen
    ]
    return [(*AVERAGE, middle), *ordered]


def _deviations(values: Floats) -> Floats:
    """Distances from the median in robust deviations."""
    off = values - np.median(values)
    return np.asarray(off / max(1.4826 * float(np.median(np.abs(off))), 1e-6))
