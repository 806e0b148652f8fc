"""The BVH reader takes every dialect it can make sense of, and names the line of what it cannot."""

from __future__ import annotations

import logging
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_addon.core.bvh import read_bvh
from blender_addon.core.errors import BvhError
from blender_addon.core.maths.rotations import euler_to_quaternion
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.shared.core.motion_samples import rotation_gap

PLAIN = """HIERARCHY
ROOT Hips
{
	OFFSET 0 0 0
	CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
	JOINT Chest
	{
		OFFSET 0 0.5 0
		CHANNELS 3 Zrotation Yrotation Xrotation
		End Site
		{
			OFFSET 0 0.25 0
		}
	}
	JOINT Leg
	{
		OFFSET 0.1 -0.1 0
		CHANNELS 3 Zrotation Yrotation Xrotation
	}
}
MOTION
Frames: 2
Frame Time: 0.0333333
0 1 0 0 0 0 10 20 30 0 0 0
0.5 1 -1 90 0 0 10 20 30 0 -45 0
"""


@pytest.fixture
def read(tmp_path: Path):
    def read_text(text: str | bytes, **options: float) -> MotionClip:
        path = tmp_path / "clip.bvh"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_bvh(path, **options)

    return read_text


def assert_same_motion(a: MotionClip, b: MotionClip) -> None:
    assert a.skeleton.names == b.skeleton.names
    assert a.frame_rate_hz == b.frame_rate_hz
    np.testing.assert_array_equal(a.skeleton.parents, b.skeleton.parents)
    np.testing.assert_allclose(a.skeleton.offsets, b.skeleton.offsets)
    np.testing.assert_allclose(a.root_positions, b.root_positions)
    assert rotation_gap(a.rotations_wxyz, b.rotations_wxyz) < 1e-6


def test_plain_file(read) -> None:
    clip = read(PLAIN)
    assert clip.skeleton.names == ("Hips", "Chest", "Leg")
    assert clip.skeleton.parents.tolist() == [-1, 0, 0]
    assert clip.skeleton.ends == {"Chest": (0.0, 0.25, 0.0)}
    assert clip.frame_rate_hz == 30.0
    np.testing.assert_allclose(clip.root_positions[1], [0.5, 1, -1])
    expected = euler_to_quaternion(np.deg2rad(np.array([10, 20, 30], np.float32)), "ZYX")
    assert rotation_gap(clip.rotations_wxyz[0, 1], expected) < 1e-6
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    np.testing.assert_allclose(positions[1, 1], [0.0, 1, -1], atol=1e-6)  # 90° about Z: up is −X


DIALECTS = {
    "CRLF": lambda t: t.replace("\n", "\r\n"),
    "old Mac line ends": lambda t: t.replace("\n", "\r"),
    "byte order mark": lambda t: "\ufeff" + t,
    "lower case": lambda t: _but_names(t, str.lower),
    "upper case": lambda t: _but_names(t, str.upper),
    "blank lines": lambda t: "\n \n" + t.replace("\n", "\n\n") + "\n\t\n",
    "tabs and blanks": lambda t: t.replace(" ", " \t "),
    "trailing blanks": lambda t: t.replace("\n", "  \n"),
    "no line end at the end": lambda t: t.rstrip(),
    "brace on the joint's line": lambda t: t.replace("Hips\n{", "Hips {").replace(
        "Leg\n\t{", "Leg{"
    ),
    "no colons": lambda t: t.replace("Frames:", "Frames").replace("Time:", "Time"),
    "colons apart": lambda t: t.replace("Frames:", "Frames :").replace("Time:", "Time :"),
    "frame time close": lambda t: t.replace("Frame Time: ", "Frame Time:\t"),
    "one word": lambda t: t.replace("Frame Time:", "FrameTime:"),
    "named end site": lambda t: t.replace("End Site", "End Site Chest_End"),
    "exponents": lambda t: t.replace("0.5 1 -1", "5e-1 1E0 -1.0e+00"),
}


def _but_names(text: str, change) -> str:
    for name in ("Hips", "Chest", "Leg"):
        text = text.replace(name, f"<{name}>")
    parts = [part.partition(">") for part in text.split("<")]
    return change(parts[0][0]) + "".join(name + change(rest) for name, _, rest in parts[1:])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects(read, dialect: str) -> None:
    text = DIALECTS[dialect](PLAIN)
    assert text != PLAIN
    assert_same_motion(read(text), read(PLAIN))


def test_channels_in_any_order(read) -> None:
    shuffled = PLAIN.replace(
        "Xposition Yposition Zposition Zrotation Yrotation Xrotation",
        "Zrotation Zposition Yrotation Xposition Xrotation Yposition",
    )
    shuffled = shuffled.replace("0 1 0 0 0 0 10", "0 0 0 0 0 1 10")
    shuffled = shuffled.replace("0.5 1 -1 90 0 0 10", "90 -1 0 0.5 0 1 10")
    assert_same_motion(read(shuffled), read(PLAIN))


