"""Move four-legged animals along paths with the mode-adaptive network.

Source: Zhang, Starke, Komura, Saito 2018, section 6. The desired trajectory is blended with the
network's own, (1 − t^τ)·a₀ + t^τ·a₁, the network predicts the pose and how the root moves on, and
the root is integrated. Beyond the paper: the desired trajectory is a timetable, and a small
velocity leads the root back to it; all sizes are one in the world of the model; many animals of
different bodies are one batch; the gait follows from the timetable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats
from ..errors import ContractError
from ..ground.following import (
    group_by_terrain,
    hold_last,
    limited,
    share_of_moving,
)
from ..ground.terrain import FlatTerrain, Terrain, soften
from ..inference.contract import ModelContract
from ..jobs import OnProgress, Progress, Runner
from ..maths.headings import world_to_root
from ..maths.rotations import wrap_angle
from ..maths.segments import batches
from .body import MODEL_HIP_HEIGHT_M, check_tree
from .features import (
    ERROR_LEFT,
    FUTURE_OFFSETS_FRAMES,
    INPUT_LAYOUT,
    OUTPUT_LAYOUT,
    WINDOW_OFFSETS_FRAMES,
    Prediction,
    speeds_along,
    unpack,
)
from .finish import Finished, finish
from .gaits import ACTIONS, Action
from .manner.backing import reversed_plan, reversed_result
from .mirrored import INPUT_MIRROR, OUTPUT_MIRROR
from .plan import QuadrupedPlan
from .plan_making import plan_request
from .recording import Recorder, Recording, share_of_running
from .request import QuadrupedRequest, QuadrupedResult
from .sizing import at_model_size, out_of_step, true_track
from .state import PAST_OFFSETS_FRAMES, Animals, no_ground
from .true_time import TrueTime

TASK: Final = "quadruped"
_PULL_S: Final = 0.35
_PULL_LIMIT: Final = (0.3, 0.18)
"""Most of the desired speed that is spent on coming back to the path, walking and galloping."""
_LEAD_LIMIT_M: Final = 0.35
_SIDEWAYS: Final = 0.5
"""Part of the network's own sideways motion of the root, beyond the desired, that is kept at a
walk; of a gallop none is."""
_TURN_PULL_S: Final = 0.4
_TURN_PULL_LIMIT_RAD_S: Final = 0.8
"""Most turn towards the desired heading, for one who goes at 1 m/s or more."""
_STILL_M_S: Final = 0.15
_STILL_FRAMES: Final = 14
_TRUNK_ARM_M: Final = 0.25
"""A turn moves the feet as if one went: so far are they from the middle of the trunk."""
_LYING: Final = tuple(ACTIONS.index(each.value) for each in (Action.SIT, Action.LIE, Action.JUMP))
_PROGRESS_EVERY: Final = 16
_LOOKS_H: Final = 0.25
"""Of the hip height: how closely the ground below a path is looked at."""


class QuadrupedPipeline:
    """Moves animals along paths.

    Args:
        session: a loaded quadruped model.

    Raises:
        ContractError: the model is not a quadruped model of this layout and skeleton.
    """

    def __init__(self, session: Runner) -> None:
        _check_contract(session.contract)
        self._session = session

    def generate(
        self,
        requests: Sequence[QuadrupedRequest],
        *,
        foot_lock: bool = True,
        on_progress: Progress | OnProgress | None = None,
    ) -> list[QuadrupedResult]:
        """Move all animals at once.

        Args:
            requests: one for each animal, in its own metres and seconds.
            foot_lock: hold standing paws still; False shows the network's own motion.
            on_progress: is given 0 … 1 and returns False to cancel.

        Raises:
            PathError, SettingsError: a request cannot be done.
            TerrainError: the ground has a hole on the way.
            Cancelled: ``on_progress`` said so.
        """
        progress = Progress.of(on_progress)
        if not requests:
            return []
        for request in requests:
            _check_ground(request)
        sized = out_of_step([at_model_size(request) for request in requests])
        plans = [
            plan_request(small, request.body.hip_height_m)
            for small, request in zip(sized, requests, strict=True)
        ]
        plans = [
            reversed_plan(plan) if request.backward else plan
            for plan, request in zip(plans, requests, strict=True)
        ]
        herd = _Herd(requests, sized, plans)
        for frame in range(1, herd.frame_count):
            if frame % _PROGRESS_EVERY == 0:
                progress(0.85 * frame / herd.frame_count)
            herd.advance(frame, self.predict({"features": herd.inputs(frame - 1)}))
        results: dict[int, QuadrupedResult] = {}
        for batch in herd.results(foot_lock):
            results |= batch
            progress(0.85 + 0.15 * len(results) / len(requests))
        return [results[number] for number in range(len(requests))]

    def predict(self, feeds: dict[str, Floats]) -> Floats:
        """(B, O) the network's step."""
        return np.asarray(self._session.run(feeds)["prediction"])


