"""One human head with the faces of many programs: lips, lids and eyes as evaluated."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from backend.rigs.face_measure import (
    BLINK_TARGET,
    IRIS_TARGET,
    MISS_TARGET_DEG,
    MOVED_TARGET_CM,
    OPEN_TARGET_CM,
    SHUT_TARGET_CM,
    TORN_TARGET_CM,
    measure_face,
)
from backend.rigs.face_seen import FaceOfMeshes
from backend.rigs.face_shapes import SHAPE_SETS
from backend.rigs.faces import FACES, build_face
from backend.rigs.human import Person
from blender_addon.blender.face.eye_rig import read_rig
from blender_addon.capabilities.speech.face import propose_table
from blender_addon.core.face.arkit import ARKIT_52

pytestmark = [pytest.mark.blender, pytest.mark.data]


@pytest.mark.parametrize("title", [t for t in FACES if not FACES[t].rig.startswith("rigify")])
def test_a_face_is_known_by_its_names(scene, human, title):
    armature = build_face(human, FACES[title])
    family, rows = propose_table(armature)
    assert family
    moved = {row.channel for row in rows if row.moves}
    assert "jawOpen" in moved or any(" / " in channel for channel in moved)
    eyes = read_rig(bpy.context, armature).eyes
    assert eyes.has_lids == (FACES[title].shapes not in ("Oculus", "Preston Blair"))


def test_shapes_are_mixtures_of_arkit_s():
    for shapes in SHAPE_SETS.values():
        for mixture in shapes.values():
            assert set(mixture) <= set(ARKIT_52)


def test_what_is_measured_is_seen(scene, human):
    """Lips that part, lids that close, irises that turn away: each moves its own measure."""
    armature = build_face(human, FACES["ARKit shapes"])
    face = FaceOfMeshes(armature)
    at_rest = face.iris_in_sight(face.rest, 0)
    assert abs(face.lip_gap(face.rest)) < 0.001
    assert at_rest > 0.7

    def seen(**weights):
        for mesh in armature.children:
            for name, block in mesh.data.shape_keys.key_blocks.items():
                block.slider_max = 3.0
                block.value = weights.get(name, 0.0)
        return face.look(1)

    assert face.lip_gap(seen(jawOpen=1.0)) > 0.025
    assert face.lip_gap(seen(jawOpen=1.0, mouthClose=1.0)) < 0.002
    blinking = seen(eyeBlinkLeft=1.0)
    assert face.iris_in_sight(blinking, 0) == 0.0
    assert face.iris_in_sight(blinking, 1) == pytest.approx(at_rest, abs=0.1)
    way = face.turn(seen(eyeLookOutLeft=1.0), 0) @ (0.0, -1.0, 0.0)
    assert way[0] > np.sin(np.radians(12))
    moved, torn = face.strain([seen(jawOpen=3.0)])
    assert moved > 2.0 * MOVED_TARGET_CM
    assert torn > TORN_TARGET_CM


def test_lids_that_hang_on_rigify_s_eye_do_not_count_as_eye(scene, human):
    own = read_rig(bpy.context, build_face(human, FACES["VRM 0"])).limits.degrees
    bpy.ops.wm.read_factory_settings(use_empty=True)
    rig = read_rig(bpy.context, build_face(human, FACES["Rigify's face"]))
    assert rig.eyes.has_lids
    assert rig.limits.degrees[0] == pytest.approx(own[0], abs=3.0)


def test_eyes_are_measured_though_shapes_were_made_for_others_and_lids_move_along(scene, human):
    """A man's larger eyes turn less rigidly; in one mesh with the lids they are told by shape."""
    armature = build_face(human, FACES["ARKit shapes"], Person("male", "young"))
    face = FaceOfMeshes(armature)
    rig = read_rig(bpy.context, armature)
    for channel, turn in rig.turns.items():
        for mesh in armature.children:
            for name, block in mesh.data.shape_keys.key_blocks.items():
                block.value = float(name == channel)
        way = face.turn(face.look(1), int(channel.endswith("Right"))) @ (0.0, -1.0, 0.0)
        assert turn.angle_rad == pytest.approx(np.arccos(-way[1]), abs=np.radians(0.5))
    skin, eyes = bpy.data.objects["Face"], bpy.data.objects["Eyes"]
    bpy.context.view_layer.objects.active = skin
    for each in (skin, eyes):
        each.select_set(True)
    bpy.ops.object.join()
    bpy.context.view_layer.update()
    joined = read_rig(bpy.context, armature).limits.degrees
    np.testing.assert_allclose(joined, rig.limits.degrees, atol=0.3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "person"),
    [
        ("VRM 0, shallow eyes", Person("male", "old", "heavy", "african")),
        ("jaw and eye bones", Person("female", "child", "average", "asian")),
    ],
)
def test_a_face_speaks_and_looks(scene, human, title, person):
    pytest.importorskip("espeakng_loader", reason="eSpeak NG, which tells the phones, is missing")
    row = measure_face(title, lambda: build_face(human, FACES[title], person))
    assert not row.speech_problem
    assert not row.gaze_problem
    assert row.open_cm > OPEN_TARGET_CM
    assert row.shut_cm < SHUT_TARGET_CM
    assert row.blink < BLINK_TARGET
    assert row.iris > IRIS_TARGET
    assert row.miss_deg < MISS_TARGET_DEG
    assert row.moved_cm < MOVED_TARGET_CM
    assert row.torn_cm < TORN_TARGET_CM
