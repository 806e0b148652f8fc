"""Part ``fill`` of ``evaluate editing``: gaps filled by the product and by its two baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from backend.editing.evaluation import Evaluation, Unmeasured
from backend.editing.lafan1.measures import PositionScale
from backend.editing.networks import FILLER
from blender_addon.core.conventions import Bools, Floats, Ints
from blender_addon.core.editing.fill.cubic import fill_cubic, fill_slerp
from blender_addon.core.editing.fill.pipeline import FillPipeline
from blender_addon.core.editing.fill.settings import FillSettings
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from . import measures
from .measures import Posed
from .validation import AFTERS, GAPS, GapWindows, cut_windows

RATE_HZ: Final = 30.0
_STEP: Final = 20
ALL: Final = "all"
_TOP_SPEED: Final = FillSettings(top_speed_m_s=100.0)
"""What was recorded is possible."""
Fill = Callable[[Floats, Floats, Bools], tuple[Floats, Floats]]


@dataclass(frozen=True, eq=False)
class _Filled:
    """Windows filled in one way."""

    rotations: Floats
    posed: Posed


def measure_fill(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Rows by gap, frames known after it, and label."""
    path = evaluation.models / f"{FILLER}.onnx"
    if not path.is_file():
        raise Unmeasured(f"there is no {path.name} in {path.parent}")
    pipeline = FillPipeline(ModelSession(path, ["CPUExecutionProvider"]))
    scale = measures.position_scale(evaluation.train)
    rows: list[dict[str, Any]] = []
    for gap in GAPS:
        for after in AFTERS:
            windows = cut_windows(evaluation.val, gap, after, _STEP)
            if windows.labels:
                rows += rows_of(windows, fill_by_product(pipeline), scale)
    if not rows:
        raise Unmeasured("no clip is long enough for a gap of 5 frames with 10 on either side")
    return rows


def fill_by_product(pipeline: FillPipeline, settings: FillSettings = _TOP_SPEED) -> Fill:
    """Windows filled one after the other, as the add-on does it."""

    def fill(root: Floats, rotations: Floats, known: Bools) -> tuple[Floats, Floats]:
        clips = [
            pipeline.fill(MotionClip(COMMON_SKELETON, RATE_HZ, p, q), k, settings).clip
            for p, q, k in zip(root, rotations, known, strict=True)
        ]
        return (
            np.stack([clip.root_positions for clip in clips]),
            np.stack([clip.rotations_wxyz for clip in clips]),
        )

    return fill


def rows_of(windows: GapWindows, fill: Fill, scale: PositionScale) -> list[dict[str, Any]]:
    """A row for all windows and one for each label.

    Args:
        windows: with one gap each.
        fill: what is judged, beside the baselines.
        scale: that L2P is normalised by.
    """
    given = (windows.root_positions, windows.rotations_wxyz, windows.known)
    ways: Mapping[str, Fill] = {"": fill, "_slerp": fill_slerp, "_hermite": fill_cubic}
    filled = {}
    for name, way in ways.items():
        root, rotations = way(*given)
        filled[name] = _Filled(rotations, Posed.of(root, rotations))
    true = Posed.of(windows.root_positions, windows.rotations_wxyz)
    labels = np.array(windows.labels)
    names = (ALL, *sorted(set(windows.labels)))
    return [
        _row(windows, filled, true, name, np.flatnonzero((labels == name) | (name == ALL)), scale)
        for name in names
    ]


def _row(
    windows: GapWindows,
    filled: Mapping[str, _Filled],
    true: Posed,
    label: str,
    which: Ints,
    scale: PositionScale,
) -> dict[str, Any]:
    gap, true = windows.missing, true.chosen(which)
    row: dict[str, Any] = {
        "gap": windows.gap, "after": windows.after, "label": label, "windows": len(which),
    }  # fmt: skip
    for name, each in filled.items():
        made = each.posed.chosen(which)
        row |= {
            f"cm{name}": float(measures.joint_error_cm(made, true, gap).mean()),
            f"l2p{name}": measures.l2p(made, true, gap, scale),
            f"l2q{name}": measures.l2q(made, true, gap),
            f"npss{name}": measures.npss(made, true, gap),
        }
    ours = filled[""].posed.chosen(which)
    rotations = windows.rotations_wxyz[which]
    row |= {
        "slip_ratio": _ratio(measures.slip_m_s(ours, gap), measures.slip_m_s(true, gap)),
        "jerk_ratio": _ratio(measures.jerk(ours, gap), measures.jerk(true, gap)),
        "seam_ratio": _ratio(measures.seam(ours, gap), measures.seam(true, gap)),
        "end_error": measures.end_error_rad(filled[""].rotations[which], rotations, gap),
    }
    return row


def _ratio(ours: float, true: float) -> float | None:
    """None where nothing is to be compared with."""
    ratio = ours / true if true > 0 else float("nan")
    return ratio if np.isfinite(ratio) else None
