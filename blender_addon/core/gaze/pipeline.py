"""Give characters living eyes: where they look, and how eyes and head get there.

Two networks. ``gaze_behaviour`` draws fixation after fixation, from the role in the conversation
and what was looked at before; the targets of the scene reweight what it says (attraction.py), and
so do turns of talk (turns.py). ``gaze_eye_head`` says how far the head goes with it, or, where its
contract says that it is no better, the published formula it was taught by does. Around them, by
rule: the saccade's trajectory on the main sequence, micro-saccades, blinks, lids that follow the
pupil, vergence, the eye's limits.

Source: Klein, Yumak, Beij, van der Stappen 2019, Data-driven Gaze Animation using Recurrent Neural
Networks, for the idea of networks from motion to gaze; both networks here are our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats
from ..errors import ContractError
from ..face.blink import blink_curve
from ..face.lids import lids_from_pitch
from ..inference.contract import ModelContract
from ..inference.layout import Layout
from ..inference.recurrent import RecurrentSteps
from ..inference.settings import SettingsReader
from ..jobs import OnProgress, Progress, Runner
from ..maths.rotations import normalise
from . import events as gaze_events
from . import eye_head_features
from .balance import PartnerBalance, partner_shares
from .blinks import blinks_apart_from, draw_blinks
from .clip import GazeClip
from .compose import EyesAndHead, compose
from .eye_head_features import build_features, directions_in_head
from .eye_head_formula import move_heads
from .micro_saccades import draw_micro_saccades
from .plan import GazePlan, plan_gaze
from .request import (
    TARGET_KINDS,
    Fixations,
    GazeRequest,
    GazeResult,
    GazeSettings,
    GazeTarget,
    TargetKind,
    check_request,
)
from .surroundings import Surroundings, look_around
from .trajectory import GazeTrajectory, draw_trajectory

__all__ = [
    "BEHAVIOUR_TASK", "EYE_HEAD_TASK", "TARGET_KINDS", "Fixations", "GazePipeline", "GazeRequest",
    "GazeResult", "GazeSettings", "GazeTarget", "TargetKind",
]  # fmt: skip

BEHAVIOUR_TASK: Final = "gaze_behaviour"
EYE_HEAD_TASK: Final = "gaze_eye_head"

HEADS: Final = ("network", "formula")
"""What may move heads, as the setting ``heads`` of a gaze_eye_head model says."""

_CHUNK_FRAMES: Final = 600
_LONGEST_BREAK_S: Final = 60.0
_SHARE_RANGE: Final = (0.001, 10.0)
_MISSED_RAD: Final = float(np.deg2rad(2.0))
_MISSED_SHARE: Final = 0.05
_PLANNED, _MOVED = 0.5, 0.8  # progress


class GazePipeline:
    """Makes eyes and heads look.

    Args:
        behaviour_session: a loaded gaze_behaviour model.
        eye_head_session: a loaded gaze_eye_head model.

    Raises:
        ContractError: a model is not made for this task and layout.
    """

    def __init__(self, behaviour_session: Runner, eye_head_session: Runner) -> None:
        _check_contract(
            behaviour_session.contract, BEHAVIOUR_TASK, gaze_events.INPUT_LAYOUT, "mixture", None
        )
        _check_contract(
            eye_head_session.contract,
            EYE_HEAD_TASK,
            eye_head_features.INPUT_LAYOUT,
            "eye_head",
            eye_head_features.OUTPUT_LAYOUT,
        )
        self._breaks = _read_breaks(behaviour_session.contract)
        self._shares = _read_shares(behaviour_session.contract)
        self._heads = heads_of(eye_head_session.contract)
        self._behaviour = behaviour_session
        self._eye_head = eye_head_session

    def generate(
        self,
        requests: Sequence[GazeRequest],
        *,
        on_progress: Progress | OnProgress | None = None,
    ) -> list[GazeResult]:
        """Make all characters look, in one batch.

        Args:
            requests: one for each character; their lengths may differ.
            on_progress: is given 0 … 1 and returns False to cancel.

        Returns:
            One result for each. A character's result does not depend on who else is in the batch.

        Raises:
            GazeError: there is no frame, a number is not finite, or a target lies within a head.
            SettingsError: a setting is out of range.
            Cancelled: ``on_progress`` said so.
        """
        for request in requests:
            check_request(request)
        if not requests:
            return []
        progress = Progress.of(on_progress)
        around = [look_around(request) for request in requests]
        rngs = [_generators(request.seed) for request in requests]
        plans = plan_gaze(
            requests,
            around,
            RecurrentSteps(self._behaviour, len(requests)),
            self._breaks,
            [each[0] for each in rngs],
            progress.part(0.0, _PLANNED),
            None if self._shares is None else PartnerBalance(self._shares, [r[3] for r in rngs]),
        )
        trajectories = [
            draw_trajectory(*each) for each in zip(requests, around, plans, strict=True)
        ]
        moved = self._move_heads(requests, trajectories, progress.part(_PLANNED, _MOVED))
        results = []
        for number, request in enumerate(requests):
            eyes = compose(request, trajectories[number], moved[number])
            character = (request, around[number], plans[number], trajectories[number], eyes)
            results.append(_finish(*character, rngs[number][1:3]))
            progress(_MOVED + (1.0 - _MOVED) * (number + 1) / len(requests))
        return results

    def _move_heads(
        self,
        requests: Sequence[GazeRequest],
        trajectories: Sequence[GazeTrajectory],
        progress: Progress,
    ) -> list[Floats]:
        """The head's offset (T, 2) for each character, by whichever moves heads."""
        turned = [
            normalise(np.asarray(request.head_rotations_wxyz, np.float64)) for request in requests
        ]
        characters = [
            (trajectory.desired_directions, head, trajectory.shift_s * MODEL_FRAME_RATE_HZ)
            for trajectory, head in zip(trajectories, turned, strict=True)
        ]
        if self._heads == "formula":
            return move_heads(characters)
        return self._ask_network(characters, progress)

    def _ask_network(
        self, characters: Sequence[tuple[Floats, Floats, Floats]], progress: Progress
    ) -> list[Floats]:
        """Head offsets (T, 2) of the eye–head network, in chunks of ten seconds."""
        lengths = [len(desired) for desired, _, _ in characters]
        shape = (len(characters), max(lengths), eye_head_features.INPUT_LAYOUT.size)
        features = np.zeros(shape, np.float32)
        for row, character in enumerate(characters):
            features[row, : lengths[row]] = build_features(*character)
        step = RecurrentSteps(self._eye_head, len(characters), "eye_head")
        parts = []
        for first in range(0, shape[1], _CHUNK_FRAMES):
            parts.append(step(features[:, first : first + _CHUNK_FRAMES]))
            progress(first / shape[1])
        offset = eye_head_features.OUTPUT_LAYOUT.slices["head_offset_rad"]
        outputs = np.concatenate(parts, axis=1)[..., offset]
        return [outputs[row, :length] for row, length in enumerate(lengths)]


