"""``python -m backend evaluate speech``: against animated faces, and on aligned English."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from backend.phonetics.phones import read_arpabet
from backend.training.run import WEIGHTS
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.inference.session import ModelSession

from .cnn2017.baselines import Baselines, fit_baselines
from .cnn2017.trained import TrainedFace, load_trained
from .measures.metrics import (
    Spoken,
    Take,
    active_channels,
    correlation,
    lag_frames,
    measure_spoken,
    measure_takes,
    rmse,
    rounded,
)
from .measures.pictures import draw_curves
from .pairs import SpeechPair, read_wav
from .styles import session_name
from .teachers.facegood import RECORDINGS, read_recording

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "onnx_models" / "speech_face.onnx"
SHARED = ROOT.parent / "shared" / "data"
FACES = SHARED / "face" / "facegood"
SPEECH = SHARED / "speech" / "librivox"
LEFT_OUT = Path(".build/runs")
SPEECH_RATE_HZ = 60.0
DEFINITIONS = {
    "rmse": "over frames and active channels (those that move in the training recordings), curves "
    "0 … 1 with ARKit names; each recording in the mean style of its own session's others",
    "rmse_mean_face, rmse_ridge": "the training recordings' mean; ridge regression on the same "
    "window of autocorrelations, same training recordings",
    "jaw_correlation": "of jawOpen over time, mean of the recordings",
    "lag_frames": "shift of the highest cross-correlation of jawOpen, 30 frames a second",
    "jerk_ratio": "mean size of the third difference of active channels over the data's",
    "closure_auc_english": "ROC AUC of the mean lip opening within a phone, /p b m/ against all "
    "other phones; opening = jawOpen − mouthClose + ¼ (lower down, upper up; both sides) + "
    "0.15 funnel − ¼ (press, both sides; rolls)",
    "openness_auc_english": "ROC AUC of the mean jawOpen of a vowel, open against close ones",
    "left_out": "each recording spoken by a network trained on all the others",
}
Speaker = Callable[[SpeechPair, str], Floats]

_log = logging.getLogger(__name__)


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write measures.")
@click.option("--onnx", "onnx", type=click.Path(path_type=Path), default=MODEL, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), help="Another folder of NAME.wav/.npz.")
@click.option("--speech", type=click.Path(path_type=Path), default=SPEECH, show_default=True)
@click.option("--train-data", type=click.Path(path_type=Path), default=FACES, show_default=True,
              help="Recordings the baselines are fitted on.")  # fmt: skip
@click.option("--left-out-runs", type=click.Path(path_type=Path), default=LEFT_OUT,
              help="Holds speech_face_without_NAME, of 'train --leave-out NAME'.")  # fmt: skip
@click.option("--style", help="Speak English in this style of the model instead of the usual one.")
@click.option("--pictures", type=click.Path(path_type=Path), help="Draw curves over the sound.")
def command(
    json_path: Path | None,
    onnx: Path,
    data: Path | None,
    speech: Path,
    train_data: Path,
    left_out_runs: Path,
    style: str | None,
    pictures: Path | None,
) -> None:
    """Measure the speech model and its baselines."""
    started = time.perf_counter()
    session = ModelSession(onnx, ["CPUExecutionProvider"])
    results = measure_recordings(session, data, train_data, pictures)
    results |= measure_english(session, speech, style, pictures)
    if data is None and (left_out := measure_left_out(left_out_runs, train_data)):
        results["left_out"] = left_out
    results["seconds"] = round(time.perf_counter() - started, 1)
    results["definitions"] = DEFINITIONS
    print_results(results, Console(width=110))
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", "utf-8")


def read_folder(folder: Path, names: Sequence[str] = ()) -> list[SpeechPair]:
    """Recordings NAME.wav with NAME.npz of a folder, all of them unless named.

    Raises:
        InputError: there are none.
    """
    names = names or sorted(path.stem for path in folder.glob("*.npz"))
    if not names:
        raise InputError(f"no NAME.npz with NAME.wav in {folder}; give a folder of recordings")
    return [replace(read_recording(folder, name), name=name) for name in names]


def measure_recordings(
    session: ModelSession, data: Path | None, train_data: Path, pictures: Path | None = None
) -> dict[str, Any]:
    """The model and the baselines against known curves."""
    train = read_folder(train_data, RECORDINGS["train"])
    pairs = read_folder(data) if data else read_folder(train_data, RECORDINGS["val"])
    active = active_channels([pair.curves for pair in train]) & pairs[0].known
    takes = [_take(pair, speak(session, pair, session_style(session, pair.name))) for pair in pairs]
    if pictures is not None:
        for take, pair in zip(takes, pairs, strict=True):
            draw_curves(pictures / f"{pair.name}.png", pair.waveform, pair.times_s, take.predicted,
                        known=take.known)  # fmt: skip
    usual = [_take(pair, speak(session, pair, usual_style(session))) for pair in pairs]
    found = measure_takes(takes, active) | {"rmse_usual_style": rmse(usual, active)}
    return rounded(found | measure_baselines(fit_baselines(train), pairs, active)) | {
        "recordings": [pair.name for pair in pairs],
        "active_channels": int(active.sum()),
    }


def measure_baselines(
    baselines: Baselines, pairs: Sequence[SpeechPair], active: Floats
) -> dict[str, float]:
    """rmse_mean_face, rmse_ridge and the ridge's jaw."""
    ridge = [_take(pair, baselines.predict_ridge(pair)) for pair in pairs]
    mean = [_take(pair, baselines.predict_mean(pair)) for pair in pairs]
    return {
        "rmse_mean_face": rmse(mean, active),
        "rmse_ridge": rmse(ridge, active),
        "jaw_correlation_ridge": float(np.mean([correlation(take) for take in ridge])),
    }


