"""Lips of the published body: shut at rest and where mouthClose follows the jaw, open else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.phonetics.phones import PhoneTrack
from backend.speech.measures.mesh_lips import SHUT, MouthMesh, count_shut, least_gaps, read_mouth
from backend.speech.measures.metrics import Spoken
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def mouth(human: Path) -> MouthMesh:
    return read_mouth(human)


def pose(**weights: float) -> Floats:
    return np.array([[weights.get(name, 0.0) for name in ARKIT_52]])


def test_lips_touch_at_rest_and_part_with_the_jaw(mouth: MouthMesh) -> None:
    assert mouth.mean_gap(pose())[0] == 0.0 and 0.0 <= mouth.middle_gap(pose())[0] < SHUT
    assert mouth.gap(pose(jawOpen=1.0))[0] == pytest.approx(1.0)
    assert mouth.gap(pose(jawOpen=0.3))[0] == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize("jaw", [0.1, 0.4, 1.0])
def test_mouth_close_as_far_as_the_jaw_shuts_them(mouth: MouthMesh, jaw: float) -> None:
    assert mouth.gap(pose(jawOpen=jaw, mouthClose=jaw))[0] <= SHUT
    assert mouth.gap(pose(jawOpen=jaw, mouthClose=0.5 * jaw))[0] > 2 * SHUT


def test_lips_that_meet_in_the_middle_alone_are_open(mouth: MouthMesh) -> None:
    raised = pose(mouthUpperUpLeft=0.4, mouthUpperUpRight=0.4, mouthRollUpper=0.6)
    assert mouth.middle_gap(raised)[0] <= SHUT < mouth.gap(raised)[0]


def test_a_closure_counts_where_it_falls_into_the_phone(mouth: MouthMesh) -> None:
    times = np.arange(30) / 30.0
    jaw = np.full(30, 0.3)
    jaw[10:12] = 0.0  # in the first of two bilabials
    curves = np.zeros((30, len(ARKIT_52)))
    curves[:, ARKIT_52.index("jawOpen")] = jaw
    names = ("p", "ɑ", "m", "_")
    starts = np.array([10, 12, 20, 22]) / 30.0
    spoken = Spoken(PhoneTrack(names, starts, starts + 2 / 30.0), times, curves)
    np.testing.assert_allclose(least_gaps(spoken, mouth), [0.0, 0.3], atol=0.02)
    found = count_shut([spoken], mouth)
    assert (found["bilabials_shut"], found["bilabials_open"], found["bilabials_all"]) == (1, 1, 2)


def test_a_folder_without_a_body_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"base\.obj\.gz"):
        read_mouth(tmp_path)