def test_rotation_order_is_the_order_of_the_channels(read) -> None:
    other = PLAIN.replace(
        "CHANNELS 3 Zrotation Yrotation Xrotation", "CHANNELS 3 Xrotation Zrotation Yrotation"
    )
    expected = euler_to_quaternion(np.deg2rad(np.array([10, 20, 30], np.float32)), "XZY")
    assert rotation_gap(read(other).rotations_wxyz[0, 1], expected) < 1e-6


def test_fewer_channels(read) -> None:
    text = PLAIN.replace(
        "CHANNELS 3 Zrotation Yrotation Xrotation\n\t\tEnd", "CHANNELS 1 Yrotation\n\t\tEnd"
    )
    text = text.replace("CHANNELS 3 Zrotation Yrotation Xrotation", "CHANNELS 0")
    text = text.replace("10 20 30 0 0 0", "20").replace("10 20 30 0 -45 0", "20")
    clip = read(text)
    expected = euler_to_quaternion(np.deg2rad(np.array([20, 0, 0], np.float32)), "YXZ")
    assert rotation_gap(clip.rotations_wxyz[0, 1], expected) < 1e-6
    assert rotation_gap(clip.rotations_wxyz[1, 2], np.array([1, 0, 0, 0])) < 1e-6


def test_a_root_without_position_channels_stays_at_its_offset(read) -> None:
    text = PLAIN.replace("ROOT Hips\n{\n\tOFFSET 0 0 0", "ROOT Hips\n{\n\tOFFSET 1 2 3")
    text = text.replace("6 Xposition Yposition Zposition", "4 Yposition")
    text = text.replace("0 1 0 0 0 0 10", "7 0 0 0 10").replace("0.5 1 -1 90", "8 90")
    np.testing.assert_allclose(read(text).root_positions, [[1, 7, 3], [1, 8, 3]])


def with_chest_positions(second: str) -> str:
    text = PLAIN.replace(
        "CHANNELS 3 Zrotation Yrotation Xrotation\n\t\tEnd",
        "CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation\n\t\tEnd",
    )
    text = text.replace("0 0 0 10 20 30 0 0 0", "0 0 0 0 0.5 0 10 20 30 0 0 0")
    return text.replace("90 0 0 10", f"90 0 0 {second} 10")


def test_positions_of_other_joints_are_left_out(read, caplog) -> None:
    assert_same_motion(read(with_chest_positions("0 0.5 0")), read(PLAIN))
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        assert_same_motion(read(with_chest_positions("0 0.7 0")), read(PLAIN))
    assert "Chest" in caplog.text


def test_a_still_reference_root_gives_way_to_the_hips(read) -> None:
    lines = PLAIN.splitlines()
    start, end = lines.index("ROOT Hips"), lines.index("MOTION")
    inner = [line.replace("ROOT", "JOINT") for line in lines[start:end]]
    outer = ["ROOT Reference", "{", "OFFSET 0 0 0", "CHANNELS 3 Zrotation Yrotation Xrotation"]
    frames = ["0 0 0 " + line for line in lines[end + 3 :]]
    text = "\n".join([lines[0], *outer, *inner, "}", *lines[end : end + 3], *frames])
    assert_same_motion(read(text), read(PLAIN))
    turned = read(text.replace("\n0 0 0 0.5", "\n90 0 0 0.5"))
    np.testing.assert_allclose(turned.root_positions[1], [-1, 0.5, -1], atol=1e-6)


def test_other_units(read) -> None:
    clip = read(PLAIN, metres_per_unit=0.01)
    np.testing.assert_allclose(clip.root_positions[0], [0, 0.01, 0])
    np.testing.assert_allclose(clip.skeleton.offsets[1], [0, 0.005, 0])
    assert clip.skeleton.ends["Chest"] == pytest.approx((0, 0.0025, 0))


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("0.0083333", 120.0),
        ("0.016667", 60.0),
        ("0.0166667", 60.0),
        ("0.033366", 30 / 1.001),
        ("0.0417083", 24 / 1.001),
        ("0.041667", 24.0),
        ("0.04", 25.0),
        ("0.3", 1 / 0.3),
        ("1", 1.0),
    ],
)
def test_rounded_frame_times(read, written: str, rate: float) -> None:
    assert read(PLAIN.replace("0.0333333", written)).frame_rate_hz == pytest.approx(rate, rel=1e-9)


