"""Maps of control rigs are read, checked, and fit the rigs they are for."""

from __future__ import annotations

import json

import pytest

from blender_addon.core.errors import SkeletonError
from blender_addon.core.retarget.control_map import (
    LimbMode,
    LimbModes,
    bundled_control_families,
    find_control_family,
    load_control_family,
)
from blender_addon.core.retarget.joint_names import FAMILIES_FOLDER

PATH = FAMILIES_FOLDER / "controls_rigify.json"


def all_bones(family):
    parts = [family.part(LimbModes(mode, mode)) for mode in LimbMode]
    return {family.root, *(c.names[0] for part in parts for c in part.controls)}


def test_every_bundled_family_fits_its_own_bones_and_no_others():
    for family in bundled_control_families():
        bones = all_bones(family)
        assert family.fits(bones)
        assert not family.fits(bones - {family.root})
        assert find_control_family(bones) is family
    assert find_control_family({"root", "pelvis", "thigh_l"}) is None


def test_both_sides_are_there():
    (family,) = bundled_control_families()
    legs = family.legs[LimbMode.IK]
    names = {control.names[0] for control in legs.controls}
    assert {"foot_ik.L", "foot_ik.R", "thigh_ik_target.L", "thigh_ik_target.R"} <= names
    assert {switch.bone for switch in legs.switches} == {"thigh_parent.L", "thigh_parent.R"}
    assert [control.joint for control in legs.controls][:2] == ["LeftFoot", "RightFoot"]


def test_a_control_comes_after_those_it_hangs_on():
    (family,) = bundled_control_families()
    for modes in (LimbModes(mode, mode) for mode in LimbMode):
        joints = [c.joint for c in family.part(modes).controls if c.joint]
        assert joints.index("Head") > joints.index("Neck") > joints.index("Spine2")
        assert joints.index("LeftToe") > joints.index("LeftFoot")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.pop("root"), "no map of controls"),
        (lambda d: d["legs"].pop("IK"), "no map of controls"),
        (lambda d: d["body"]["controls"].append({"bone": ["x"], "joint": "Tail"}), "no joint"),
        (lambda d: d["body"]["controls"].append({"bone": "x", "joint": "Hips"}), "no list"),
    ],
)
def test_a_broken_map_is_refused_with_its_name(tmp_path, change, said):
    document = json.loads(PATH.read_text("utf-8"))
    change(document)
    broken = tmp_path / "controls_mine.json"
    broken.write_text(json.dumps(document), "utf-8")
    with pytest.raises(SkeletonError, match=said):
        load_control_family(broken)
    with pytest.raises(SkeletonError, match="cannot be read"):
        load_control_family(tmp_path / "none.json")
