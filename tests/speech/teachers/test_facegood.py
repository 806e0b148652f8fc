"""Teacher one: FACEGOOD's curves become ARKit-named ones, in step with the sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.speech.teachers.facegood import (
    SOURCES,
    TRAIN,
    VAL,
    fit_gains,
    read_recording,
    read_shapes,
    shapes_to_curves,
)
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import SPEECH_CHANNELS

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def folder(data_dir: Path) -> Path:
    return data_dir / "face" / "facegood"


def column(name: str) -> int:
    return SPEECH_CHANNELS.index(name)


def test_gains_in_the_code_are_those_of_the_training_recordings(folder: Path) -> None:
    assert [s.gain for s in SOURCES] == pytest.approx(fit_gains(folder), abs=0.006)


def test_every_frame_belongs_to_a_moment_of_the_sound(folder: Path) -> None:
    for name in (*TRAIN, *VAL):
        pair = read_recording(folder, name)
        assert pair.curves.shape == (len(pair.times_s), len(SPEECH_CHANNELS))
        assert abs(pair.times_s[-1] - pair.duration_s) < 2 / 30
        assert pair.curves.min() >= 0.0 and pair.curves.max() <= 1.0


def test_jaw_follows_the_loudness(folder: Path) -> None:
    pair = read_recording(folder, VAL[0])
    starts = (pair.times_s * 16000).astype(int)
    squares = np.cumsum(np.pad(pair.waveform.astype(float) ** 2, (400, 400)))
    ends = np.minimum(starts + 800, len(squares) - 1)
    level = np.log(1e-6 + squares[ends] - squares[np.minimum(starts, len(squares) - 1)])
    assert np.corrcoef(level, pair.curves[:, column("jawOpen")])[0, 1] > 0.5


def test_channels_without_a_counterpart_are_marked_unknown_and_still(folder: Path) -> None:
    pair = read_recording(folder, TRAIN[0])
    unknown = [name for name, known in zip(SPEECH_CHANNELS, pair.known, strict=True) if not known]
    assert {"mouthClose", "tongueOut", "jawForward"} <= set(unknown)
    assert not pair.curves[:, ~pair.known].any()


def test_both_ways_of_rounding_show_as_one_channel(folder: Path) -> None:
    shapes, _ = read_shapes(folder, TRAIN[0])
    shapes = {name: np.zeros_like(curve) for name, curve in shapes.items()}
    shapes["mouth_oh_c"][:] = 1.0
    curves = shapes_to_curves(shapes)
    assert (curves[:, column("mouthFunnel")] > 0.5).all()
    assert not np.delete(curves, column("mouthFunnel"), axis=1).any()


def test_a_rig_with_other_shapes_is_refused(tmp_path: Path) -> None:
    names, curves = np.array(["jaw", "lips"]), np.zeros((3, 2), np.float32)
    np.savez(tmp_path / "other.npz", names=names, curves=curves, fps=30)
    with pytest.raises(InputError, match="mouth_stretch_c"):
        read_recording(tmp_path, "other")
    with pytest.raises(InputError, match="no recording"):
        read_recording(tmp_path, "missing")
