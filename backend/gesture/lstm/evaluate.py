"""The lecture's table: six sets of features against the recording, the mean pose, a random clip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from backend.gesture.measures.baselines import at_tempo, mean_pose, random_stretch
from backend.gesture.measures.kinematic import (
    Spread,
    acceleration_cm_s2,
    jerk_cm_s3,
    position_error_cm,
    sequences,
)
from backend.gesture.measures.poses import seen_positions
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.maths.rotations import quaternion_to_six

from .export import FOLDER, model_name
from .feature_sets import RATE_HZ, SETS, around, columns_of
from .state import LAYOUT, decode_states, encode_clip, squared_angles_deg2
from .takes import TRAIN, VAL, Dancer, load_dancers

GROUND_TRUTH, MEAN_POSE, RANDOM_CLIP = "ground_truth", "mean_pose", "random_clip"
DRAWS: Final = 5
"""Random clips for each dancer."""

Row = dict[str, float | None]


def evaluate_lstm(models: Path, data: Path) -> dict[str, Row]:
    """One row for each feature set and baseline, on the takes that are held out.

    Args:
        models: folder whose ``comparison`` holds the networks.
        data: folder with mocap/cmu and gesture/dance_beats.

    Raises:
        InputError: recordings or networks are missing.
    """
    sessions = {name: _open(models / FOLDER / f"{model_name(name)}.onnx") for name in SETS}
    held_out, trained = load_dancers(data, VAL), load_dancers(data, TRAIN, music=False)
    rows = {}
    for name, session in sessions.items():
        generated = [generate(session, name, dancer) for dancer in held_out]
        epochs = session.contract.settings["epochs"]
        rows[name] = compare(generated, held_out) | {"epochs": epochs}
    return rows | baselines(held_out, trained)


def _open(path: Path) -> ModelSession:
    if not path.is_file():
        raise InputError(
            f"there is no {path}; train it with backend train gesture --model gesture_lstm "
            "--features NAME and export it, or name the folder of the models with --models"
        )
    return ModelSession(path, ["CPUExecutionProvider"])


def generate(session: ModelSession, features: str, dancer: Dancer) -> Floats:
    """(T, 134) states of a whole take, from its music alone."""
    windows = around(dancer.rows[:, columns_of(features)])[None]
    return np.asarray(session.run({"windows": windows})["states"][0])


def baselines(held_out: Sequence[Dancer], trained: Sequence[Dancer]) -> dict[str, Row]:
    """Rows of what knows nothing of the music; the recording has no error of its own."""
    truth = compare([dancer.states for dancer in held_out], held_out)
    truth |= {"mse": None, "ape_mean": None, "ape_sd": None}
    still = mean_state(trained)
    stills = [np.repeat(still[None], len(dancer.states), axis=0) for dancer in held_out]
    rng = np.random.default_rng(0)
    drawn = [random_states(d, trained, rng) for _ in range(DRAWS) for d in held_out]
    return {
        GROUND_TRUTH: truth,
        MEAN_POSE: compare(stills, held_out),
        RANDOM_CLIP: compare(drawn, [*held_out] * DRAWS),
    }


def mean_state(dancers: Sequence[Dancer]) -> Floats:
    """(134,) the mean pose of all dancers, which does not turn."""
    states = np.concatenate([dancer.states for dancer in dancers])
    states[:, LAYOUT.slices["turn_rate_rad_s"]] = 0.0
    pose = mean_pose(decode_states(states, RATE_HZ).rotations_wxyz)
    still = states.mean(axis=0)
    still[LAYOUT.slices["rotations"]] = quaternion_to_six(pose).ravel()
    return still


def random_states(dancer: Dancer, trained: Sequence[Dancer], rng: np.random.Generator) -> Floats:
    """(T, 134) of another take at this one's tempo."""
    other = trained[int(rng.integers(len(trained)))]
    factor = dancer.beats.tempo_bpm / other.beats.tempo_bpm
    clip = at_tempo(other.clip, factor)
    return encode_clip(random_stretch(clip, len(dancer.states), rng))


def compare(generated: Sequence[Floats], dancers: Sequence[Dancer]) -> Row:
    """Measures of generated states against those of the dancers, each of the same length."""
    squared = [
        squared_angles_deg2(states, dancer.states)
        for states, dancer in zip(generated, dancers, strict=True)
    ]
    errors: list[float] = []
    accelerations: list[float] = []
    jerks: list[float] = []
    for states, dancer in zip(generated, dancers, strict=True):
        places = seen_positions(decode_states(states, RATE_HZ))
        recorded = seen_positions(decode_states(dancer.states, RATE_HZ))
        for part in sequences(len(places), RATE_HZ):
            errors.append(position_error_cm(places[part], recorded[part]))
            accelerations.append(acceleration_cm_s2(places[part], RATE_HZ))
            jerks.append(jerk_cm_s3(places[part], RATE_HZ))
    row: Row = {"mse": float(np.concatenate(squared).mean()), "epochs": None}
    spreads = {"ape": errors, "acceleration": accelerations, "jerk": jerks}
    for name, values in spreads.items():
        spread = Spread.of(values)
        row |= {f"{name}_mean": spread.mean, f"{name}_sd": spread.sd}
    return row
