"""Persons of the data folder: who they are, the rigs they stand on, and how they walk."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import bpy
import numpy as np
import pytest

from backend.rigs.body import read_base, read_person
from backend.rigs.human import Person, build_human
from backend.rigs.measure import (
    FOOT_TARGET_CM,
    SECTION_TARGETS,
    SKIN_OFF_TARGET_CM,
    SLIP_TARGET_CM_S,
    SOLE_TARGETS_CM,
    measure_rig,
)
from backend.rigs.persons import RIGS, person_maker, persons
from backend.rigs.skinned import measure_skin
from blender_addon.blender.rig.joint_map import automatic_joints
from blender_addon.core.retarget.control_map import LimbModes
from blender_addon.core.retarget.joint_names import COMMON_JOINT_NAMES

pytestmark = [pytest.mark.blender, pytest.mark.data]


def height(folder: Path, **person) -> float:
    places = read_person(folder, **person)[read_base(folder).groups["body"]]
    assert places[:, 2].min() == pytest.approx(0.0, abs=1e-9)
    return float(np.ptp(places[:, 2]))


def test_persons_are_as_tall_as_people(human):
    for sex in ("female", "male"):
        assert 1.1 < height(human, sex=sex, age="child") < 1.4
        assert 1.4 < height(human, sex=sex, age="old") <= height(human, sex=sex, age="young") < 1.9


def test_shares_mix_the_bodies(human):
    half = {"young": 0.5, "old": 0.5}
    young, old = (read_person(human, age=age) for age in ("young", "old"))
    mixed = read_person(human, age=half)
    off = mixed - 0.5 * (young + old)
    np.testing.assert_allclose(off - off[0], 0.0, atol=1e-9)  # but for the height of the ground


def test_heavier_is_wider(human):
    waists = []
    for weight in ("thin", "average", "heavy"):
        places = read_person(human, weight=weight)[read_base(human).groups["body"]]
        middle = places[(abs(places[:, 2] - 1.0) < 0.02) & (abs(places[:, 0]) < 0.22)]
        waists.append(np.ptp(middle[:, 0]) + np.ptp(middle[:, 1]))
    assert waists == sorted(waists)
    assert waists[2] > 1.05 * waists[0]


def test_every_rig_carries_all_weights_and_ages():
    on: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    sexes = defaultdict(set)
    for _, person, rig in persons():
        if isinstance(person.age, str) and person.age != "child":
            on[rig][person.weight, person.age] += 1
            sexes[person.weight].add(person.sex)
    assert set(on) == set(RIGS)
    assert all(len(each) == 6 and set(each.values()) == {1} for each in on.values())
    assert all(each == {"female", "male"} for each in sexes.values())


@pytest.mark.parametrize("rig", RIGS)
def test_a_child_is_found_on_every_rig(scene, human, rig):
    armature = person_maker(human, Person("male", "child", "heavy", "african"), rig)()
    found = automatic_joints(armature)
    assert tuple(found.bones) == COMMON_JOINT_NAMES
    assert found.doubts == {}
    carried = {armature.data.bones[found.bones[side + "Arm"]] for side in ("Left", "Right")}
    neck = armature.data.bones[found.bones["Neck"]]
    assert not carried & set(neck.children_recursive)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("person", "rig"),
    [
        (Person("female", "old", "heavy", "asian"), "rigify"),
        (Person({"female": 0.5, "male": 0.5}, "child", "thin", "african"), "mixamo"),
    ],
)
def test_a_person_walks_on_its_soles(scene, model, human, tmp_path, person, rig):
    row = measure_rig(rig, person_maker(human, person, rig), LimbModes(), tmp_path)
    assert row.mapped
    assert row.foot_error_cm <= FOOT_TARGET_CM
    assert row.slip_cm_s <= SLIP_TARGET_CM_S
    assert row.sole_mean_cm <= SOLE_TARGETS_CM[0]
    assert row.sole_max_cm <= SOLE_TARGETS_CM[1]
    assert row.write_error_cm < 0.5
    assert SECTION_TARGETS[0] < row.least_section <= row.most_section < SECTION_TARGETS[1]
    assert row.skin_off_cm < SKIN_OFF_TARGET_CM


def measured(human: Path, spoil=None):
    armature = build_human(human, "mixamo")
    body = armature.children[0]
    if spoil:
        spoil(body)
    knee = armature.pose.bones["mixamorig:LeftLeg"]
    knee.rotation_mode = "XYZ"
    knee.rotation_euler = (1.0, 0.0, 0.0)
    knee.keyframe_insert("rotation_euler", frame=10)
    joints = {bone: joint for joint, bone in automatic_joints(armature).bones.items()}
    return measure_skin(bpy.context, armature, joints, [10], 1.0)


def test_a_bent_knee_keeps_its_skin(scene, human):
    found = measured(human)
    assert SECTION_TARGETS[0] < found.least_section < 0.98
    assert found.off_cm < SKIN_OFF_TARGET_CM


def test_skin_that_stays_behind_is_seen(scene, human):
    def spoil(body):
        body.vertex_groups["mixamorig:LeftLeg"].name = "spoilt"

    assert measured(human, spoil).off_cm > 2.0 * SKIN_OFF_TARGET_CM
