"""Fingers are found by name or by structure, and bend towards the palm whatever the rest pose."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.retarget.fingers import FINGERS, RestBone, find_hand, finger_of
from blender_addon.core.retarget.loose_fingers import HandMotion, finger_curls, fist_share

NAMINGS = {
    "Rigify": {"thumb": "thumb.0{}.L", **{f: f"f_{f}.0{{}}.L" for f in FINGERS[1:]}},
    "Mixamo": {f: f"mixamorig:LeftHand{f.title()}{{}}" for f in FINGERS},
    "Unreal": {f: f"{f}_0{{}}_l" for f in FINGERS},
    "DAZ": dict(
        zip(FINGERS, ("lThumb{}", "lIndex{}", "lMid{}", "lRing{}", "lPinky{}"), strict=True)
    ),
    "MMD": dict(
        zip(FINGERS, ("左親指{}", "左人指{}", "左中指{}", "左薬指{}", "左小指{}"), strict=True)
    ),
    "MakeHuman": {f: f"finger{n}-{{}}.L" for n, f in enumerate(FINGERS, 1)},
    "no names": {f: f"bone{7 * n}x{{}}" for n, f in enumerate(FINGERS, 1)},
}


def make_hand(left=True, names=None, curled_deg=0.0, spread=0.3, turn=None, metacarpals=False):
    """A hand at rest that points sideways, palm down, in the core's axes: bones and its wrist."""
    names = names or NAMINGS["Unreal"]
    side = 1.0 if left else -1.0
    bones = [RestBone("hand", "", np.zeros(3), np.array([side * 0.09, 0.0, 0.0]))]
    for number, finger in enumerate(FINGERS):
        ahead = 0.03 - 0.02 * (number - 1)
        parent, bend = "hand", np.deg2rad(curled_deg)
        if finger == "thumb":
            place, step = np.array([side * 0.03, -0.01, 0.03]), np.array([side, -0.2, 1.0])
        else:
            place, step = (
                np.array([side * 0.09, 0.0, ahead]),
                np.array([side, 0.0, spread * ahead / 0.03]),
            )
        step = step / np.linalg.norm(step)
        if metacarpals and finger != "thumb":
            start = np.array([side * 0.02, 0.0, 0.3 * ahead])
            bones.append(RestBone(f"{finger}_metacarpal_l", parent, start, place))
            parent = f"{finger}_metacarpal_l"
        for joint, length in enumerate((0.045, 0.028, 0.02), 1):
            if finger != "thumb":
                down = np.array([0.0, -1.0, 0.0])
                flat = step - (step @ down) * down
                angle = bend * joint
                step = np.cos(angle) * flat / np.linalg.norm(flat) + np.sin(angle) * down
            end = place + length * step
            name = names[finger].format(joint)
            bones.append(RestBone(name, parent, place, end))
            parent, place = name, end
    if turn is not None:
        bones = [RestBone(b.name, b.parent, turn @ b.head, turn @ b.tail) for b in bones]
    return bones


def bent(bones, finger, angles):
    """Directions of a finger's bones after each is turned by an angle more."""
    known, turn = {bone.name: bone for bone in bones}, np.array([1.0, 0.0, 0.0, 0.0])
    found = []
    for name, angle in zip(finger.bones, angles, strict=True):
        more = axis_angle_to_quaternion(finger.axis, angle)
        turn = quaternion_multiply(turn, more)
        found.append(quaternion_rotate(turn, known[name].tail - known[name].head))
    return [each / np.linalg.norm(each) for each in found]


@pytest.mark.parametrize("naming", NAMINGS)
def test_fingers_are_found_under_many_names_and_under_none(naming):
    hand = find_hand(make_hand(names=NAMINGS[naming]), "hand", is_left=True)
    found = {finger.kind: finger.bones for finger in hand.fingers}
    assert found == {
        kind: tuple(NAMINGS[naming][kind].format(n) for n in (1, 2, 3)) for kind in FINGERS
    }


