"""The shipped body is whole, the one that its sources give, and refused where it is not."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.demo_character.bones import BONES, NAMINGS, carrier
from blender_addon.demo_character.human import FOLDER, load_human

MAX_BYTES = 3_000_000


@pytest.fixture(scope="module")
def human():
    return load_human()


def test_it_is_small_and_says_where_it_is_from():
    about = json.loads((FOLDER / "human.json").read_text("utf-8"))
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < MAX_BYTES
    authors = " ".join(source["authors"] for source in about["sources"])
    assert "MakeHuman" in authors and "Mika Suominen" in authors
    assert {source["licence"] for source in about["sources"]} == {"CC0-1.0"}


def test_the_mesh_is_the_same_on_both_sides(human):
    flip = np.array([-1.0, 1.0, 1.0])
    for points in (human.base, *human.targets.values()):
        np.testing.assert_allclose(points[human.mirror], points * flip, atol=1.5e-4)


def test_all_shapes_of_a_face_are_there_and_move_something(human):
    assert set(human.shapes) == set(ARKIT_52)
    for name, shape in human.shapes.items():
        assert 0.001 < np.abs(shape.offsets_m).max() < 0.05, name
        assert shape.vertices.max() < len(human.base)


def test_every_vertex_follows_bones(human):
    assert human.bones == tuple(bone.name for bone in BONES)
    np.testing.assert_allclose(human.skin.sum(axis=1), 1.0, atol=1e-5)
    for side in "lr":
        ball = human.vertices_of(f"{side}-eye")
        assert (human.skin[ball, human.bones.index(f"eye.{side.upper()}")] == 1.0).all()
    tongue = human.skin[human.vertices_of("tongue")]
    columns = [human.bones.index(name) for name in ("tongue", "tongue1", "tongue2")]
    np.testing.assert_allclose(tongue[:, columns].sum(axis=1), 1.0, atol=1e-5)


def test_every_bone_moves_something_and_has_both_ends(human):
    assert (human.skin.max(axis=0) > 0.4).all()
    for bone in BONES:
        assert np.linalg.norm(human.joints[bone.tail] - human.joints[bone.head]) > 0.005, bone.name


@pytest.mark.parametrize("key", NAMINGS)
def test_every_bone_has_a_name_of_its_own_or_belongs_to_one_above(key):
    naming = NAMINGS[key]
    assert len(set(naming.names.values())) == len(naming.names)
    assert set(naming.names) <= {bone.name for bone in BONES}
    for bone in BONES:
        assert carrier(bone.name, naming) in naming.names
    if naming.root:
        assert naming.root not in naming.names.values()


def _damage(folder, kind):
    path = folder / "human.npz"
    if kind == "missing":
        path.unlink()
    elif kind == "cut off":
        path.write_bytes(path.read_bytes()[:5000])
    elif kind == "changed":
        data = bytearray(path.read_bytes())
        data[5000] ^= 1
        path.write_bytes(data)
    else:
        (folder / "human.json").write_text("{}" if kind == "no hash" else "[", "utf-8")


@pytest.mark.parametrize("kind", ["missing", "cut off", "changed", "no hash", "no json"])
def test_a_damaged_file_is_refused(tmp_path, kind):
    folder = tmp_path / "data"
    shutil.copytree(FOLDER, folder)
    _damage(folder, kind)
    with pytest.raises(InputError, match="Install the extension again"):
        load_human(folder)
