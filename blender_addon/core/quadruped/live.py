"""One animal steered step by step, as in a game.

The network and what it is given are those of ``pipeline``; instead of a timetable there is a
desired velocity, which the way ahead grows into. A paw that stands is held as soon as it does. What
was driven becomes a result like any other, with all that can be done better afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats
from ..errors import SettingsError
from ..ground.following import limited
from ..ground.terrain import Terrain, soften
from ..maths.headings import root_to_world
from ..maths.rotations import wrap_angle
from ..maths.segments import Segments
from ..motion.clip import MotionClip
from .body import QuadrupedBody
from .features import FUTURE_OFFSETS_FRAMES, standing_pose, unpack
from .finish import finish
from .gait_choice import gaits_along
from .gaits import ACTIONS, Gait, stride_frequency_hz
from .legs import clip_of_pose, solve_legs, styles_of
from .live_paws import LivePaws
from .pipeline import QuadrupedPipeline
from .plan import QuadrupedPlan
from .recording import Recording, decode, joints_of, rows_of, standing_rows
from .request import QuadrupedResult
from .sizing import scaled_terrain, true_track
from .state import PAST_OFFSETS_FRAMES, Animals
from .true_time import TrueTime

LONGEST_S: Final = 600.0
_GATHER_S: Final = 0.35
"""Time constant with which a desired velocity is taken up."""
_TURN_S: Final = 0.35
_AHEAD_S: Final = FUTURE_OFFSETS_FRAMES / MODEL_FRAME_RATE_HZ
_STILL_M_S: Final = 0.15
_AIMED_M_S: Final = 0.08
"""Slower than this a desired velocity says nothing about where to look."""
_SAME_GAIT: Final = 0.12
"""A speed that differs by less of itself leaves the gait as it is."""
_TURN_PULL_S: Final = 0.4
_TURN_PULL_LIMIT_RAD_S: Final = 0.8
_SPUR: Final = 0.6
_SPUR_LIMIT: Final = 0.3
"""Part of what the network's speed lacks that is added to it, and of the speed at most."""
_STAND: Final = ACTIONS.index(Gait.STAND.value)


@dataclass(frozen=True, eq=False)
class LiveStep:
    """One frame of what is driven, at the animal's own size.

    Args:
        clip: this frame alone, the body's skeleton.
        root: (3,) x, z and heading.
        ground_m: height on which the root stands.
        speed_m_s: of the root.
        gait: in which it goes.
    """

    clip: MotionClip
    root: Floats
    ground_m: float
    speed_m_s: float
    gait: Gait


