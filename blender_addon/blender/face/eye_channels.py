"""Turns a gaze into the channels of bones, objects and shape keys.

Notation: *Off* is the head's offset as a rotation in the face's own frame; F takes that frame to
owner space as the head is turned now. The same turn in owner space is G = F · Off · F⁻¹. A
bone whose pose is P takes a share s of it by the rotation P⁻¹ · Gˢ · P after its own basis; what
the neck takes carries the head along, so that the head needs only the rest, and both together turn
the head by exactly G.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.face.eye_angles import angles_to_rotations
from ...core.face.held import Meeting, Over, laid_over
from ...core.maths.rotations import (
    axis_angle_to_quaternion,
    matrix_to_quaternion,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rotations_of,
    twist_about,
)
from ..keys.keyframes import Channel, rotation_channels, vector_channels
from ..paths import bone_path
from .eye_rig import NECK_SHARE, GazeRig, HeadTrack, attached_bones, bone_turn
from .look_shapes import USUAL_TURN_RAD, look_weights

Array = NDArray[np.float64]

LID_FOLLOWS: Final = 0.45
"""How far a lid that can only blink closes while the eye looks fully down."""
LID_OPENS: Final = 0.35
LID_BONE_RAD: Final = np.deg2rad(38.0)
"""Turn of a lid bone from open to shut."""
_LID_SHUTS: Final = Meeting(Over.CLOSED, float(LID_BONE_RAD))
LID_CONTROL_REACH: Final = 0.92
"""Share of the way from upper to lower lid control that shuts the eye."""


@dataclass(frozen=True, eq=False)
class Movement:
    """A gaze on the scene's frames.

    Args:
        frames: (K,) frame numbers.
        eyes_rad: (K, 2, 2) left and right, yaw and pitch in the head.
        head_offset_rad: (K, 2).
        blinks, lids: (K,) as in a GazeClip.
    """

    frames: Array
    eyes_rad: Array
    head_offset_rad: Array
    blinks: Array
    lids: Array


@dataclass(frozen=True, eq=False)
class HeldLids:
    """What the animator holds of lids that are bones.

    Args:
        turns: (K, 4) of lid bones by name, in their own space.
        places: (K, 3) of lid controls by name, likewise.
        frame_rate_hz: of the frames.
    """

    turns: Mapping[str, Array]
    places: Mapping[str, Array]
    frame_rate_hz: float


def owner_channels(
    rig: GazeRig,
    rows: Mapping[str, Array],
    head: HeadTrack,
    movement: Movement,
    held: HeldLids,
) -> list[Channel]:
    """Channels of the armature: head, neck, eyes, lids."""
    channels = _head_channels(rig, rows, head, movement)
    if not rig.bones:
        return channels
    carried = {name: _carried(rig, rows, head, name) for name in attached_bones(rig)}
    eyes = rig.eyes
    for side in range(2):
        turn = _in_owner(rig, angles_to_rotations(movement.eyes_rad[:, side]))
        if eyes.kind == "BONES" and (side == 0 or eyes.pair[0] != eyes.pair[1]):
            name = eyes.pair[_named(rig, side)]
            channels += _turned(rig, name, carried[name], turn, movement.frames)
        if eyes.kind == "AIM":
            name = eyes.aims[_named(rig, side)]
            away = rig.bones[name].matrix[:3, 3] - rig.centres[side]
            ahead = np.linalg.norm(away) * rig.axes[2]
            aim = quaternion_rotate(turn, np.broadcast_to(ahead, (len(turn), 3)))
            place = rig.centres[side] + aim
            channels += _placed(rig, name, carried[name], place, movement.frames)
        channels += _lid_channels(rig, side, carried, movement, held)
    return channels


def attached_channels(rig: GazeRig, movement: Movement, held: HeldLids) -> list[Channel]:
    """Channels of eyes and lids that go along with the head, which itself is left alone.

    Args:
        rig: with eyes that are bones, or that follow bones; of others only the lids.
        movement: of the eyes; the head's part of it does not count.
        held: what is held of lids.
    """
    eyes = replace(rig.eyes, head="", neck="")
    bones = {name: replace(rest, parent=eyes.frame) for name, rest in rig.bones.items()}
    still = np.zeros((1, 4))
    head = HeadTrack(np.eye(4)[None], still, still, np.zeros((1, 3)), still, None)
    return owner_channels(replace(rig, eyes=eyes, bones=bones), {}, head, movement, held)


def object_channels(
    rig: GazeRig, rows: Mapping[str, Array], head: HeadTrack, movement: Movement
) -> dict[str, list[Channel]]:
    """Channels of eye objects, by their names."""
    channels: dict[str, list[Channel]] = {}
    if rig.eyes.kind != "OBJECTS":
        return channels
    for side in range(2):
        name = rig.eyes.pair[_named(rig, side)]
        space = rotations_of(rows[f"{name}|space"])
        basis = rotations_of(rows[f"{name}|basis"])
        face = quaternion_multiply(quaternion_conjugate(space), head.world_face)
        # How the eye lies in the face when it looks ahead: as it is on the first frame.
        ahead = quaternion_multiply(quaternion_conjugate(face[:1]), basis[:1])
        turn = angles_to_rotations(movement.eyes_rad[:, side])
        turned = quaternion_multiply(quaternion_multiply(face, turn), ahead)
        mode = bpy.data.objects[name].rotation_mode
        channels[name] = rotation_channels("", mode, movement.frames, turned, "Gaze")
    return channels


def shape_weights(rig: GazeRig, movement: Movement) -> dict[str, Array]:
    """Weights (K,) by ARKit channel, of those that the face has."""
    weights: dict[str, Array] = {}
    for side in range(2):
        name = ("Left", "Right")[_named(rig, side)]
        yaw, pitch = movement.eyes_rad[:, side].T
        outward = yaw if side == 0 else -yaw
        if rig.eyes.kind == "SHAPES":
            weights |= _looks(rig, name, outward, pitch)
            weights[f"eyeBlink{name}"] = movement.blinks
        elif rig.shapes_move_lids:
            open_ = 1.0 - movement.blinks  # a shut lid has nowhere to follow to
            lids = movement.lids * open_
            sideways = outward * open_ / USUAL_TURN_RAD
            weights[f"eyeLookDown{name}"] = np.clip(lids, 0.0, 1.0)
            weights[f"eyeLookUp{name}"] = np.clip(-lids, 0.0, 1.0)
            weights[f"eyeLookOut{name}"] = np.clip(sideways, 0.0, 1.0)
            weights[f"eyeLookIn{name}"] = np.clip(-sideways, 0.0, 1.0)
            weights[f"eyeBlink{name}"] = movement.blinks
        else:
            weights[f"eyeBlink{name}"] = np.clip(_shut(movement), 0.0, 1.0)
            weights[f"eyeWide{name}"] = LID_OPENS * np.clip(-movement.lids, 0.0, 1.0)
    return {name: values for name, values in weights.items() if name in rig.eyes.face.targets}


def _looks(rig: GazeRig, side: str, away: Array, pitch: Array) -> dict[str, Array]:
    """Weights of one eye's look shapes, from angles away from the nose and upwards (K,)."""
    outward, upward = away > 0, pitch > 0
    angle = {way: rig.turns[f"eyeLook{way}{side}"].angle_rad for way in ("Up", "Down", "In", "Out")}
    across = np.where(outward, angle["Out"], angle["In"])
    along = np.where(upward, angle["Up"], angle["Down"])
    aside, height = look_weights(away, pitch, across, along).T
    return {
        f"eyeLookOut{side}": np.where(outward, aside, 0.0),
        f"eyeLookIn{side}": np.where(outward, 0.0, aside),
        f"eyeLookUp{side}": np.where(upward, height, 0.0),
        f"eyeLookDown{side}": np.where(upward, 0.0, height),
    }


