"""Let a character talk with the hands.

When the hands stroke is a rule on the voice (planner), where they go is a rule too (space,
phrases); how the body moves from one still to the next is learned from recordings: by the network
``gesture_prior``, or by the nearest recorded moves (graph). What goes along, and that every apex is
exactly where and when it was planned, is by rule again (accompany, reaching).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

import numpy as np

from ...conventions import Floats
from ...errors import ContractError, SettingsError
from ...jobs import OnProgress, Progress, Runner
from ...maths.rotations import make_continuous, normalise
from ..request import Stroke, TalkRequest, TalkResult
from .accompany import accompany, openness, weights
from .graph import ClipGraph, free_library
from .phrases import plan_arms, size_at
from .planner import plan_strokes
from .reaching import reach_stills
from .stills import ArmPlan
from .upper_body import RATE_HZ, REST, clip_of, mirrored

PRIOR_TASK: Final = "gesture_prior"
NOTHING_HEARD: Final = "no accent was heard that a hand could beat to"
LONGEST_S: Final = 24 * 3600.0
_PLANNED, _MOVED = 0.1, 0.8  # progress


class Provider(Protocol):
    """Whatever moves an upper body from still to still."""

    def fill(self, plan: ArmPlan, seed: int, progress: Progress) -> Floats:
        """(T, 13, 4) local rotations of UPPER_BODY; stills are met about."""
        ...


class TalkPipeline:
    """Makes a character's upper body talk.

    Args:
        session: a loaded gesture_prior model; None moves by the nearest of the moves that come
            with the extension, without a network.
        provider: moves the upper body from still to still instead.
    """

    def __init__(self, session: Runner | None = None, provider: Provider | None = None) -> None:
        if session is not None:
            raise ContractError("no such model can be run yet; give None")
        self._provider = provider or ClipGraph(free_library())

    def generate(
        self, request: TalkRequest, on_progress: Progress | OnProgress | None = None
    ) -> TalkResult:
        """Gestures for the length of a sound.

        Args:
            request: see there.
            on_progress: is given 0 … 1 and returns False to cancel.

        Raises:
            SettingsError: a duration, setting, curve or stroke is out of range.
            Cancelled: ``on_progress`` said so.
        """
        frame_count = _frame_count(request)
        progress = Progress.of(on_progress)
        if mirror := request.settings.mirror:
            request = replace(request, strokes=_other_hands(request.strokes or ()))
        strokes = plan_strokes(request)
        plan = plan_arms(strokes, request, frame_count)
        progress(_PLANNED)
        pose = self._provider.fill(plan, request.seed, progress.part(_PLANNED, _MOVED))
        arms, trunk = weights(plan)
        pose = reach_stills(pose, plan, arms, request.seed)
        head = request.settings.head
        size = np.array([size_at(request, frame) for frame in range(frame_count)])
        pose = accompany(pose, strokes, head=head, size=np.clip(size, 0.0, 2.0))
        opened = openness(plan, arms)
        if mirror:
            pose, arms, opened = mirrored(pose), arms[:, ::-1].copy(), opened[:, ::-1].copy()
            strokes = _other_hands(strokes)
        progress(1.0)
        clip, stance = clip_of(make_continuous(normalise(pose))), clip_of(REST[None])
        notes = () if strokes else (NOTHING_HEARD,)
        return TalkResult(clip, stance.rotations_wxyz[0], arms, trunk, strokes, notes, opened)


def _frame_count(request: TalkRequest) -> int:
    seconds = request.duration_s
    if not (np.isfinite(seconds) and 0.0 < seconds <= LONGEST_S):
        raise SettingsError(
            f"a gesture lasts more than 0 and up to {LONGEST_S:g} s; found {seconds:g} s"
        )
    return int(np.floor(seconds * RATE_HZ + 1e-6)) + 1


def _other_hands(strokes: Sequence[Stroke]) -> tuple[Stroke, ...]:
    swapped = {"LEFT": "RIGHT", "RIGHT": "LEFT"}
    return tuple(replace(each, hand=swapped.get(each.hand, each.hand)) for each in strokes)