class LiveAnimal:
    """Steers an animal.

    Args:
        pipeline: of the loaded model.
        body: at its own size.
        place: (3,) x, z and heading to begin with, metres and radians.
        terrain: the ground.
        seed: which side leads.
    """

    def __init__(
        self,
        pipeline: QuadrupedPipeline,
        body: QuadrupedBody,
        place: Floats,
        terrain: Terrain,
        seed: int = 0,
    ) -> None:
        self._pipeline, self._body, self._small = pipeline, body, body.at_model_size()
        factor = body.length_factor
        self._terrain = scaled_terrain(terrain, factor)
        root = np.asarray(place, np.float64) * np.array([factor, factor, 1.0])
        still = np.repeat(root[None, None, :2], len(_AHEAD_S), axis=1)
        self._animal = Animals(
            root[None],
            [self._small],
            [(soften(terrain), [0])],
            (still, np.full((1, len(_AHEAD_S)), root[2])),
            np.array([factor]),
        )
        self._lead_left = bool(np.random.default_rng(seed).random() < 0.5)
        self._paws = LivePaws(self._small, self._terrain)
        self._velocity = np.zeros(2)
        self._desired_heading = float(root[2])
        self._gait, self._gait_speed = Gait.WALK, 0.0
        self._track, self._speeds = [root], [0.0]
        self._actions = [_only(Gait.STAND)]
        self._ground = [float(self._animal.ground()[0])]
        self._rows = [standing_rows(standing_pose(self._small))[0]]
        self._at = [0.0]

    @property
    def seconds(self) -> float:
        """How long has been driven, in true time."""
        return float(self._at[-1]) / (MODEL_FRAME_RATE_HZ * self._body.time_factor)

    def step(
        self,
        desired_m_s: Floats,
        *,
        seconds: float = 1.0 / 60.0,
        gait: Gait | None = None,
        heading_rad: float | None = None,
    ) -> LiveStep:
        """Go on by a moment of true time.

        Args:
            desired_m_s: (2,) velocity x, z in the world.
            seconds: how long the moment is; at most a quarter of a second is made of it.
            gait: in which to go; None for automatic by speed.
            heading_rad: where to face; None for where it goes.

        Raises:
            SettingsError: it has been driven for ten minutes, or the velocity is no number.
            TerrainError: there is no ground.
        """
        desired = self._checked(desired_m_s) * self._body.time_factor
        if heading_rad is not None:
            self._desired_heading = float(heading_rad)
        elif float(np.linalg.norm(desired)) > _AIMED_M_S:
            self._desired_heading = float(np.arctan2(desired[0], desired[1]))
        frames = min(max(seconds, 0.0), 0.25) * MODEL_FRAME_RATE_HZ * self._body.time_factor
        at = self._at[-1] + frames
        while len(self._rows) - 1 < at:
            self._step_model(desired, gait)
        self._at.append(at)
        return self._shown(at, frames / MODEL_FRAME_RATE_HZ)

    def _step_model(self, desired: Floats, told: Gait | None) -> None:
        """One step of the network, in the model's time."""
        self._choose_gait(float(np.linalg.norm(desired)), told)
        inputs, ground = self._animal.pack(
            self._past(), self._future(desired), *self._asked(desired)
        )
        said = unpack(self._pipeline.predict({"features": inputs}))
        off = wrap_angle(np.array([self._desired_heading]) - self._animal.root[:, 2])
        pace = float(np.linalg.norm(self._velocity))
        most = _TURN_PULL_LIMIT_RAD_S * min(pace, 1.0)
        turn = np.clip(off / _TURN_PULL_S, -most, most)
        going = root_to_world(said.root_velocity[:, :2], self._animal.root[:, 2])
        spur = limited(_SPUR * (self._velocity - going), _SPUR_LIMIT * pace)
        pull = np.concatenate((spur, turn[:, None]), axis=1)
        asked = max(pace, float(np.linalg.norm(desired)), 0.3 * abs(float(off[0])))
        self._animal.take(said, np.array([min(asked / _STILL_M_S, 1.0)]), pull)
        self._velocity += (desired - self._velocity) / (_GATHER_S * MODEL_FRAME_RATE_HZ)
        self._track.append(self._animal.root[0].copy())
        self._speeds.append(self._along(self._velocity))
        self._actions.append(self._weights(1.0 / MODEL_FRAME_RATE_HZ, desired))
        self._rows.append(rows_of(said)[0].copy())
        under = self._animal.ground()  # a hole there is refused by the next step
        self._ground.append(float(np.where(np.isfinite(under), under, ground)[0]))
        if len(self._rows) == 2:  # it stands as in its first step, from which a rest pose jumps
            self._rows[0] = self._rows[1]

    def _shown(self, at: float, seconds: float) -> LiveStep:
        """The pose between two of the model's frames, paws held."""
        before = min(int(at), len(self._rows) - 2)
        part = at - before
        rows = self._rows[before] + part * (self._rows[before + 1] - self._rows[before])
        track = self._track[before] + part * (self._track[before + 1] - self._track[before])
        ground = self._ground[before] + part * (self._ground[before + 1] - self._ground[before])
        recording = Recording(self._body, rows[None], track[None], np.array([ground]))
        pose, scores = decode([recording], [self._small], Segments.of(1))
        step = self._track[before + 1] - self._track[before]
        speed = float(np.hypot(*step[:2])) * MODEL_FRAME_RATE_HZ
        held = self._paws.hold(pose, scores[0], speed, seconds)
        ends, turns = pose.ends
        styles = styles_of(self._small, joints_of(pose, slice(0, 1)), turns)
        legs = solve_legs(self._small, ends, turns, held.paws_m, styles, pose.feet)
        factor = self._body.length_factor
        clip = clip_of_pose(
            self._body, pose.hips / factor, pose.trunk, legs, MODEL_FRAME_RATE_HZ,
            held.held,
        )  # fmt: skip
        true_speed = speed / self._body.time_factor
        return LiveStep(clip, true_track(track, factor), ground / factor, true_speed, self._gait)

    def result(self) -> QuadrupedResult:
        """Everything driven so far, with held paws.

        Raises:
            SettingsError: nothing has been driven.
        """
        if len(self._rows) < 2:
            raise SettingsError("nothing has been driven yet; steer first, then keep it")
        track, body = np.array(self._track), self._body
        recording = Recording(body, np.array(self._rows), track, np.array(self._ground))
        finished = finish([recording], self._terrain)[0]
        true = true_track(
            TrueTime.of(len(track), body.time_factor).smooth(track), body.length_factor
        )
        speeds = np.abs(np.array(self._speeds))
        gone = np.concatenate(([0.0], np.cumsum(speeds[1:]))) / MODEL_FRAME_RATE_HZ
        plan = QuadrupedPlan(
            track[:, :2], track[:, 2], track[:, 2], speeds, gone, np.array(self._actions)
        )
        return QuadrupedResult(finished.clip, true, true[:, :2], True, plan, finished.notes)

    def _checked(self, desired_m_s: Floats) -> Floats:
        desired = np.asarray(desired_m_s, np.float64)
        if desired.shape != (2,) or not np.isfinite(desired).all():
            raise SettingsError(f"a velocity is two numbers, x and z; found {desired_m_s}")
        if self.seconds >= LONGEST_S:
            raise SettingsError(
                f"{LONGEST_S / 60:.0f} minutes have been driven, which is the most for one go. "
                "Keep them and start again"
            )
        return desired

    def _choose_gait(self, speed: float, told: Gait | None) -> None:
        if told is not None:
            self._gait = told
            return
        if abs(speed - self._gait_speed) > _SAME_GAIT * max(speed, _AIMED_M_S):
            self._gait_speed = speed
        speeds, none = np.array([self._gait_speed]), np.zeros(1)
        family = self._body.family
        chosen = gaits_along(speeds, speeds, none, [None], family, self._lead_left)
        self._gait = Gait(ACTIONS[int(chosen[0])])

    def _past(self) -> Floats:
        """(1, 6, 3) of the way so far."""
        last = len(self._track) - 1
        return np.array([[self._track[max(last + n, 0)] for n in PAST_OFFSETS_FRAMES.tolist()]])

    def _future(self, desired: Floats) -> tuple[Floats, Floats]:
        """Where the animal would be and look if it took up the velocity at once."""
        left = np.exp(-_AHEAD_S / _GATHER_S)[:, None]
        drift = (self._velocity - desired) * _GATHER_S * (1.0 - left)
        positions = self._animal.root[:, None, :2] + desired * _AHEAD_S[:, None] + drift
        heading = self._animal.root[:, 2]
        turn = wrap_angle(np.array([self._desired_heading]) - heading)
        return positions, (heading + turn * (1.0 - np.exp(-_AHEAD_S / _TURN_S)))[None]

    def _asked(self, desired: Floats) -> tuple[Floats, Floats]:
        """(1, W) speeds and (1, W, 13) actions of what was driven and of what is to come."""
        last = len(self._track) - 1
        past = [max(last + n, 0) for n in PAST_OFFSETS_FRAMES.tolist()]
        left = np.exp(-_AHEAD_S / _GATHER_S)[:, None]
        ahead = [self._along(v) for v in desired + (self._velocity - desired) * left]
        speeds = [self._speeds[n] for n in past] + ahead
        actions = [self._actions[n] for n in past]
        actions += [self._weights(each, desired) for each in _AHEAD_S.tolist()]
        return np.array([speeds]), np.array([actions])

    def _along(self, velocity: Floats) -> float:
        """Speed, negative where it goes backwards."""
        heading = float(self._animal.root[0, 2])
        forward = float(velocity[0]) * np.sin(heading) + float(velocity[1]) * np.cos(heading)
        speed = float(np.linalg.norm(velocity))
        return -speed if forward < -0.5 * speed else speed

    def _weights(self, seconds: float, desired: Floats) -> Floats:
        """(13,) actions so long from now: towards the gait within a stride."""
        speed = float(np.linalg.norm(desired))
        off = abs(float(wrap_angle(np.array([self._desired_heading]) - self._animal.root[:, 2])[0]))
        stands = max(speed, float(np.linalg.norm(self._velocity)), 0.3 * off) < _STILL_M_S
        aim = _only(Gait.STAND if stands else self._gait)
        stride = 1.0 / max(float(stride_frequency_hz(max(speed, 0.3))), 0.5)
        share = min(seconds / stride, 1.0)
        return np.asarray(self._actions[-1] + share * (aim - self._actions[-1]))


def _only(gait: Gait) -> Floats:
    weights = np.zeros(len(ACTIONS))
    weights[ACTIONS.index(gait.value)] = 1.0
    return weights
