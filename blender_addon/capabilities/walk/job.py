"""A walk between reading the scene and writing it: no Blender data, so any thread may run it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Protocol

import numpy as np

from ...blender.rig.carrier import CommonParent
from ...blender.rig.pose import GroundTrack, RootMotion
from ...blender.rig.skeleton import RigSkeleton
from ...core.ground.path import Path
from ...core.ground.terrain import FlatTerrain, HeightField
from ...core.inference.choice import ModelChoice
from ...core.inference.opening import open_models
from ...core.inference.session import CancellableSession, ModelSession
from ...core.jobs import OnProgress, Outcome, Progress, RanModel
from ...core.motion.clip import MotionClip
from ...core.motion.resample import resample_clip
from ...core.motion.skeleton import Skeleton
from ...core.retarget.clip import retarget_clip
from ...core.retarget.control_map import DEFAULT_LIMB_MODES, LimbModes
from ...core.retarget.feet import leg_length
from ...core.walk.direction import Directions
from ...core.walk.features import ground_under_root
from ...core.walk.pipeline import TASK, LocomotionPipeline, WalkResult
from ...core.walk.request import WalkRequest
from .direction.standing import Standing

_GENERATED: Final = 0.8  # share of the work


class Pipeline(Protocol):
    """What is used of a LocomotionPipeline."""

    @property
    def skeleton(self) -> Skeleton: ...

    def generate(
        self, requests: Sequence[WalkRequest], *, on_progress: Progress | OnProgress | None = None
    ) -> list[WalkResult]: ...


@dataclass(frozen=True, eq=False)
class Walk:
    """A finished walk, ready to be written.

    Args:
        clip: T frames of the rig's skeleton at the scene's frame rate.
        track: the root on the ground at the same frames.
        result: what the pipeline gave, at the model's size and rate.
        scale: size of the rig against the model's skeleton.
    """

    clip: MotionClip
    track: GroundTrack
    result: WalkResult
    scale: float


@dataclass(frozen=True, eq=False, kw_only=True)
class FitJob:
    """What is needed to bring a pipeline's result to a rig.

    Args:
        rig: who walks.
        terrain: on what, in the world, core axes, metres.
        frame_rate_hz: the scene's, fractions included.
        start_frame: of the first key.
        root_motion, limbs: as in WalkSettings.
        delay_frames: how much later than asked for that is, as of others of a crowd.
        common_parent: carries character and path alike; what follows is meant in its space.
        seed, fingers, eyes: as in WalkSettings.
    """

    rig: RigSkeleton
    terrain: FlatTerrain | HeightField
    frame_rate_hz: float
    start_frame: int
    root_motion: RootMotion = RootMotion.BONE
    limbs: LimbModes = DEFAULT_LIMB_MODES
    delay_frames: int = 0
    common_parent: CommonParent | None = None
    seed: int = 0
    fingers: bool = False
    eyes: bool = False

    def scale_to(self, skeleton: Skeleton) -> float:
        """Size of the rig against a model's skeleton."""
        return size_of(self.rig.skeleton, self.rig.joint_map) / size_of(skeleton)

    def finish(self, result: WalkResult, skeleton: Skeleton, progress: Progress) -> Walk:
        """Bring the pipeline's result to the rig and the scene's frame rate.

        Args:
            result: made at the model's size.
            skeleton: the model's.
            progress: of this part.
        """
        scale = self.scale_to(skeleton)
        clip = resample_clip(result.clip, self.frame_rate_hz)
        progress(0.25)
        clip = self.fit(clip, scale)
        progress(0.75)
        track = _ground_track(result, clip, scaled_terrain(self.terrain, 1.0 / scale), scale)
        return Walk(clip, track, result, scale)

    def fit(self, clip: MotionClip, scale: float) -> MotionClip:
        """A clip of the model's skeleton on the rig's.

        It is worked out at the model's size: what is near, slow or short there is so for a person,
        and a character of 18 cm or 180 m is treated no otherwise.

        Args:
            clip: T frames of the model's skeleton.
            scale: from ``scale_to``.
        """
        skeleton = self.rig.skeleton
        sized, terrain = _at_size(skeleton, self.terrain, 1.0 / scale)
        fitted = retarget_clip(clip, sized, self.rig.joint_map, terrain=terrain)
        return replace(
            fitted, skeleton=skeleton, root_positions=np.float32(scale) * fitted.root_positions
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class WalkJob(FitJob):
    """Everything a walk needs, read from the scene.

    Args:
        path: where, in the world, core axes, metres; None to stand.
        stands: where it begins, if not where the path does.
        stand_s: how long to stand, without a path.
        directions: style and sliders, in metres along the path.
        arrive_frame: of animation, on which the end of the path is reached; None to take the
            speeds as they are.
        end_heading_rad: where to face in the end; None for as it comes.
        stand_before_s, stand_after_s: as in WalkSettings.
        models: where the model lies and how to run it.
        notes: what of the path and its speeds may surprise, in the user's words.
        length: of the path, in the scene's unit.
    """

    path: Path | None
    stands: Standing | None = None
    stand_s: float = 0.0
    directions: Directions = field(default_factory=Directions)
    arrive_frame: int | None = None
    end_heading_rad: float | None = None
    stand_before_s: float = 0.5
    stand_after_s: float = 1.0
    models: ModelChoice = field(default_factory=ModelChoice)
    notes: tuple[str, ...] = ()
    length: str = ""

    def run(
        self, on_progress: Progress | OnProgress | None = None, *, pipeline: Pipeline | None = None
    ) -> Outcome[Walk]:
        """Generate the walk for this rig.

        Args:
            on_progress: given how much is done; may cancel.
            pipeline: another than the one of the chosen model.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: the model cannot be used, or the path not be walked.
        """
        outcome = run_together([self], on_progress, pipeline)
        return Outcome(outcome.result[0], outcome.models, outcome.compute_s)

    @property
    def arrive_s(self) -> float | None:
        """Seconds from the first step to the path's end; None to take the speeds as they are."""
        if self.arrive_frame is None:
            return None
        frames = self.arrive_frame - self.start_frame
        return frames / self.frame_rate_hz - self.stand_before_s

    def request(self, skeleton: Skeleton) -> WalkRequest:
        """What to ask of a pipeline with this skeleton: path and ground in the model's size."""
        scale, stands = self.scale_to(skeleton), self.stands
        return WalkRequest(
            path=None if self.path is None else self.path.scaled(1.0 / scale),
            terrain=scaled_terrain(self.terrain, 1.0 / scale),
            place=(0.0, 0.0, 0.0) if stands is None else stands.scaled(1.0 / scale),
            stand_s=self.stand_s,
            directions=self.directions.scaled(1.0 / scale),
            arrive_s=self.arrive_s,
            start_heading_rad=None if stands is None else stands.heading_rad,
            end_heading_rad=self.end_heading_rad,
            stand_before_s=self.stand_before_s,
            stand_after_s=self.stand_after_s,
            seed=self.seed,
        )


def run_together(
    jobs: Sequence[WalkJob],
    on_progress: Progress | OnProgress | None = None,
    pipeline: Pipeline | None = None,
    requests: Sequence[WalkRequest] = (),
) -> Outcome[list[Walk]]:
    """Generate several walks in one batch; the first job's models serve all. As ``WalkJob.run``.

    Without ``requests`` each job asks for its own walk.
    """
    started, progress = time.perf_counter(), Progress.of(on_progress)
    models: tuple[RanModel, ...] = ()
    if pipeline is None:
        session = open_model(jobs[0].models)
        pipeline = LocomotionPipeline(CancellableSession(session, progress.cancellation))
        models = (session.ran,)
    skeleton = pipeline.skeleton
    requests = requests or [job.request(skeleton) for job in jobs]
    results = pipeline.generate(requests, on_progress=progress.part(0.0, _GENERATED))
    walks, step = [], (1.0 - _GENERATED) / len(jobs)
    for number, (job, result) in enumerate(zip(jobs, results, strict=True)):
        start = _GENERATED + number * step
        walks.append(job.finish(result, skeleton, progress.part(start, start + step)))
    return Outcome(walks, models, time.perf_counter() - started)


@lru_cache(maxsize=4)
def _at_size(
    skeleton: Skeleton, terrain: FlatTerrain | HeightField, factor: float
) -> tuple[Skeleton, FlatTerrain | HeightField]:
    """Both ``factor`` times as large; while a character is driven, once for all frames."""
    return skeleton.scaled(factor), scaled_terrain(terrain, factor)


def open_model(models: ModelChoice) -> ModelSession:
    """The session of the chosen model.

    Raises:
        NeuralMotionError: there is none, or it cannot be used.
    """
    return open_models([TASK], models)[0]


def size_of(skeleton: Skeleton, joint_map: Mapping[str, str] | None = None) -> float:
    """Thigh and shin at rest, mean of both legs, metres.

    Args:
        skeleton: with legs.
        joint_map: common name by joint name; None if the joints have the common names.
    """
    names = joint_map or {name: name for name in skeleton.names}
    return leg_length(skeleton, {names[n]: skeleton.index(n) for n in names})


def scaled_terrain(terrain: FlatTerrain | HeightField, factor: float) -> FlatTerrain | HeightField:
    """The same ground for a character ``factor`` times as large."""
    if isinstance(terrain, FlatTerrain):
        return FlatTerrain(terrain.height_m * factor)
    return terrain.scaled(factor)


def _ground_track(
    result: WalkResult, clip: MotionClip, terrain: FlatTerrain | HeightField, scale: float
) -> GroundTrack:
    """The root track at the clip's frames, at the rig's size, lying on the ground."""
    track = np.array(result.root_track, np.float64)
    times = np.arange(clip.frame_count) / clip.frame_rate_hz
    known = np.arange(len(track)) / result.clip.frame_rate_hz
    track[:, 2] = np.unwrap(track[:, 2])
    x, z, heading = (np.interp(times, known, column) for column in track.T)
    height = ground_under_root(terrain, np.stack((x, z), axis=-1), heading)
    return GroundTrack(scale * np.stack((x, height, z), axis=-1), heading)