def heads_of(contract: ModelContract) -> str:
    """What moves heads where this gaze_eye_head model is chosen; of a model that doesn't say, it.

    Raises:
        ContractError: the setting is neither of HEADS.
    """
    found = contract.settings.get("heads", HEADS[0])
    if found not in HEADS:
        raise SettingsReader(contract).wrong("heads", f"one of {', '.join(HEADS)}", found)
    return str(found)


def _check_contract(
    contract: ModelContract, task: str, inputs: Layout, output: str, outputs: Layout | None
) -> None:
    contract.require_task(task)
    contract.require_frame_rate(MODEL_FRAME_RATE_HZ)
    contract.require_layout(contract.input("features"), inputs)
    spec = contract.output(output)
    if outputs is not None:
        contract.require_layout(spec, outputs)
    else:
        size = spec.shape[-1]
        gaze_events.read_mixture(np.zeros((1, size if isinstance(size, int) else 0)))
    names = {f"next_{s.name}" for s in contract.inputs if s.name != "features"}
    if missing := names - {s.name for s in contract.outputs}:
        raise ContractError(
            f"model '{contract.name}' keeps a state but lacks the outputs {sorted(missing)}; "
            "export it again"
        )


def _read_breaks(contract: ModelContract) -> Floats:
    """(roles, 2) median seconds and logarithmic deviation of breaks in the training data."""
    settings = SettingsReader(contract)
    if settings.has("roles"):
        settings.require("roles", gaze_events.ROLES)
    rows = settings.rows("break_seconds", 2, 0.0, _LONGEST_BREAK_S, names=gaze_events.ROLES)
    return np.stack([*rows.values()]).astype(np.float64)


