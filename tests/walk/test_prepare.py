"""Recordings become training sequences: repeatable, resumable, and true to the runtime."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.walk.mirror_take import MirroredTerrain, mirror_take
from backend.walk.prepare import MADE_OF_A_WALK, Amounts, Recipe, Studio, plan_recipes, prepare
from backend.walk.sources import Source, find_sources, read_stances, read_take
from backend.walk.synthesis import bend
from backend.walk.takes import Take, foot_positions
from backend.walk.windows import JOINT_STATE, Sequence, take_to_sequence
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, soften
from blender_addon.core.maths.headings import directions_to_headings, root_to_world
from blender_addon.core.maths.rotations import six_to_quaternion
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, PLANTED_HEIGHTS_M
from blender_addon.core.motion.gait import GAITS
from blender_addon.core.motion.kinematics import forward_kinematics, global_to_local
from blender_addon.core.walk.features import (
    FUTURE_SAMPLES,
    INPUT_LAYOUT,
    OUTPUT_LAYOUT,
    PAST_SAMPLES,
    STYLE_DIMENSIONS,
    WINDOW_OFFSETS_FRAMES,
    TrajectoryWindow,
    pack_inputs,
    window_heights,
)
from tests.walk.take_samples import standing_take, walking_take, world_joints

RATE, JOINTS = 60.0, COMMON_SKELETON.joint_count
FIRST = -WINDOW_OFFSETS_FRAMES[0] + 1
IN, OUT = INPUT_LAYOUT.slices, OUTPUT_LAYOUT.slices


def turning_take() -> Take:
    take = walking_take(6)
    return bend(take, np.full(take.frame_count, 0.6)).with_feet_locked()


def hills() -> HeightField:
    places = np.arange(-4, 12, 0.2)
    samples = 0.1 * np.sin(places[:, None]) * np.cos(places[None])
    return HeightField(np.array([-4.0, -4.0]), 0.2, samples)


@pytest.fixture(scope="module")
def take() -> Take:
    return turning_take()


@pytest.fixture(scope="module")
def sequence(take: Take) -> Sequence:
    made = take_to_sequence(take, FlatTerrain())
    assert made is not None
    return made


def test_every_frame_with_a_whole_window_is_used(take: Take, sequence: Sequence) -> None:
    count = take.frame_count - FIRST - WINDOW_OFFSETS_FRAMES[-1] - 2
    assert sequence.trajectory.shape == (count, INPUT_LAYOUT.size - JOINT_STATE - STYLE_DIMENSIONS)
    assert sequence.outputs.shape == (count, OUTPUT_LAYOUT.size)
    assert np.isfinite(sequence.trajectory).all() and np.isfinite(sequence.outputs).all()
    np.testing.assert_array_equal(sequence.phase_rad, take.phase_rad[FIRST : FIRST + count])


def test_too_short_a_take_gives_nothing() -> None:
    assert take_to_sequence(walking_take(2), FlatTerrain()) is None


def test_the_trajectory_is_packed_as_the_pipeline_packs_it(take: Take, sequence: Sequence) -> None:
    at = FIRST + 41
    around = at + WINDOW_OFFSETS_FRAMES
    window = TrajectoryWindow(
        take.root_xz[None, around],
        take.heading_rad[None, around],
        np.zeros((1, 12, 3)),
        np.broadcast_to([0.0, 1.0, 0.0], (1, 12, len(GAITS))),
    )
    root = (take.root_xz[None, at], take.heading_rad[None, at], np.zeros(1))
    pose = np.zeros((2, 1, JOINTS, 3))
    packed = pack_inputs(window, *root, *pose, np.zeros((1, STYLE_DIMENSIONS)))[0]
    stop = INPUT_LAYOUT.size - JOINT_STATE - STYLE_DIMENSIONS
    np.testing.assert_allclose(packed[:stop], sequence.trajectory[41], atol=1e-4)


def test_targets_put_the_body_back_where_it_was(take: Take, sequence: Sequence) -> None:
    """Read as the pipeline reads them: positions over the root, rotations with its heading."""
    frames = np.arange(len(sequence.outputs)) + FIRST
    heading, root = take.heading_rad[frames], take.root_xz[frames]
    over = sequence.outputs[:, OUT["joint_positions_m"]].reshape(-1, JOINTS, 3)
    ground = root[:, None] + root_to_world(over[..., [0, 2]], heading[:, None])
    desired = world_joints(take)[frames]
    np.testing.assert_allclose(ground, desired[..., [0, 2]], atol=1e-4)
    np.testing.assert_allclose(over[..., 1], desired[..., 1], atol=1e-4)
    six = sequence.outputs[:, OUT["joint_rotations_six"]].reshape(-1, JOINTS, 6)
    local = global_to_local(COMMON_SKELETON, six_to_quaternion(six))
    placed, _ = forward_kinematics(COMMON_SKELETON, over[:, 0], local)
    np.testing.assert_allclose(placed, over, atol=1e-4)


def test_integrating_the_root_velocity_walks_the_way(take: Take, sequence: Sequence) -> None:
    root, heading = take.root_xz[FIRST].copy(), take.heading_rad[FIRST]
    for step in sequence.outputs[:, OUT["root_velocity_m_s_rad_s"]].astype(np.float64):
        root = root + root_to_world(step[:2], np.float64(heading)) / RATE
        heading = heading + step[2] / RATE
    last = FIRST + len(sequence.outputs)
    np.testing.assert_allclose(root, take.root_xz[last], atol=1e-3)
    assert heading == pytest.approx(take.heading_rad[last], abs=1e-3)


def test_integrating_the_phase_rate_is_the_phase(take: Take, sequence: Sequence) -> None:
    rate = sequence.outputs[:-1, OUT["phase_rate_rad_s"]][:, 0]
    np.testing.assert_allclose(np.diff(sequence.phase_rad), rate / RATE, atol=1e-5)


def test_the_future_is_told_from_the_next_root(take: Take, sequence: Sequence) -> None:
    frame = 25
    nxt = FIRST + frame + 1
    ahead = sequence.outputs[frame][OUT["future_positions_m"]].reshape(FUTURE_SAMPLES, 2)
    facing = sequence.outputs[frame][OUT["future_directions"]].reshape(FUTURE_SAMPLES, 2)
    future = nxt + WINDOW_OFFSETS_FRAMES[PAST_SAMPLES + 1 :]
    there = take.root_xz[nxt] + root_to_world(ahead, take.heading_rad[nxt])
    np.testing.assert_allclose(there, take.root_xz[future], atol=1e-4)
    heading = take.heading_rad[nxt] + directions_to_headings(facing)
    np.testing.assert_allclose(heading, take.heading_rad[future], atol=1e-4)


def test_velocities_are_the_steps_of_positions() -> None:
    """Of a straight walk, whose root's own steps can be put back."""
    take = walking_take(6)
    sequence = take_to_sequence(take, FlatTerrain())
    positions = sequence.outputs[:, OUT["joint_positions_m"]].reshape(-1, JOINTS, 3)
    velocities = sequence.outputs[:, OUT["joint_velocities_m_s"]].reshape(-1, JOINTS, 3)
    root = sequence.outputs[:, OUT["root_velocity_m_s_rad_s"]]
    moved = np.diff(positions, axis=0) * RATE
    moved[..., [0, 2]] += root[:-1, None, :2]
    np.testing.assert_allclose(velocities[1:], moved, atol=5e-3)


