"""Recordings and bodies from files: what is read, and what is refused in words."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.quadruped.judging.animal import motion_of_clip
from backend.quadruped.judging.bodies import body_of_file, default_bodies, read_bodies
from backend.quadruped.judging.glb import read_joint_places
from backend.quadruped.judging.loop_baseline import nearest_pair, read_loop_pairs, slide_along
from backend.quadruped.judging.recordings import (
    all_have_heads,
    read_recording,
    read_recordings,
    write_recording,
)
from backend.quadruped.judging.rows import judge_by_recordings, measure_floor
from backend.quadruped.judging.suite import case_of, quick_ways, random_way
from backend.quadruped.judging.systems import Looped, make_tasks
from blender_addon.core.errors import InputError
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.skeleton import JOINTS
from tests.quadruped.measures.constructed import gliding_clip, square_body, square_rest


def _write(path: Path, **changed: Any) -> Path:
    """A recording of the plain body that glides; of what is changed, None is left out."""
    clip = gliding_clip(2.0)
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    write_recording(path, joints, 60.0)
    with np.load(path) as arrays:
        data = {name: arrays[name] for name in arrays.files} | changed
    np.savez(path, **{name: value for name, value in data.items() if value is not None})
    return path


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = read_recording(_write(tmp_path / "glide.npz"))
    made = motion_of_clip(gliding_clip(2.0), square_body(), ("glide", "square"))
    assert found.feet_m == pytest.approx(made.feet_m, abs=1e-5)
    assert found.heights_m == pytest.approx(made.heights_m, abs=1e-5)
    assert found.head_m is not None
    assert found.head_m == pytest.approx(made.head_m, abs=1e-5)
    assert found.family is Family.CANINE
    assert found.speeds_m_s.mean() == pytest.approx(0.9, abs=1e-3)


def test_a_large_animal_is_brought_to_the_models_size(tmp_path: Path) -> None:
    with np.load(_write(tmp_path / "small.npz")) as arrays:
        large = arrays["positions"] * 3
    found = read_recording(_write(tmp_path / "large.npz", positions=large))
    assert found.hips_m[..., 1].mean() == pytest.approx(0.5, abs=1e-4)
    assert found.rate_hz == pytest.approx(60 * np.sqrt(3), rel=1e-4)


def test_without_names_there_is_no_head(tmp_path: Path) -> None:
    _write(tmp_path / "a.npz")
    _write(tmp_path / "b.npz", names=None)
    assert not all_have_heads(read_recordings(tmp_path))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"positions": None}, "lacks positions"),
        ({"toes": None, "fps": None}, "lacks fps, toes"),
        ({"positions": np.zeros((120, 27), np.float32)}, "positions (T, J, 3)"),
        ({"positions": np.zeros((120, 27, 3), np.int64)}, "positions (T, J, 3)"),
        ({"positions": np.full((120, 27, 3), np.nan, np.float32)}, "no finite number"),
        ({"positions": np.zeros((20, 27, 3), np.float32)}, "a second at least"),
        ({"fps": np.array([30.0, 60.0])}, "one number as fps"),
        ({"fps": np.float64(0.0)}, "10 to 1000"),
        ({"toes": np.array([1, 2, 3])}, "toes as 4"),
        ({"hips": np.array([1, 99])}, "hips as 2"),
        ({"neck": np.float64(1.5)}, "neck as 1"),
        ({"names": np.array(["a", "b"])}, "2 names for 27 joints"),
        ({"positions": -np.ones((120, 27, 3), np.float32)}, "Y is to be up"),
    ],
)
def test_a_bad_recording_is_refused_in_words(
    tmp_path: Path, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match="bad") as error:
        read_recording(_write(tmp_path / "bad.npz", **changed))
    assert words in str(error.value)


def test_what_is_no_recording_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \.npz"):
        read_recordings(tmp_path)
    with pytest.raises(InputError, match="no folder"):
        read_recordings(tmp_path / "nowhere")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(InputError, match="plain arrays"):
        read_recordings(tmp_path)
    np.savez(tmp_path / "text.npz", positions=np.array([{"a": 1}], object))
    with pytest.raises(InputError, match="plain arrays"):
        read_recordings(tmp_path)


def _glb(path: Path, nodes: list[dict[str, Any]]) -> Path:
    text = json.dumps({"asset": {"version": "2.0"}, "nodes": nodes}).encode()
    text += b" " * (-len(text) % 4)
    chunk = struct.pack("<I4s", len(text), b"JSON") + text
    path.write_bytes(b"glTF" + struct.pack("<II", 2, 12 + len(chunk)) + chunk)
    return path


def test_nodes_of_a_glb_are_where_their_parents_put_them(tmp_path: Path) -> None:
    half = float(np.sqrt(0.5))
    path = _glb(
        tmp_path / "a.glb",
        [
            {"name": "top", "scale": [2, 2, 2], "rotation": [0, half, 0, half], "children": [1]},
            {"name": "bone", "translation": [0, 1, 3], "children": [2]},
            {"name": "tip", "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0.5, 0, 0, 1]},
        ],
    )
    places = read_joint_places(path)
    assert places["bone"] == pytest.approx([6, 2, 0])
    assert places["tip"] == pytest.approx([6, 2, -1])


def test_a_glb_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    path.write_bytes(b"no model at all, but long enough")
    with pytest.raises(InputError, match="no binary glTF"):
        read_joint_places(path)
    with pytest.raises(InputError, match="no nodes"):
        read_joint_places(_glb(path, []))
    with pytest.raises(InputError, match="its own ancestor"):
        read_joint_places(_glb(path, [{"children": [1]}, {"children": [0]}]))
    with pytest.raises(InputError, match="Give its 27 joints"):
        body_of_file(_glb(path, [{"name": "Hips"}]))


def test_a_body_is_read_from_its_27_joints(tmp_path: Path) -> None:
    rest = square_rest()
    np.savez(tmp_path / "one.npz", joints=rest, family="canine")
    by_name = dict(zip(JOINTS, rest.tolist(), strict=True))
    (tmp_path / "two.json").write_text(json.dumps({"joints": by_name}))
    (tmp_path / "bodies.json").write_text(
        json.dumps({"two": {"family": "canine", "hip_height_m": 1.5}})
    )
    one, two = read_bodies(tmp_path)
    assert (one.name, two.name, one.seen) == ("one", "two", False)
    assert one.body.family is two.body.family is Family.CANINE
    assert one.body.hip_height_m == pytest.approx(0.5, abs=1e-5)
    assert two.body.hip_height_m == pytest.approx(1.5, abs=1e-5)
    assert one.body.vector == pytest.approx(two.body.vector, abs=1e-4)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "expected 'joints'"),
        ({"joints": [[0, 0, 0]]}, "(27, 3)"),
        ({"joints": {"hips": [0, 0, 0]}}, "lacks spine"),
        ({"joints": [["a"]]}, "no numbers"),
        ({"joints": np.zeros((27, 3)).tolist()}, "hips are not above the ground"),
        ({"joints": square_rest().tolist(), "family": "reptile"}, "family 'reptile' is unknown"),
    ],
)
def test_a_bad_body_is_refused_in_words(tmp_path: Path, data: dict[str, Any], words: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(data))
    with pytest.raises(InputError) as error:
        body_of_file(path)
    assert words in str(error.value)


def test_a_folder_without_bodies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \.glb"):
        read_bodies(tmp_path)
    with pytest.raises(InputError, match="no folder"):
        read_bodies(tmp_path / "nowhere")


def test_the_usual_bodies(data_dir: Path) -> None:
    bodies = {each.name: each for each in default_bodies(data_dir / "quadruped")}
    assert [name for name, each in bodies.items() if each.seen] == ["fox", "wolf", "horse"]
    assert {name for name, each in bodies.items() if not each.seen} == {"deer", "cow", "dog"}
    assert bodies["cow"].body.family is Family.HOOFED
    assert bodies["dog"].body.family is Family.CANINE
    for each in bodies.values():
        rest = each.body.at_model_size().rest_m
        assert rest[JOINTS.index("head"), 2] > rest[JOINTS.index("hips"), 2] + 0.4
        assert each.body.at_model_size().paw_heights_m.max() < 0.06


def test_a_clip_of_a_known_animal_gives_a_body(data_dir: Path, tmp_path: Path) -> None:
    source = data_dir / "quadruped" / "animals" / "wolf_idle.bvh"
    (tmp_path / "husky.bvh").write_bytes(source.read_bytes())
    (husky,) = read_bodies(tmp_path)
    wolf = next(b for b in default_bodies(data_dir / "quadruped") if b.name == "wolf")
    assert husky.body.family is Family.CANINE
    assert husky.body.vector == pytest.approx(wolf.body.vector, abs=1e-5)


def test_loops_slide_at_the_plans_speed_and_judge_as_recordings(
    data_dir: Path, tmp_path: Path
) -> None:
    data = data_dir / "quadruped"
    bodies = [each for each in default_bodies(data) if each.name in ("wolf", "dog")]
    pairs = read_loop_pairs(data)
    assert nearest_pair(bodies[0].body, "wolf", pairs).name == "wolf"
    assert nearest_pair(bodies[1].body, "dog", pairs).body.family is Family.CANINE
    tasks = make_tasks(bodies[:1], quick_ways()[:3])
    for task in tasks:
        pair = nearest_pair(task.model_body, "wolf", pairs)
        clip = slide_along(task.plan, FlatTerrain(), pair)
        joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
        write_recording(tmp_path / f"{task.way.name}.npz", joints, clip.frame_rate_hz)
    recordings = read_recordings(tmp_path)
    judge = judge_by_recordings(recordings)
    assert (judge.source, judge.head) == ("recorded", True)
    floor = measure_floor(recordings, judge)
    assert floor["slip_walk_cm_s"] > 5
    assert floor["frechet"] is not None
    assert set(floor["not_measured"]) >= {"path_deviation_mean_h", "stability_ratio"}
    performed = Looped(pairs).perform(tasks[:1])[0]
    assert np.abs(performed.speeds_m_s - tasks[0].plan.speeds_m_s).mean() < 0.1


def test_all_sizes_are_asked_for_the_same() -> None:
    small = square_body()
    way = quick_ways()[2]
    first, second = case_of(way, small), case_of(way, small.at_model_size())
    assert first.path.length_m == pytest.approx(second.path.length_m)
    assert first.path.closed
    random = random_way(2.0)
    half = len(random.points) // 2
    steps = np.diff(random.points[:, [0, 2]], axis=0)
    headings = np.unwrap(np.arctan2(steps[:, 0], steps[:, 1]))
    turns = np.diff(headings)
    assert turns[2 : half - 4] == pytest.approx(turns[half + 2 :][: half - 6], abs=1e-6)
