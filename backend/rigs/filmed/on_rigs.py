"""Motion from a film on rigs of many families, measured as Blender shows them.

The film's true camera is put into the scene and told to the extension, as an animator who matched
it would do; what is keyed is then looked at frame by frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from backend.rigs.measure import all_rigs
from backend.video.judging.pose_errors import aligned_distances, joint_distances, scaled_distances
from backend.video.judging.truth import FilmTruth
from blender_addon.blender.axes import BLENDER_TO_CORE, blender_to_core_points
from blender_addon.blender.film.choice import FilmChoice
from blender_addon.capabilities.video import scene as video_scene
from blender_addon.capabilities.video.choice import At, VideoChoice
from blender_addon.capabilities.video.job import VideoJob, VideoMotion
from blender_addon.core.feet.measures import heights_over_ground, slip_speed
from blender_addon.core.motion.common_skeleton import FOOT_JOINTS
from blender_addon.core.retarget.control_map import LimbModes
from blender_addon.core.retarget.feet import planted_heights
from blender_addon.core.video.camera import SENSOR_MM
from blender_addon.core.video.pipeline import VideoPipeline
from blender_addon.core.video.points import JOINTS
from blender_addon.core.video.settings import CameraKind

Array = NDArray[np.float64]
RIGS: Final = (
    "Rigify generated, legs ik arms fk",
    "average young male mixamo",
    "average young female game_engine",
    "female_unreal",
    "mannequin_def",
    "quaternius_women",
)
"""By their names in ``backend rigs``; those that are not there are left out."""
_LIMBS: Final = [
    (JOINTS.index(f"{side}{a}"), JOINTS.index(f"{side}{b}"))
    for side in ("Left", "Right")
    for a, b in (("UpLeg", "Leg"), ("Leg", "Foot"), ("Arm", "ForeArm"), ("ForeArm", "Hand"))
]
_LEGS, _ARMS = [0, 1, 4, 5], [2, 3, 6, 7]
_FIRST_FRAME: Final = 1
_MM, _CM = 1e3, 1e2


@dataclass(frozen=True, eq=False)
class Keyed:
    """A rig that was keyed from a film: what was asked, what came, and what Blender shows.

    Args:
        job: as it was read from the scene.
        motion: that was written.
        bones_m: (T, J, 3) heads of all joints of the rig's skeleton, world, core axes, metres.
        head_top_m: (T, 3) end of the head.
    """

    job: VideoJob
    motion: VideoMotion
    bones_m: Array
    head_top_m: Array


def chosen_rigs(
    data: Path, rigs: Sequence[str] = RIGS
) -> Iterator[tuple[str, Callable[[], bpy.types.Object], LimbModes]]:
    """Name, maker and limbs of one rig of each family."""
    for name, make, limbs in all_rigs(data):
        if name.lower() in [each.lower() for each in rigs]:
            yield name, make, limbs


def measure_on_rigs(
    truth: FilmTruth,
    pipeline: VideoPipeline,
    data: Path,
    rigs: Sequence[str] = RIGS,
    kind: CameraKind = CameraKind.SCENE,
) -> Mapping[str, Mapping[str, Any]]:
    """Measures of each rig that does what a film shows.

    Args:
        truth: of the film, with its file.
        pipeline: that tracks and solves.
        data: folder with rigs and human.
        rigs: by their names in ``backend rigs``.
        kind: what is told of the camera.
    """
    found = {}
    for name, make, limbs in chosen_rigs(data, rigs):
        found[name] = _measured(_keyed(truth, pipeline, make, limbs, kind), truth)
    return found


def _keyed(
    truth: FilmTruth,
    pipeline: VideoPipeline,
    make: Callable[[], bpy.types.Object],
    limbs: LimbModes,
    kind: CameraKind,
) -> Keyed:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps = round(truth.rate_hz)
    scene.render.fps_base = round(truth.rate_hz) / truth.rate_hz
    camera = _add_camera(scene, truth)
    choice = VideoChoice(
        armature=make(),
        film=FilmChoice(path=str(truth.film), start_frame=_FIRST_FRAME),
        camera_kind=kind,
        scene_camera=camera,
        at=At.CAMERA,
        limbs=limbs,
    )
    job = video_scene.read(bpy.context, choice)
    motion = job.run(pipeline=pipeline).result
    video_scene.write(bpy.context, job, motion)
    bones, top = _looked_at(job, scene, motion.clip.frame_count)
    return Keyed(job, motion, bones, top)


def _add_camera(scene: bpy.types.Scene, truth: FilmTruth) -> bpy.types.Object:
    """The camera that took the film, keyed on every frame."""
    data = bpy.data.cameras.new("Film")
    data.sensor_width = data.sensor_height = SENSOR_MM
    data.lens = float(truth.camera.focal_px[0]) / max(truth.camera.size_px) * SENSOR_MM
    camera = bpy.data.objects.new("Film", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.resolution_x, scene.render.resolution_y = truth.camera.size_px
    camera.rotation_mode = "QUATERNION"
    for frame, matrix in enumerate(_matrices(truth), _FIRST_FRAME):
        camera.matrix_world = matrix.T.tolist()
        camera.keyframe_insert("location", frame=frame)
        camera.keyframe_insert("rotation_quaternion", frame=frame)
    return camera


def _matrices(truth: FilmTruth) -> Iterator[Array]:
    """Transforms of the camera in Blender's world and axes."""
    for turn, place in zip(truth.camera.rotations, truth.camera.positions_m, strict=True):
        matrix = np.eye(4)
        matrix[:3, :3] = BLENDER_TO_CORE.T @ turn @ np.diag([1.0, -1.0, -1.0])
        matrix[:3, 3] = BLENDER_TO_CORE.T @ place
        yield matrix


