"""A network that knows its lesson: it says, frame by frame, a motion made by a few plain rules."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from blender_addon.core.inference.contract_types import ModelContract, TensorSpec, TrainingRecord
from blender_addon.core.maths.headings import root_to_world, world_to_root
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    quaternion_to_six,
)
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family, FootKind, QuadrupedBody
from blender_addon.core.quadruped.features import (
    FUTURE_OFFSETS_FRAMES,
    INPUT_LAYOUT,
    OUTPUT_LAYOUT,
    ground_under_root,
    pose_in_root,
    root_velocities,
)
from blender_addon.core.quadruped.gaits import froude, stride_length_ratio
from blender_addon.core.quadruped.legs import clip_of_pose, solve_legs
from blender_addon.core.quadruped.skeleton import (
    CHEST,
    JOINTS,
    PAWS,
    quadruped_skeleton,
)

WALK = np.array([0.0, 0.2, 0.5, 0.7])
DUTY = 0.64


def make_body(hip_height_m: float = 0.5, family: Family = Family.CANINE) -> QuadrupedBody:
    """A plain animal with bent legs."""
    trunk = {
        "hips": (0, 1.06, -0.6), "spine": (0, 1.08, -0.3), "spine_1": (0, 1.08, 0.05),
        "chest": (0, 1.06, 0.4), "neck": (0, 1.15, 0.6), "neck_1": (0, 1.35, 0.75),
        "head": (0, 1.55, 0.9), "nose": (0, 1.45, 1.15), "tail": (0, 1.05, -0.75),
        "tail_1": (0, 0.9, -0.95), "tail_2": (0, 0.7, -1.1),
    }  # fmt: skip
    hind = {"hip": (0.12, 1.0, -0.6), "stifle": (0.12, 0.6, -0.45), "hock": (0.12, 0.3, -0.72),
            "paw": (0.12, 0.04, -0.6)}  # fmt: skip
    fore = {"scapula": (0.1, 1.1, 0.32), "upper": (0.12, 0.82, 0.5), "lower": (0.12, 0.48, 0.3),
            "paw": (0.12, 0.04, 0.45)}  # fmt: skip
    if family is Family.HOOFED:
        fore["lower"] = (0.12, 0.44, 0.6)
    places = dict(trunk)
    for side, sign in (("left", 1), ("right", -1)):
        for end, leg in (("hind", hind), ("fore", fore)):
            for joint, (x, y, z) in leg.items():
                places[f"{side}_{end}_{joint}"] = (sign * x, y, z)
    rest = np.array([places[name] for name in JOINTS]) * hip_height_m
    return QuadrupedBody(quadruped_skeleton(rest), family, FootKind.PAW)


@dataclass
class Lesson:
    """A motion of the model's world: clip of a body, root track, contacts, joints in the world."""

    clip: object
    track: np.ndarray
    positions: np.ndarray
    contacts: np.ndarray
    prints: list = field(default_factory=list)


def make_lesson(plan, body, terrain) -> Lesson:
    """Walk along a plan: every paw stands under its shoulder or hip in the middle of a stance."""
    count = plan.frame_count
    track = np.column_stack((plan.positions_xz, plan.headings_rad))
    turn = np.abs(np.gradient(plan.headings_rad)) * 60 * 0.3 if count > 1 else np.zeros(count)
    pace = np.hypot(plan.speeds_m_s, turn)
    long = np.maximum(stride_length_ratio(froude(pace)) * 0.5, 0.15)
    strides = np.concatenate(([0.0], np.cumsum(pace[:-1] / long[:-1]))) / 60
    paws, contacts = _paws(track, strides, body, terrain)
    hips, trunk = _trunk(track, paws, body)
    chest = _chest(body, hips, trunk)
    ends = np.stack((hips, chest), axis=1)
    legs = solve_legs(body, ends, trunk[:, [0, CHEST]], paws)
    clip = clip_of_pose(body, hips, trunk, legs, 60.0, contacts)
    positions, _ = forward_kinematics(body.skeleton, clip.root_positions, clip.rotations_wxyz)
    return Lesson(clip, track, positions, contacts)


def _paws(track, strides, body, terrain):
    rest = body.rest_m[list(PAWS)]
    middle = (body.rest_m[0] + body.rest_m[CHEST])[[0, 2]] / 2
    count, whole = len(track), strides[-1]
    paws, contacts = np.zeros((count, 4, 3)), np.ones((count, 4), bool)
    for foot in range(4):
        off = rest[foot, [0, 2]] - middle

        def print_at(stride, off=off, foot=foot):
            at = np.interp(stride, strides + 1e-9 * np.arange(count), np.arange(count))
            x, z, heading = (np.interp(at, np.arange(count), track[:, n]) for n in range(3))
            place = np.array([x, z]) + root_to_world(off, np.asarray(heading))
            height = float(terrain.heights(place)) + rest[foot, 1]
            return np.array([place[0], height, place[1]])

        begin = print_at(0.0)
        paws[:, foot] = begin
        for k in range(int(whole) + 2):
            lift, land = k - 1 + WALK[foot] + DUTY, k + WALK[foot]
            lift, land = max(lift, 0.0), min(land, whole)
            if lift >= min(whole, land) - 1e-3:
                continue
            end = print_at(min(land + DUTY / 2, whole))
            share = np.clip((strides - lift) / (land - lift), 0, 1)
            ease = share**3 * (share * (6 * share - 15) + 10)
            now = (share > 0) & (share < 1)
            paws[share > 0, foot] = (begin + ease[:, None] * (end - begin))[share > 0]
            paws[now, foot, 1] += 0.05 * np.sin(np.pi * ease[now])
            contacts[now, foot] = False
            begin = end
    return paws, contacts


