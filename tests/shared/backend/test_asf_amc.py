"""The Acclaim reader: round trips, hand-computed turns, CMU's own conventions, broken files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.mocap.acclaim_text import AcclaimError
from backend.mocap.asf_amc import read_amc, read_asf, read_asf_amc
from blender_addon.core.bvh import read_bvh
from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.retarget.joint_names import find_common_joints, missing_joints
from tests.shared.backend.acclaim_samples import (
    METRES,
    cmu_clip,
    cmu_skeleton,
    write_amc,
    write_asf,
)
from tests.shared.core.motion_samples import rotation_gap

ARM_ASF = """:version 1.10
:units
  mass 1.0
  length 0.45
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
  begin
     id 1
     name upper
     direction 0 -1 0
     length 2
     axis 0 0 0 XYZ
    dof rx ry rz
    limits (-160.0 20.0)
           (-70.0 70.0)
           (-60.0 70.0)
  end
  begin
     id 2
     name lower
     direction 0 -1 0
     length 3
     axis 0 90 0 XYZ
    dof rx
  end
:hierarchy
  begin
    root upper
    upper lower
  end
"""
ARM_AMC = """#!OML:ASF test
:FULLY-SPECIFIED
:DEGREES
1
root 1 2 3 0 0 0
upper 0 0 0
lower 0
2
root 1 2 3 0 0 0
upper 90 90 0
lower 0
3
root 1 2 3 0 0 0
upper 0 0 0
lower 90
4
root 1 2 3 0 90 0
upper 90 0 0
lower 0
"""


def read_arm(folder: Path, asf: str = ARM_ASF, amc: str = ARM_AMC) -> MotionClip:
    (folder / "arm.asf").write_bytes(asf.encode("latin-1"))
    (folder / "arm.amc").write_bytes(amc.encode("latin-1"))
    return read_asf_amc(folder / "arm.asf", folder / "arm.amc")


def joint_positions(clip: MotionClip) -> Floats:
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)[0]


def tips(clip: MotionClip) -> Floats:
    """(T, 2, 3) far ends of both bones from the root, in the file's units."""
    positions, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    end = np.array(clip.skeleton.ends["lower"], np.float32)
    last = positions[:, 2] + quaternion_rotate(turns[:, 2], end)
    return (np.stack((positions[:, 2], last), axis=1) - positions[:, :1]) / METRES


def test_what_is_written_is_read(tmp_path: Path) -> None:
    clip = cmu_clip()
    write_asf(tmp_path / "a.asf", clip.skeleton)
    write_amc(tmp_path / "a.amc", clip)
    read = read_asf_amc(tmp_path / "a.asf", tmp_path / "a.amc")
    assert set(read.skeleton.names) == set(clip.skeleton.names)
    order = read.skeleton.indices(clip.skeleton.names)
    gap_m = np.linalg.norm(joint_positions(read)[:, order] - joint_positions(clip), axis=-1)
    assert gap_m.max() < 1e-3
    assert rotation_gap(read.rotations_wxyz[:, order], clip.rotations_wxyz) < 1e-3
    for name, end in clip.skeleton.ends.items():
        assert read.skeleton.ends[name] == pytest.approx(end, abs=1e-6)
    assert read.frame_rate_hz == 120.0


def test_the_joints_are_known_by_name() -> None:
    assert not missing_joints(find_common_joints(cmu_skeleton().names))


def test_turns_computed_by_hand(tmp_path: Path) -> None:
    clip = read_arm(tmp_path)
    assert clip.root_positions[0] == pytest.approx(np.array([1, 2, 3]) * METRES)
    upper, lower = np.moveaxis(tips(clip), 1, 0)
    assert upper[0] == pytest.approx([0, -2, 0], abs=1e-5)
    assert lower[0] == pytest.approx([0, -5, 0], abs=1e-5)
    # x first: down turns to the back, then y turns that to the right.
    assert upper[1] == pytest.approx([-2, 0, 0], abs=1e-5)
    # The lower bone's own x axis is the world's −z.
    assert lower[2] == pytest.approx([-3, -2, 0], abs=1e-5)
    # The root turns everything: to the back becomes to the right.
    assert lower[3] == pytest.approx([-5, 0, 0], abs=1e-5)


