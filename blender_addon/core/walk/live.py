"""One character steered step by step, as in a game.

The network and what it is given are those of `locomotion`; instead of a timetable there is a
desired velocity, which the way ahead grows into. What was driven becomes a result like any other,
so what is kept of it has held feet, whatever was shown on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats
from ..errors import SettingsError
from ..ground.terrain import Terrain, soften
from ..maths.rotations import wrap_angle
from ..motion.clip import MotionClip
from ..motion.gait import speeds_to_gaits
from .decode import clip_of, decode_clip, pose_of
from .direction import StyleChoice
from .features import FUTURE_OFFSETS_FRAMES
from .pipeline import LocomotionPipeline, WalkResult
from .settings import Direction
from .shaping.body import Poses
from .shaping.head import LEAD_S
from .shaping.live import LiveShaper, blended
from .shaping.tempo import resampled
from .slowing import fastest_facing
from .walkers import PAST_OFFSETS_FRAMES, Walkers, turn_pull

LONGEST_S: Final = 600.0

_GATHER_S: Final = 0.35
"""Time constant with which a desired velocity is taken up."""
_TURN_S: Final = 0.3
_AHEAD_S: Final = FUTURE_OFFSETS_FRAMES / MODEL_FRAME_RATE_HZ
_STILL_M_S: Final = 0.15
_AIMED_M_S: Final = 0.1
"""Slower than this a desired velocity says nothing about where to look."""


@dataclass(frozen=True, eq=False)
class LiveStep:
    """One frame of what is driven.

    Args:
        clip: this frame alone, common skeleton, feet not held.
        root: (3,) x, z and heading.
        ground_m: height on which the root stands.
        speed_m_s: of the root.
    """

    clip: MotionClip
    root: Floats
    ground_m: float
    speed_m_s: float


class LiveWalker:
    """Steers a character.

    Args:
        pipeline: of the loaded model.
        place: (3,) x, z and heading to begin with, metres and radians, at the model's size.
        terrain: the ground.
        seed: which of the captured styles, and where in a step it begins.
        style: another than the one the seed picks.
        direction: how to walk; None for the style's own way.
    """

    def __init__(
        self,
        pipeline: LocomotionPipeline,
        place: Floats,
        terrain: Terrain,
        seed: int = 0,
        style: StyleChoice | None = None,
        direction: Direction | None = None,
    ) -> None:
        self._pipeline, self._terrain = pipeline, terrain
        self._shaper = LiveShaper(direction or Direction(), terrain, pipeline.max_speed_m_s)
        facing = 0.0 if direction is None else direction.facing_deg
        self._facing_rad = float(np.radians(facing))
        self.max_speed_m_s = min(pipeline.max_speed_m_s, fastest_facing(facing))
        rng = np.random.default_rng(seed)
        start = np.asarray(place, np.float64)
        self._walker = Walkers(
            start[None, :2],
            start[2:],
            [(soften(terrain), [0])],
            pipeline.styles.vector(style or StyleChoice(), seed)[None],
            pipeline.initial_pose,
            [rng.uniform(0, 2 * np.pi)],
            pipeline.styles.variation([seed]),
        )
        self._velocity = np.zeros(2)
        self._desired_heading = float(start[2])
        self._track, self._speeds = [start], [0.0]
        self._outputs: list[Floats] = []
        self._ground: list[float] = []
        # The model's time runs beside the true one where steps are longer or shorter.
        self._at = [0.0]
        self._rates: list[float] = []
        self._stretches: list[float] = []
        self._poses: list[Poses] = []

    @property
    def seconds(self) -> float:
        """How long has been driven."""
        return (len(self._at) - 1) / MODEL_FRAME_RATE_HZ

    def step(self, desired_m_s: Floats) -> LiveStep:
        """Go on by a sixtieth of a second.

        Args:
            desired_m_s: (2,) velocity x, z in the world; faster than the model can, or than people
                go backward or sideways, is slowed down.

        Raises:
            SettingsError: it has been driven for ten minutes, or the velocity is no number.
            TerrainError: there is no ground.
        """
        desired = self._checked(desired_m_s)
        if float(np.linalg.norm(desired)) > _AIMED_M_S:
            self._desired_heading = float(np.arctan2(desired[0], desired[1])) + self._facing_rad
        at = self._at[-1]
        while len(self._outputs) <= np.ceil(at):
            self._step_model(desired)
        whole = int(at)
        pose = blended(self._poses, at - whole, len(self._outputs) - 1 - whole)
        travelled = self._track[whole + 1][:2] - self._track[whole][:2]
        rate = self._rates[whole]
        self._at.append(at + rate)
        speed = float(np.linalg.norm(travelled)) * MODEL_FRAME_RATE_HZ * rate
        return LiveStep(clip_of(pose), pose.track[0], float(pose.ground[0]), speed)

    def _step_model(self, asked_m_s: Floats) -> None:
        """One step of the network, in the model's time."""
        going = float(np.linalg.norm(self._velocity)) * (self._rates[-1] if self._rates else 1.0)
        rate, stretch = self._shaper.tempo(going)
        desired = asked_m_s / rate
        speed = float(np.linalg.norm(desired))
        self._walker.stretch[:] = stretch
        inputs, ground = self._walker.pack(
            self._past(), self._future(desired), self._gaits(desired, stretch)
        )
        feeds = {"features": inputs, "phase": self._walker.phase.astype(np.float32)}
        outputs = self._pipeline.predict(feeds)
        now = float(np.linalg.norm(self._velocity))
        moving = np.array([min(max(now, speed) / _STILL_M_S, 1.0)])
        off = np.array([self._desired_heading]) - self._walker.heading
        turn = float(wrap_angle(off)[0])
        self._outputs.append(outputs[0])
        self._ground.append(float(ground[0]))
        root = self._track[-1]
        self._walker.take(outputs, moving, np.zeros((1, 2)), turn_pull(off, np.array([now])))
        velocity = (self._walker.root - root[:2]) * MODEL_FRAME_RATE_HZ
        self._velocity += (desired - self._velocity) / (_GATHER_S * MODEL_FRAME_RATE_HZ)
        self._track.append(np.append(self._walker.root[0], self._walker.heading[0]))
        self._speeds.append(now)
        self._rates.append(rate)
        self._stretches.append(stretch)
        ahead = turn * (1.0 - np.exp(-LEAD_S / _TURN_S))
        pose = self._shaper.shape(pose_of(outputs, root[None], ground), velocity, stretch, ahead)
        self._poses = [*self._poses[-1:], pose]

    def result(self) -> WalkResult:
        """Everything driven so far, with held feet.

        Raises:
            SettingsError: nothing has been driven.
        """
        if not self._outputs:
            raise SettingsError("nothing has been driven yet; steer first, then keep it")
        track = np.array(self._track[:-1])
        outputs, ground = np.array(self._outputs), np.array(self._ground)
        speeds = np.array(self._speeds[:-1]) * np.array(self._rates)
        shaping = self._shaper.shaping(
            np.array(self._rates), np.array(self._stretches), np.array(self._at[:-1])
        )
        clip = decode_clip(outputs, track, ground, self._terrain, shaping)
        if shaping.at is not None:
            track, speeds = resampled(track, shaping.at), resampled(speeds, shaping.at)
        steps = np.linalg.norm(np.diff(track[:, :2], axis=0), axis=1)
        return WalkResult(
            clip=clip,
            root_track=track,
            desired_positions=track[:, :2],
            desired_speeds_m_s=speeds,
            path_distance_m=np.concatenate(([0.0], np.cumsum(steps))),
            reached_end=True,
        )

    def _checked(self, desired_m_s: Floats) -> Floats:
        desired = np.asarray(desired_m_s, np.float64)
        if desired.shape != (2,) or not np.isfinite(desired).all():
            raise SettingsError(f"a velocity is two numbers, x and z; found {desired_m_s}")
        if self.seconds >= LONGEST_S:
            raise SettingsError(
                f"{LONGEST_S / 60:.0f} minutes have been driven, which is the most for one go. "
                "Keep them and start again"
            )
        speed = float(np.linalg.norm(desired))
        return desired * min(1.0, self.max_speed_m_s / max(speed, 1e-9))

    def _past(self) -> Floats:
        """(1, P, 3) of the way so far."""
        last = len(self._track) - 1
        return np.array([[self._track[max(last + n, 0)] for n in PAST_OFFSETS_FRAMES.tolist()]])

    def _future(self, desired: Floats) -> tuple[Floats, Floats]:
        """Where the character would be and look if it took up the velocity at once."""
        left = np.exp(-_AHEAD_S / _GATHER_S)[:, None]
        drift = (self._velocity - desired) * _GATHER_S * (1.0 - left)
        positions = self._walker.root[:, None] + desired * _AHEAD_S[:, None] + drift
        turn = wrap_angle(np.array([self._desired_heading]) - self._walker.heading)
        headings = self._walker.heading + turn * (1.0 - np.exp(-_AHEAD_S / _TURN_S))
        return positions, headings[None]

    def _gaits(self, desired: Floats, stretch: float) -> Floats:
        """(1, W, G) of what was driven and of what is to come, as the model thinks of it."""
        last = len(self._speeds) - 1
        past = [self._speeds[max(last + n, 0)] for n in PAST_OFFSETS_FRAMES.tolist()]
        left = np.exp(-_AHEAD_S / _GATHER_S)[:, None]
        ahead = np.linalg.norm(desired + (self._velocity - desired) * left, axis=1)
        return speeds_to_gaits(np.concatenate((past, ahead)) / stretch)[None]