def _shut(movement: Movement) -> Array:
    """(K,) how far a lid is shut that follows the eye by blinking in part; below 0 it is wide."""
    follows = LID_FOLLOWS * np.clip(movement.lids, 0.0, 1.0)
    return 1.0 - (1.0 - movement.blinks) * (1.0 - follows)


def _named(rig: GazeRig, side: int) -> int:
    """Which of the pair's names is on this side of the character."""
    return side if not rig.mirrored else 1 - side


def _head_channels(
    rig: GazeRig, rows: Mapping[str, Array], head: HeadTrack, movement: Movement
) -> list[Channel]:
    eyes = rig.eyes
    if not eyes.head or not np.abs(movement.head_offset_rad).max() > 0:
        return []
    offset = angles_to_rotations(movement.head_offset_rad.astype(np.float64))
    shares = {eyes.neck: NECK_SHARE} if eyes.neck else {}
    shares[eyes.head] = 1.0 - sum(shares.values())
    channels = []
    for name, share in shares.items():
        pose = rotations_of(rows[f"{rig.owner}|pose|{name}"])
        basis = rotations_of(rows[f"{rig.owner}|basis|{name}"])
        to_face = quaternion_multiply(quaternion_conjugate(head.face), pose)
        turn = quaternion_multiply(_power(offset, share), to_face)
        turn = quaternion_multiply(quaternion_conjugate(to_face), turn)
        desired = quaternion_multiply(basis, turn)
        channels += _bone_rotation(rig, name, movement.frames, desired)
    return channels


