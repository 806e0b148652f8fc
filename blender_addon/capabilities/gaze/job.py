"""Everything that a gaze needs, read from the scene, and what comes of it; without Blender data.

``GazeJob.run`` may run on any thread.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...blender.face.eye_channels import Movement
from ...blender.face.eye_rig import GazeRig, HeadTrack
from ...core.conventions import MODEL_FRAME_RATE_HZ
from ...core.gaze.clip import GazeClip
from ...core.gaze.pipeline import (
    BEHAVIOUR_TASK,
    EYE_HEAD_TASK,
    GazePipeline,
    GazeRequest,
    GazeResult,
    GazeSettings,
    GazeTarget,
)
from ...core.inference.choice import ModelChoice
from ...core.inference.opening import open_models
from ...core.inference.session import CancellableSession
from ...core.jobs import Cancellation, OnProgress, Outcome, Progress, RanModel
from ...core.maths.rotations import make_continuous, quaternion_nlerp
from .roles import Heard, Voices, hear_roles

Array = NDArray[np.float64]


class Pipeline(Protocol):
    """What is used of a GazePipeline."""

    def generate(
        self, requests: Sequence[GazeRequest], *, on_progress: Progress | OnProgress | None = None
    ) -> list[GazeResult]: ...


@dataclass(frozen=True, eq=False)
class CharacterJob:
    """One character as read from the scene; holds no Blender data.

    Args:
        rig: how it looks.
        rows: what its probes saw on K frames.
        head: its head on these frames.
        targets: what there is to look at, on these frames.
        roles: (K,) numbers into ROLE_NAMES.
        voices: what AUTO listens to.
        settings, seed: as in GazeChoice.
        unblinking: (K,) where something else closes the lids; None for nowhere.
        notes: what is good to know about what was read.
    """

    rig: GazeRig
    rows: Mapping[str, Array]
    head: HeadTrack
    targets: tuple[GazeTarget, ...]
    roles: NDArray[np.int64]
    voices: Voices
    settings: GazeSettings
    seed: int
    unblinking: NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()

    @property
    def blinks(self) -> NDArray[np.bool_]:
        """(K,) on which frames it blinks as chance has it."""
        if self.unblinking is not None:
            return ~self.unblinking
        return np.full(len(self.roles), self.settings.blink_rate > 0)


@dataclass(frozen=True, eq=False)
class CharacterGaze:
    """One character's finished gaze.

    Args:
        movement: on the scene's frames.
        result: what the pipeline gave at 60 Hz.
        roles: (T,) at 60 Hz.
        warnings: what the user should know.
    """

    movement: Movement
    result: GazeResult
    roles: NDArray[np.int64]
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Gaze:
    """Finished gazes, ready to be written.

    Args:
        characters: in the job's order.
    """

    characters: tuple[CharacterGaze, ...]


@dataclass(frozen=True, eq=False)
class GazeJob:
    """Everything that a gaze needs, read from the scene; holds no Blender data.

    Args:
        characters: at least one.
        frames: (K,) frame numbers, every frame of the range.
        frame_rate_hz: the scene's, fractions included.
        models: where the models lie and how to run them.
    """

    characters: tuple[CharacterJob, ...]
    frames: Array
    frame_rate_hz: float
    models: ModelChoice = field(default_factory=ModelChoice)

    def run(
        self, on_progress: Progress | OnProgress | None = None, *, pipeline: Pipeline | None = None
    ) -> Outcome[Gaze]:
        """Generate the gaze of all characters in one batch.

        Args:
            on_progress: given how much is done; may cancel.
            pipeline: another than the one of the chosen models.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: a model cannot be used, or a target not be looked at.
        """
        started, progress = time.perf_counter(), Progress.of(on_progress)
        models: tuple[RanModel, ...] = ()
        if pipeline is None:
            sessions = open_models((BEHAVIOUR_TASK, EYE_HEAD_TASK), self.models)
            stop = progress.cancellation
            pipeline = GazePipeline(*(CancellableSession(each, stop) for each in sessions))
            models = tuple(each.ran for each in sessions)
        heard = [self._hear(character, progress.cancellation) for character in self.characters]
        requests = [
            self._request(*character) for character in zip(self.characters, heard, strict=True)
        ]
        results = pipeline.generate(requests, on_progress=progress)
        finished = tuple(
            CharacterGaze(
                sample_clip(result.clip, self.frames, self.frame_rate_hz),
                result,
                one.roles,
                (*character.rig.eyes.warnings, *character.notes, *one.warnings, *result.warnings),
            )
            for character, one, result in zip(self.characters, heard, results, strict=True)
        )
        return Outcome(Gaze(finished), models, time.perf_counter() - started)

    def _ticks(self) -> Array:
        """Places of the 60 Hz steps among the frames."""
        seconds = (len(self.frames) - 1) / self.frame_rate_hz
        count = int(np.floor(seconds * MODEL_FRAME_RATE_HZ + 1e-6)) + 1
        places = np.arange(count) * (self.frame_rate_hz / MODEL_FRAME_RATE_HZ)
        return np.minimum(places, len(self.frames) - 1)

    def _hear(self, character: CharacterJob, cancellation: Cancellation) -> Heard:
        at = np.floor(self._ticks() + 1e-6).astype(np.int64)
        return hear_roles(
            character.roles[at],
            character.voices,
            float(self.frames[0]),
            self.frame_rate_hz,
            cancellation,
        )

    def _request(self, character: CharacterJob, heard: Heard) -> GazeRequest:
        at = self._ticks()
        head, rig = character.head, character.rig
        unblinking = character.unblinking
        trunk = None if head.trunk is None else _turns_at(head.trunk, at)
        return GazeRequest(
            head_positions=_values_at(head.positions, at),
            head_rotations_wxyz=_turns_at(head.rotations, at),
            targets=[
                GazeTarget(t.name, t.kind, _values_at(t.positions, at), _values_at(t.weights, at))
                for t in character.targets
            ],
            roles=heard.roles,
            trunk_rotations_wxyz=trunk,
            eye_distance_m=rig.eye_distance_m,
            settings=character.settings,
            seed=character.seed,
            pivot_m=rig.pivot_m,
            unblinking=None if unblinking is None else unblinking[np.rint(at).astype(np.int64)],
            turns=heard.turns,
        )


def sample_clip(clip: GazeClip, frames: Array, frame_rate_hz: float) -> Movement:
    """A gaze clip on frames that begin with it.

    Blinks take the most that is reached half a frame before and after: at 24 frames a second a lid
    would else often not be seen shut.
    """
    at = np.arange(len(frames)) * (clip.frame_rate_hz / frame_rate_hz)
    at = np.minimum(at, clip.frame_count - 1)
    reach = 0.5 * clip.frame_rate_hz / frame_rate_hz
    around = [at + shift for shift in np.linspace(-reach, reach, 2 * int(np.ceil(reach)) + 1)]
    blinks = np.max(
        [_values_at(clip.blinks, np.clip(a, 0, clip.frame_count - 1)) for a in around], axis=0
    )
    return Movement(
        frames,
        _values_at(clip.eyes_rad, at),
        _values_at(clip.head_offset_rad, at),
        blinks if reach > 0.5 else _values_at(clip.blinks, at),
        _values_at(clip.lids, at),
    )


def _values_at(values: NDArray[Any], at: Array) -> Array:
    """Values (K, …) between frames, linearly."""
    before = np.floor(at + 1e-9).astype(np.int64)
    after = np.minimum(before + 1, len(values) - 1)
    part = np.clip(at - before, 0.0, 1.0).reshape(-1, *(1,) * (np.ndim(values) - 1))
    start = np.asarray(values[before], np.float64)
    return start + part * (np.asarray(values[after], np.float64) - start)


def _turns_at(turns: Array, at: Array) -> Array:
    """Rotations (K, 4) between frames."""
    turns = make_continuous(turns)
    before = np.floor(at + 1e-9).astype(np.int64)
    after = np.minimum(before + 1, len(turns) - 1)
    return quaternion_nlerp(turns[before], turns[after], np.clip(at - before, 0.0, 1.0))
