"""Sheets of an edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.editing.pictures import draw_before_after, frames_shown
from blender_addon.core.errors import InputError
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
