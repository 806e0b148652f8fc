"""Sheets of an edit."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from backend.editing import shown
from backend.editing.evaluation import Evaluation
from backend.editing.pictures import draw_before_after, frames_shown
from backend.editing.shown import Sheet, Show, choose
from backend.mocap.recordings import Recording
from blender_addon.core.errors import ClipError, InputError, ModelError
from tests.editing.data.corpus_samples import walk


def test_poses_are_of_what_was_edited_and_a_little_around_it() -> None:
    clip = walk(30.0)
    frames = frames_shown(clip, (1.0, 2.0))
    assert (frames[0], frames[-1]) == (26, 64) and len(frames) == 12
    assert frames_shown(clip)[[0, -1]].tolist() == [0, clip.frame_count - 1]
    assert frames_shown(clip, (0.0, 99.0))[-1] == clip.frame_count - 1


def test_a_sheet_is_a_picture_with_a_row_for_each_motion(tmp_path: Path) -> None:
    clip = walk(30.0)
    clips = {"before": clip, "after": clip}
    draw_before_after(clips, tmp_path / "deep" / "fill.png", edited_s=(1.0, 2.0))
    draw_before_after({"before": clip}, tmp_path / "one.png")
    sizes = []
    for name in ("deep/fill.png", "one.png"):
        data = (tmp_path / name).read_bytes()
        assert data.startswith(b"\x89PNG")
        sizes.append(int.from_bytes(data[20:24], "big"))
    assert sizes[0] > 1.5 * sizes[1]
    with pytest.raises(InputError, match="found none"):
        draw_before_after({}, tmp_path / "none.png")


def recording(label: str, cycles: int) -> Recording:
    return Recording(f"{label}_{cycles}", "cmu", label, "val", "", walk(30.0, cycles))


def test_of_each_label_the_longest_recording_is_shown_at_most_eight_seconds() -> None:
    chosen = choose([recording("walk", 4), recording("walk", 12), recording("jump", 2)])
    assert [(each.label, each.clip.duration_s) for each in chosen] == [
        ("walk", pytest.approx(8.0, abs=0.1))
    ]


def test_what_cannot_be_shown_is_said_and_the_others_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def lacks(evaluation: Evaluation) -> Show:
        raise ModelError("lacks motion_cleaner.onnx")

    def show(each: Recording, other: Recording) -> Sheet:
        if each.label == "walk":
            raise ClipError("too short to be looped")
        return Sheet(f"{each.label} as {other.label}", {"before": each.clip})

    monkeypatch.setattr(shown, "_SHOWN", {"clean": lacks, "loop": lambda evaluation: show})
    judged = Evaluation(tmp_path, (), (recording("walk", 4), recording("dance / slow", 4)))
    with caplog.at_level(logging.WARNING):
        drawn = shown.draw_edits(judged, tmp_path / "sheets")
    assert [path.name for path in drawn] == ["loop_dance_slow_as_walk.png"]
    assert drawn[0].is_file()
    assert "lacks motion_cleaner" in caplog.text and "too short to be looped" in caplog.text