def test_the_order_of_an_axis_is_that_of_application(tmp_path: Path) -> None:
    # x first, then y: the bone's x axis is the world's −z; the other way round it would be +y.
    clip = read_arm(tmp_path, ARM_ASF.replace("axis 0 90 0 XYZ", "axis 90 90 0 XYZ"))
    assert tips(clip)[2, 1] == pytest.approx([-3, -2, 0], abs=1e-5)


@pytest.mark.data
@pytest.mark.parametrize("joint", ["ltibia", "rtibia", "lradius", "rradius", "lwrist", "rwrist"])
def test_hinges_of_real_recordings_lie_where_their_axes_say(
    data_dir: Path, tmp_path: Path, joint: str
) -> None:
    """Recordings that others converted from CMU's files turn hinges about the axes read here."""
    clip = read_bvh(data_dir / "mocap" / "cmu" / "amc_02_01.bvh")
    turns = clip.rotations_wxyz[:, clip.skeleton.index(joint)]
    turns = turns[np.linalg.norm(turns[:, 1:], axis=-1) > 0.05]
    assert len(turns) > 100
    lines = turns[:, 1:] / np.linalg.norm(turns[:, 1:], axis=-1, keepdims=True)
    write_asf(tmp_path / "a.asf", clip.skeleton)
    character = read_asf(tmp_path / "a.asf")
    own = np.eye(3, dtype=np.float32)["xyz".index("y" if joint.endswith("wrist") else "x")]
    axis = quaternion_rotate(character.axes_wxyz[character.skeleton.index(joint)], own)
    assert np.abs(lines @ axis).min() > 0.999


@pytest.mark.data
def test_a_real_recording_written_and_read_is_the_same(data_dir: Path, tmp_path: Path) -> None:
    clip = read_bvh(data_dir / "mocap" / "cmu" / "amc_02_03.bvh")
    write_asf(tmp_path / "a.asf", clip.skeleton)
    write_amc(tmp_path / "a.amc", clip)
    read = read_asf_amc(tmp_path / "a.asf", tmp_path / "a.amc")
    order = read.skeleton.indices(clip.skeleton.names)
    gap_m = np.linalg.norm(joint_positions(read)[:, order] - joint_positions(clip), axis=-1)
    assert gap_m.max() < 1e-3


def test_radians_other_orders_and_line_ends(tmp_path: Path) -> None:
    amc = ARM_AMC.replace("90", f"{np.pi / 2:.9f}").replace(":DEGREES", ":RADIANS")
    radians = read_arm(tmp_path, amc=amc.replace("\n", "\r\n"))
    order = "TX TY TZ RX RY RZ"
    asf = ARM_ASF.replace(order, "rz ry rx tz ty tx").replace("rx ry rz", "RX RZ RY")
    amc = ARM_AMC.replace("root 1 2 3 0 90 0", "root 0 90 0 3 2 1")
    amc = amc.replace("root 1 2 3 0 0 0", "root 0 0 0 3 2 1").replace("90 90 0", "90 0 90")
    reordered = read_arm(tmp_path, asf.replace("\n", "\r"), amc)
    clip = read_arm(tmp_path)
    for other in (radians, reordered):
        assert other.root_positions == pytest.approx(clip.root_positions)
        assert tips(other) == pytest.approx(tips(clip), abs=1e-4)


