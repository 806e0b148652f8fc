"""Walk characters along paths with the phase-functioned controller.

Source: Holden, Komura, Saito 2017, section 7. The desired trajectory is blended with the network's
own, (1 − t^τ)·a₀ + t^τ·a₁, the network predicts the pose and how the root moves on, and the root is
integrated. Beyond the paper: the desired trajectory is a timetable, and a small velocity leads the
root back to it, so that a character is on its path and in time; many characters are one batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats
from ..errors import PathError
from ..ground.following import group_by_terrain, hold_last, limited, share_of_moving, shares_ahead
from ..ground.terrain import Terrain, soften
from ..inference.contract import ModelContract
from ..inference.settings import SettingsReader
from ..jobs import OnProgress, Progress, Runner
from ..maths.segments import batches
from ..maths.smoothing import running_maximum
from ..motion.clip import MotionClip
from ..motion.common_skeleton import COMMON_SKELETON
from ..motion.gait import GAITS, effective_speed, speeds_to_gaits
from ..motion.skeleton import Skeleton
from .decode import PoseRecorder
from .features import (
    FUTURE_OFFSETS_FRAMES,
    OUTPUT_LAYOUT,
    STYLE_DIMENSIONS,
    WINDOW_OFFSETS_FRAMES,
    input_layout,
)
from .plan import WalkPlan, plan_request
from .request import WalkRequest
from .shaping.shape import Shaping
from .shaping.tempo import Tempo, find_tempo, resampled
from .stepping import PhaseLead, first_phase
from .styles import Styles
from .walkers import PAST_OFFSETS_FRAMES, Walkers, phase_rates, turn_pull

TASK: Final = "locomotion"
_PULL_S: Final = 0.5
_PULL_LIMIT: Final = 0.18
"""Most of the desired speed that is spent on coming back to the path."""
_LEAD_LIMIT_M: Final = 0.6
_STILL_M_S: Final = 0.15
_STILL_FRAMES: Final = 12
_SPOT_M_S: Final = 0.5
_SPOT_TURN: Final = 1.6
"""Times the desired turn on the spot, the fastest that someone is turned to keep up with it."""
_SPOT_FRAMES: Final = 20
_SPOT_PULL: Final = 0.2
"""Metres a second by which who turns on the spot is kept there."""
_PROGRESS_EVERY: Final = 16
_LARGEST_POSE_M: Final = 10.0
_SPEEDS_M_S: Final = (0.1, 100.0)
"""What a model's fastest speed may be."""


@dataclass(frozen=True, eq=False)
class WalkResult:
    """One character's motion and how it kept to its timetable.

    Args:
        clip: 60 Hz, common skeleton.
        root_track: (T, 3) x, z and heading of the root.
        desired_positions: (T, 2) x, z.
        desired_speeds_m_s: (T,).
        path_distance_m: (T,) desired arc length.
        reached_end: the root came to rest within half a metre of the path's end, or of the place
            to stand.
        plan: what was desired, if there was a plan.
    """

    clip: MotionClip
    root_track: Floats
    desired_positions: Floats
    desired_speeds_m_s: Floats
    path_distance_m: Floats
    reached_end: bool
    plan: WalkPlan | None = None


class LocomotionPipeline:
    """Walks characters along paths.

    Args:
        session: a loaded locomotion model.

    Raises:
        ContractError: the model is not a locomotion model of this layout and skeleton.
    """

    def __init__(self, session: Runner) -> None:
        self._session = session
        self.styles = Styles(session.contract, _check_contract(session.contract))
        settings = SettingsReader(session.contract)
        settings.require("gaits", GAITS)
        if settings.has("window_offsets_frames"):
            settings.require("window_offsets_frames", WINDOW_OFFSETS_FRAMES.tolist())
        self.initial_pose = settings.table(
            "initial_joint_positions_m",
            (COMMON_SKELETON.joint_count, 3),
            -_LARGEST_POSE_M,
            _LARGEST_POSE_M,
        )
        self.max_speed_m_s = settings.number("max_speed_m_s", *_SPEEDS_M_S)

    @property
    def skeleton(self) -> Skeleton:
        """Whose motion is made."""
        return COMMON_SKELETON

    def generate(
        self,
        requests: Sequence[WalkRequest],
        *,
        foot_lock: bool = True,
        on_progress: Progress | OnProgress | None = None,
    ) -> list[WalkResult]:
        """Walk all characters at once.

        Args:
            requests: one for each character.
            foot_lock: hold planted feet still; False shows the network's own motion.
            on_progress: is given 0 … 1 and returns False to cancel.

        Raises:
            PathError, SettingsError: a request cannot be walked.
            TerrainError: the ground has a hole on the way.
            Cancelled: ``on_progress`` said so.
        """
        for request in requests:
            self._check(request)
        progress = Progress.of(on_progress)
        plans = [plan_request(request, self.max_speed_m_s) for request in requests]
        if not requests:
            return []
        tempos = [
            find_tempo(plan, request.directions, request.terrain, self.max_speed_m_s)
            for plan, request in zip(plans, requests, strict=True)
        ]
        crowd = _Crowd(requests, plans, tempos, self.initial_pose, self.styles)
        for frame in range(crowd.frame_count):
            if frame % _PROGRESS_EVERY == 0:
                progress(0.9 * frame / crowd.frame_count)
            feeds = {"features": crowd.inputs(frame), "phase": crowd.phase.astype(np.float32)}
            crowd.advance(frame, self.predict(feeds))
        results: dict[int, WalkResult] = {}
        for batch in crowd.results(foot_lock):
            results |= batch
            progress(0.9 + 0.1 * len(results) / len(requests))
        return [results[number] for number in range(len(requests))]

    def predict(self, feeds: dict[str, Floats]) -> Floats:
        """(B, O) the network's step."""
        return np.asarray(self._session.run(feeds)["prediction"])

    def _check(self, request: WalkRequest) -> None:
        if request.path is None or request.arrive_s is not None:
            return
        fastest = float(request.path.speeds_m_s.max())
        if fastest > self.max_speed_m_s:
            raise PathError(
                f"the path asks for {fastest:.2f} m/s; this model walks and jogs up to "
                f"{self.max_speed_m_s:g} m/s (in the character's own size). Lower the speed"
            )


