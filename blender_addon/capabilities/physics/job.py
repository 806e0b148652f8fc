"""A simulation's way between reading the scene and writing it: any thread may run it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np

from ...blender.keys.options import ResultOptions
from ...blender.rig.take import Take
from ...core.conventions import Floats
from ...core.errors import PhysicsError
from ...core.inference.choice import ModelChoice
from ...core.jobs import OnProgress, Outcome, Progress, RanModel
from ...core.motion.clip import MotionClip
from ...core.motion.resample import sample_clip
from ...core.physics.clip_poses import FRAME_RATE_HZ
from ...core.physics.request import OnPose, PhysicsRequest, PhysicsResult
from .choice import DEFAULT_STRIP

_MOST_THREADS: Final = 8


class PhysicsModel(Protocol):
    """What is used of a PhysicsPipeline."""

    def generate(
        self,
        requests: Sequence[PhysicsRequest],
        on_progress: Progress | OnProgress | None = None,
        on_pose: OnPose | None = None,
    ) -> Iterator[PhysicsResult]: ...


@dataclass(frozen=True, eq=False)
class PhysicsMotion:
    """A finished simulation.

    Args:
        result: what the pipeline gave, at 60 Hz.
        clip: K frames of the common skeleton at the scene's frame rate.
    """

    result: PhysicsResult
    clip: MotionClip


@dataclass(frozen=True, eq=False, kw_only=True)
class PhysicsJob:
    """Everything that one character needs, read from the scene; holds no Blender data.

    Args:
        take: what it does, on K frames of animation.
        request: the same at 60 Hz with all that it may meet, in the common skeleton's size.
        help_percent: (K,) of body weight, at the frames of the take.
        options: how it is written.
        models: where the models lie and how to run them.
        notes: what is good to know about what was read.
        on_pose: told of each pose as it becomes final; None for nobody.
    """

    take: Take
    request: PhysicsRequest
    options: ResultOptions = DEFAULT_STRIP
    models: ModelChoice = field(default_factory=ModelChoice)
    notes: tuple[str, ...] = ()
    on_pose: OnPose | None = None

    @property
    def rate_hz(self) -> float:
        """Frames of animation that are played in a second."""
        return self.take.common.frame_rate_hz

    def showing(self, on_pose: OnPose) -> PhysicsJob:
        """The same job, which tells of each pose."""
        return replace(self, on_pose=on_pose)

    def frame_at(self, seconds: float) -> float:
        """The frame of animation so long after the first one."""
        return self.take.first + seconds * self.rate_hz

    def run(
        self,
        on_progress: Progress | OnProgress | None = None,
        *,
        pipeline: PhysicsModel | None = None,
    ) -> Outcome[PhysicsMotion]:
        """Simulate.

        Args:
            on_progress: given how much is done; may cancel.
            pipeline: another than the usual one.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: nothing can be simulated here, or not this.
        """
        started, progress = time.perf_counter(), Progress.of(on_progress)
        models: tuple[RanModel, ...] = ()
        if pipeline is None:
            from .opening import open_physics

            pipeline, models = open_physics(
                self.models, self.request.settings, progress.cancellation, threads()
            )
        result = next(iter(pipeline.generate([self.request], progress, self.on_pose)))
        motion = PhysicsMotion(result, self._at_frames(result.clip))
        return Outcome(motion, models, time.perf_counter() - started)

    def _at_frames(self, clip: MotionClip) -> MotionClip:
        """What was simulated, on the frames of animation; not beyond where it ended.

        Raises:
            PhysicsError: it ended at once.
        """
        at = np.arange(len(self.take.frames)) * (FRAME_RATE_HZ / self.rate_hz)
        last = clip.frame_count - 1 + FRAME_RATE_HZ / self.rate_hz
        at = at[at < last]
        if len(at) < 2:
            raise PhysicsError(
                "the simulation ended at once. Choose a longer range, or another first frame"
            )
        return sample_clip(clip, at, self.rate_hz)


def threads() -> int:
    """Of the processor that simulate at once."""
    return min(os.cpu_count() or 1, _MOST_THREADS)


def times_at_60_hz(frame_count: int, rate_hz: float) -> Floats:
    """(T,) frames, counted from 0, that lie a sixtieth of a second apart and cover as many frames.

    Args:
        frame_count: of animation.
        rate_hz: at which they are played.
    """
    count = int(np.ceil((frame_count - 1) * FRAME_RATE_HZ / rate_hz - 1e-6)) + 1
    return np.arange(count) * (rate_hz / FRAME_RATE_HZ)
