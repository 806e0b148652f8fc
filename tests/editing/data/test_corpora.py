"""Corpora in their own layouts give the motion that is in them."""

from __future__ import annotations

import logging
import zipfile
from pathlib import Path

import numpy as np
import pytest

from backend.mocap.corpora.clip_file import ClipFile, read_clip_file
from backend.mocap.corpora.cmu_all import label_of
from backend.mocap.corpora.known import find_clip_files, sources_of
from backend.mocap.corpora.lafan1 import opened_lafan1
from backend.mocap.corpora.own_clips import find_own_clips, read_own_clip
from backend.mocap.corpora.rest_pose import rests_along_x
from backend.mocap.recordings import read_clips, to_common
from blender_addon.core.bvh import read_bvh
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.editing.data.corpus_samples import (
    walk,
    write_clip,
    write_cmu,
    write_lafan1,
    write_style,
)

CUTS = "STYLE_NAME,FW_START,FW_STOP,BW_START,BW_STOP,ID_START,ID_STOP\n"


def joints(clip: MotionClip) -> Floats:
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)[0]


def assert_walks_like_the_walk(clip: MotionClip, first: int = 0) -> None:
    """Joint by joint against the same walk on the common skeleton, from its first frame on."""
    drawn = to_common(walk(30.0))
    count = min(clip.frame_count, drawn.frame_count - first)
    apart = joints(clip)[:count] - joints(drawn)[first : first + count]
    assert np.abs(apart).max() < 0.003


def test_cmu_in_its_own_unit_without_its_t_pose_at_the_true_rate(tmp_path: Path) -> None:
    write_cmu(tmp_path / "data", "07_01")
    write_cmu(tmp_path / "data", "01_02", rate_hz=60.0)
    (tmp_path / "cmu-mocap-index-text.txt").write_text(
        "Subject #1 (climb)\n\n01_02\tplayground - climb\n\nSubject #7 (walk)\n07_01\tUnknown\n"
    )
    files = find_clip_files(tmp_path)
    assert [(each.name, each.label, each.split) for each in files] == [
        ("cmu_01_02", "climb", "train"),
        ("cmu_07_01", "walk", "train"),
    ]
    drawn = walk(30.0)
    for each in read_clips(files):
        assert abs(each.clip.duration_s - drawn.duration_s) < 0.05
        assert_walks_like_the_walk(each.clip)


def test_takes_that_our_own_folder_judges_by_stay_held_out(tmp_path: Path) -> None:
    write_cmu(tmp_path / "all", "07_09")
    write_cmu(tmp_path / "all", "07_02")
    write_clip(tmp_path / "cmu" / "iclone_007_09.bvh", walk(60.0), 1.0)
    (tmp_path / "cmu" / "clips.csv").write_text(
        "clip,source,subject,take,label,split,description\n"
        "iclone_007_09,cmu_bvh_iclone,7,09,walk,val,walk\n"
    )
    split = {each.name: (each.split, each.same_take_as) for each in find_clip_files(tmp_path)}
    assert split == {
        "iclone_007_09": ("val", ""),
        "cmu_07_02": ("train", ""),
        "cmu_07_09": ("val", "iclone_007_09"),
    }


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("walk, veer left", "turn"),
        ("run/jog, sudden stop", "run"),
        ("dance - small jetes, pirouette", "dance"),
        ("soccer - kick ball", "sport"),
        ("walk on uneven terrain", "uneven"),
        ("direct traffic, wave, point", "stand"),
        ("muscular, heavyset person's walk", "walk"),
        ("Unknown", "other"),
    ],
)
def test_cmu_says_in_words_what_is_done(words: str, label: str) -> None:
    assert label_of(words) == label


def test_a_hundred_styles_are_cut_and_called_as_the_table_says(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "100style" / "100STYLE"
    clip = write_style(folder, "Aeroplane", "FW")
    write_style(folder, "Zombie", "ID")
    stop = clip.frame_count - 5
    (folder / "Frame_Cuts.csv").write_text(
        f"{CUTS}Aeroplane,24,{stop},N/A,N/A,3,9\nZombie,0,9,,,0,90\n"
    )
    with caplog.at_level(logging.WARNING):
        files = find_clip_files(tmp_path)
    assert "Aeroplane_ID.bvh is not there" in caplog.text and "Zombie_FW.bvh" in caplog.text
    assert [(each.name, each.label) for each in files] == [
        ("Aeroplane_FW", "Aeroplane"),
        ("Zombie_ID", "Zombie"),
    ]
    (style, _) = read_clips(files)
    assert style.clip.frame_count == (stop - 24 + 1) // 2
    assert_walks_like_the_walk(style.clip, first=12)
    (source,) = sources_of([each.corpus for each in files])
    assert source.licence == "CC BY 4.0" and "Mason" in source.attribution


def test_a_tenth_of_the_styles_is_held_out(tmp_path: Path) -> None:
    names = [f"Style{n:02d}" for n in range(20)]
    for name in names:
        path = tmp_path / name / f"{name}_FW.bvh"
        path.parent.mkdir()
        path.write_text("")
    (tmp_path / "Frame_Cuts.csv").write_text(CUTS + "".join(f"{name},0,9,,,,\n" for name in names))
    held_out = [each.label for each in find_clip_files(tmp_path) if each.split == "val"]
    assert held_out == ["Style09", "Style19"]


def test_another_table_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "Frame_Cuts.csv").write_text("style,begin,end\nAeroplane,0,9\n")
    with pytest.raises(InputError, match=r"expected columns STYLE_NAME.*found style, begin"):
        find_clip_files(tmp_path)
    (tmp_path / "Frame_Cuts.csv").write_text(f"{CUTS}Aeroplane,0,9,,,,\n")
    with pytest.raises(InputError, match=r"none of the takes.*Aeroplane_FW\.bvh"):
        find_clip_files(tmp_path)


