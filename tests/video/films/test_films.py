"""Rendered films: their truth lies on the figure, has the agreed layout, and follows the seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from backend.rigs.filmed.acting import stretch  # noqa: E402
from backend.rigs.filmed.bitmap import read_bmp, write_bmp  # noqa: E402
from backend.rigs.filmed.cameras import CameraPlan, Held  # noqa: E402
from backend.rigs.filmed.people import Figure, add_figure, meshes_of  # noqa: E402
from backend.rigs.filmed.scenery import Scenery, draw_scenery  # noqa: E402
from backend.rigs.filmed.shooting import pictures, set_stage  # noqa: E402
from backend.rigs.human import Person  # noqa: E402
from backend.video.films import RenderedTruth, Shot, film_pictures, render_film  # noqa: E402
from blender_addon.core.errors import InputError  # noqa: E402
from blender_addon.core.motion.clip import MotionClip  # noqa: E402
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M  # noqa: E402
from blender_addon.core.video.points import BONES, JOINTS  # noqa: E402

pytestmark = pytest.mark.blender

FRAMES = 4
EMPTY = Scenery(ground="plain", wall="none")
SIZE_PX = (160, 200)


def swaying(count: int = FRAMES) -> MotionClip:
    """Somebody who bends the knees, lifts the left arm and goes 30 cm ahead."""
    turns = np.zeros((count, COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    share = np.linspace(0.0, 1.0, count)

    def bend(joint: str, axis: int, degrees: float) -> None:
        half = np.radians(0.5 * degrees * share)
        turns[:, COMMON_SKELETON.index(joint), 0] = np.cos(half)
        turns[:, COMMON_SKELETON.index(joint), 1 + axis] = np.sin(half)

    bend("LeftArm", 2, 60.0)
    for side in ("Left", "Right"):
        bend(f"{side}UpLeg", 0, -20.0)
        bend(f"{side}Leg", 0, 40.0)
        bend(f"{side}Foot", 0, -20.0)
    roots = np.zeros((count, 3), np.float32)
    roots[:, 1] = HIPS_REST_HEIGHT_M - 0.05 * share
    roots[:, 2] = 0.3 * share
    return MotionClip(COMMON_SKELETON, 30.0, roots, turns)


def figures(data: Path) -> list[Figure]:
    """A dressed person, a model from a file, a bare body."""
    bare = Figure(1, human=data / "human", bare=Person("female", "child", "thin"))
    return [Figure(4), Figure(2, file=data / "rigs" / "female_unreal.glb"), bare]


def shoot(figure: Figure, camera: CameraPlan, **more: object) -> tuple[RenderedTruth, np.ndarray]:
    told: dict[str, Any] = {"scenery": EMPTY, **more}
    shot = Shot(clip=swaying(), figure=figure, camera=camera, size_px=SIZE_PX, **told)
    with film_pictures(shot) as (truth, seen):
        return truth, np.stack(list(seen))


def silhouettes(
    figure: Figure, camera: CameraPlan, folder: Path
) -> tuple[RenderedTruth, np.ndarray]:
    """(T, H, W) where the figure is: what differs from the same film without it."""
    stage = set_stage(
        Shot(clip=swaying(), figure=figure, camera=camera, scenery=EMPTY, size_px=SIZE_PX)
    )
    seen = np.stack(list(pictures(stage, folder))).astype(int)
    for mesh in meshes_of(stage.cast.armature):
        mesh.hide_render = True
    empty = np.stack(list(pictures(stage, folder)))
    return stage.truth, np.abs(seen - empty).max(axis=-1) > 4


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("azimuth_deg", [0.0, 110.0])
def test_joints_lie_on_the_figure_that_is_seen(
    data_dir: Path, tmp_path: Path, number: int, azimuth_deg: float
) -> None:
    camera = CameraPlan(Held.FOLLOWING, azimuth_deg, 0.0, 4.0, 50.0)
    truth, there = silhouettes(figures(data_dir)[number], camera, tmp_path)
    points = truth.points_px()
    for t, mask in enumerate(there):
        assert 0.01 < mask.mean() < 0.5
        for j, (x, y) in enumerate(points[t]):
            near = mask[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3]
            assert near.any(), f"{JOINTS[j]} at {x:.0f}, {y:.0f} of frame {t} is beside the figure"
    top = np.flatnonzero(there[0].any(axis=1))[0]
    assert abs(top - points[0, JOINTS.index("HeadTop"), 1]) < 6.0


def test_left_and_right_are_the_persons_own() -> None:
    truth, _ = shoot(Figure(4), CameraPlan(Held.FOLLOWING, 0.0))
    points = truth.points_px()
    for joint in ("Arm", "UpLeg", "Foot"):
        left, right = (JOINTS.index(side + joint) for side in ("Left", "Right"))
        assert (points[:, left, 0] > points[:, right, 0]).all(), "seen from the front"
    lifted = JOINTS.index("LeftHand")
    assert points[-1, lifted, 1] < points[0, lifted, 1]


def test_bones_keep_their_lengths_and_feet_the_ground() -> None:
    truth, _ = shoot(Figure(7), CameraPlan(Held.ORBITING, 20.0))
    for a, b in BONES:
        if a == "Neck" or ("Arm" in a and "UpLeg" in b) or (a, b) == ("LeftArm", "RightArm"):
            continue  # these go over several bones
        ends = truth.positions_m[:, JOINTS.index(a)] - truth.positions_m[:, JOINTS.index(b)]
        assert np.ptp(np.linalg.norm(ends, axis=-1)) < 1e-4
    feet = truth.positions_m[:, [JOINTS.index("LeftFoot"), JOINTS.index("RightFoot")], 2]
    assert 0.03 < feet.min() and feet.max() < 0.25
    assert 1.2 < truth.positions_m[0, JOINTS.index("HeadTop"), 2] < 2.1


def test_a_moving_camera_is_told_as_it_is(scene: bpy.types.Scene) -> None:
    camera = CameraPlan(Held.ORBITING, 20.0, 10.0, shake=1.0, roll_deg=3.0)
    truth, _ = shoot(Figure(4), camera)
    for n, told in enumerate(truth.camera_to_world):
        bpy.context.scene.frame_set(1 + n)
        seen = np.array(bpy.context.scene.camera.matrix_world)
        np.testing.assert_allclose(told, seen, atol=1e-4)


def test_the_same_seed_makes_the_same_film() -> None:
    camera = CameraPlan(Held.FIXED, 30.0, shake=1.0)
    scenery = draw_scenery(5, occluders=1.0)
    (truth, seen), (again, seen_again) = (
        shoot(Figure(4), camera, scenery=scenery, seed=3) for _ in range(2)
    )
    np.testing.assert_allclose(truth.positions_m, again.positions_m, atol=1e-5)
    np.testing.assert_allclose(truth.camera_to_world, again.camera_to_world, atol=1e-6)
    assert (np.abs(seen.astype(int) - seen_again) > 8).mean() < 1e-3
    other, _ = shoot(Figure(4), camera, seed=4)
    assert np.abs(other.camera_to_world - truth.camera_to_world).max() > 1e-3


def test_film_and_truth_are_written_in_the_agreed_layout(tmp_path: Path) -> None:
    film = tmp_path / "made" / "film.mp4"
    render_film(Shot(clip=swaying(), figure=Figure(4), scenery=EMPTY, size_px=SIZE_PX), film)
    assert film.stat().st_size > 1000
    with np.load(film.with_suffix(".npz"), allow_pickle=False) as stored:
        assert tuple(stored["joints"]) == JOINTS
        assert stored["positions_m"].shape == (FRAMES, 14, 3)
        assert stored["camera_to_world"].shape == (FRAMES, 4, 4)
        assert (stored["sensor_mm"], stored["fps"]) == (36.0, 30.0)
        assert stored["lens_mm"] == CameraPlan().lens_mm


def test_a_part_of_a_clip_begins_and_ends_where_it_is_told() -> None:
    part = stretch(swaying(31), 0.5, 10, 30.0)
    assert part.frame_count == 10
    np.testing.assert_allclose(part.root_positions, swaying(31).root_positions[15:25], atol=1e-6)
    assert stretch(swaying(31), 0.9, 10, 30.0).frame_count == 4


def test_a_model_without_bones_is_refused(scene: bpy.types.Scene, tmp_path: Path) -> None:
    mesh = bpy.data.objects.new("Stone", bpy.data.meshes.new("Stone"))
    mesh.data.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    scene.collection.objects.link(mesh)
    bpy.ops.export_scene.gltf(filepath=str(tmp_path / "stone.glb"))
    with pytest.raises(InputError, match="no armature"):
        add_figure(bpy.context, Figure(file=tmp_path / "stone.glb"))


def test_a_picture_of_another_depth_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "grey.bmp"
    header = bytearray(54)
    header[10], header[18], header[22], header[28] = 54, 1, 1, 8
    file.write_bytes(bytes(header) + b"\0\0\0\0")
    with pytest.raises(InputError, match="8 bits"):
        read_bmp(file)


def test_a_bitmap_is_read_as_it_was_written(tmp_path: Path) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8)
    write_bmp(picture, tmp_path / "picture.bmp")
    assert np.array_equal(read_bmp(tmp_path / "picture.bmp"), picture)
    image = bpy.data.images.load(str(tmp_path / "picture.bmp"))
    assert tuple(image.size) == (7, 5)
    shown = np.array(image.pixels[:]).reshape(5, 7, -1)[::-1, :, :3]
    np.testing.assert_allclose(shown, picture / 255.0, atol=1e-5)