def test_the_files_own_rate_goes_first(tmp_path: Path) -> None:
    amc = ARM_AMC.replace(":DEGREES", ":DEGREES\n:SAMPLES-PER-SECOND 60")
    assert read_arm(tmp_path, amc=amc).frame_rate_hz == 60.0


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("  length 0.45", "  length 0", 4, "above 0"),
        ("  angle deg", "  angle turns", 5, "deg or rad"),
        ("TX TY TZ RX RY RZ", "TX TY TZ RX RY", 7, "order"),
        ("   orientation 0 0 0", "   orientation 0 90 0", 10, "orientation"),
        ("     direction 0 -1 0\n     length 2", "     direction 0 -1\n     length 2", 15, "3 num"),
        ("     length 2", "     length nan", 16, "numbers"),
        ("     length 2", "     length two", 16, "numbers"),
        ("     axis 0 90 0 XYZ", "     axis 0 90 0", 28, "XYZ"),
        ("    dof rx\n  end", "    dof rx l\n  end", 29, "rx, ry, rz"),
        ("    dof rx\n  end", "    dof rx rx\n  end", 29, "at most once"),
        ("     name lower", "     name upper", 30, "no other bone"),
        ("    upper lower", "    upper", 23, "not attached"),
        ("    upper lower", "    upper arm", 34, "no bone named"),
        ("    upper lower", "    lower upper", 34, "second parent"),
        ("    upper lower", "    upper lower\n    lower lower", 35, "second parent"),
        (":hierarchy", ":skin", 35, ":hierarchy"),
        ("    dof rx\n  end\n", "    dof rx\n", 29, "'end' of the bone"),
        (":version 1.10", "<html>", 1, "section"),
        ("     id 2", "     id \0", 24, "zero byte"),
    ],
)
def test_a_broken_skeleton_is_an_error_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in ARM_ASF
    with pytest.raises(AcclaimError, match=words) as caught:
        read_arm(tmp_path, asf=ARM_ASF.replace(old, new))
    assert caught.value.line == line
    assert str(caught.value).startswith(f"arm.asf, line {line}: ")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("\n1\nroot", "\nroot", 4, "number of the first frame"),
        ("upper 90 90 0", "upper 90 90", 10, "3 numbers"),
        ("upper 90 90 0", "upper 90 nan 0", 10, "numbers up to"),
        ("upper 90 90 0", "upper 90 1e99 0", 10, "numbers up to"),
        ("upper 90 90 0", "hand 90 90 0", 10, "no channels"),
        ("upper 90 90 0", "root 1 2 3 0 0 0", 10, "twice"),
        ("upper 90 90 0\n", "", 11, "lacks upper"),
        ("\n3\n", "\n5\n", 12, "expected frame 3"),
        ("\n3\n", "\n" + "9" * 5000 + "\n", 12, "expected frame 3"),
    ],
)
def test_a_broken_motion_is_an_error_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in ARM_AMC
    with pytest.raises(AcclaimError, match=words) as caught:
        read_arm(tmp_path, amc=ARM_AMC.replace(old, new, 1))
    assert caught.value.line == line
    assert str(caught.value).startswith(f"arm.amc, line {line}: ")


def test_a_motion_without_frames_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AcclaimError, match="at least one frame"):
        read_arm(tmp_path, amc=":FULLY-SPECIFIED\n:DEGREES\n")


def test_a_file_cut_anywhere_is_whole_frames_or_an_error(tmp_path: Path) -> None:
    whole = read_arm(tmp_path)
    character = read_asf(tmp_path / "arm.asf")
    frames = set()
    for length in range(len(ARM_AMC)):
        (tmp_path / "arm.amc").write_text(ARM_AMC[:length], "ascii")
        try:
            clip = read_amc(tmp_path / "arm.amc", character)
        except AcclaimError:
            continue
        frames.add(clip.frame_count)
        same = clip.frame_count - 1  # a number cut in two is a number still
        assert np.array_equal(clip.rotations_wxyz[:same], whole.rotations_wxyz[:same])
    assert frames == {1, 2, 3, 4}


def test_a_skeleton_cut_anywhere_is_an_error(tmp_path: Path) -> None:
    whole = ARM_ASF[: ARM_ASF.rindex("upper lower") + len("upper lower")]
    for length in range(len(whole) - 1):
        (tmp_path / "arm.asf").write_text(ARM_ASF[:length], "ascii")
        with pytest.raises(AcclaimError):
            read_asf(tmp_path / "arm.asf")
