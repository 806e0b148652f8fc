"""Reads actions on the rigs that they fit, on the main thread, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import bpy
import numpy as np

from ....blender import compat
from ....blender.paths import bone_of_path
from ....blender.rig.posed import posed_clip, read_poses
from ....blender.rig.skeleton import RigSkeleton, read_skeleton
from ....blender.timeline import animation_rate_of
from ....core.errors import REPORTED, InputError, in_words
from .borrowed import borrowed
from .cache import WindowCache
from .data import ClipPlace, FileWindows, ReadClip, label_of
from .sources import file_key, motion_files

LONGEST_S: Final = 60.0
"""Of a clip that is looked at; the rest is left out, and said."""
_LEAST_HZ: Final = 15.0
"""At which a rig is looked at; in between the motion is interpolated."""
_LEAST_BONES: Final = 6
"""That an action must move of a rig's body for it to be a motion of it."""
_MOST_NOTES: Final = 12


@dataclass(frozen=True, eq=False)
class FileToMap:
    """A file whose motions are in the map.

    Args:
        path: of it; None for the file that is open.
        key: under which its windows are kept; empty for not at all.
        clips: that were read; empty for a file that is read later, on the worker.
        windows: known from before.
    """

    path: Path | None
    key: str = ""
    clips: Sequence[ReadClip] = ()
    windows: FileWindows | None = None