def test_the_middle_of_the_window_is_here_and_ahead(sequence: Sequence) -> None:
    positions = sequence.trajectory[:, IN["trajectory_positions_m"]].reshape(-1, 12, 2)
    directions = sequence.trajectory[:, IN["trajectory_directions"]].reshape(-1, 12, 2)
    np.testing.assert_allclose(positions[:, PAST_SAMPLES], 0, atol=1e-6)
    np.testing.assert_allclose(directions[:, PAST_SAMPLES, 1], 1, atol=1e-6)
    assert (positions[:, -1, 1] > 0.5).all() and (positions[:, 0, 1] < -0.5).all()


def test_gaits_are_those_of_the_speed(sequence: Sequence) -> None:
    gaits = sequence.trajectory[:, IN["trajectory_gaits"]].reshape(-1, 12, len(GAITS))
    np.testing.assert_allclose(gaits[..., GAITS.index("walk")], 1.0, atol=1e-3)
    still = take_to_sequence(standing_take(240), FlatTerrain())
    gaits = still.trajectory[:, IN["trajectory_gaits"]].reshape(-1, 12, len(GAITS))
    np.testing.assert_allclose(gaits[..., GAITS.index("stand")], 1.0, atol=1e-3)


def test_heights_are_seen_from_the_ground_under_the_root() -> None:
    ground = hills()
    take = replace(walking_take(6)).with_feet_locked(ground)
    sequence = take_to_sequence(take, ground)
    raised = HeightField(ground.origin_xz, ground.spacing_m, ground.samples + 5.0)
    again = take_to_sequence(take, raised)
    np.testing.assert_allclose(again.trajectory, sequence.trajectory, atol=1e-4)
    np.testing.assert_allclose(again.outputs, sequence.outputs, atol=1e-3)
    heights = sequence.trajectory[:, IN["trajectory_heights_m"]].reshape(-1, 12, 3)
    frame = FIRST + 30
    at = frame + WINDOW_OFFSETS_FRAMES
    felt = window_heights(soften(ground), take.root_xz[at], take.heading_rad[at])
    np.testing.assert_allclose(heights[30] - heights[30, 0, 0], felt - felt[0, 0], atol=1e-4)