def _looked_at(job: VideoJob, scene: bpy.types.Scene, count: int) -> tuple[Array, Array]:
    armature = bpy.data.objects[job.rig.object_name]
    names, bones = job.rig.skeleton.names, armature.pose.bones
    head = next((n for n, joint in job.rig.joint_map.items() if joint == "Head"), names[0])
    heads, tops = np.empty((count, len(names), 3)), np.empty((count, 3))
    for row in range(count):
        scene.frame_set(int(job.frames[row]))
        world = np.array(armature.matrix_world)
        places = np.array([*(bones[name].head for name in names), bones[head].tail])
        places = places @ world[:3, :3].T + world[:3, 3]
        seen = blender_to_core_points(places) * job.rig.unit_m
        heads[row], tops[row] = seen[:-1], seen[-1]
    return heads, tops


def _measured(keyed: Keyed, truth: FilmTruth) -> Mapping[str, Any]:
    """Errors at the size of a person: the rig's own proportions are part of them."""
    joints = joints_on_rig(keyed) / keyed.motion.scale
    count = min(len(joints), truth.frame_count)
    true, joints = truth.joints_m[:count], joints[:count]
    inside = truth.in_picture[:count]
    fitted = keyed.motion.joints_m[:count] / keyed.motion.scale
    return {
        "mpjpe_mm": _MM * float(joint_distances(joints, true)[inside].mean()),
        "n_mpjpe_mm": _MM * float(scaled_distances(joints, true)[inside].mean()),
        "pa_mpjpe_mm": _MM * float(aligned_distances(joints, true)[inside].mean()),
        "fit_mpjpe_mm": _MM * float(joint_distances(fitted, true)[inside].mean()),
        "legs_mm": _MM * float(_limb_errors(joints, true)[inside][:, _LEGS].mean()),
        "fit_legs_mm": _MM * float(_limb_errors(fitted, true)[inside][:, _LEGS].mean()),
        "arms_mm": _MM * float(_limb_errors(joints, true)[inside][:, _ARMS].mean()),
        "fit_arms_mm": _MM * float(_limb_errors(fitted, true)[inside][:, _ARMS].mean()),
        "limbs_deg": float(_limb_angles(joints, true)[inside].mean()),
        "fit_limbs_deg": float(_limb_angles(fitted, true)[inside].mean()),
        "slip_cm_s": slip_on_rig(keyed),
        "scale": keyed.motion.scale,
    }


def joints_on_rig(keyed: Keyed) -> Array:
    """(T, 14, 3) the fourteen joints as Blender shows them."""
    skeleton = keyed.job.rig.skeleton
    bone = {joint: skeleton.index(name) for name, joint in keyed.job.rig.joint_map.items()}
    places = [keyed.bones_m[:, bone[name]] for name in JOINTS[:12]]
    neck = 0.5 * (keyed.bones_m[:, bone["LeftArm"]] + keyed.bones_m[:, bone["RightArm"]])
    return np.stack((*places, neck, keyed.head_top_m), axis=1)


def _limb_errors(found: Array, true: Array) -> Array:
    """(T, 8) metres between elbows, hands, knees and feet, each from its own shoulder or hip, if
    the limbs were as long as the person's: a rig of another build cannot put its hands where the
    person's are, but it can point the same way."""
    errors = []
    for first, second in zip(_LIMBS[::2], _LIMBS[1::2], strict=True):
        off = np.zeros((len(found), 3))
        for a, b in (first, second):
            ours, theirs = (each[:, b] - each[:, a] for each in (found, true))
            size = np.linalg.norm(theirs, axis=-1) / np.linalg.norm(ours, axis=-1)
            off = off + size[:, None] * ours - theirs
            errors.append(np.linalg.norm(off, axis=-1))
    return np.stack(errors, axis=-1)


def _limb_angles(found: Array, true: Array) -> Array:
    """(T, 8) degrees between arms and legs and where they truly point, whatever their length."""
    angles = []
    for a, b in _LIMBS:
        one, other = (each[:, b] - each[:, a] for each in (found, true))
        across = np.linalg.norm(np.cross(one, other), axis=-1)
        angles.append(np.degrees(np.arctan2(across, (one * other).sum(axis=-1))))
    return np.stack(angles, axis=-1)


def slip_on_rig(keyed: Keyed) -> float:
    """Mean speed in cm/s, at the size of a person, of the slowest heel or toe near the ground."""
    skeleton = keyed.job.rig.skeleton
    bone = {joint: skeleton.index(name) for name, joint in keyed.job.rig.joint_map.items()}
    planted = planted_heights(skeleton, bone) / keyed.motion.scale
    used = [name if name in bone else name.replace("Toe", "Foot") for name in FOOT_JOINTS]
    feet = keyed.bones_m[:, [bone[name] for name in used]] / keyed.motion.scale
    heights = heights_over_ground(feet, np.zeros(feet.shape[:2]), planted)
    contacts = keyed.motion.clip.contacts
    for n in [n for n, name in enumerate(FOOT_JOINTS) if name not in bone]:
        heights[:, n] = np.inf
        if contacts is not None:  # the heel counts while it stands, not while an unseen toe does
            heights[~contacts[:, n - 1], n - 1] = np.inf
    return _CM * slip_speed(feet, heights, keyed.motion.clip.frame_rate_hz).mean