def test_names_with_blanks_and_in_old_encodings(read) -> None:
    assert read(PLAIN.replace("JOINT Leg", "JOINT Bip01 L Leg")).skeleton.names[2] == "Bip01 L Leg"
    latin = PLAIN.encode().replace(b"JOINT Leg", "JOINT Füße".encode("latin-1"))
    assert read(latin).skeleton.names[2] == "Füße"
    assert read(PLAIN.replace("JOINT Leg", "JOINT 足")).skeleton.names[2] == "足"


# --- broken files -----------------------------------------------------------------------------

BROKEN = {
    "empty": (lambda t: "", 1, "empty"),
    "only blank lines": (lambda t: "\n\n\n", 4, "empty"),
    "no BVH": (lambda t: "<html>\n<body>404</body>", 1, "not a BVH"),
    "a BVH further down": (lambda t: "hello\n" + t, 1, "not a BVH"),
    "no motion": (lambda t: t[: t.index("MOTION")], 21, "without a MOTION"),
    "motion too early": (
        lambda t: t.replace("\t}\n}\nMOTION", "\t}\nMOTION"),
        20,
        "found 'MOTION'",
    ),
    "ends in the tree": (lambda t: t[: t.index("OFFSET 0.1")], 17, "2 '}' missing"),
    "cut in a word of the tree": (lambda t: t[: t.index("Yrotation") + 4], 5, "unknown channel"),
    "unknown word": (lambda t: t.replace("JOINT Leg", "JINT Leg"), 15, "'JINT Leg'"),
    "unknown channel": (lambda t: t.replace("Xposition", "Wposition"), 5, "unknown channel 'Wpos"),
    "channel twice": (lambda t: t.replace("Yposition", "Xposition"), 5, "listed twice"),
    "channel count": (lambda t: t.replace("CHANNELS 6", "CHANNELS 5"), 5, "announces '5'"),
    "channel count missing": (lambda t: t.replace("CHANNELS 6", "CHANNELS"), 5, "announces"),
    "no channels said": (
        lambda t: t.replace("CHANNELS 6 X", "CHANNELS\nX"),
        5,
        "announces nothing",
    ),
    "channels twice": (
        lambda t: t.replace("\tCHANNELS 6", "\tCHANNELS 1 Xrotation\n\tCHANNELS 6"),
        6,
        "CHANNELS twice",
    ),
    "two roots": (lambda t: t.replace("}\nMOTION", "}\nROOT B\n{\n}\nMOTION"), 21, "second ROOT"),
    "no root": (lambda t: "HIERARCHY\nMOTION\n", 2, "joint tree is empty"),
    "joint outside": (lambda t: t.replace("ROOT Hips", "JOINT Hips"), 2, "between the braces"),
    "joint in an end site": (
        lambda t: t.replace("\t\t\tOFFSET 0 0.25 0", "\t\t\tJOINT Toe\n{\n}"),
        12,
        "between the braces",
    ),
    "same name twice": (lambda t: t.replace("JOINT Leg", "JOINT Hips"), 15, "first on line 2"),
    "no name": (lambda t: t.replace("JOINT Leg", "JOINT"), 15, "without a name"),
    "no brace": (lambda t: t.replace("JOINT Leg\n\t{\n", "JOINT Leg\n"), 16, "expected '{'"),
    "brace too many": (
        lambda t: t.replace("\t}\n}\nMOTION", "\t}\n}\n}\nMOTION"),
        21,
        "'}' without",
    ),
    "brace alone": (lambda t: t.replace("HIERARCHY\n", "HIERARCHY\n{\n"), 2, "'{' without"),
    "no offset": (lambda t: t.replace("OFFSET 0.1 -0.1 0\n", "\n"), 15, "no OFFSET"),
    "offset of two": (
        lambda t: t.replace("OFFSET 0.1 -0.1 0", "OFFSET 0.1 -0.1"),
        17,
        "three numbers",
    ),
    "offset of words": (lambda t: t.replace("OFFSET 0.1 ", "OFFSET x "), 17, "three numbers"),
    "offset not finite": (lambda t: t.replace("OFFSET 0.1 ", "OFFSET nan "), 17, "finite OFFSET"),
    "frames missing": (lambda t: t.replace("Frames: 2\n", ""), 22, "expected 'Frames: <number>'"),
    "frame time missing": (lambda t: t.replace("Frame Time: 0.0333333\n", ""), 23, "Frame Time"),
    "ends before frames": (lambda t: t[: t.index("Frames")], 22, "expected 'Frames"),
    "no frames": (lambda t: t.replace("Frames: 2", "Frames: 0"), 22, "at least one frame"),
    "negative frames": (lambda t: t.replace("Frames: 2", "Frames: -2"), 22, "at least one frame"),
    "half a frame": (lambda t: t.replace("Frames: 2", "Frames: 2.5"), 22, "at least one frame"),
    "frame time zero": (lambda t: t.replace("0.0333333", "0"), 23, "above 0"),
    "frame time negative": (lambda t: t.replace("0.0333333", "-0.03"), 23, "above 0"),
    "frame time nan": (lambda t: t.replace("0.0333333", "nan"), 23, "above 0"),
    "frame time inf": (lambda t: t.replace("0.0333333", "inf"), 23, "above 0"),
    "frame time word": (lambda t: t.replace("0.0333333", "fast"), 23, "above 0"),
    "cut in a line": (lambda t: t[: t.index("20 30 0 -45")], 25, "expected 12 numbers .* found 7"),
    "cut between lines": (lambda t: t[: t.index("0.5 1 -1")], 24, "after 1 of the 2 frames"),
    "no rows": (lambda t: t[: t.index("0 1 0 0")], 23, "after 0 of the 2 frames"),
    "row too long": (lambda t: t.replace("0 1 0 0 0 0 10", "0 1 0 0 0 0 0 10"), 24, "found 13"),
    "row too many": (lambda t: t + "0 0 0 0 0 0 0 0 0 0 0 0\n", 26, "more than the 2 announced"),
    "nan": (lambda t: t.replace("0.5 1 -1", "0.5 nan -1"), 25, "found 'nan'"),
    "infinite": (lambda t: t.replace("0.5 1 -1", "0.5 inf -1"), 25, "found 'inf'"),
    "too large": (lambda t: t.replace("0.5 1 -1", "0.5 1e300 -1"), 25, "found '1e300'"),
    "word": (lambda t: t.replace("0.5 1 -1", "0.5 one -1"), 25, "found 'one'"),
    "decimal comma": (lambda t: t.replace("0.5 1 -1", "0,5 1 -1"), 25, "found '0,5'"),
    "hash marks": (lambda t: t.replace("0.5 1 -1", "-1.#IND 1 -1"), 25, "found '-1.#IND'"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_files(read, fault: str) -> None:
    breaking, line, said = BROKEN[fault]
    with pytest.raises(BvhError, match=said) as caught:
        read(breaking(PLAIN))
    assert caught.value.line == line
    assert f"line {line}:" in str(caught.value)


@pytest.mark.parametrize("announced", ["1000000000", "9" * 30, "9" * 6000])
def test_a_billion_frames_announced_costs_nothing(read, announced: str) -> None:
    text = PLAIN.replace("Frames: 2", f"Frames: {announced}")
    tracemalloc.start()
    try:
        with pytest.raises(BvhError, match="after 2 of the"):
            read(text)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_nested_too_deep(read) -> None:
    deep = "".join(f"JOINT j{n}\n{{\nOFFSET 0 1 0\n" for n in range(100_000))
    with pytest.raises(BvhError, match="nested more than"):
        read("HIERARCHY\nROOT r\n{\nOFFSET 0 0 0\n" + deep)


def test_a_long_chain_within_reason_is_read(read) -> None:
    links = "".join(f"JOINT j{n}\n{{\nOFFSET 0 1 0\nCHANNELS 1 Xrotation\n" for n in range(150))
    text = f"HIERARCHY\nROOT r\n{{\nOFFSET 0 0 0\n{links}{'}' * 151}\nMOTION\nFrames: 1\n"
    clip = read(text + "Frame Time: 0.1\n" + "1 " * 150)
    assert clip.skeleton.joint_count == 151


@pytest.mark.parametrize(
    "junk",
    [b"\x00\x01\x02", b"HIERARCHY\nROOT \x00", "HIERARCHY".encode("utf-16"), bytes(range(256))],
)
def test_binary_files(read, junk: bytes) -> None:
    with pytest.raises(BvhError, match="not a"):
        read(junk)


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=100)
def test_any_bytes_are_a_bvh_error(tmp_path_factory, junk: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "junk.bvh"
    path.write_bytes(junk)
    with pytest.raises(BvhError):
        read_bvh(path)


@given(
    at=st.integers(0, len(PLAIN) - 3),
    junk=st.sampled_from(["", "{", "}", "\n", "nan", "\x07", "é"]),
)
@settings(deadline=None, max_examples=200)
def test_a_cut_or_spoilt_file_is_read_or_refused_but_never_crashes(
    tmp_path_factory, at: int, junk: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "spoilt.bvh"
    path.write_text(PLAIN[:at] + junk + (PLAIN[at:] if junk else ""), encoding="utf-8")
    try:
        clip = read_bvh(path)
    except BvhError as error:
        line = error.line
    else:
        line = 1
        assert np.isfinite(clip.rotations_wxyz).all()
        assert junk, "a file cut short was taken as whole"
    assert 1 <= line <= PLAIN.count("\n") + 2


def test_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_bvh(tmp_path / "none.bvh")