def _power(turns: Array, share: float) -> Array:
    """A share of rotations (K, 4) of less than half a turn."""
    sine = np.linalg.norm(turns[:, 1:], axis=1)
    half = np.arctan2(sine, turns[:, 0])
    axis = turns[:, 1:] / np.maximum(sine, 1e-12)[:, None]
    return np.concatenate(
        (np.cos(share * half)[:, None], np.sin(share * half)[:, None] * axis), axis=1
    )


def _in_owner(rig: GazeRig, turns: Array) -> Array:
    """Rotations in the face's frame given in owner space, at rest."""
    frame = matrix_to_quaternion(rig.axes.T)
    return quaternion_multiply(quaternion_multiply(frame, turns), quaternion_conjugate(frame))


def _carried(rig: GazeRig, rows: Mapping[str, Array], head: HeadTrack, name: str) -> Array:
    """(K, 4, 4) the head's turn as a bone's parent sees it; one identity if it goes along."""
    parent = rig.bones[name].parent
    if not parent or parent == rig.eyes.frame:
        return np.eye(4)[None] if parent else head.turn
    return np.linalg.inv(bone_turn(rig, rows, parent)) @ head.turn


def _turned(rig: GazeRig, name: str, carried: Array, turn: Array, frames: Array) -> list[Channel]:
    """A bone that goes with the head and is turned by rotations (K, 4), given at rest."""
    rest = rotations_of(rig.bones[name].matrix)
    moved = quaternion_multiply(rotations_of(carried), turn)
    return _bone_rotation(rig, name, frames, _in_bone(rest, moved))


def _placed(rig: GazeRig, name: str, carried: Array, places: Array, frames: Array) -> list[Channel]:
    """A bone that goes with the head and is moved to places (K, 3), given at rest."""
    rest = rig.bones[name].matrix
    turned = carried[:, :3, :3] @ places[..., None]
    away = turned[..., 0] + carried[:, :3, 3] - rest[:3, 3]
    location = away @ rest[:3, :3]
    return vector_channels(bone_path(name, "location"), frames, location, name)


def _lid_channels(
    rig: GazeRig,
    side: int,
    carried: Mapping[str, Array],
    movement: Movement,
    held: HeldLids,
) -> list[Channel]:
    """Lids close the rest of the way from where they are held, and are held so in between."""
    channels = []
    lid = rig.eyes.lid_bones[_named(rig, side)]
    if lid:
        rest = rotations_of(rig.bones[lid].matrix)
        axis = quaternion_rotate(quaternion_conjugate(rest), rig.axes[0])
        before = twist_about(axis, held.turns[lid])
        opened = LID_OPENS * np.clip(-movement.lids, 0.0, 1.0) * (1.0 - movement.blinks)
        shut = laid_over(_LID_SHUTS, before, LID_BONE_RAD * _shut(movement), held.frame_rate_hz)
        turn = axis_angle_to_quaternion(axis, shut - LID_BONE_RAD * opened - before)
        own = quaternion_multiply(held.turns[lid], turn)
        turns = quaternion_multiply(_in_bone(rest, rotations_of(carried[lid])), own)
        channels += _bone_rotation(rig, lid, movement.frames, turns)
    for upper, lower in rig.eyes.lid_controls[_named(rig, side)]:
        start, end = rig.bones[upper].matrix[:3, 3], rig.bones[lower].matrix[:3, 3]
        to_own = rig.bones[upper].matrix[:3, :3]
        # Lids with controls follow the eye by the rig's own constraints.
        there = held.places[upper]
        whole = LID_CONTROL_REACH * (end - start) @ to_own
        own = there + movement.blinks[:, None] * _rest_of_way(whole, there)
        channels += _placed(rig, upper, carried[upper], start + own @ to_own.T, movement.frames)
    return channels


def _rest_of_way(whole: Array, there: Array) -> Array:
    """(K, 3) from where a lid's control is held to where the eye is shut; nothing if it is."""
    share = there @ whole / max(float(whole @ whole), 1e-12)
    return (whole - there) * (share < 1.0)[:, None]


def _in_bone(rest: Array, turns: Array) -> Array:
    """Rotations in owner space as a bone at rest sees them."""
    return quaternion_multiply(quaternion_multiply(quaternion_conjugate(rest), turns), rest)


def _bone_rotation(rig: GazeRig, name: str, frames: Array, turns: Array) -> list[Channel]:
    mode = rig.bones[name].rotation_mode
    return rotation_channels(bone_path(name), mode, frames, normalise(turns), name)
