"""Recorded talkers are read in the layouts people have them in; what is damaged is told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backend.gesture.readers.reading import names_reader, read_spoken
from blender_addon.core.errors import InputError
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.gesture.readers.spoken_samples import (
    write_beat,
    write_body,
    write_trinity,
    write_twh,
    write_twh_original,
    write_voice,
)

Folder = Callable[[Path], Path]


def splits(text: str) -> dict[str, str]:
    return {take.name: take.split for take in read_spoken(text).takes}


@pytest.mark.parametrize(
    ("prefix", "write"),
    [("beat", write_beat), ("trinity", write_trinity), ("twh", write_twh),
     ("twh", write_twh_original)],
)  # fmt: skip
def test_a_motion_comes_on_the_common_skeleton(tmp_path: Path, prefix: str, write: Folder) -> None:
    """30 Hz, feet on the ground, the right forearm lifted forward in the middle and back."""
    take = read_spoken(f"{prefix}:{write(tmp_path)}").takes[0]
    clip = take.read_motion()
    assert clip.skeleton.names == COMMON_SKELETON.names
    assert clip.frame_rate_hz == 30.0
    assert clip.duration_s == pytest.approx(take.sound.duration_s, abs=0.1)
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    feet = joints[:, clip.skeleton.indices(("LeftFoot", "RightFoot")), 1]
    np.testing.assert_allclose(feet, 0.08, atol=0.04)
    hands = joints[:, clip.skeleton.indices(("LeftHand", "RightHand"))]
    moved = np.abs(hands - hands[:1]).max(axis=(0, 2))
    assert moved[1] > 0.1 > 0.01 > moved[0]
    still = np.abs(hands[-1] - hands[0]).max()
    assert still < 0.02


def test_beat_tells_words_phones_and_the_face(tmp_path: Path) -> None:
    corpus = read_spoken(f"beat:{write_beat(tmp_path)}")
    found = {take.name: take for take in corpus.takes}
    wayne, scott = found["1_wayne_0_1_1"], found["2_scott_0_1_1"]
    assert [(word.text, word.start_s) for word in wayne.words] == [("hello", 0.5)]
    assert [phone.text for phone in wayne.phones] == ["HH", "AH0"]
    assert wayne.read_face is not None
    face = wayne.read_face()
    assert face.weights.shape == (120, 51)
    assert face.frame_rate_hz == pytest.approx(60.0)
    assert (scott.words, scott.phones, scott.read_face) == ((), (), None)
    assert {take.speaker for take in corpus.takes} == {"1_wayne", "2_scott"}
    assert "non-commercial" in corpus.source.licence


def test_trinity_is_read_in_both_ways_of_naming(tmp_path: Path) -> None:
    challenge = read_spoken(f"trinity:{write_trinity(tmp_path / 'a')}")
    assert [take.words[0].text for take in challenge.takes] == ["hello"] * 3
    assert [take.split for take in challenge.takes] == ["train", "val", "test"]
    own = read_spoken(f"trinity:{write_trinity(tmp_path / 'b', challenge=False)}")
    assert [take.name for take in own.takes] == [f"NaturalTalking_00{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize("year", [2022, 2023])
def test_the_challenges_name_their_splits_and_speakers(tmp_path: Path, year: int) -> None:
    corpus = read_spoken(f"twh:{write_twh(tmp_path, year=year)}")
    assert sorted(take.split for take in corpus.takes) == ["train", "train", "val"]
    assert [take.speaker for take in corpus.of("train")] == ["2", "7"]
    assert [word.text for word in corpus.takes[0].words] == ["hello", "you"]


def test_each_of_two_talkers_has_the_own_sound(tmp_path: Path) -> None:
    takes = read_spoken(f"twh:{write_twh_original(tmp_path)}").takes
    assert [take.name for take in takes] == ["session1_take6_deep2", "session1_take6_deep5"]
    assert len({take.sound.identity for take in takes}) == 2


# What is wrong --------------------------------------------------------------------------------


def no_sound(folder: Path) -> None:
    next(folder.rglob("*.wav")).unlink()


def half_a_sound(folder: Path) -> None:
    write_voice(sorted(folder.rglob("*.wav"))[0], 0.5)


def no_numbers(folder: Path) -> None:
    path = sorted(folder.rglob("*.bvh"))[0]
    path.write_text(path.read_text().partition("MOTION")[0])


def another_grid(folder: Path) -> None:
    sorted(folder.rglob("*.TextGrid"))[0].write_text("hello")


def half_a_face(folder: Path) -> None:
    path = sorted(folder.rglob("*.json"))[0]
    path.write_text(path.read_text()[:-40])


def foreign_face(folder: Path) -> None:
    path = sorted(folder.rglob("*.json"))[0]
    document = json.loads(path.read_text())
    document["names"][0] = "nostrilFlare"
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (no_sound, "is missing, the sound"),
        (half_a_sound, r"last 3\.0 s, its sound 0\.5 s"),
        (no_numbers, "cut short"),
        (another_grid, "tier of words"),
        (half_a_face, "Fetch it again"),
        (foreign_face, "nostrilFlare"),
    ],
)
def test_a_damaged_take_is_told_before_anything_is_made(
    tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    folder = write_beat(tmp_path, seconds=3.0, takes=1)
    spoil(folder)
    with pytest.raises(InputError, match=message):
        read_spoken(f"beat:{folder}")


def test_numbers_that_are_none_are_told_with_their_line(tmp_path: Path) -> None:
    folder = write_beat(tmp_path, takes=1)
    path = folder / "1" / "1_wayne_0_1_1.bvh"
    path.write_text(path.read_text().replace("96.0000", "NaN", 1))
    take = read_spoken(f"beat:{folder}").takes[0]
    with pytest.raises(InputError, match=r"1_wayne_0_1_1\.bvh: line \d+"):
        take.read_motion()


def test_joints_of_no_person_are_told(tmp_path: Path) -> None:
    folder = write_trinity(tmp_path)
    path = folder / "Motion" / "Recording_001.bvh"
    path.write_text(path.read_text().replace("LeftUpLeg", "Tentacle"))
    with pytest.raises(InputError, match="LeftUpLeg"):
        read_spoken(f"trinity:{folder}").takes[0].read_motion()


def test_a_row_of_words_that_is_none_is_told(tmp_path: Path) -> None:
    folder = write_twh(tmp_path)
    next((folder / "val").rglob("*.tsv")).write_text("0.5 0.9 hello\n")
    with pytest.raises(InputError, match="line 1: expected start, end and word"):
        read_spoken(f"twh:{folder}")


@pytest.mark.parametrize("prefix", ["trinity", "twh", "beat"])
def test_an_empty_folder_says_what_belongs_there(tmp_path: Path, prefix: str) -> None:
    with pytest.raises(InputError, match=r"expected .*\.bvh"):
        read_spoken(f"{prefix}:{tmp_path}")
    with pytest.raises(InputError, match="no folder"):
        read_spoken(f"{prefix}:{tmp_path / 'absent'}")


def test_prefixes_are_known() -> None:
    assert names_reader("beat:/data")
    assert not names_reader("/data")
    with pytest.raises(InputError, match="trinity:, twh:, beat:"):
        read_spoken("other:/data")


def test_two_files_of_one_take_are_told(tmp_path: Path) -> None:
    folder = write_trinity(tmp_path)
    write_body_again = folder / "More" / "recording_1.bvh"
    from tests.gesture.readers.spoken_samples import _USUAL

    write_body(write_body_again, 60.0, 2.0, _USUAL)
    with pytest.raises(InputError, match="same name"):
        read_spoken(f"trinity:{folder}")
