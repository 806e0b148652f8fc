"""Which results of ours lie on a character: read anew each time, nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import bpy

from ...core.capabilities import CAPABILITIES
from ..face.shape_keys import armature_of
from ..keys.fingerprint import MARKS
from ..keys.layer_values import LAYER_MARK, REST, label_of
from ..keys.takes import is_active_ours_alone, is_ours_alone, was_made
from ..keys.together import together

MERGED: Final = "merged"
MERGED_MARK: Final = f"{MARKS}{MERGED}"
"""Custom property of an action that holds what results were merged into: names of what it holds."""


@dataclass(frozen=True, eq=False)
class Placed:
    """One action of a result, and where it plays.

    Args:
        datablock: an object, or the shape keys of a mesh.
        action: what plays.
        track, strip: where in the NLA; both None for the active action.
        height: how many tracks lie below.
    """

    datablock: bpy.types.ID
    action: bpy.types.Action
    track: bpy.types.NlaTrack | None = None
    strip: bpy.types.NlaStrip | None = None
    height: int = 0

    @property
    def span(self) -> tuple[float, float]:
        """First and last frame."""
        if self.strip is not None:
            return self.strip.frame_start, self.strip.frame_end
        first, last = self.action.frame_range
        return first, last

    @property
    def label(self) -> str:
        """Whose it is, in the user's words."""
        return label_of(self.datablock)


@dataclass(frozen=True, eq=False)
class LayerResult:
    """What was written at once.

    Args:
        capability: such as "gaze"; "merged" for what results were merged into.
        placed: its actions, that of the armature first.
    """

    capability: str
    placed: tuple[Placed, ...]

    @property
    def lead(self) -> bpy.types.Action:
        """The action by which the result goes."""
        return self.placed[0].action

    @property
    def name(self) -> str:
        """Of the row."""
        return self.lead.name

    @property
    def span(self) -> tuple[float, float]:
        """First and last frame of all of it."""
        spans = [each.span for each in self.placed]
        return min(first for first, _ in spans), max(last for _, last in spans)

    @property
    def strips(self) -> tuple[Placed, ...]:
        """What of it lies in the NLA."""
        return tuple(each for each in self.placed if each.strip is not None)

    @property
    def height(self) -> int:
        """How far up in the stack it lies; an active action is evaluated after all tracks."""
        return max(each.height for each in self.placed)

    @property
    def is_untouched(self) -> bool:
        """Whether nobody laid a hand on any of it, so that it may make room or be removed."""
        return all(is_untouched(each, self.capability) for each in self.placed)


def is_untouched(placed: Placed, capability: str) -> bool:
    """Whether one action of a result is as it was written."""
    if placed.strip is None or placed.track is None:
        return is_active_ours_alone(placed.datablock, capability)
    return is_ours_alone(placed.strip, placed.track, capability)


def objects_of(
    character: bpy.types.Object, also: Iterable[bpy.types.Object | None] = ()
) -> list[bpy.types.Object]:
    """A character's armature, what hangs on it, what it deforms, and further objects of its."""
    rig = armature_of(character) or character
    theirs = [each for each in bpy.data.objects if _belongs(each, rig)]
    return list(dict.fromkeys([rig, character, *theirs, *filter(None, also)]))


def _belongs(obj: bpy.types.Object, rig: bpy.types.Object) -> bool:
    if any(each.type == "ARMATURE" and each.object == rig for each in obj.modifiers):
        return True
    above = obj.parent
    while above is not None and obj.type != "ARMATURE":
        if above == rig:
            return True
        if above.type == "ARMATURE":
            return False  # somebody else, who is carried
        above = above.parent
    return False


def datablocks_of(objects: Iterable[bpy.types.Object]) -> list[bpy.types.ID]:
    """What of objects can be animated by us, and is."""
    found: list[bpy.types.ID] = []
    for obj in objects:
        keys = getattr(obj.data, "shape_keys", None)
        found += [each for each in (obj, keys) if each is not None and each.animation_data]
    return list(dict.fromkeys(found))


def results_on(datablocks: Iterable[bpy.types.ID]) -> list[LayerResult]:
    """What of ours plays or is muted there, a result each, whatever a hand did to it since."""
    groups: dict[tuple[str, ...], list[Placed]] = {}
    for datablock in datablocks:
        for each in _placed_on(datablock):
            _add(groups, each, maker_of(each.action))
    return [LayerResult(key[0], tuple(placed)) for key, placed in groups.items()]


def result_of(action: bpy.types.Action, results: Iterable[LayerResult]) -> LayerResult | None:
    """The result that an action is of."""
    held = (each for each in results if any(p.action == action for p in each.placed))
    return next(held, None)


def maker_of(action: bpy.types.Action) -> str:
    """Which capability wrote an action, whatever was changed since; empty if none did."""
    if MERGED_MARK in action:
        return MERGED
    layer = str(action.get(LAYER_MARK, ""))
    if layer:
        return "" if layer == REST else layer
    return next((each.name for each in CAPABILITIES if was_made(action, each.name)), "")


def _placed_on(datablock: bpy.types.ID) -> Iterator[Placed]:
    data = datablock.animation_data
    tracks = list(data.nla_tracks)
    if data.action is not None and not data.use_tweak_mode:
        yield Placed(datablock, data.action, height=len(tracks))
    for height, track in enumerate(tracks):
        for strip in track.strips:
            if strip.action is not None:
                yield Placed(datablock, strip.action, track, strip, height)


def _add(groups: dict[tuple[str, ...], list[Placed]], placed: Placed, maker: str) -> None:
    """To its result; what lies on the same datablock beside it is a copy, or another take."""
    if not maker:
        return
    action = placed.action
    first, last = placed.span
    key = (maker, together(action) or f"{first:g} {last:g}")
    others = groups.get(key, ())
    if any(p.datablock == placed.datablock and p.action != action for p in others):
        key = (*key, action.name)
    groups.setdefault(key, []).append(placed)