@pytest.mark.parametrize("zipped", [False, True])
def test_lafan1_is_read_to_judge_by(tmp_path: Path, zipped: bool) -> None:
    write_lafan1(tmp_path, "walk1_subject5")
    (path,) = tmp_path.glob("*.bvh")
    assert rests_along_x(read_bvh(path))
    if zipped:
        with zipfile.ZipFile(tmp_path / "lafan1.zip", "w") as archive:
            archive.write(path, "walk1_subject5.bvh")
        path.unlink()
    with opened_lafan1(tmp_path) as files:
        assert [(each.label, each.split) for each in files] == [("walk", "subject5")]
        (take,) = read_clips(files)
    assert_walks_like_the_walk(take.clip)


def test_no_network_may_learn_from_lafan1(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "lafan1.zip").write_bytes(b"")
    with pytest.raises(InputError, match=r"CC BY-NC-ND.*no network may learn"):
        find_clip_files(tmp_path)
    write_cmu(tmp_path, "07_01")
    with caplog.at_level(logging.WARNING):
        assert [each.corpus for each in find_clip_files(tmp_path)] == ["cmu_all"]
    assert "no network may learn" in caplog.text


def test_an_archive_that_was_not_fetched_or_leads_elsewhere(tmp_path: Path) -> None:
    archive = tmp_path / "lafan1.zip"
    archive.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(InputError, match="git lfs pull"), opened_lafan1(tmp_path):
        pass
    archive.write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(InputError, match="no zip, or is cut short"), opened_lafan1(archive):
        pass
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("../walk1_subject1.bvh", "HIERARCHY")
    with pytest.raises(InputError, match="leads out of its folder"), opened_lafan1(archive):
        pass
    with (
        pytest.raises(InputError, match=r"neither lafan1\.zip nor files"),
        opened_lafan1(tmp_path / "nowhere"),
    ):
        pass


@pytest.mark.parametrize(("metres", "rate_hz"), [(1.0, 60.0), (0.01, 90.0), (0.0254, 120.0)])
def test_any_bvh_is_read_whatever_its_unit_and_rate(
    tmp_path: Path, metres: float, rate_hz: float
) -> None:
    write_clip(tmp_path / "deep" / "Walk_01.BVH", walk(rate_hz), metres)
    (each,) = read_clips(find_own_clips(tmp_path), read=read_own_clip)
    assert (each.label, each.clip.frame_rate_hz) == ("walk", 30.0)
    assert_walks_like_the_walk(each.clip)


def test_a_t_pose_before_the_motion_is_left_out(tmp_path: Path) -> None:
    clip = write_cmu(tmp_path, "07_01")
    (file,) = find_own_clips(tmp_path)
    assert read_own_clip(file).frame_count == clip.frame_count - 1
    write_clip(tmp_path / "007" / "07_01.bvh", walk(120.0), 1.0)
    assert read_own_clip(file).frame_count == walk(120.0).frame_count


def test_labels_come_from_the_index_where_there_is_one(tmp_path: Path) -> None:
    for name in ("a1", "b2"):
        write_clip(tmp_path / f"{name}.bvh", walk(30.0), 1.0)
    (tmp_path / "clips.csv").write_text("clip,label\na1,dance\n")
    assert [each.label for each in find_own_clips(tmp_path)] == ["dance", "b"]
    (tmp_path / "clips.csv").write_text("file,kind\na1,dance\n")
    with pytest.raises(InputError, match="expected clip and label"):
        find_own_clips(tmp_path)


def test_files_that_cannot_be_used_are_named_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_clip(tmp_path / "good.bvh", walk(30.0), 1.0)
    whole = (tmp_path / "good.bvh").read_text()
    (tmp_path / "cut.bvh").write_text(whole[: len(whole) // 2])
    (tmp_path / "empty.bvh").write_bytes(b"")
    (tmp_path / "page.bvh").write_text("<html>not found</html>")
    (tmp_path / "nan.bvh").write_text(whole.replace(whole.split()[-1], "nan"))
    (tmp_path / "lamp.bvh").write_text(
        "HIERARCHY\nROOT lamp\n{\nOFFSET 0 0 0\nCHANNELS 3 Zrotation Xrotation Yrotation\n"
        "End Site\n{\nOFFSET 0 1 0\n}\n}\nMOTION\nFrames: 2\nFrame Time: 0.1\n0 0 0\n0 0 9\n"
    )
    with caplog.at_level(logging.WARNING):
        found = read_clips(find_own_clips(tmp_path), read=read_own_clip)
    assert [each.name for each in found] == ["good"]
    for name in ("cut", "empty", "page", "nan", "lamp"):
        assert f"{name}.bvh is left out" in caplog.text
    (tmp_path / "good.bvh").unlink()
    with pytest.raises(InputError, match="none of 5 files can be used"):
        read_clips(find_own_clips(tmp_path), read=read_own_clip)


def test_folders_without_anything_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \.bvh file"):
        find_own_clips(tmp_path)
    with pytest.raises(InputError, match="holds none of cmu"):
        find_clip_files(tmp_path)
    for find in (find_own_clips, find_clip_files):
        with pytest.raises(InputError, match="there is no folder"):
            find(tmp_path / "nowhere")


def test_a_take_shorter_than_its_table_says_is_told(tmp_path: Path) -> None:
    write_clip(tmp_path / "short.bvh", walk(30.0), 1.0)
    file = ClipFile(tmp_path / "short.bvh", "short", "100style", "Old", "train", first=5000)
    with pytest.raises(InputError, match="expected frames 5000"):
        read_clip_file(file)