def _trunk(track, paws, body):
    """Hips and turns of the trunk: as high over the paws as it stands, level but for the slope."""
    rest, count = body.rest_m, len(track)
    low = paws[..., 1] - rest[list(PAWS), 1]
    hind, fore = low[:, [0, 2]].mean(axis=1), low[:, [1, 3]].mean(axis=1)
    smooth = np.ones(25) / 25
    hind, fore = (np.convolve(np.pad(each, 12, "edge"), smooth, "valid") for each in (hind, fore))
    long = rest[CHEST, 2] - rest[0, 2]
    pitch = -np.arcsin(np.clip((fore - hind) / long, -0.6, 0.6))
    turn = quaternion_multiply(
        heading_to_quaternion(track[:, 2]),
        np.stack((np.cos(pitch / 2), np.sin(pitch / 2), 0 * pitch, 0 * pitch), axis=-1),
    )
    middle = root_to_world(np.array([0.0, -long / 2]), track[:, 2])
    hips = np.stack(
        (track[:, 0] + middle[:, 0], rest[0, 1] + hind - 0.025, track[:, 1] + middle[:, 1]), axis=-1
    )
    return hips, np.repeat(turn[:, None], 11, axis=1).astype(np.float32).reshape(count, 11, 4)


def _chest(body, hips, trunk):
    offset = body.rest_m[CHEST] - body.rest_m[0]
    return hips + quaternion_rotate(trunk[:, 0], np.broadcast_to(offset, hips.shape))


class Teacher:
    """A session that says one lesson after the other frame, whatever it is asked.

    Args:
        lessons: one for each animal of the batch; short ones stand on.
        terrain: the ground in the model's world.
        noise: of the joints' positions in metres, seeded.
    """

    def __init__(self, lessons, terrain, noise_m: float = 0.0) -> None:
        self.contract = make_contract()
        self._outputs = np.stack([_outputs(lesson, terrain) for lesson in _even(lessons)])
        if noise_m:
            rng = np.random.default_rng(0)
            part = OUTPUT_LAYOUT.slices["joint_positions_m"]
            self._outputs[..., part] += rng.normal(0, noise_m, self._outputs[..., part].shape)
        self.frame = 0

    def run(self, feeds):
        assert feeds["features"].shape == (len(self._outputs), INPUT_LAYOUT.size)
        assert np.isfinite(feeds["features"]).all()
        self.frame += 1
        at = min(self.frame, self._outputs.shape[1] - 1)
        return {"prediction": self._outputs[:, at].copy()}


def _even(lessons):
    return lessons if len({len(each.track) for each in lessons}) == 1 else [
        Lesson(
            None, *(np.concatenate((a, np.repeat(a[-1:], most - len(a), axis=0)))
                    for a in (each.track, each.positions, each.contacts)),
        )
        for most in [max(len(each.track) for each in lessons)]
        for each in lessons
    ]  # fmt: skip


def _outputs(lesson, terrain):
    track, count = lesson.track, len(lesson.track)
    ground = ground_under_root(terrain, track)
    velocities = np.gradient(lesson.positions, axis=0) * 60
    pose = pose_in_root(lesson.positions, velocities, track, ground)
    ahead = np.minimum(np.arange(count)[:, None] + FUTURE_OFFSETS_FRAMES, count - 1)
    heading = track[:, None, 2]
    future = world_to_root(track[ahead, :2] - track[:, None, :2], heading)
    turned = track[ahead, 2] - heading
    out = np.zeros((count, OUTPUT_LAYOUT.size), np.float32)
    parts = OUTPUT_LAYOUT.slices
    put = {
        "future_positions_m": future,
        "future_directions": np.stack((np.sin(turned), np.cos(turned)), axis=-1),
        "joint_positions_m": pose.positions_m,
        "joint_velocities_m_s": pose.velocities_m_s,
        "joint_rotations_six": _rotations(lesson, track),
        "contacts": lesson.contacts,
    }
    for name, values in put.items():
        out[:, parts[name]] = np.asarray(values).reshape(count, -1)
    out[1:, parts["root_velocity_m_s_rad_s"]] = root_velocities(track)
    return out


def _rotations(lesson, track):
    if lesson.clip is None:
        six = np.zeros((len(track), len(JOINTS), 6), np.float32)
        six[..., 0] = six[..., 4] = 1
        return six
    clip = lesson.clip
    _, world = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    back = quaternion_conjugate(heading_to_quaternion(track[:, 2]))
    return quaternion_to_six(quaternion_multiply(back[:, None], world))


def make_contract(**changes) -> ModelContract:
    """The contract of a quadruped model."""
    promises = {
        "name": "teacher",
        "task": "quadruped",
        "inputs": (_tensor("features", INPUT_LAYOUT),),
        "outputs": (_tensor("prediction", OUTPUT_LAYOUT),),
        "skeleton": make_body().skeleton,
        "frame_rate_hz": 60.0,
        "training": TrainingRecord("0" * 40, "none"),
        "data": (),
        "weights_licence": "CC0-1.0",
        **changes,
    }
    return ModelContract(**promises)


def _tensor(name, layout):
    return TensorSpec(name, ("batch", layout.size), layout=layout.as_contract())