def _check_contract(contract: ModelContract) -> int:
    """Refuse another task, skeleton or layout; numbers of a style vector."""
    contract.require_task(TASK)
    contract.require_frame_rate(MODEL_FRAME_RATE_HZ)
    contract.require_skeleton(COMMON_SKELETON)
    features = contract.input("features")
    width = features.shape[-1]
    rest = input_layout(0).size
    styles = width - rest if isinstance(width, int) and width > rest else STYLE_DIMENSIONS
    contract.require_layout(features, input_layout(styles))
    contract.require_layout(contract.output("prediction"), OUTPUT_LAYOUT)
    return styles


class _Crowd(Walkers):
    """B characters with timetables, and everything recorded about them."""

    def __init__(
        self,
        requests: Sequence[WalkRequest],
        asked: Sequence[WalkPlan],
        tempos: Sequence[Tempo | None],
        initial_pose: Floats,
        styles: Styles,
    ) -> None:
        # What is asked for runs in true time, all else in the model's.
        plans = [tempo.plan if tempo else plan for plan, tempo in zip(asked, tempos, strict=True)]
        self._requests, self._asked, self._tempos, self._plans = requests, asked, tempos, plans
        self.frame_count = max(plan.frame_count for plan in plans)
        count, margin = len(plans), int(FUTURE_OFFSETS_FRAMES[-1]) + 2
        length = self.frame_count + margin
        # (B, T, …): the plans, each standing on at its end until the longest is over.
        self._desired_xz = np.stack([hold_last(p.positions_xz, length) for p in plans])
        self._desired_heading = np.stack([hold_last(p.headings_rad, length) for p in plans])
        self._desired_speed = np.stack([hold_last(p.speeds_m_s, length) for p in plans])
        turning = np.stack([_fade(p.turn_rates_rad_s, length) for p in plans])
        # (B, T) of those who step, be it on the spot.
        self._pace = effective_speed(self._desired_speed, turning)
        self._gaits = speeds_to_gaits(self._pace)
        self._moving = share_of_moving(self._pace, _STILL_M_S, _STILL_FRAMES)
        self._turn_limit = _spot_turn_limit(self._desired_speed, turning)
        self._pull_limit = _PULL_LIMIT * self._pace + _SPOT_PULL * np.minimum(self._turn_limit, 1.0)
        spread = [request.phase_rad is not None for request in requests]
        self._lead = PhaseLead(plans, self._pace, spread)
        self._track = np.zeros((count, self.frame_count + 1, 3))
        self._ground = np.zeros((count, self.frame_count))
        frames = [plan.frame_count for plan in plans]
        shapings = [
            Shaping.along(request.directions, plan.distances_m, tempo)
            for request, plan, tempo in zip(requests, plans, tempos, strict=True)
        ]
        self._poses = PoseRecorder(frames, self._track, self._ground, shapings)
        starts = self._desired_xz[:, 0], self._desired_heading[:, 0]
        pairs = list(zip(requests, plans, strict=True))
        phases = [_first_phase(request, plan) for request, plan in pairs]
        self._style_tracks = [
            styles.along(request.directions, plan.distances_m, request.seed)
            for request, plan in pairs
        ]
        variation = styles.variation([r.seed for r in requests])
        first = np.stack([each[0] for each in self._style_tracks])
        super().__init__(*starts, _soften(requests), first, initial_pose, phases, variation)
        self._track[:, 0] = np.concatenate((self.root, self.heading[:, None]), axis=1)
        self.future_xz, self.future_heading = self._desired_future(0)

    def _desired_future(self, frame: int) -> tuple[Floats, Floats]:
        """Desired positions (B, 6, 2) and headings (B, 6); an error decays along them."""
        ahead = frame + FUTURE_OFFSETS_FRAMES
        off = limited(self.root - self._desired_xz[:, frame], _LEAD_LIMIT_M)
        left = _ERROR_LEFT[None, :, None] * off[:, None]
        return self._desired_xz[:, ahead] + left, self._desired_heading[:, ahead]

    def inputs(self, frame: int) -> Floats:
        """Network inputs (B, F) of this frame."""
        past = self._track[:, np.maximum(frame + PAST_OFFSETS_FRAMES, 0)]
        gaits = self._gaits[:, np.maximum(frame + WINDOW_OFFSETS_FRAMES, 0)]
        for number, track in enumerate(self._style_tracks):
            if len(track) > 1:
                self.styles[number] = track[min(frame, len(track) - 1)]
        for number, tempo in enumerate(self._tempos):
            if tempo:
                self.stretch[number] = tempo.stretch[min(frame, len(tempo.stretch) - 1)]
        inputs, self._ground[:, frame] = self.pack(past, self._desired_future(frame), gaits)
        return inputs

    def advance(self, frame: int, outputs: Floats) -> None:
        """Take the network's step: pose, root, phase and the trajectory it expects."""
        self._poses.add(frame, outputs)
        pulls = self._pull(frame), self._turn_pull(frame)
        lead = self._lead.at(frame, self.phase, phase_rates(outputs))
        self.take(outputs, self._moving[:, frame], *pulls, lead)
        self._track[:, frame + 1, :2] = self.root
        self._track[:, frame + 1, 2] = self.heading

    def _pull(self, frame: int) -> Floats:
        """Velocity (B, 2) back to the timetable; none while standing, when feet would slide."""
        off = self._desired_xz[:, frame + 1] - self.root
        return limited(off / _PULL_S, self._pull_limit[:, frame])

    def _turn_pull(self, frame: int) -> Floats:
        """Turn (B,) back to the desired heading, in rad/s."""
        desired = self._desired_heading[:, frame + 1]
        off = desired - self.heading
        return turn_pull(off, self._desired_speed[:, frame], self._turn_limit[:, frame])

    def results(self, foot_lock: bool) -> Iterator[dict[int, WalkResult]]:
        """What each character did, by number, those on the same ground some at a time."""
        for terrain, members in group_by_terrain([r.terrain for r in self._requests]):
            for batch in batches([self._plans[n].frame_count for n in members]):
                numbers = [members[item] for item in batch]
                clips = self._poses.clips(terrain, numbers, foot_lock)
                yield {n: self._result(n, clip) for n, clip in zip(numbers, clips, strict=True)}

    def _result(self, number: int, clip: MotionClip) -> WalkResult:
        plan, tempo = self._asked[number], self._tempos[number]
        track = self._track[number, : self._plans[number].frame_count].copy()
        if tempo:
            track = resampled(track, tempo.at)
        missed = np.linalg.norm(track[-1, :2] - plan.positions_xz[-1])
        return WalkResult(
            clip=clip,
            root_track=track,
            desired_positions=plan.positions_xz,
            desired_speeds_m_s=plan.speeds_m_s,
            path_distance_m=plan.distances_m,
            reached_end=bool(missed < 0.5),
            plan=plan,
        )