def _take(pair: SpeechPair, curves: Floats) -> Take:
    rate = 1.0 / float(np.median(np.diff(pair.times_s)))
    return Take(pair.name, curves, pair.curves, rate)


def usual_style(session: ModelSession) -> Floats:
    """(E,) the model's first style."""
    return np.array(next(iter(session.contract.setting("styles").values())), np.float32)


def session_style(session: ModelSession, recording: str) -> Floats:
    """(E,) the style of the recording's session, or the actor's mean where that is unknown."""
    known = session.contract.setting("session_styles")
    vector = known.get(session_name(recording), known["actor"])
    return np.array(vector, np.float32)


def speak(session: ModelSession, pair: SpeechPair, style: Floats) -> Floats:
    """(T, C) curves of a recording at its own frames."""
    feeds = {
        "waveform": pair.waveform.astype(np.float32),
        "times": pair.times_s.astype(np.float32),
        "style": np.tile(style, (len(pair.times_s), 1)).astype(np.float32),
    }
    return np.asarray(session.run(feeds)["curves"])


def measure_english(
    session: ModelSession, folder: Path, style: str | None = None, pictures: Path | None = None
) -> dict[str, Any]:
    """Sounds NAME.wav with NAME.phones.csv: are lips shut and jaws open where they should be."""
    styles = session.contract.setting("styles")
    if style is not None and style not in styles:
        raise InputError(f"the model has no style '{style}'; it has {', '.join(styles)}")
    vector = np.array(styles[style], np.float32) if style else usual_style(session)
    spoken = []
    for path in sorted(folder.glob("*.phones.csv")):
        waveform = read_wav(path.with_name(path.name.replace(".phones.csv", ".wav")))
        times = np.arange(int(len(waveform) / 16000 * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
        pair = SpeechPair(path.stem, waveform, times, np.zeros((len(times), 0)), "")
        one = Spoken(read_arpabet(path), times, speak(session, pair, vector))
        spoken.append(one)
        if pictures is not None:
            target = pictures / f"{path.name.removesuffix('.phones.csv')}.png"
            draw_curves(target, waveform, times, one.curves, track=one.track)
    if not spoken:
        raise InputError(f"no NAME.phones.csv with NAME.wav in {folder}; give a folder of both")
    return rounded(measure_spoken(spoken))


def measure_left_out(runs: Path, data: Path) -> dict[str, Any]:
    """Each recording spoken by a network that never met it, where such networks are."""
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
        keys = ("rmse", "rmse_mean_face", "rmse_ridge", "jaw_correlation", "jerk_ratio")
        found["mean"] = {key: float(np.mean([one[key] for one in found.values()])) for key in keys}
    return {name: rounded(measures) for name, measures in found.items()}


def _measure_without(
    face: TrainedFace, pair: SpeechPair, others: Sequence[SpeechPair]
) -> dict[str, Any]:
    active = active_channels([other.curves for other in others]) & pair.known
    session = session_name(pair.name)
    style = face.mean_style(lambda name, _: session_name(name).endswith(session))
    take = _take(pair, face.speak(pair.waveform, pair.times_s, style))
    baselines = measure_baselines(fit_baselines(others), [pair], active)
    return measure_takes([take], active) | baselines | {"lag_frames": lag_frames(take)}


def print_results(results: dict[str, Any], console: Console) -> None:
    """The measures with their targets."""
    table = Table(title="Speech to face")
    for title in ("measure", "found", "target"):
        table.add_column(title)
    least = min(results["rmse_mean_face"], results["rmse_ridge"])
    targets = {
        "rmse": f"≤ {0.85 * least:.4f} (0.85 × the better baseline)",
        "jaw_correlation": "≥ 0.78",
        "lag_frames": "≤ 1",
        "jerk_ratio": "0.7 – 1.3",
        "closure_auc_english": "≥ 0.85",
        "openness_auc_english": "≥ 0.75",
    }
    for name, value in results.items():
        if not isinstance(value, dict | list):
            table.add_row(name, str(value), targets.get(name, ""))
    console.print(table)
    for name, one in results.get("left_out", {}).items():
        console.print(f"left out {name}: {one}")