def test_a_mirrored_sequence_is_the_sequence_mirrored(take: Take, sequence: Sequence) -> None:
    mirror = take_to_sequence(mirror_take(take), MirroredTerrain(FlatTerrain()))
    flip = np.array([-1, 1])
    for name in ("trajectory_positions_m", "trajectory_directions"):
        np.testing.assert_allclose(
            mirror.trajectory[:, IN[name]].reshape(-1, 2),
            sequence.trajectory[:, IN[name]].reshape(-1, 2) * flip,
            atol=1e-5,
        )
    np.testing.assert_allclose(
        mirror.outputs[:, OUT["root_velocity_m_s_rad_s"]],
        sequence.outputs[:, OUT["root_velocity_m_s_rad_s"]] * [-1, 1, -1],
        atol=1e-4,
    )
    np.testing.assert_array_equal(
        mirror.outputs[:, OUT["contacts"]], sequence.outputs[:, OUT["contacts"]][:, [2, 3, 0, 1]]
    )


def sources_of(*labels: str) -> list[Source]:
    return [Source(Path(f"{n}_{label}.bvh"), label, "train") for n, label in enumerate(labels)]


def test_recipes_are_all_different_and_always_the_same() -> None:
    sources = sources_of("walk", "uneven", "run", "turn", "walk")
    amounts = Amounts(3, 20, 2, facing=4, pivots=3, standing=2, stairs=1)
    recipes = plan_recipes(sources, "train", amounts)
    assert recipes == plan_recipes(sources, "train", amounts)
    names = [recipe.file_name for recipe in recipes]
    assert len(set(names)) == len(names) == 2 * (4 * (1 + 3) + 2 + 20 + 10)
    assert sum(recipe.mirrored for recipe in recipes) * 2 == len(recipes)
    walks = {recipe.source for recipe in recipes if recipe.kind in MADE_OF_A_WALK}
    assert walks == {0, 4}


def test_held_out_blends_are_a_tenth() -> None:
    recipes = plan_recipes(sources_of("walk"), "val", Amounts(0, 40, 0, 0, 0, 0, 0))
    assert sum(recipe.kind == "blended" for recipe in recipes) == 2 * 4


def test_no_walk_no_blend() -> None:
    recipes = plan_recipes(sources_of("run"), "train", Amounts(0, 40, 0, 0, 0, 0, 0))
    assert [recipe.kind for recipe in recipes] == ["captured"] * 2


def test_a_folder_without_an_index_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"clips\.csv is missing.*--download"):
        find_sources(tmp_path, "train")


CHOSEN = ("amc_02_01", "expmap_train_walkx_18", "amc_02_03", "expmap_test_walkx_14", "amc_03_02")