@dataclass
class Reader:
    """Reads what is to be in a map.

    Args:
        context: whose scene's rate holds.
        rig: the chosen character's armature; None where nobody is chosen.
        encoder: what tells one model from another: windows of another one are of no use.
        cache: of files that were read before; None for none.
        files: what was read so far.
        notes: what could not be.
    """

    context: bpy.types.Context
    rig: bpy.types.Object | None
    encoder: str
    cache: WindowCache | None
    files: list[FileToMap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def read_open_file(self) -> Iterator[float]:
        """Read the actions of the open file that fit the rig; yields how much is done.

        Raises:
            InputError: nobody is chosen, or none of them fits.
        """
        if self.rig is None:
            raise InputError("no character is chosen. Choose one, or a folder of motions")
        actions, clips = list(bpy.data.actions), []
        with _stand_in(self.rig) as (actor, skeleton):
            for n, action in enumerate(actions):
                yield n / max(len(actions), 1)
                if _fits(action, actor, skeleton):
                    clips.append(self._read(actor, skeleton, action, None, None))
        if not clips:
            raise InputError(
                f"none of the {len(actions)} actions of this file moves '{self.rig.name}'. Choose "
                "another character, or a folder of motions"
            )
        self.files.append(FileToMap(None, clips=clips))

    def read_folder(self, folder: Path) -> Iterator[float]:
        """Read all files of a folder, but those known from before; yields how much is done.

        Raises:
            InputError: it holds nothing that can be read.
        """
        paths = motion_files(folder)
        rig_key = "" if self.rig is None else "\n".join(self.rig.data.bones.keys())
        for n, path in enumerate(paths):
            yield n / len(paths)
            try:
                is_blend = path.suffix.lower() == ".blend"
                key = file_key(path, self.encoder, str(folder), *([rig_key] if is_blend else []))
                known = None if self.cache is None else self.cache.find(key)
                clips = self._read_blend(path, folder) if is_blend and known is None else ()
                self.files.append(FileToMap(path, key, clips, known))
            except REPORTED as error:
                self._note(f"{path.name} is left out: {in_words(error)}")

    def _read_blend(self, path: Path, folder: Path) -> list[ReadClip]:
        with borrowed(path) as (actions, armatures):
            left = list(actions)
            clips: list[ReadClip] = []
            for rig in ([self.rig] if self.rig is not None else []) + _objects_of(armatures):
                try:
                    with _stand_in(rig) as (actor, skeleton):
                        fitting = [each for each in left if _fits(each, actor, skeleton)]
                        clips += [self._read(actor, skeleton, e, path, folder) for e in fitting]
                        left = [each for each in left if each not in fitting]
                except REPORTED:
                    continue  # an armature that is no character's
        if left and not clips:
            self._note(f"{path.name} is left out: no armature fits its actions")
        return clips

    def _read(
        self,
        actor: bpy.types.Object,
        skeleton: RigSkeleton,
        action: bpy.types.Action,
        path: Path | None,
        folder: Path | None,
    ) -> ReadClip:
        rate = animation_rate_of(self.context.scene)
        first, last = (float(each) for each in action.frame_range)
        if (last - first) / rate > LONGEST_S:
            last = first + LONGEST_S * rate
            self._note(f"of '{action.name}' the first {LONGEST_S:.0f} s are in the map")
        step = max(1, int(rate / _LEAST_HZ))
        frames = np.arange(first, last + 0.5, step)
        _assign(actor, action)
        names = {posed for name in skeleton.skeleton.names for posed in (name, _original(name))}
        found = [name for name in names if name in actor.pose.bones]
        posed = read_poses(self.context, actor, found, frames)
        clip = posed_clip(skeleton, posed, rate / step)
        file = "" if path is None else str(path)
        label = label_of(action.name, path, folder)
        place = ClipPlace(action.name, file, first, rate, label)
        return ReadClip(place, clip, {c: bone for bone, c in skeleton.joint_map.items()})

    def _note(self, text: str) -> None:
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(text)


def _original(name: str) -> str:
    """The bone that may stand for it; see ``posed_bone``."""
    return "ORG-" + name.removeprefix("DEF-") if name.startswith("DEF-") else name


@contextmanager
def _stand_in(rig: bpy.types.Object) -> Iterator[tuple[bpy.types.Object, RigSkeleton]]:
    """A copy of a rig on which actions are played, and its skeleton.

    Raises:
        SkeletonError: it is no character's.
    """
    skeleton = read_skeleton(bpy.context, rig)
    actor = rig.copy()
    try:
        if actor.animation_data is not None:
            actor.animation_data.action = None
            for track in actor.animation_data.nla_tracks:
                track.mute, track.is_solo = True, False  # a solo track would silence the action
        yield actor, skeleton
    finally:
        bpy.data.batch_remove([actor])


def _objects_of(armatures: Iterable[bpy.types.Armature]) -> list[bpy.types.Object]:
    """An object for each, in a scene of their own; all go with whatever else was borrowed."""
    apart = bpy.data.scenes.new("neural_motion_reading")
    made = [bpy.data.objects.new(each.name, each) for each in armatures]
    for each in made:
        apart.collection.objects.link(each)
    apart.view_layers[0].update()  # without which they have no pose
    return made


def _assign(actor: bpy.types.Object, action: bpy.types.Action) -> None:
    """Let an action play on a rig, with the slot that moves bones."""
    data = actor.animation_data or actor.animation_data_create()
    data.action = action
    if compat.HAS_SLOTS:
        fitting = [
            slot for slot in action.slots if slot.target_id_type in ("OBJECT", "UNSPECIFIED")
        ]
        moving = [slot for slot in fitting if _bones(compat.action_fcurves(action, slot.handle))]
        data.action_slot = next(iter([*moving, *fitting]), None)


def _fits(action: bpy.types.Action, actor: bpy.types.Object, skeleton: RigSkeleton) -> bool:
    """Whether an action moves a rig's body for some time: its joints, or what controls them."""
    first, last = action.frame_range
    if last - first < 1:
        return False
    known = skeleton.joint_map.keys() if skeleton.controls is None else actor.pose.bones.keys()
    return len(_bones(compat.action_fcurves(action)) & set(known)) >= _LEAST_BONES


def _bones(curves: Iterable[bpy.types.FCurve]) -> set[str]:
    return {bone for curve in curves if (bone := bone_of_path(curve.data_path))}
