"""Gestures by rule, for tests that ask how gestures are written, not how they look."""

from __future__ import annotations

import numpy as np

from blender_addon.capabilities.gesture.heard import HeardMusic, HeardVoice
from blender_addon.core.errors import Cancelled
from blender_addon.core.gesture.request import DanceResult, Stroke, TalkResult
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from blender_addon.core.sound.beats import beats_at_tempo
from blender_addon.core.sound.prosody import Prosody

HANDS = ("LEFT", "RIGHT")
APART_S = 2.0
_SIGN = {"Left": -1.0, "Right": 1.0}
_Z = np.array([0.0, 0.0, 1.0], np.float32)
_X = np.array([1.0, 0.0, 0.0], np.float32)


def quiet(seconds: float) -> HeardVoice:
    """A voice in which nothing is heard, so that only the stand-in says when hands stroke."""
    count = int(seconds * 30) + 1
    zeros, never = np.zeros(count), np.zeros(count, bool)
    return HeardVoice(Prosody(zeros, zeros, never, never, np.zeros(0), np.zeros(0)))


def music(seconds: float, bpm: float = 120.0) -> HeardMusic:
    """Music of one tempo, and as loud all along."""
    beats = beats_at_tempo(bpm, 0.0, seconds)
    return HeardMusic(beats, np.ones(int(seconds * 30) + 1), beats)


class Waver:
    """Strokes with the left and the right hand in turn every two seconds, from one second on.

    A stroke lasts a second; the hand goes up ahead of the body. What was moved is kept.
    """

    def __init__(self, *, strokes: bool = True) -> None:
        self.strokes = strokes
        self.requests = []

    def generate(self, request, on_progress=None):
        self.requests.append(request)
        if on_progress is not None and not on_progress(0.5):
            raise Cancelled("cancelled; nothing was changed")
        count = int(np.floor(request.duration_s * 30 + 1e-6)) + 1
        strokes = self._strokes(request)
        turns = np.repeat(_standing()[None], count, axis=0)
        arms = np.zeros((count, 2), np.float32)
        times = np.arange(count) / 30
        for number, side in enumerate(("Left", "Right")):
            mine = [s for s in strokes if s.hand in (HANDS[number], "BOTH") and s.size > 0]
            up = [np.clip(1 - np.abs(times - s.time_s) / 0.5, 0, 1) for s in mine]
            share = np.max(up, axis=0) if up else np.zeros(count)
            arms[:, number] = share * share * (3 - 2 * share)
            _raise(turns, side)
        stance = _standing()
        trunk = arms.max(axis=1)
        turns[:, COMMON_SKELETON.index("Spine1")] = axis_angle_to_quaternion(_X, 0.1 * trunk)
        if request.settings.head:
            turns[:, COMMON_SKELETON.index("Head")] = axis_angle_to_quaternion(_X, 0.1 * trunk)
        roots = np.tile((0.0, HIPS_REST_HEIGHT_M, 0.0), (count, 1))
        clip = MotionClip(COMMON_SKELETON, 30.0, roots, turns)
        return TalkResult(clip, stance, arms, trunk, tuple(strokes))

    def _strokes(self, request):
        kept = [s for s in request.strokes or () if s.moved]
        if not self.strokes:
            return kept
        times = np.arange(1.0, request.duration_s - 0.5, APART_S)
        planned = [Stroke(float(t), HANDS[n % 2], 0.8) for n, t in enumerate(times)]
        free = [s for s in planned if all(abs(s.time_s - k.time_s) > 0.8 for k in kept)]
        return sorted([*kept, *free], key=lambda s: s.time_s)


def _standing():
    turns = np.zeros((COMMON_SKELETON.joint_count, 4), np.float32)
    turns[:, 0] = 1.0
    for side, sign in _SIGN.items():
        hang = axis_angle_to_quaternion(_Z, sign * np.deg2rad(80.0))
        turns[COMMON_SKELETON.index(f"{side}Arm")] = hang
    return turns


def _raise(turns, side):
    """The forearm lifted ahead."""
    bend = axis_angle_to_quaternion(_X[None], np.full(len(turns), -np.deg2rad(90.0)))
    to_own = axis_angle_to_quaternion(_Z, -_SIGN[side] * np.deg2rad(80.0))
    own = quaternion_multiply(quaternion_multiply(to_own, bend), quaternion_conjugate(to_own))
    turns[:, COMMON_SKELETON.index(f"{side}ForeArm")] = own


class Stepper:
    """Sways from foot to foot on the spot, a beat each, and turns slowly to the left."""

    def generate(self, request, on_progress=None):
        count = int(np.floor(request.duration_s * 60 + 1e-6)) + 1
        times = np.arange(count) / 60
        phase = request.beats.beat_phase_rad(times)
        turns = np.repeat(_standing()[None], count, axis=0)
        turns[:, 0] = axis_angle_to_quaternion(np.array([0.0, 1.0, 0.0], np.float32), 0.1 * times)
        roots = np.tile((0.0, HIPS_REST_HEIGHT_M, 0.0), (count, 1))
        roots[:, 0] = 0.05 * np.sin(0.5 * phase)
        contacts = np.ones((count, 4), bool)
        return DanceResult(MotionClip(COMMON_SKELETON, 60.0, roots, turns, contacts))