def _read_shares(contract: ModelContract) -> Floats | None:
    """See partner_shares; None for a network that was exported without them."""
    settings = SettingsReader(contract)
    if not settings.has("partner_share"):
        return None
    rows = settings.rows("partner_share", 2, *_SHARE_RANGE, names=gaze_events.ROLES)
    shares = partner_shares(rows)
    if shares[:, 0].max() >= 1.0:
        raise settings.wrong("partner_share", "shares below 1", shares[:, 0].max())
    return shares


def _generators(seed: int) -> list[np.random.Generator]:
    """Of the plan, blinks, micro-saccades and style: a setting of one leaves the others alone."""
    return [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(4)]


def _finish(
    request: GazeRequest,
    around: Surroundings,
    plan: GazePlan,
    trajectory: GazeTrajectory,
    eyes: EyesAndHead,
    rngs: Sequence[np.random.Generator],
) -> GazeResult:
    """Add what lives on the eyes: micro-saccades, lids, blinks."""
    frames, settings = request.frame_count, request.settings
    stays_until = np.append(trajectory.shift_s, frames / MODEL_FRAME_RATE_HZ)
    jitter = draw_micro_saccades(plan.land_s, stays_until, frames, settings.micro_saccades, rngs[1])
    across, up, down = np.deg2rad(settings.eye_limits_deg)
    turned = np.clip(eyes.eyes_rad + jitter[:, None], (-across, -down), (across, up))
    breaks = plan.after_break[1:]
    shifts = (trajectory.shift_s, trajectory.amplitudes_rad, breaks)
    blinks = draw_blinks(np.asarray(request.roles), *shifts, settings.blink_rate, rngs[0])
    if request.unblinking is not None:
        blinks = blinks_apart_from(np.asarray(request.unblinking), blinks)
    clip = GazeClip(
        frame_rate_hz=MODEL_FRAME_RATE_HZ,
        eyes_rad=turned,
        head_offset_rad=eyes.head_offset_rad,
        blinks=blink_curve(blinks, frames),
        lids=lids_from_pitch(turned[..., 1].mean(axis=1)),
    )
    warnings = around.warnings + _warn(eyes, trajectory)
    return GazeResult(clip, _fixations(around, plan, trajectory, frames), blinks, warnings)


def _fixations(
    around: Surroundings, plan: GazePlan, trajectory: GazeTrajectory, frames: int
) -> Fixations:
    """The plan as it came out within the range: gaze rests until the next shift begins."""
    length = frames / MODEL_FRAME_RATE_HZ
    onset = np.maximum(plan.land_s, 0.0)
    end = np.minimum(np.append(trajectory.shift_s, np.inf), length)
    kept = (onset < length) & (end > onset)
    at = np.minimum((onset * MODEL_FRAME_RATE_HZ).astype(np.int64), frames - 1)
    looks = directions_in_head(trajectory.desired_directions[at], around.trunk_wxyz[at])
    return Fixations(
        onset_s=onset[kept],
        duration_s=(end - onset)[kept],
        direction_rad=looks[kept],
        target=np.where(plan.target < 0, -1, around.numbers[plan.target])[kept],
    )


def _warn(eyes: EyesAndHead, trajectory: GazeTrajectory) -> tuple[str, ...]:
    within = trajectory.reached & ~eyes.at_ends
    missed = (eyes.missed_rad > _MISSED_RAD) & within
    share = float(missed.sum() / max(within.sum(), 1))
    if share < _MISSED_SHARE:
        return ()
    what = f"for {share:.0%} of the time the eyes are at their limits and miss what they look at"
    return (what + ". Raise the head's share, turn the head, or move the targets",)
