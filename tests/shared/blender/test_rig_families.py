"""Rigs as other programs build them are recognised and stand on their feet."""

from __future__ import annotations

import json

import bpy
import pytest
from click.testing import CliRunner

from backend.rigs.built import build_rig, bundled_families, family_build
from backend.rigs.measure import FOOT_TARGET_CM, SLIP_TARGET_CM_S, command, measure_rig
from backend.rigs.unnamed import UNNAMED, build_unnamed, wrong_joints
from blender_addon.blender.rig.joint_map import automatic_joints
from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.core.retarget.control_map import LimbModes

pytestmark = pytest.mark.blender

FAMILIES = dict(bundled_families())


@pytest.mark.parametrize("stem", sorted(FAMILIES))
def test_a_family_s_rig_is_found_by_its_names(scene, stem):
    build = family_build(stem, FAMILIES[stem])
    armature = build_rig(build)
    found = automatic_joints(armature)
    assert found.missing == ()
    assert dict(found.bones) == dict(build.names)
    rig = read_skeleton(bpy.context, armature)
    assert (
        0.4 < rig.rest_hips[1] - rig.floor_m < 1.2
    )  # metres, whatever unit the armature was built in


@pytest.mark.parametrize("kind", sorted(UNNAMED))
def test_a_rig_without_names_is_found_by_its_build(scene, kind):
    assert wrong_joints(*build_unnamed(kind)) == []


@pytest.mark.slow
@pytest.mark.parametrize("stem", ["common", "daz_genesis_3", "kaykit", "physics_humanoid", "smpl"])
def test_feet_stand_where_they_should(scene, model, tmp_path, stem):
    build = family_build(stem, FAMILIES[stem])
    row = measure_rig(stem, lambda: build_rig(build), LimbModes(), tmp_path)
    assert row.mapped
    assert row.foot_error_cm <= FOOT_TARGET_CM
    assert row.slip_cm_s <= SLIP_TARGET_CM_S
    assert (tmp_path / f"{stem}.png").stat().st_size > 10_000


@pytest.mark.slow
def test_the_command_writes_characters_and_pictures(scene, model, tmp_path):
    report = tmp_path / "rigs.json"
    arguments = ["--json", str(report), "--out", str(tmp_path), "--only", "legs IK"]
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 0, done.output
    (row,) = json.loads(report.read_text("utf-8"))["rigs"]
    assert row["mapped"]
    assert row["foot_error_cm"] <= FOOT_TARGET_CM
    assert list(tmp_path.glob("Rigify*.png"))
