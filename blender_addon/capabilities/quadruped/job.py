"""An animal's way between reading the scene and writing it: any thread may run it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from ...blender.rig.carrier import CommonParent
from ...blender.rig.pose import GroundTrack, RootMotion
from ...core.conventions import Floats
from ...core.ground.path import Path
from ...core.ground.terrain import FlatTerrain, HeightField
from ...core.inference.choice import ModelChoice
from ...core.inference.opening import open_models
from ...core.inference.session import CancellableSession
from ...core.jobs import OnProgress, Outcome, Progress, RanModel
from ...core.maths.headings import headings_to_directions
from ...core.motion.clip import MotionClip
from ...core.motion.resample import resample_clip
from ...core.quadruped.body import QuadrupedBody
from ...core.quadruped.gaits import Gait
from ...core.quadruped.pipeline import TASK, QuadrupedPipeline
from ...core.quadruped.request import ActionMark, GaitChange, QuadrupedRequest, QuadrupedResult
from .rig.read import QuadrupedRig
from .secondary.choice import Secondary

_GENERATED: Final = 0.95  # share of the work


class Pipeline(Protocol):
    """What is used of a QuadrupedPipeline."""

    def generate(
        self,
        requests: Sequence[QuadrupedRequest],
        *,
        on_progress: Progress | OnProgress | None = None,
    ) -> list[QuadrupedResult]: ...


@dataclass(frozen=True, eq=False)
class AnimalMotion:
    """A finished motion, ready to be written.

    Args:
        clip: T frames of the animal's skeleton at the scene's frame rate, in the world.
        track: the root on the ground at the same frames.
        result: what the pipeline gave.
    """

    clip: MotionClip
    track: GroundTrack
    result: QuadrupedResult


@dataclass(frozen=True, eq=False, kw_only=True)
class QuadrupedJob:
    """Everything that one animal needs, read from the scene.

    Args:
        rig: who goes.
        body: its body, with the family that was chosen.
        path: where and how fast, in the world, core axes, metres; None of one who was driven.
        terrain: on what.
        gait: from the start; None for by speed.
        gait_changes, marks: along the path, in metres.
        backward, seed, stand_before_s, stand_after_s, root_motion: as in AnimalChoice.
        frame_rate_hz: the scene's, fractions included.
        start_frame: of the first key.
        delay_frames: how much later than asked for that is.
        common_parent: carries animal and path alike; what follows is meant in its space.
        secondary: what follows the body; None for nothing.
        models: where the model lies and how to run it.
        notes: what may surprise, in the user's words.
        length: of the path, in the scene's unit.
    """

    rig: QuadrupedRig
    body: QuadrupedBody
    path: Path | None
    terrain: FlatTerrain | HeightField
    frame_rate_hz: float
    start_frame: int
    gait: Gait | None = None
    gait_changes: tuple[GaitChange, ...] = ()
    marks: tuple[ActionMark, ...] = ()
    backward: bool = False
    seed: int = 0
    stand_before_s: float = 0.5
    stand_after_s: float = 1.0
    root_motion: RootMotion = RootMotion.BONE
    delay_frames: int = 0
    common_parent: CommonParent | None = None
    secondary: Secondary | None = None
    models: ModelChoice = field(default_factory=ModelChoice)
    notes: tuple[str, ...] = ()
    length: str = ""

    def run(
        self, on_progress: Progress | OnProgress | None = None, *, pipeline: Pipeline | None = None
    ) -> Outcome[AnimalMotion]:
        """Generate the motion for this rig.

        Args:
            on_progress: given how much is done; may cancel.
            pipeline: another than the one of the chosen model.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: the model cannot be used, or the path not be gone.
        """
        outcome = run_together([self], on_progress, pipeline)
        return Outcome(outcome.result[0], outcome.models, outcome.compute_s)

    def request(self) -> QuadrupedRequest:
        """What to ask of a pipeline, at the animal's own size."""
        return QuadrupedRequest(
            body=self.body,
            path=self.path,
            terrain=self.terrain,
            gait=self.gait,
            gait_changes=self.gait_changes,
            marks=self.marks,
            stand_before_s=self.stand_before_s,
            stand_after_s=self.stand_after_s,
            backward=self.backward,
            seed=self.seed,
        )

    def finish(self, result: QuadrupedResult) -> AnimalMotion:
        """Bring the pipeline's result to the scene's frame rate."""
        clip = resample_clip(result.clip, self.frame_rate_hz)
        return AnimalMotion(clip, self._ground_track(result, clip), result)

    def _ground_track(self, result: QuadrupedResult, clip: MotionClip) -> GroundTrack:
        """The root track at the clip's frames, lying on the ground under both axles."""
        track = np.array(result.root_track, np.float64)
        track[:, 2] = np.unwrap(track[:, 2])
        times = np.arange(clip.frame_count) / clip.frame_rate_hz
        known = np.arange(len(track)) / result.clip.frame_rate_hz
        x, z, heading = (np.interp(times, known, column) for column in track.T)
        places = np.stack((x, self._height(x, z, heading), z), axis=-1)
        return GroundTrack(places, heading)

    def _height(self, x: Floats, z: Floats, heading: Floats) -> Floats:
        reach = 0.5 * self.body.hip_height_m * headings_to_directions(heading)
        middle = np.stack((x, z), axis=-1)
        before, behind = (self.terrain.heights(middle + sign * reach) for sign in (1.0, -1.0))
        return np.asarray(0.5 * (before + behind))


def run_together(
    jobs: Sequence[QuadrupedJob],
    on_progress: Progress | OnProgress | None = None,
    pipeline: Pipeline | None = None,
) -> Outcome[list[AnimalMotion]]:
    """Generate for several animals in one batch; the first job's models serve all."""
    started, progress = time.perf_counter(), Progress.of(on_progress)
    models: tuple[RanModel, ...] = ()
    if pipeline is None:
        session = open_models([TASK], jobs[0].models)[0]
        pipeline = QuadrupedPipeline(CancellableSession(session, progress.cancellation))
        models = (session.ran,)
    requests = [job.request() for job in jobs]
    results = pipeline.generate(requests, on_progress=progress.part(0.0, _GENERATED))
    motions, step = [], (1.0 - _GENERATED) / len(jobs)
    for number, (job, result) in enumerate(zip(jobs, results, strict=True), 1):
        motions.append(job.finish(result))
        progress(_GENERATED + number * step)
    return Outcome(motions, models, time.perf_counter() - started)
