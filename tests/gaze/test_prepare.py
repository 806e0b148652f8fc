"""Recordings of gaze: read, centred, dequantised, split by person; malformed ones refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from backend.gaze.conversation import SAMPLE_S, VALIDATION_PEOPLE, read_recording, read_recordings
from backend.gaze.prepare import command, load_split, prepare_behaviour
from blender_addon.core.errors import InputError
from blender_addon.core.gaze.events import ROLES, decode_events
from tests.gaze.recording_samples import write_people, write_person

HEADER = "segment,role,onset_s,duration_s,yaw_deg,pitch_deg\n"


def write_rows(path: Path, *rows: str) -> Path:
    path.write_text(HEADER + "\n".join(rows) + "\n", "utf-8")
    return path


def test_angles_turn_to_the_left_and_the_median_is_the_partner(tmp_path: Path) -> None:
    rows = [f"0,SPEAK,{n},0.2,{10.0 + n},{-3.0 + n}" for n in range(5)]
    recording = read_recording(write_rows(tmp_path / "a.csv", *rows))
    degrees = np.rad2deg(recording.direction_rad)
    np.testing.assert_allclose(degrees[:, 0], [2, 1, 0, -1, -2], atol=1e-6)  # right is negative
    np.testing.assert_allclose(degrees[:, 1], [-2, -1, 0, 1, 2], atol=1e-6)


def test_breaks_lie_between_segments_and_roles_and_pauses_within(tmp_path: Path) -> None:
    recording = read_recording(
        write_rows(
            tmp_path / "a.csv",
            "0,SPEAK,1.0,0.2,0,0",
            "0,SPEAK,1.25,0.2,1,0",
            "1,SPEAK,2.0,0.3,0,0",
            "1,LISTEN,2.8,0.3,0,1",
            "2,LISTEN,2.9,0.3,0,1",  # onsets drift: the gap comes out negative
        )
    )
    np.testing.assert_allclose(recording.pause_s, [0, 0.05, 0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(recording.breaks_s[1:], [0, 0.55, 0.5, 0.1], atol=1e-9)
    assert recording.breaks_s[0] > 0
    np.testing.assert_array_equal(recording.with_pause, [False, True, False, False, False])
    names = [ROLES[role] for role in recording.roles]
    assert names == ["speaking", "speaking", "speaking", "listening", "listening"]


def test_dequantised_times_stay_in_their_sample(tmp_path: Path) -> None:
    recording = read_recording(write_person(tmp_path / "a.csv"))
    _, duration, pause = decode_events(recording.events(np.random.default_rng(0)).astype(float))
    assert np.abs(duration - recording.duration_s).max() <= 0.5 * SAMPLE_S + 1e-5
    late = (pause - recording.pause_s) / SAMPLE_S
    assert late.min() >= -1e-3 and late.max() <= 1.001
    assert late.std() == pytest.approx(np.sqrt(1 / 12), rel=0.15)
    middle = decode_events(recording.events().astype(float))[1]
    np.testing.assert_allclose(middle, recording.duration_s, atol=1e-5)


def test_pieces_of_one_fixation_are_joined(tmp_path: Path) -> None:
    step = SAMPLE_S
    recording = read_recording(
        write_rows(
            tmp_path / "a.csv",
            "0,SPEAK,1.0,0.2,0,0",
            "0,SPEAK,1.2,0.6,0.8,0",  # abuts, near: a piece of the one before
            "0,SPEAK,1.8,0.2,9,0",  # abuts, but lies elsewhere
            f"0,SPEAK,{2.0 + 2 * step},0.2,9.5,0",  # near, but not at once
            "1,SPEAK,3.0,0.2,9.5,0",  # after a break
        )
    )
    np.testing.assert_allclose(recording.duration_s, [0.8, 0.2, 0.2, 0.2], atol=1e-9)
    degrees = np.rad2deg(recording.direction_rad[:, 0])
    np.testing.assert_allclose(degrees[0] - degrees[1], 9.0 - 0.6, atol=1e-9)
    np.testing.assert_allclose(recording.pause_s[2], 2 * step, atol=1e-6)
    assert recording.with_pause.tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("0,SING,1.5,0.2,0,0", "role is 'SING'"),
        ("0,SPEAK,1.5,long,0,0", "cannot be read"),
        ("0,SPEAK,1.5,nan,0,0", "duration_s is nan"),
        ("-1,SPEAK,1.5,0.2,0,0", "segment's number falls"),
    ],
)
def test_a_malformed_row_is_named(tmp_path: Path, row: str, message: str) -> None:
    path = write_rows(tmp_path / "a.csv", "0,SPEAK,1.0,0.2,0,0", row)
    with pytest.raises(InputError, match=message):
        read_recording(path)


def test_a_missing_column_an_empty_file_and_an_empty_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no recordings"):
        read_recordings(tmp_path)
    (tmp_path / "a.csv").write_text("segment,role\n0,SPEAK\n", "utf-8")
    with pytest.raises(InputError, match="lacks the columns duration_s, onset_s"):
        read_recordings(tmp_path)
    write_rows(tmp_path / "a.csv")
    with pytest.raises(InputError, match="holds 0 fixations"):
        read_recordings(tmp_path)


def test_people_are_split_and_come_back_as_they_were(tmp_path: Path) -> None:
    data, out = write_people(tmp_path / "data"), tmp_path / "out" / "behaviour"
    counts = prepare_behaviour(data, out, ["p01"])
    assert counts == {"train": 720, "val": 240}
    train, val = load_split(tmp_path / "out", "train"), load_split(tmp_path / "out", "val")
    assert [each.name for each in train] == ["p00", "p02", "p03"]
    assert [each.name for each in val] == ["p01"]
    original = read_recording(data / "p01.csv")
    for name, value in vars(original).items():
        np.testing.assert_array_equal(getattr(val[0], name), value)
    record = json.loads((out / "prepared.json").read_text("utf-8"))
    assert record["val"]["p01"]["speaking_fixations"] == 80
    # Another choice leaves nobody in both.
    prepare_behaviour(data, out, ["p00", "p02"])
    assert [each.name for each in load_split(tmp_path / "out", "train")] == ["p01", "p03"]


def test_the_command_prepares_conversations_alone(tmp_path: Path) -> None:
    write_people(tmp_path / "gaze" / "conversation", 3)
    arguments = ["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--validate-with", "p02"]
    done = CliRunner().invoke(command, [*arguments, "--model", "gaze_behaviour"])
    assert done.exit_code == 0, done.output
    assert "480 to train on, 240 to validate with" in done.output
    assert len(load_split(tmp_path / "out", "train")) == 2


def test_nobody_left_or_nothing_prepared_is_an_error(tmp_path: Path) -> None:
    data = write_people(tmp_path / "data", 2)
    with pytest.raises(InputError, match="nobody is left for 'val'"):
        prepare_behaviour(data, tmp_path / "out", ["p77"])
    with pytest.raises(InputError, match="run 'backend prepare gaze' first"):
        load_split(tmp_path, "train")


@pytest.mark.data
def test_the_shared_conversations_are_as_described(data_dir: Path) -> None:
    folder = data_dir / "gaze" / "conversation"
    if not folder.is_dir():
        pytest.skip(f"no conversations at {folder}")
    recordings = {each.name: each for each in read_recordings(folder)}
    assert set(VALIDATION_PEOPLE) <= set(recordings)
    held_out = recordings["p05"]
    assert sum(len(each.roles) for each in recordings.values()) == 23_543
    assert len(held_out.roles) == 693  # of 900, pieces joined
    for each in recordings.values():
        # The median is that of the pieces, before they are joined.
        off = np.rad2deg(np.median(each.direction_rad, axis=0))
        np.testing.assert_allclose(off, 0.0, atol=1.5)
        assert each.duration_s.min() > 0.1
        steps = each.pause_s / SAMPLE_S
        assert np.abs(steps - steps.round()).max() < 0.1