def _check_contract(contract: ModelContract) -> None:
    """Refuse another task, frame rate, skeleton or layout."""
    contract.require_task(TASK)
    contract.require_frame_rate(MODEL_FRAME_RATE_HZ)
    if contract.skeleton is None or not check_tree(contract.skeleton):
        raise ContractError(
            f"model '{contract.name}' does not move the common skeleton of four-legged animals; "
            "choose another model"
        )
    contract.require_layout(contract.input("features"), INPUT_LAYOUT)
    contract.require_layout(contract.output("prediction"), OUTPUT_LAYOUT)


def _check_ground(request: QuadrupedRequest) -> None:
    """Refuse a way over a hole, before it is planned by how steep it is."""
    if isinstance(request.terrain, FlatTerrain):
        return
    if request.path is None:
        places = np.array([request.place[:2]])
    else:
        count = int(request.path.length_m / (_LOOKS_H * request.body.hip_height_m)) + 2
        places = request.path.positions(np.linspace(0.0, request.path.length_m, count))
    holes = ~np.isfinite(request.terrain.heights(places))
    if holes.any():
        raise no_ground(*places[int(np.argmax(holes))].tolist())


class _Herd(Animals):
    """B animals with timetables, and everything recorded about them."""

    def __init__(
        self,
        requests: Sequence[QuadrupedRequest],
        sized: Sequence[QuadrupedRequest],
        plans: Sequence[QuadrupedPlan],
    ) -> None:
        self._requests, self._sized, self._plans = requests, sized, plans
        self.frame_count = max(plan.frame_count for plan in plans)
        length = self.frame_count + int(FUTURE_OFFSETS_FRAMES[-1]) + 2
        # (B, T, …): the plans, each standing on at its end until the longest is over.
        self._xz = np.stack([hold_last(plan.positions_xz, length) for plan in plans])
        self._heading = np.stack([hold_last(plan.headings_rad, length) for plan in plans])
        self._speeds = np.stack([hold_last(_signed_speeds(plan), length) for plan in plans])
        self._actions = np.stack([hold_last(plan.actions, length) for plan in plans])
        paces = np.abs(self._speeds) + _TRUNK_ARM_M * np.abs(
            np.gradient(self._heading, axis=1) * MODEL_FRAME_RATE_HZ
        )
        self._pace = np.minimum(paces, 8.0)
        moving = share_of_moving(self._pace, _STILL_M_S, _STILL_FRAMES)
        self._moving = np.maximum(moving, _share_of_settling(self._actions))
        walks, gallops = _PULL_LIMIT
        most = walks + (gallops - walks) * share_of_running(self._pace)
        self._pull_limit = most * self._pace * moving
        roots = np.concatenate((self._xz[:, 0], self._heading[:, :1]), axis=1)
        self._track = np.zeros((len(plans), self.frame_count, 3))
        self._track[:, 0] = roots
        self._ground = np.zeros((len(plans), self.frame_count))
        ahead = FUTURE_OFFSETS_FRAMES
        super().__init__(
            roots,
            [each.body for each in sized],
            [(soften(t), m) for t, m in group_by_terrain([r.terrain for r in requests])],
            (self._xz[:, ahead], self._heading[:, ahead]),
            np.array([request.body.length_factor for request in requests]),
        )
        # The network sets out with the same foot whenever it stands square; some are in a mirror.
        sides = [np.random.default_rng(request.seed).random() < 0.5 for request in requests]
        self._mirrored = np.flatnonzero(sides)
        self._recorder = Recorder(len(plans), self.frame_count)
        self._recorder.fill(self.pose)
        self._ground[:, 0] = self.ground()

    def inputs(self, frame: int) -> Floats:
        """Network inputs (B, F) that lead from this frame to the next."""
        past = self._track[:, np.maximum(frame + PAST_OFFSETS_FRAMES, 0)]
        window = np.maximum(frame + WINDOW_OFFSETS_FRAMES, 0)
        ahead = frame + FUTURE_OFFSETS_FRAMES
        off = limited(self.root[:, :2] - self._xz[:, frame], _LEAD_LIMIT_M)
        desired = self._xz[:, ahead] + ERROR_LEFT[:, None] * off[:, None]
        inputs, self._ground[:, frame] = self.pack(
            past,
            (desired, self._heading[:, ahead]),
            self._speeds[:, window],
            self._actions[:, window],
        )
        inputs[self._mirrored] = INPUT_MIRROR(inputs[self._mirrored])
        return inputs

    def advance(self, frame: int, outputs: Floats) -> None:
        """Take the network's step to this frame."""
        if len(self._mirrored):
            outputs = outputs.copy()
            outputs[self._mirrored] = OUTPUT_MIRROR(outputs[self._mirrored])
        said = self._steadied(unpack(outputs), frame)
        self.take(said, self._moving[:, frame], self._pull(frame))
        self._track[:, frame] = self.root
        self._recorder.add(frame, said)
        if frame + 1 == self.frame_count:
            self._ground[:, frame] = self.ground()

    def _steadied(self, said: Prediction, frame: int) -> Prediction:
        """A step whose sideways part is mostly the timetable's.

        A network that moves the root from side to side with every stride sees it there, and sways
        more and more; the pose sways enough.
        """
        step = (self._xz[:, frame] - self._xz[:, frame - 1]) * MODEL_FRAME_RATE_HZ
        desired = world_to_root(step, self.root[:, 2])[:, 0]
        velocity = said.root_velocity.copy()
        kept = _SIDEWAYS * (1.0 - share_of_running(self._pace[:, frame]))
        velocity[:, 0] = desired + kept * (velocity[:, 0] - desired)
        return replace(said, root_velocity=velocity)

    def _pull(self, frame: int) -> Floats:
        """Velocity (B, 3) back to the timetable; none while standing, when feet would slide."""
        off = self._xz[:, frame - 1] - self.root[:, :2]
        back = limited(off / _PULL_S, self._pull_limit[:, frame])
        turn = wrap_angle(self._heading[:, frame - 1] - self.root[:, 2]) / _TURN_PULL_S
        most = _TURN_PULL_LIMIT_RAD_S * np.minimum(self._pace[:, frame], 1.0)
        turn = np.clip(turn, -most, most) * (self._pull_limit[:, frame] > 0.0)
        return np.concatenate((back, turn[:, None]), axis=1)

    def results(self, foot_lock: bool) -> Iterator[dict[int, QuadrupedResult]]:
        """What each animal did, by number, those on the same ground some at a time."""
        for terrain, members in _same_ground(self._sized):
            for batch in batches([self._plans[n].frame_count for n in members]):
                numbers = [members[item] for item in batch]
                recordings = [self._recording(number) for number in numbers]
                finished = finish(recordings, terrain, foot_lock)
                yield {n: self._result(n, f) for n, f in zip(numbers, finished, strict=True)}

    def _recording(self, number: int) -> Recording:
        frames = self._plans[number].frame_count
        return Recording(
            self._requests[number].body,
            self._recorder.rows(number, frames),
            self._track[number, :frames],
            self._ground[number, :frames],
            self._plans[number].actions,
        )

    def _result(self, number: int, finished: Finished) -> QuadrupedResult:
        plan, body = self._plans[number], self._requests[number].body
        track = self._track[number, : plan.frame_count]
        time = TrueTime.of(plan.frame_count, body.time_factor)
        missed = float(np.linalg.norm(track[-1, :2] - plan.positions_xz[-1]))
        result = QuadrupedResult(
            finished.clip,
            true_track(time.smooth(track), body.length_factor),
            true_track(time.smooth(plan.positions_xz), body.length_factor),
            missed < MODEL_HIP_HEIGHT_M,
            plan,
            (*plan.notes, *finished.notes),
        )
        if self._requests[number].backward:
            return reversed_result(result, reversed_plan(plan))
        return result


def _signed_speeds(plan: QuadrupedPlan) -> Floats:
    return speeds_along(plan.speeds_m_s, plan.travel_rad, plan.headings_rad)


def _share_of_settling(actions: Floats) -> Floats:
    """(B, T) 1 while an animal sits or lies down, gets up or jumps, when its trunk moves."""
    doing = actions[:, :, _LYING].sum(axis=2)
    return np.asarray((doing > 0.0) & (doing < 1.0), np.float64)


def _same_ground(sized: Sequence[QuadrupedRequest]) -> list[tuple[Terrain, list[int]]]:
    """Grounds in the world of the model; of one that is not level, each size has its own."""
    shared: dict[tuple[int, float], Terrain] = {}
    terrains = []
    for request in sized:
        terrain = request.terrain
        if not isinstance(terrain, FlatTerrain):
            key = (id(getattr(terrain, "terrain", terrain)), getattr(terrain, "factor", 1.0))
            terrain = shared.setdefault(key, terrain)
        terrains.append(terrain)
    return group_by_terrain(terrains)
