"""Walks an armature along a curve: read the scene, run the pipeline, write the keys.

``read`` and ``write`` belong on the main thread; ``WalkJob.run`` between them touches no
Blender data and may run on any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import bpy
import numpy as np

from ...blender.ground.notes import height_notes, moving_ground, step_warnings
from ...blender.ground.path import SpeedChange
from ...blender.ground.terrain import meshes_of, read_spot, read_terrain
from ...blender.keys.belonging import let_layers_go, remember_layers, results_with_layers
from ...blender.keys.beneath import bones_moving, held_channels, playing_on
from ...blender.keys.density import KeyCount
from ...blender.keys.keyframes import MAX_FRAME, Channel
from ...blender.keys.options import DEFAULT_RESULT, ResultKind, ResultOptions
from ...blender.keys.result import check_result
from ...blender.keys.start import remember_delay, start_of_replaced
from ...blender.keys.together import remember_together
from ...blender.keys.undo import Undo, undone_on_error
from ...blender.rig.carried import follow, read_carried
from ...blender.rig.pose import RootMotion, clip_channels
from ...blender.rig.skeleton import RigSkeleton
from ...blender.timeline import (
    animation_frame,
    animation_rate_of,
    extend_scene,
    playhead_kept,
    unseen_frames,
)
from ...blender.units import units_of
from ...core.errors import PathError, SettingsError, SkeletonError
from ...core.ground.path import Path, Stop
from ...core.ground.standing import MAX_STAND_S
from ...core.ground.terrain import FlatTerrain, HeightField
from ...core.inference.choice import ModelChoice
from ...core.motion.common_skeleton import COMMON_SKELETON
from ...core.retarget.control_map import DEFAULT_LIMB_MODES, LimbModes
from ...core.walk.direction import Directions
from ...core.walk.plan import plan_request
from ...core.walk.settings import DetailSettings, PaceSettings
from .direction.arrival import arrival_problem, timetable_of
from .direction.going import ALONG_PATH, Going, GoKind
from .direction.model_styles import style_problem
from .direction.remembered import remember_standing
from .direction.standing import read_standing
from .direction.told import mark_problem
from .direction.ways import Way, read_way
from .eyes import WalkingEyes, walking_eyes, write_eyes
from .facts import contact_events, remember_facts
from .fingers import walking_fingers
from .job import FitJob, Walk, WalkJob, size_of
from .pace import slow_notes, speed_notes, speed_problem
from .rig import read_rig
from .writing import CAPABILITY, blend_walk, write_thinned


@dataclass(frozen=True, eq=False)
class WalkSettings(PaceSettings, DetailSettings):
    """What the user chose.

    Args:
        armature: who walks.
        curve: where, along a path.
        going: along that path, to a target, or nowhere; and how it ends.
        directions: style and sliders, and where they change.
        ground, ground_collection: meshes to walk on; both None for level ground at height 0.
        speed_m_s: desired speed from the start.
        speed_changes: other speeds from some place on.
        stops: pauses on the way.
        stand_before_s, stand_after_s: how long to stand before and after.
        root_motion: what carries the travel.
        limbs: how the limbs of a control rig get their keys.
        seed: another seed, another variation.
        fingers, eyes: whether they move, too.
        start_frame: of the first key; None for that of the walk it replaces, else the scene's
            current frame.
        replaces: how the walk will be written, which tells what it replaces; None to begin on
            the current frame whatever it replaces.
        while_edited: the curve may be in Edit Mode; it is taken as it is shown there.
    """

    armature: bpy.types.Object | None
    curve: bpy.types.Object | None = None
    ground: bpy.types.Object | None = None
    ground_collection: bpy.types.Collection | None = None
    speed_changes: tuple[SpeedChange, ...] = ()
    stops: tuple[Stop, ...] = ()
    root_motion: RootMotion = RootMotion.BONE
    limbs: LimbModes = DEFAULT_LIMB_MODES
    start_frame: int | None = None
    replaces: ResultOptions | None = None
    going: Going = ALONG_PATH
    directions: Directions = field(default_factory=Directions)
    while_edited: bool = False


@dataclass(frozen=True)
class WrittenWalk:
    """What became of a walk in the scene.

    Args:
        action_name: the new action.
        first_frame, last_frame: where its keys lie.
        extended_scene: whether the scene's end was moved to the last frame.
        keys: how many there are, and what leaving some out costs.
        blended_s: seconds at the two ends that blend with another pose.
        notes: what may keep it from being seen, in the user's words.
        eye_actions: names of the layers on shape keys that belong to it.
    """

    action_name: str
    first_frame: int
    last_frame: int
    extended_scene: bool
    keys: KeyCount
    blended_s: tuple[float, float]
    notes: tuple[str, ...] = ()
    eye_actions: tuple[str, ...] = ()


def read(
    context: bpy.types.Context, settings: WalkSettings, models: ModelChoice | None = None
) -> WalkJob:
    """Read rig, path and ground from the scene, and check all of it; changes nothing.

    Raises:
        InputError: something chosen cannot be used; says what and what to do.
    """
    rig = read_rig(context, settings.armature)
    size = size_of(rig.skeleton, rig.joint_map) / size_of(COMMON_SKELETON)
    models = models or ModelChoice()
    way, start = way_of(context, settings, rig, size)
    _check_stand(settings.stand_before_s, settings.stand_after_s)
    if problem := style_problem(settings.directions, models):
        raise SettingsError(problem)
    meshes = meshes_of(settings.ground, settings.ground_collection, settings.armature)
    terrain = _read_ground(context, meshes, way, size)
    job = WalkJob(
        rig=rig,
        path=way.path,
        stands=way.stands,
        stand_s=settings.going.stand_s,
        directions=settings.directions,
        end_heading_rad=way.end_heading_rad,
        arrive_frame=_arrive_frame(context, settings),
        terrain=terrain,
        frame_rate_hz=animation_rate_of(context.scene),
        start_frame=start,
        stand_before_s=settings.stand_before_s,
        stand_after_s=settings.stand_after_s,
        root_motion=settings.root_motion,
        limbs=settings.limbs,
        seed=settings.seed,
        fingers=settings.fingers,
        eyes=settings.eyes,
        models=models,
        notes=(*way.notes, *_path_notes(context, settings, way, terrain, size)),
        length="on the spot"
        if way.path is None
        else units_of(context.scene).length(way.path.length_m, 1),
    )
    job = _checked_pace(context, job, size)
    last = check_fits(job)
    common, told = read_carried(context, job, settings.armature, _leads(settings), last)
    if common is None:
        told = (*told, *moving_ground(context, meshes, job.start_frame, last))
    told = (*rig.warnings, *told)
    return replace(job, common_parent=common, rig=replace(rig, warnings=told))


def _read_ground(
    context: bpy.types.Context, meshes: Sequence[bpy.types.Object], way: Way, size: float
) -> FlatTerrain | HeightField:
    if not meshes:
        return FlatTerrain(0.0 if way.stands is None else way.stands.floor_m)
    if way.path is not None:
        return read_terrain(context, meshes, way.path, size=size)
    return read_spot(context, meshes, way.start_xz, size=size)


def _checked_pace(context: bpy.types.Context, job: WalkJob, size: float) -> WalkJob:
    """The job with notes on what slows it down.

    Raises:
        InputError: a speed, a place along the path or the time of arrival cannot be.
    """
    request, units = job.request(COMMON_SKELETON), units_of(context.scene)
    if job.path is None:
        plan_request(request)  # that there is time enough to turn
        return job
    if problem := speed_problem(job.path, size, units, job.models):
        raise PathError(f"{problem}. Lower the speed")
    if problem := mark_problem(job.directions, job.path.length_m, units):
        raise PathError(problem)
    problem = arrival_problem(context.scene, request, job.start_frame, job.length, job.models)
    if problem:
        raise PathError(problem)
    slow = slow_notes(timetable_of(request, job.models), size, units)
    return replace(job, notes=(*job.notes, *slow))


def _path_notes(
    context: bpy.types.Context,
    settings: WalkSettings,
    way: Way,
    terrain: FlatTerrain | HeightField,
    size: float,
) -> tuple[str, ...]:
    """What of path, speeds and ground may surprise."""
    if way.path is None:
        return ()
    units = units_of(context.scene)
    slow = speed_notes(way.path, size, units) if settings.going.arrive_frame is None else ()
    level = settings.going.kind is GoKind.PATH and isinstance(terrain, FlatTerrain)
    high = height_notes(way.path, size, units) if level else ()
    return (*slow, *high, *step_warnings(way.path, terrain, size, units))


def _arrive_frame(context: bpy.types.Context, settings: WalkSettings) -> int | None:
    frame = settings.going.arrive_frame
    return None if frame is None else animation_frame(context.scene, frame)


def _leads(settings: WalkSettings) -> bpy.types.Object | None:
    """What says where the walk goes: where it is carried along with the character, so is the walk.

    Who stands, or walks to the 3D cursor, is carried by what the character hangs on.
    """
    going = settings.going
    if going.kind is GoKind.PATH:
        return settings.curve
    return going.target if going.kind is GoKind.TARGET and going.target else settings.armature


def first_frame(context: bpy.types.Context, settings: WalkSettings, path: Path | None) -> int:
    """Where a walk along a path begins: as chosen, as the walk it replaces, or at the playhead."""
    if settings.start_frame is not None:
        return settings.start_frame
    replaced = replaced_start(context, settings, path)
    return _current_frame(context) if replaced is None else replaced


def replaced_start(
    context: bpy.types.Context, settings: WalkSettings, path: Path | None
) -> int | None:
    """Where the walk was asked to begin that one along this path would replace; None if none."""
    if settings.start_frame is not None or settings.replaces is None or settings.armature is None:
        return None
    seconds = settings.going.stand_s
    if path is not None:
        seconds = _seconds_along(path, settings.stand_before_s, settings.stand_after_s)
    length = seconds * animation_rate_of(context.scene)
    frame = _current_frame(context)
    return start_of_replaced(settings.armature, CAPABILITY, settings.replaces, frame, length)


def _current_frame(context: bpy.types.Context) -> int:
    return animation_frame(context.scene, context.scene.frame_current)


def way_of(
    context: bpy.types.Context, settings: WalkSettings, rig: RigSkeleton, size: float
) -> tuple[Way, int]:
    """Where the walk goes as that is on the frame on which it begins, and that frame.

    Raises:
        InputError: there is no path, or it cannot be walked.
    """
    frame = _current_frame(context) if settings.start_frame is None else settings.start_frame
    way = read_way(context, settings, rig, size, frame)
    start = first_frame(context, settings, way.path)
    return (way if start == frame else read_way(context, settings, rig, size, start)), start


@dataclass(frozen=True, eq=False)
class PreparedWalk:
    """Everything that is to be written, checked.

    Args:
        job, walk: what was generated.
        options: how it is written.
        channels: on every frame.
        eyes: what they do; None without any.
        notes: what of fingers and eyes is left to others.
    """

    job: FitJob
    walk: Walk
    options: ResultOptions
    channels: tuple[Channel, ...]
    eyes: WalkingEyes | None = None
    notes: tuple[str, ...] = ()

    @property
    def quick(self) -> frozenset[str]:
        """Data paths of what goes faster than steps do."""
        eyes = () if self.eyes is None else self.eyes.channels
        return frozenset(channel.data_path for channel in eyes)


def write(
    context: bpy.types.Context,
    job: FitJob,
    walk: Walk,
    options: ResultOptions = DEFAULT_RESULT,
    undo: Undo | None = None,
) -> WrittenWalk:
    """Write a walk as the options say; the scene's end moves only if the walk runs past it.

    Where something after this may fail, ``undo`` answers for it. Raises an InputError, and changes
    nothing, if the armature is gone or cannot be animated any more.
    """
    return commit_walk(context, prepare_walk(context, job, walk, options), undo)


def prepare_walk(
    context: bpy.types.Context, job: FitJob, walk: Walk, options: ResultOptions
) -> PreparedWalk:
    """Work out all keys and check that they can be written; changes nothing.

    Raises:
        InputError: the armature is gone or cannot be animated any more.
    """
    armature = _armature_of(job)
    check_result(armature, options)
    frames = job.start_frame + np.arange(walk.clip.frame_count, dtype=np.float64)
    channels = clip_channels(
        armature, job.rig, walk.clip, walk.track, job.root_motion, frames, job.limbs,
        follow(context, job, frames),
    )  # fmt: skip
    eyes, notes = None, list[str]()
    if job.fingers:
        fingers, told = walking_fingers(armature, job, walk, frames)
        channels, notes = channels + fingers, [*told]
    if job.eyes:
        eyes, told = walking_eyes(context, armature, job, walk, frames)
        notes += told
    channels += eyes.channels if eyes is not None else ()
    channels += _held(armature, job, channels, options)
    blended = blend_walk(context, armature, job, channels, options)
    return PreparedWalk(job, walk, options, tuple(blended), eyes, tuple(notes))


def _held(
    armature: bpy.types.Object, job: FitJob, channels: Sequence[Channel], options: ResultOptions
) -> list[Channel]:
    """Keys against what goes on playing below: under a strip that is the active action, too.

    Who walks in place is carried by the object's own animation, which is left alone.
    """
    beneath = playing_on(armature)
    if options.kind is not ResultKind.STRIP:
        beneath = [each for each in beneath if each.track]
    if not beneath:
        return []
    also = bones_moving(armature, job.rig.skeleton.names) if job.rig.controls else ()
    with_object = job.root_motion is not RootMotion.IN_PLACE
    return held_channels(armature, channels, beneath, also=also, with_object=with_object)


def commit_walk(
    context: bpy.types.Context, prepared: PreparedWalk, undo: Undo | None = None
) -> WrittenWalk:
    """Write what was prepared; ``undo`` answers for it where something after this may fail."""
    job, walk = prepared.job, prepared.walk
    last = job.start_frame + walk.clip.frame_count - 1
    with playhead_kept(context.scene), undone_on_error(undo) as own:
        earlier = results_with_layers()
        action, keys = write_thinned(
            context, _armature_of(job), job, walk, prepared.channels, prepared.options,
            prepared.quick, contact_events(job, walk), own,
        )  # fmt: skip
        remember_facts(action, job, walk)
        remember_delay(action, job.delay_frames)
        if isinstance(job, WalkJob) and job.stands is not None:
            seen = read_standing(context, job.rig, walk.scale, job.start_frame)
            remember_standing(action, job.start_frame, job.stands, seen)
        left = let_layers_go(earlier, CAPABILITY, bpy.data.shape_keys, own)
        eye_actions, unshown = write_eyes(context, prepared.eyes, action, prepared.options, own)
        remember_layers(action, eye_actions)
        remember_together((action.name, *eye_actions))
        extended = extend_scene(context.scene, last, [action])
    blended_s = prepared.options.blend_in_s, prepared.options.blend_out_s
    unseen = unseen_frames(context.scene, job.start_frame, last)
    notes = (*prepared.notes, *left, *unshown, *([unseen] if unseen else []))
    return WrittenWalk(
        action.name, job.start_frame, last, extended, keys, blended_s, notes, eye_actions
    )


def walk_warnings(walk: Walk) -> tuple[str, ...]:
    """What of the request did not come about."""
    if walk.result.reached_end:
        return ()
    return ("the end of the path was not reached in the time expected",)


def _armature_of(job: FitJob) -> bpy.types.Object:
    armature = bpy.data.objects.get((job.rig.object_name, None))
    if armature is None:
        raise SkeletonError(f"'{job.rig.object_name}' is gone. Choose a character and try again")
    return armature


def _check_stand(before_s: float, after_s: float) -> None:
    for seconds in (before_s, after_s):
        if not 0 <= seconds <= MAX_STAND_S:
            raise SettingsError(
                f"standing for {seconds:g} s is not possible; set 0 to {MAX_STAND_S:g} seconds"
            )


def check_fits(job: WalkJob) -> float:
    """Refuse a walk that would run past Blender's last frame.

    Returns:
        About where it will end.

    Raises:
        PathError: says how long it would be.
    """
    seconds = job.stand_s
    if job.path is not None:
        seconds = timetable_of(job.request(COMMON_SKELETON), job.models).seconds
    last = job.start_frame + seconds * job.frame_rate_hz
    what = "standing" if job.path is None else f"walking {job.length}"
    if last > MAX_FRAME:
        raise PathError(
            f"{what} takes {seconds:.0f} s and would end at frame "
            f"{last:.0f}; Blender's last frame is {MAX_FRAME}. Shorten the path, raise the speed "
            "or lower the frame rate"
        )
    return last


def _seconds_along(path: Path, stand_before_s: float, stand_after_s: float) -> float:
    """About how long it takes to walk along a path."""
    steps = np.diff(path.arc_lengths_m)
    speeds = 0.5 * (path.speeds_m_s[1:] + path.speeds_m_s[:-1])
    stops = sum(stop.seconds for stop in path.stops)
    return float((steps / speeds).sum()) + stand_before_s + stand_after_s + stops
