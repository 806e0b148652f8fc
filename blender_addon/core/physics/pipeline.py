"""From a motion to one with weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import PhysicsError
from ..jobs import OnProgress, Progress
from ..motion.clip import MotionClip
from .balancing import Balancing, Keeper, Plans
from .clip_poses import FRAME_RATE_HZ
from .controllers import Controller
from .engine import why_no_engine
from .footsteps.adapting import adapted, kept_on_paths
from .footsteps.chooser import Guide
from .plan import PlanSettings
from .recording import clip_of
from .reference import reference_of
from .report import report_of
from .request import OnPose, PhysicsRequest, PhysicsResult
from .running import Character, OnStep, Run
from .safety import check_request, start_notes
from .settings import Balancer, Mode
from .timeline import timeline_of

_PLAN_WORK: Final = 20.0
"""How much more there is to do for a figure whose ways are planned."""

_HELPED_PERCENT, _HELPED_LIFT = (0.0, 10.0, 30.0), (1.0, 0.75, 0.5)
_WEAK_MUSCLES: Final = (0.5, 1.0)
_PLANNED_LIFT: Final = 0.6


class PhysicsPipeline:
    """Simulates characters.

    Args:
        policy: runs the learned policy; None where there is none.
        threads: of the processor; the result does not depend on it.
        guide: leads motions round obstacles, over ground and after a push, where that is wished.
    """

    def __init__(
        self, policy: Controller | None = None, threads: int = 2, guide: Guide | None = None
    ) -> None:
        self._policy, self._threads = policy, threads
        self._guide = guide or Guide()

    def generate(
        self,
        requests: Sequence[PhysicsRequest],
        on_progress: Progress | OnProgress | None = None,
        on_pose: OnPose | None = None,
    ) -> Iterator[PhysicsResult]:
        """The motion of each, in order.

        Args:
            requests: whom.
            on_progress: given how much is done; may cancel.
            on_pose: given poses of the first as they become final: simulation is causal.

        Raises:
            Cancelled: the job was cancelled.
            PhysicsError: nothing can be simulated here, or not this.
            SettingsError: a setting is out of range.
        """
        if (reason := why_no_engine()) is not None:
            raise PhysicsError(reason)
        for request in requests:
            self._check(request)
        progress, done = Progress.of(on_progress), dict[int, PhysicsResult | PhysicsError]()
        groups = _groups(requests)
        ends = np.cumsum([0.0, *(_work([requests[n] for n in group]) for group in groups)])
        shares = [float(end) for end in ends / max(ends[-1], 1e-9)]
        for number, group in enumerate(groups):
            part = progress.part(shares[number], shares[number + 1])
            chosen = [requests[n] for n in group]
            results = self._simulate(chosen, part, on_pose if 0 in group else None)
            done.update(zip(group, results, strict=True))
        for number in range(len(requests)):
            result = done[number]
            if isinstance(result, PhysicsError):
                raise result
            yield result

    def _check(self, request: PhysicsRequest) -> None:
        check_request(request)
        settings = request.settings
        learned = settings.mode is Mode.BALANCE and settings.balancer is Balancer.POLICY
        if learned and self._policy is None:
            raise PhysicsError("there is no learned policy here; choose the plan to balance")

    def _simulate(
        self, requests: Sequence[PhysicsRequest], progress: Progress, on_pose: OnPose | None
    ) -> list[PhysicsResult | PhysicsError]:
        """All of one group, side by side."""
        progress(0.0)
        characters = [_character(*adapted(each, self._guide, self._threads)) for each in requests]
        keeper = self._keeper(characters)
        if keeper is not None:
            keeper = kept_on_paths(keeper, characters, self._guide)
        run = Run(characters, keeper, self._threads)
        run.go(_on_step(characters, progress, on_pose))
        return [run.errors[row] or _result(run, row, each) for row, each in enumerate(characters)]

    def _keeper(self, characters: Sequence[Character]) -> Keeper | None:
        balancing = np.array([c.request.settings.mode is Mode.BALANCE for c in characters])
        settings = PlanSettings()
        if _is_planned(characters[0].request):
            plans = self._plans(characters[0], settings)
            return Balancing(plans, balancing, settings.reanchoring, settings.beside)
        if balancing.any() and self._policy is not None:
            return Balancing(self._policy, balancing, settings.reanchoring)
        return None

    def _plans(self, character: Character, plans: PlanSettings) -> Plans:
        request, settings = character.request, character.request.settings
        return Plans(
            character.reference,
            request.world,
            plans,
            settings.seed,
            settings.muscles,
            self._threads,
        )


def _character(request: PhysicsRequest, notes: tuple[str, ...]) -> Character:
    clip = request.clip
    if clip.frame_count == 1:  # a pose: contacts need two frames to be seen
        clip = MotionClip(
            clip.skeleton,
            clip.frame_rate_hz,
            np.repeat(clip.root_positions, 2, axis=0),
            np.repeat(clip.rotations_wxyz, 2, axis=0),
        )
    reference = reference_of(clip, request.world.ground, _lift(request))
    notes = (*notes, *start_notes(request, reference.followed.poses))
    return Character(request, reference, timeline_of(request), notes)


def _lift(request: PhysicsRequest) -> float:
    """How much of what raises swinging feet is needed: sagging legs scuff, helped ones march.

    Measured on three walks of 4.5 s, with and without a push of 40 N s: with help of 10 % none
    trips with 0.75 of it and one with 0.55; with help of 100 % one does with 0.15. With
    weak muscles all trip the sooner, the less there is. Plans live with half of it as long as with
    all; the policy has learned with all.
    """
    settings, track = request.settings, request.help_track
    weak = float(np.interp(settings.muscles, _WEAK_MUSCLES, (1.0, 0.0)))
    if settings.mode is Mode.BALANCE:
        return max(_PLANNED_LIFT, weak) if settings.balancer is Balancer.PLAN else 1.0
    help_percent = settings.help_percent if track is None else float(np.min(track))
    if settings.mode is Mode.FALL:  # the animation, until then
        help_percent = 100.0
    helped = float(np.interp(help_percent, _HELPED_PERCENT, _HELPED_LIFT))
    return max(helped, weak)


def _on_step(characters: Sequence[Character], progress: Progress, on_pose: OnPose | None) -> OnStep:
    longest = max(each.timeline.frames for each in characters)
    first = characters[0].timeline.frames

    def on_step(frame: int, pose: Floats) -> None:
        if on_pose is not None and frame < first:
            on_pose(frame, pose)
        progress(min(1.0, frame / longest))

    return on_step


def _result(run: Run, row: int, character: Character) -> PhysicsResult:
    record = run.record(row)
    clip = clip_of(record, character.reference.followed)
    return PhysicsResult(clip, record.poses, report_of(record, character.notes))


def _is_planned(request: PhysicsRequest) -> bool:
    settings = request.settings
    return settings.mode is Mode.BALANCE and settings.balancer is Balancer.PLAN


def _groups(requests: Sequence[PhysicsRequest]) -> list[list[int]]:
    """Numbers of those who are simulated side by side: who share a world and are not planned."""
    groups: dict[object, list[int]] = {}
    for number, request in enumerate(requests):
        world = request.world
        key: object = ("level", world.ground) if world.is_plain else id(world)
        groups.setdefault(("alone", number) if _is_planned(request) else key, []).append(number)
    return list(groups.values())


def _work(requests: Sequence[PhysicsRequest]) -> float:
    frames = sum(request.clip.duration_s * FRAME_RATE_HZ + 1.0 for request in requests)
    return frames * (_PLAN_WORK if _is_planned(requests[0]) else 1.0)