def test_words_that_are_no_fingers_are_left_alone():
    others = "LeftToeIndex palm.01.L index_metacarpal_l IK_index MCH-f_ring.01.L thumb_end.L Hand.L"
    assert [finger_of(name) for name in others.split()] == [None] * 7
    assert finger_of("LeftMiddleIntermediate") == ("middle", 2)
    assert finger_of("leftIndexIntermediate") == ("index", 2)
    assert finger_of("leftThumbMetacarpal") == ("thumb", 0)
    assert finger_of("mHandThumb2Left") == ("thumb", 2)


@pytest.mark.parametrize("left", [True, False], ids=["left", "right"])
@pytest.mark.parametrize("curled_deg", [0.0, 15.0], ids=["straight", "curled"])
@pytest.mark.parametrize("seed", range(3))
def test_bending_goes_to_the_palm_and_counts_from_straight(left, curled_deg, seed):
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))[0]
    turn = turn * np.sign(np.linalg.det(turn))
    bones = make_hand(left, curled_deg=curled_deg, turn=turn, metacarpals=seed == 1)
    hand = find_hand(bones, "hand", is_left=left)
    palm = turn @ np.array([0.0, -1.0, 0.0])
    assert hand.palm == pytest.approx(palm, abs=1e-6)
    desired = np.deg2rad([30.0, 40.0, 20.0])
    for finger in hand.fingers:
        assert len(finger.bones) == 3
        ways = bent(bones, finger, desired - finger.rest_rad)
        down = [float(np.rad2deg(np.arcsin(each @ palm))) for each in ways]
        if finger.kind != "thumb":
            past = [30.0, 70.0, 90.0]
            assert down == pytest.approx(past, abs=0.5)
        else:  # across the palm, to the little finger
            index = next(each for each in hand.fingers if each.kind == "index")
            pinky = next(each for each in hand.fingers if each.kind == "pinky")
            known = {bone.name: bone for bone in bones}
            across = known[pinky.bones[0]].head - known[index.bones[0]].head
            assert (ways[-1] - ways[0]) @ across > 0


def test_a_fist_is_tighter_and_the_little_finger_bends_most():
    walks, jogs = (
        finger_curls(HandMotion(np.full(200, speed), np.zeros((200, 2)), 60.0), seed=3)
        for speed in (1.3, 2.8)
    )
    assert (jogs.mean(axis=0) > walks.mean(axis=0) + 0.05).all()
    still = HandMotion(np.full(9, 1.3), np.zeros((9, 2)), 60.0)
    crowd = [finger_curls(still, seed).sum(axis=-1).mean(axis=(0, 1)) for seed in range(40)]
    mean = np.mean(crowd, axis=0)
    assert (np.diff(mean[1:]) > 0).all()
    assert np.rad2deg(walks).max() < 70
    assert np.rad2deg(jogs).max() < 110
    assert not np.allclose(walks[:, 0], walks[:, 1])  # no hand is like the other
    assert np.abs(np.diff(np.rad2deg(walks), axis=0)).max() < 0.5  # a degree in two frames is fast
    assert np.array_equal(fist_share(np.array([0.0, 1.3, 2.6])), [0.0, 0.0, 1.0])


def test_fingers_come_after_a_hand_that_is_swung():
    frames = np.arange(240)
    pulls = np.zeros((240, 2))
    pulls[:, 0] = 12.0 * np.exp(-0.5 * ((frames - 100) / 5.0) ** 2)
    speeds = np.full(240, 1.3)
    swung = finger_curls(HandMotion(speeds, pulls, 60.0), 1)
    still = finger_curls(HandMotion(speeds, np.zeros((240, 2)), 60.0), 1)
    opened = np.rad2deg(still - swung)[:, 0, 2, 1]
    assert 2.0 < opened.max() < 7.5
    assert 102 <= opened.argmax() <= 108
    assert np.allclose(still[:, 1], swung[:, 1])


def test_the_same_seed_gives_the_same_fingers():
    motion = HandMotion(np.full(50, 1.3), np.zeros((50, 2)), 24.0)
    assert np.array_equal(finger_curls(motion, 5), finger_curls(motion, 5))
    assert not np.array_equal(finger_curls(motion, 5), finger_curls(motion, 6))
