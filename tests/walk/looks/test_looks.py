"""Made-up motions whose looks are known beforehand get exactly those."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path as FilePath

import numpy as np
import pytest

from backend.motion_quality.ways import StairsTerrain
from backend.walk.looks.feet import longest_glide
from backend.walk.looks.motion import Motion
from backend.walk.looks.sheets import draw_moments, find_moments
from backend.walk.looks.stairs import landing_treads
from backend.walk.looks.steps import find_strides, find_swings
from backend.walk.looks.table import LOOK_DEFINITIONS, LOOK_ROWS, measure_looks
from backend.walk.looks.ways import is_short, level_ways
from backend.walk.metrics import Performance
from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M

RATE_HZ = 60.0
STRIDE_S = 1.0
X, Y, Z = np.eye(3, dtype=np.float32)
KEYS = {row[0] for row in LOOK_ROWS} - {"jerk_ratio_short"}


def times(seconds: float) -> Floats:
    return np.arange(round(seconds * RATE_HZ)) / RATE_HZ


def figure(
    along_m: Floats, up_m: Floats | float = 0.0, aside_m: Floats | float = 0.0
) -> Performance:
    """A stiff character, along +Z, over its planted height."""
    turns = np.zeros((len(along_m), COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    zero = np.zeros(len(along_m))
    root = np.stack((zero + aside_m, zero + HIPS_REST_HEIGHT_M + up_m, along_m), axis=-1)
    return Performance("made", MotionClip(COMMON_SKELETON, RATE_HZ, root, turns))


def bent(
    performance: Performance, joint: str, axis: Floats, degrees: Floats | float
) -> Performance:
    """The same, one joint turned further."""
    clip = performance.clip
    turns = clip.rotations_wxyz.copy()
    angle = np.radians(np.zeros(clip.frame_count) + degrees)
    index = COMMON_SKELETON.index(joint)
    turns[:, index] = quaternion_multiply(axis_angle_to_quaternion(axis, angle), turns[:, index])
    return replace(performance, clip=replace(clip, rotations_wxyz=turns))


def walker(
    seconds: float = 8.0, speed_m_s: float = 1.3, up_m: Floats | float = 0.05
) -> Performance:
    """Swings its straight legs once a second, its feet always level."""
    time = times(seconds)
    made = figure(speed_m_s * time, up_m)
    for side, sense in (("Left", 1.0), ("Right", -1.0)):
        swing = sense * 25.0 * np.sin(2 * np.pi * time / STRIDE_S)
        made = bent(made, side + "UpLeg", X, swing)
        made = bent(made, side + "Foot", X, -swing)
    return made


def test_every_look_has_a_row_and_a_definition_and_nothing_has_none() -> None:
    found = measure_looks([])
    assert found.keys() == KEYS
    assert set(found.values()) == {None}
    assert KEYS - LOOK_DEFINITIONS.keys() == {"idle_head_deg", "pop_max", "sole_max_cm"}


def test_a_foot_that_slides_ten_centimetres_flat_glides_ten_centimetres() -> None:
    rest, slide = np.zeros(30), np.linspace(0.0, 0.1, 40)
    hop = np.linspace(0.1, 2.1, 90)
    along = np.concatenate((rest, slide, hop, np.full(30, 2.1)))
    height = np.concatenate((np.zeros(69), 0.2 * np.sin(np.linspace(0, np.pi, 91)), np.zeros(30)))
    glides, lifts = figure(along, height), walker()
    found = measure_looks([glides])
    assert found["flat_glide_max_cm"] == pytest.approx(10.0, abs=0.6)
    assert found["flat_glide_share"] == 1.0
    assert measure_looks([glides, lifts])["flat_glide_share"] == 0.5
    # A centimetre higher it is in the air.
    assert measure_looks([figure(along, height + 0.01)])["flat_glide_max_cm"] == 0.0


def test_a_foot_that_turns_about_its_heel_does_not_glide() -> None:
    turns = bent(figure(np.zeros(60)), "LeftFoot", Y, np.linspace(0.0, 60.0, 60))
    assert longest_glide(Motion(turns)) == pytest.approx(0.0, abs=1e-6)
    slides = figure(np.linspace(0.0, 0.2, 60))
    assert longest_glide(Motion(slides)) == pytest.approx(0.2, abs=1e-6)


def test_slides_of_two_steps_do_not_add_up() -> None:
    slide, rest = np.linspace(0.0, 0.06, 20), np.zeros(40)
    along = np.concatenate((rest, slide, 0.06 + rest, 0.06 + slide, 0.12 + rest))
    along = np.concatenate((along, 0.12 + np.linspace(0, 1.5, 80)))
    up = np.concatenate((np.zeros(160), np.full(80, 0.1)))
    assert measure_looks([figure(along, up)])["flat_glide_max_cm"] == pytest.approx(6.0, abs=0.3)


def test_a_dip_before_standing_is_as_deep_as_it_is() -> None:
    along = np.concatenate((1.2 * times(3.0), np.full(90, 1.2 * 3.0)))
    dip = np.zeros(len(along))
    dip[150:180] = -0.11 * np.sin(np.linspace(0.0, np.pi, 30))
    assert measure_looks([figure(along, dip)])["stop_dip_max_cm"] == pytest.approx(11.0, abs=0.1)
    assert measure_looks([figure(along[:170], dip[:170])])["stop_dip_max_cm"] is None


def test_a_kink_of_five_degrees_a_frame_pops_by_five() -> None:
    knee = np.maximum(np.arange(200.0) - 190.0, 0.0) * 5.0 + 10.0
    found = measure_looks([bent(figure(np.zeros(200)), "LeftLeg", X, knee)])
    assert found["pop_max"] == pytest.approx(5.0, abs=0.01)
    assert 0 < found["pop_p999"] <= found["pop_max"]


def test_swings_are_seen_one_a_stride_and_foot() -> None:
    motion = Motion(walker(8.0))
    swings = find_swings(motion)
    assert [swing.side for swing in swings[:4]] in ([0, 1, 0, 1], [1, 0, 1, 0])
    assert 14 <= len(swings) <= 16
    assert {swing.lands - swing.leaves for swing in swings} == {30}
    assert {stride.frames for stride in find_strides(motion, 0)} == {60}


def test_what_is_lifted_higher_swings_higher() -> None:
    low, high = (measure_looks([walker(up_m=up)]) for up in (0.02, 0.05))
    for key in ("swing_toe_cm", "heel_rise_cm"):
        assert high[key] - low[key] == pytest.approx(3.0, abs=0.01)
    # Legs straight and feet level, the toe passes at the height of the hips, where it hangs.
    assert high["swing_toe_cm"] == pytest.approx(5.0, abs=0.1)


def test_a_foot_pitched_up_by_nine_degrees_lands_with_nine() -> None:
    made = walker()
    for side in ("Left", "Right"):
        made = bent(made, side + "Foot", X, -9.0)
    assert measure_looks([walker()])["contact_pitch_deg"] == pytest.approx(0.0, abs=0.1)
    assert measure_looks([made])["contact_pitch_deg"] == pytest.approx(9.0, abs=0.1)


def test_knees_are_as_bent_as_they_are() -> None:
    made, still = walker(), figure(np.zeros(120))
    for side in ("Left", "Right"):
        made, still = bent(made, side + "Leg", X, 12.0), bent(still, side + "Leg", X, 7.0)
    found = measure_looks([made, still])
    assert found["knee_midstance_deg"] == pytest.approx(12.0, abs=0.01)
    assert found["knee_standing_deg"] == pytest.approx(7.0, abs=0.01)
    assert measure_looks([figure(np.zeros(120))])["knee_standing_deg"] == pytest.approx(0, abs=0.05)


def test_strides_differ_by_what_they_differ_by() -> None:
    assert measure_looks([walker()])["stride_variety_deg"] == pytest.approx(0.0, abs=0.01)
    # The elbow is bent in every other second; eighteen angles are looked at.
    every_other = 18.0 * (np.floor(times(8.0)) % 2)
    found = measure_looks([bent(walker(), "LeftForeArm", Y, every_other)])
    assert found["stride_variety_deg"] == pytest.approx(1.0, abs=0.1)


def test_one_arm_that_swings_half_as_far_again_is_half_asymmetric() -> None:
    swing = np.sin(2 * np.pi * times(8.0) / STRIDE_S)
    made = bent(bent(walker(), "LeftArm", Z, -80.0), "RightArm", Z, 80.0)
    made = bent(bent(made, "LeftArm", X, 20.0 * swing), "RightArm", X, 30.0 * swing)
    assert measure_looks([made])["arm_asymmetry"] == pytest.approx(0.5, abs=0.03)


def test_styles_spread_by_the_standard_deviation_of_their_poses() -> None:
    styles = [bent(walker(), "RightForeArm", Y, bend) for bend in (10.0, 20.0, 30.0)]
    expected = np.sqrt(np.var([10.0, 20.0, 30.0]) / 18)
    assert measure_looks(styles)["style_spread_deg"] == pytest.approx(expected, abs=0.01)
    assert measure_looks(styles[:2])["style_spread_deg"] is None


def test_a_trunk_that_nods_by_two_degrees_ranges_over_four() -> None:
    nod = 2.0 * np.sin(2 * np.pi * times(8.0) / STRIDE_S)
    found = measure_looks([bent(walker(), "Spine", X, nod)])
    assert found["trunk_pitch_deg"] == pytest.approx(4.0, abs=0.1)


def test_somebody_who_stands_moves_the_head_by_what_it_moves() -> None:
    time = times(1.8)
    sways = figure(np.zeros(len(time)), aside_m=0.03 * time / time[-1])
    found = measure_looks([bent(sways, "Head", Y, 5.0 * time / time[-1])])
    assert found["idle_head_cm"] == pytest.approx(3.0, abs=0.01)
    assert found["idle_head_deg"] == pytest.approx(5.0, abs=0.01)
    assert measure_looks([walker()])["idle_head_cm"] is None


def around_a_corner(lead_s: float = 0.0, roll_deg: float = 0.0) -> Performance:
    """Walks ahead, turns by 90° in a second and goes on; the trunk rolls half-way around."""
    time = times(6.0)

    def heading_at(t: Floats) -> Floats:
        share = np.clip((t - 2.5) / 1.0, 0.0, 1.0)
        return 0.5 * np.pi * share * share * (3 - 2 * share)

    heading = heading_at(time)
    steps = 1.2 / RATE_HZ * np.stack((np.sin(heading), np.cos(heading)), axis=-1)
    made = figure(np.cumsum(steps[:, 1]), aside_m=np.cumsum(steps[:, 0]))
    made = bent(made, "Head", Y, np.degrees(heading_at(time + lead_s) - heading))
    made = bent(made, "Hips", Z, -roll_deg * np.exp(-(((time - 3.0) / 0.4) ** 2)))
    turns = made.clip.rotations_wxyz.copy()
    turns[:, 0] = quaternion_multiply(
        heading_to_quaternion(heading.astype(np.float32)), turns[:, 0]
    )
    return replace(made, clip=replace(made.clip, rotations_wxyz=turns))


def test_a_trunk_rolls_in_a_corner_and_the_head_is_there_first() -> None:
    found = measure_looks([around_a_corner(lead_s=0.3, roll_deg=9.0)])
    assert found["corner_roll_deg"] == pytest.approx(9.0, abs=0.2)
    assert found["head_lead_s"] == pytest.approx(0.3, abs=0.02)
    assert measure_looks([around_a_corner()])["head_lead_s"] == pytest.approx(0.0, abs=0.02)
    assert measure_looks([walker()])["corner_roll_deg"] is None


@pytest.mark.parametrize("treads", [1, 2])
def test_a_step_takes_as_many_treads_as_it_takes(treads: int) -> None:
    terrain = StairsTerrain(steps=60, start_m=0.0)
    speed = 2 * treads * terrain.tread_m / STRIDE_S
    up = times(8.0) * speed * terrain.rise_m / terrain.tread_m + 0.02
    climbs = replace(walker(8.0, speed, up), terrain=terrain)
    assert set(np.diff(landing_treads(Motion(climbs)))) == {treads}
    assert measure_looks([climbs])["treads_per_step"] == pytest.approx(treads)
    assert measure_looks([walker()])["treads_per_step"] is None


def test_the_toes_tip_is_as_deep_as_the_toe_turns_it() -> None:
    turned = bent(figure(np.zeros(60)), "RightToe", X, 20.0)
    depth = 2.0 * np.cos(np.radians(20)) + 7.0 * np.sin(np.radians(20)) - 2.0
    found = measure_looks([turned])
    assert found["sole_max_cm"] == pytest.approx(depth, abs=0.01)
    assert found["sole_mean_cm"] == pytest.approx(depth, abs=0.01)
    assert measure_looks([figure(np.zeros(60))])["sole_max_cm"] == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("frames", [1, 2, 3, 5, 20, 40])
@pytest.mark.parametrize("speed", [0.0, 1.3, 3.5])
def test_motions_of_any_length_and_speed_have_numbers_or_nothing(frames: int, speed: float) -> None:
    made = walker(frames / RATE_HZ, speed)
    found = measure_looks([made])
    assert found.keys() == KEYS
    json.dumps(found, allow_nan=False)


def test_facing_back_to_front_is_measured_too() -> None:
    made = walker()
    turns = made.clip.rotations_wxyz.copy()
    turns[:, 0] = quaternion_multiply(heading_to_quaternion(np.float32(np.pi)), turns[:, 0])
    backward = replace(made, clip=replace(made.clip, rotations_wxyz=quaternion_conjugate(turns)))
    json.dumps(measure_looks([backward]), allow_nan=False)


def test_the_ways_are_many_level_and_named_apart() -> None:
    ways = level_ways()
    assert len({way.name for way in ways}) == len(ways) >= 24
    assert {way.path.length_m <= 4.5 for way in ways} == {True, False}
    assert is_short(figure(np.linspace(0.0, 3.0, 300)))
    assert not is_short(figure(np.linspace(0.0, 6.0, 300)))


def test_each_moment_there_is_has_a_sheet(tmp_path: FilePath) -> None:
    rest = np.zeros(60)
    starts = figure(np.concatenate((rest, 1.2 * times(3.0), rest + 3.6)))
    terrain = StairsTerrain(steps=60, start_m=0.0)
    climbs = replace(walker(5.0, 0.6, 0.3 * times(5.0)), terrain=terrain)
    found = find_moments([Motion(made) for made in (starts, around_a_corner(), climbs)])
    assert [moment.name for moment in found] == ["start", "stop", "corner", "stairs"]
    assert found[0].start <= 60 <= found[0].stop
    assert found[1].start <= 240 <= found[1].stop
    assert found[2].start <= 180 <= found[2].stop
    draw_moments([climbs], tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["moment_stairs.png"]
    assert (tmp_path / "moment_stairs.png").stat().st_size > 20_000
    assert find_moments([Motion(figure(np.zeros(3)))]) == []