@pytest.fixture(scope="module")
def small_data(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of five recordings: two walks and a run, a walk and uneven ground held out."""
    folder = tmp_path_factory.mktemp("mocap")
    keep_recordings(data_dir, folder, CHOSEN)
    return folder


def keep_recordings(data_dir: Path, folder: Path, names: tuple[str, ...]) -> None:
    whole = data_dir / "mocap" / "cmu"
    (folder / "cmu").mkdir(exist_ok=True)
    with (whole / "clips.csv").open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if row["clip"] in names]
    with (folder / "cmu" / "clips.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, reader.fieldnames)
        writer.writeheader()
        writer.writerows(rows)
    for name in names:
        link = folder / "cmu" / f"{name}.bvh"
        if not link.exists():
            link.symlink_to(whole / f"{name}.bvh")


AMOUNTS = Amounts(1, 2, 1, facing=2, pivots=1, standing=1, stairs=1)


@pytest.fixture(scope="module")
def prepared(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("prepared")
    assert prepare(small_data, out, AMOUNTS, workers=1) > 2000
    return out


def contents(out: Path) -> dict[str, dict[str, Floats]]:
    return {str(file.relative_to(out)): dict(np.load(file)) for file in sorted(out.rglob("*.npz"))}


@pytest.mark.data
def test_each_take_is_used_once_and_held_out_ones_never(data_dir: Path) -> None:
    names = {
        split: [source.name for source in find_sources(data_dir / "mocap", split)]
        for split in ("train", "val")
    }
    assert len(names["train"]) > 40 and len(names["val"]) > 5
    assert not set(names["train"]) & set(names["val"])
    with (data_dir / "mocap" / "cmu" / "clips.csv").open(newline="", encoding="utf-8") as file:
        twin = {row["clip"]: row["same_take_as"] for row in csv.DictReader(file)}
    chosen = (set(names["train"]) | set(names["val"])) & set(twin)
    assert not [name for name in chosen if twin[name] in chosen and twin[twin[name]] == name]


@pytest.mark.data
def test_recordings_stand_on_the_ground_and_hold_their_feet(data_dir: Path) -> None:
    cmu = data_dir / "mocap" / "cmu"
    for name in ("amc_02_01", "iclone_007_03", "expmap_test_walking_1"):
        take = read_take(Source(cmu / f"{name}.bvh", "walk", "train"), 0)
        feet = foot_positions(world_joints(take))
        over = feet[..., 1] - PLANTED_HEIGHTS_M
        assert np.abs(over[take.contacts]).max() < 0.05
        assert over.min() > -0.03
        assert 0.4 < take.contacts.any(axis=1).mean() <= 1.0
        assert np.diff(take.phase_rad).min() >= 0
        cycles = (take.phase_rad[-1] - take.phase_rad[0]) / (2 * np.pi)
        assert 0.6 < cycles / (take.frame_count / RATE) < 1.4, "cycles a second of a walk"


@pytest.mark.data
def test_stances_stand(data_dir: Path) -> None:
    for stance in read_stances(data_dir / "mocap"):
        joints = world_joints(stance)
        assert np.ptp(joints[:, 0], axis=0).max() < 0.1
        hands = joints[:, COMMON_SKELETON.indices(("LeftHand", "RightHand")), 1]
        assert (hands < joints[:, [0], 1] + 0.15).all(), "arms hang"


@pytest.mark.data
def test_what_is_prepared_is_what_was_planned(small_data: Path, prepared: Path) -> None:
    planned = {
        f"{split}/{recipe.file_name}"
        for split in ("train", "val")
        for recipe in plan_recipes(find_sources(small_data, split), split, AMOUNTS)
    }
    made = contents(prepared)
    assert set(made) <= planned and len(made) > 0.7 * len(planned)
    assert {name.split("/")[1].split("_")[0] for name in made} == {
        "captured", "bent", "blended", "uneven", "facing", "pivots", "standing", "stairs",
    }  # fmt: skip
    assert not list(prepared.rglob("*.partial"))
    styles = json.loads((prepared / "styles.json").read_text("utf-8"))
    assert styles == [source.name for source in find_sources(small_data, "train")]
    for name, parts in made.items():
        frames = len(parts["phase"])
        assert parts["trajectory"].shape == (frames, 120)
        assert parts["outputs"].shape == (frames, OUTPUT_LAYOUT.size)
        assert all(np.isfinite(part).all() for part in parts.values())
        assert (parts["style"] == -1) == name.startswith("val")
        assert parts["style"] < len(styles)


@pytest.mark.data
def test_it_resumes_and_makes_the_same_again(small_data: Path, prepared: Path) -> None:
    before = contents(prepared)
    name = next(name for name in before if "bent" in name)
    (prepared / name).unlink()
    untouched = next(iter(before.keys() - {name}))
    age = (prepared / untouched).stat().st_mtime_ns
    assert prepare(small_data, prepared, AMOUNTS, workers=1) == len(before[name]["phase"])
    after = contents(prepared)
    assert after.keys() == before.keys()
    for part, values in before[name].items():
        np.testing.assert_array_equal(after[name][part], values)
    assert (prepared / untouched).stat().st_mtime_ns == age


@pytest.mark.data
def test_sequences_of_other_recordings_are_not_mixed(
    data_dir: Path, prepared: Path, tmp_path: Path
) -> None:
    keep_recordings(data_dir, tmp_path, CHOSEN[1:])
    with pytest.raises(InputError, match=r"other recordings.*--out"):
        prepare(tmp_path, prepared, AMOUNTS, workers=1)


@pytest.mark.data
def test_a_mirrored_recipe_is_the_mirror_of_its_twin(small_data: Path) -> None:
    studio = Studio(small_data)
    plain, _ = studio.make(Recipe("train", "bent", 0, 3, mirrored=False))
    mirrored, _ = studio.make(Recipe("train", "bent", 0, 3, mirrored=True))
    np.testing.assert_array_equal(mirror_take(plain).rotations_wxyz, mirrored.rotations_wxyz)
    other, _ = studio.make(Recipe("train", "bent", 0, 4, mirrored=False))
    assert (
        other.root_xz.shape != plain.root_xz.shape
        or np.abs(other.root_xz - plain.root_xz).max() > 0.05
    )
