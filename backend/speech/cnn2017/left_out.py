"""Each recording spoken by a network that was trained on all the others."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.training.run import WEIGHTS
from blender_addon.core.face.arkit import SPEECH_CHANNELS

from ..measures.animated import make_take, measure_baselines, read_folder
from ..measures.faces import to_arkit
from ..measures.metrics import active_channels, measure_takes, rounded
from ..pairs import SpeechPair
from ..styles import session_name
from ..teachers.facegood import RECORDINGS
from .trained import TrainedFace, load_trained

LEFT_OUT: Final = Path(".build/runs")
_MEANS: Final = ("rmse", "rmse_mean_face", "rmse_ridge", "jaw_correlation", "jerk_ratio")

_log = logging.getLogger(__name__)


def measure_left_out(runs: Path, data: Path) -> dict[str, Any]:
    """Measures by recording and their mean, where such networks are.

    Args:
        runs: holds ``speech_face_without_NAME``, of 'train --leave-out NAME'.
        data: FACEGOOD's recordings.
    """
    found = {}
    names = [*RECORDINGS["train"], *RECORDINGS["val"]]
    for name in names:
        run = runs / f"speech_face_without_{name}"
        if not (run / WEIGHTS).exists():
            continue
        _log.info("leaving out %s", name)
        others = read_folder(data, [other for other in names if other != name])
        found[name] = _measure_without(load_trained(run), read_folder(data, [name])[0], others)
    if found:
        found["mean"] = {
            key: float(np.mean([one[key] for one in found.values()])) for key in _MEANS
        }
    return {name: rounded(measures) for name, measures in found.items()}


def _measure_without(
    face: TrainedFace, pair: SpeechPair, others: Sequence[SpeechPair]
) -> dict[str, Any]:
    active = active_channels([other.curves for other in others]) & pair.known
    session = session_name(pair.name)
    style = face.mean_style(lambda name, _: session_name(name).endswith(session))
    curves = to_arkit(SPEECH_CHANNELS, face.speak(pair.waveform, pair.times_s, style))
    take = make_take(pair, curves)
    return measure_takes([take], active) | measure_baselines(others, [pair], active)