_ERROR_LEFT: Final = (1 - shares_ahead(len(FUTURE_OFFSETS_FRAMES))) ** 2


def _first_phase(request: WalkRequest, plan: WalkPlan) -> float:
    """Where in a stride someone begins: as asked, or so that the first step comes out even."""
    if request.phase_rad is not None:
        return request.phase_rad
    return first_phase(plan.speeds_m_s, request.seed)


def _spot_turn_limit(speeds: Floats, turn_rates: Floats) -> Floats:
    """(B, T) rad/s with which someone may be turned who turns on the spot; 0 for who walks."""
    spot = np.clip(1.0 - speeds / _SPOT_M_S, 0.0, 1.0)
    nearby = [running_maximum(row, _SPOT_FRAMES) for row in np.abs(turn_rates) * spot]
    return _SPOT_TURN * np.stack(nearby)


def _fade(values: Floats, length: int) -> Floats:
    """Extend (T,) to a length by zeros."""
    return np.concatenate((values, np.zeros(length - len(values))))


def _soften(requests: Sequence[WalkRequest]) -> list[tuple[Terrain, list[int]]]:
    """The grounds as walkers feel them coming."""
    groups = group_by_terrain([request.terrain for request in requests])
    return [(soften(terrain), members) for terrain, members in groups]
