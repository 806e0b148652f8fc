"""Walks an armature along a curve: read the scene, run the pipeline, write the keys.

``read_walk`` and ``write_walk`` belong on the main thread; ``WalkJob.run`` between them touches no
Blender data and may run on any thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import bpy
import numpy as np

from ..core.errors import Cancelled, PathError, SettingsError, SkeletonError
from ..core.features.locomotion_features import ground_under_root
from ..core.features.path import Path, Stop
from ..core.features.terrain import FlatTerrain, HeightField
from ..core.inference.session import open_session
from ..core.motion.clip import MotionClip
from ..core.motion.common_skeleton import COMMON_SKELETON
from ..core.motion.resample import resample_clip
from ..core.motion.retarget import retarget_clip
from ..core.motion.retarget_feet import leg_length
from ..core.motion.skeleton import Skeleton
from ..core.pipelines.locomotion import LocomotionPipeline, WalkRequest, WalkResult
from .keyframes import MAX_FRAME, write_action
from .models import LOCOMOTION, ModelChoice, find_model
from .path import SpeedChange, read_path
from .pose import GroundTrack, RootMotion, clip_channels
from .rig import RigSkeleton, read_skeleton
from .terrain import meshes_of, read_terrain

MAX_STAND_S: Final = 600.0

OnProgress = Callable[[float], bool]


class Pipeline(Protocol):
    """What is used of a LocomotionPipeline."""

    @property
    def skeleton(self) -> Skeleton: ...

    def generate(
        self, requests: Sequence[WalkRequest], *, on_progress: OnProgress | None = None
    ) -> list[WalkResult]: ...


@dataclass(frozen=True, eq=False)
class WalkSettings:
    """What the user chose.

    Args:
        armature: who walks.
        curve: where.
        ground, ground_collection: meshes to walk on; both None for level ground at height 0.
        speed_m_s: wanted speed from the start.
        speed_changes: other speeds from some place on.
        stops: pauses on the way.
        stand_before_s, stand_after_s: how long to stand before and after.
        root_motion: what carries the travel.
        seed: another seed, another variation.
        start_frame: of the first key; None for the scene's current frame.
    """

    armature: bpy.types.Object | None
    curve: bpy.types.Object | None
    ground: bpy.types.Object | None = None
    ground_collection: bpy.types.Collection | None = None
    speed_m_s: float = 1.3
    speed_changes: tuple[SpeedChange, ...] = ()
    stops: tuple[Stop, ...] = ()
    stand_before_s: float = 0.5
    stand_after_s: float = 1.0
    root_motion: RootMotion = RootMotion.BONE
    seed: int = 0
    start_frame: int | None = None


@dataclass(frozen=True, eq=False)
class Walk:
    """A finished walk, ready to be written.

    Args:
        clip: T frames of the rig's skeleton at the scene's frame rate.
        track: the root on the ground at the same frames.
        result: what the pipeline gave, at the model's size and rate.
        scale: size of the rig against the model's skeleton.
        provider: the execution provider that ran.
        provider_report: the same, with the reason why a wanted one did not.
        compute_s: how long it took.
    """

    clip: MotionClip
    track: GroundTrack
    result: WalkResult
    scale: float
    provider: str = ""
    provider_report: str = ""
    compute_s: float = 0.0


@dataclass(frozen=True, eq=False)
class WalkJob:
    """Everything a walk needs, read from the scene; holds no Blender data.

    Args:
        rig: who walks.
        path: where, in the world, core axes, metres.
        terrain: on what, likewise.
        frame_rate_hz: the scene's, fractions included.
        start_frame: of the first key.
        stand_before_s, stand_after_s, root_motion, seed: as in WalkSettings.
        models: where the model lies and how to run it.
    """

    rig: RigSkeleton
    path: Path
    terrain: FlatTerrain | HeightField
    frame_rate_hz: float
    start_frame: int
    stand_before_s: float = 0.5
    stand_after_s: float = 1.0
    root_motion: RootMotion = RootMotion.BONE
    seed: int = 0
    models: ModelChoice = field(default_factory=ModelChoice)

    def run(
        self, on_progress: OnProgress | None = None, *, pipeline: Pipeline | None = None
    ) -> Walk:
        """Generate the walk for this rig.

        Args:
            on_progress: told how much is done, 0 … 1; answers False to cancel, else True.
            pipeline: another than the one of the chosen model.

        Raises:
            Cancelled: ``on_progress`` returned False.
            NeuralMotionError: the model cannot be used, or the path not be walked.
        """
        started = time.perf_counter()
        provider, report = "", ""
        if pipeline is None:
            path = find_model(LOCOMOTION, self.models)
            session = open_session(path, self.models.providers, self.models.threads)
            pipeline, provider, report = (
                LocomotionPipeline(session), session.provider, session.provider_report,
            )  # fmt: skip
        scale = size_of(self.rig.skeleton, self.rig.joint_map) / size_of(pipeline.skeleton)
        request = WalkRequest(
            path=self.path.scaled(1.0 / scale),
            terrain=_scaled_terrain(self.terrain, 1.0 / scale),
            stand_before_s=self.stand_before_s,
            stand_after_s=self.stand_after_s,
            seed=self.seed,
        )
        result = pipeline.generate([request], on_progress=_share(on_progress, 0.0, 0.8))[0]
        clip = resample_clip(result.clip, self.frame_rate_hz)
        _report(on_progress, 0.85)
        clip = retarget_clip(clip, self.rig.skeleton, self.rig.joint_map)
        _report(on_progress, 0.95)
        track = _ground_track(result, clip, request.terrain, scale)
        elapsed = time.perf_counter() - started
        return Walk(clip, track, result, scale, provider, report, elapsed)


@dataclass(frozen=True)
class WrittenWalk:
    """What became of a walk in the scene.

    Args:
        action_name: the new action.
        first_frame, last_frame: where its keys lie.
        extended_scene: whether the scene's end was moved to the last frame.
    """

    action_name: str
    first_frame: int
    last_frame: int
    extended_scene: bool


def read_walk(
    context: bpy.types.Context, settings: WalkSettings, models: ModelChoice | None = None
) -> WalkJob:
    """Read rig, path and ground from the scene, and check all of it; changes nothing.

    Raises:
        InputError: something chosen cannot be used; says what and what to do.
    """
    rig = read_skeleton(context, settings.armature)
    path = read_path(
        context, settings.curve, settings.speed_m_s, settings.speed_changes, settings.stops
    )
    _check_stand(settings.stand_before_s, settings.stand_after_s)
    size = size_of(rig.skeleton, rig.joint_map) / size_of(COMMON_SKELETON)
    meshes = meshes_of(settings.ground, settings.ground_collection, settings.armature)
    render = context.scene.render
    start = settings.start_frame
    job = WalkJob(
        rig=rig,
        path=path,
        terrain=read_terrain(context, meshes, path, size=size) if meshes else FlatTerrain(),
        frame_rate_hz=render.fps / render.fps_base,
        start_frame=context.scene.frame_current if start is None else start,
        stand_before_s=settings.stand_before_s,
        stand_after_s=settings.stand_after_s,
        root_motion=settings.root_motion,
        seed=settings.seed,
        models=models or ModelChoice(),
    )
    _check_fits(job)
    return job


def write_walk(context: bpy.types.Context, job: WalkJob, walk: Walk) -> WrittenWalk:
    """Write a walk as a new action; the scene's end moves only if the walk runs past it.

    Raises:
        InputError: the armature is gone or cannot be animated any more; nothing is changed then.
    """
    armature = bpy.data.objects.get((job.rig.object_name, None))
    if armature is None:
        raise SkeletonError(f"'{job.rig.object_name}' is gone. Choose a character and try again")
    count = walk.clip.frame_count
    frames = job.start_frame + np.arange(count, dtype=np.float64)
    channels = clip_channels(armature, job.rig, walk.clip, walk.track, job.root_motion, frames)
    action = write_action(armature, f"{armature.name} Walk", channels)
    last = int(frames[-1])
    scene = context.scene
    extended = last > scene.frame_end
    if extended:
        scene.frame_end = last
    scene.frame_set(scene.frame_current)  # shows the first pose at once
    return WrittenWalk(action.name, job.start_frame, last, extended)


def size_of(skeleton: Skeleton, joint_map: Mapping[str, str] | None = None) -> float:
    """Thigh and shin at rest, mean of both legs, metres.

    Args:
        skeleton: with legs.
        joint_map: common name by joint name; None if the joints have the common names.
    """
    names = joint_map or {name: name for name in skeleton.names}
    return leg_length(skeleton, {names[n]: skeleton.index(n) for n in names})


def _scaled_terrain(terrain: FlatTerrain | HeightField, factor: float) -> FlatTerrain | HeightField:
    if isinstance(terrain, FlatTerrain):
        return FlatTerrain(terrain.height_m * factor)
    return terrain.scaled(factor)


def _ground_track(
    result: WalkResult, clip: MotionClip, terrain: FlatTerrain | HeightField, scale: float
) -> GroundTrack:
    """The root track at the clip's frames, at the rig's size, lying on the ground."""
    track = np.asarray(result.root_track, np.float64)
    times = np.arange(clip.frame_count) / clip.frame_rate_hz
    known = np.arange(len(track)) / result.clip.frame_rate_hz
    track[:, 2] = np.unwrap(track[:, 2])
    x, z, heading = (np.interp(times, known, column) for column in track.T)
    height = ground_under_root(terrain, np.stack((x, z), axis=-1), heading)
    return GroundTrack(scale * np.stack((x, height, z), axis=-1), heading)


def _check_stand(before_s: float, after_s: float) -> None:
    for seconds in (before_s, after_s):
        if not 0 <= seconds <= MAX_STAND_S:
            raise SettingsError(
                f"standing for {seconds:g} s is not possible; set 0 to {MAX_STAND_S:g} seconds"
            )


def _check_fits(job: WalkJob) -> None:
    """Refuse a walk that would run past Blender's last frame."""
    steps = np.diff(job.path.arc_lengths_m)
    speeds = 0.5 * (job.path.speeds_m_s[1:] + job.path.speeds_m_s[:-1])
    seconds = float((steps / speeds).sum()) + job.stand_before_s + job.stand_after_s
    seconds += sum(stop.seconds for stop in job.path.stops)
    last = job.start_frame + seconds * job.frame_rate_hz
    if last > MAX_FRAME:
        raise PathError(
            f"walking {job.path.length_m:.0f} m takes {seconds:.0f} s and would end at frame "
            f"{last:.0f}; Blender's last frame is {MAX_FRAME}. Shorten the path, raise the speed "
            "or lower the frame rate"
        )


def _share(on_progress: OnProgress | None, start: float, stop: float) -> OnProgress | None:
    if on_progress is None:
        return None
    return lambda part: on_progress(start + (stop - start) * part)


def _report(on_progress: OnProgress | None, part: float) -> None:
    if on_progress is not None and not on_progress(part):
        raise Cancelled("cancelled; nothing was changed")
