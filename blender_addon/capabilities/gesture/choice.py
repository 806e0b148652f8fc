"""What the user chose of a character's gestures, as the scene is read by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy

from ...blender.rig.pose import RootMotion
from ...blender.sound.choice import SoundChoice
from ...blender.timeline import animation_frame
from ...core.gesture.settings import GestureMode, GestureSettings, Space
from ...core.retarget.control_map import DEFAULT_LIMB_MODES, LimbModes
from ...core.settings import Seeded
from .markers import STROKES, beat_shift, dragged


@dataclass(frozen=True)
class KeptStroke:
    """A stroke of the last result, as the animator left it.

    Args:
        frame: of the apex; of one that was removed, where it was.
        hand: LEFT, RIGHT or BOTH.
        size: 0 … 1.
        moved: somebody chose its time.
        removed: somebody took it out.
        origin: frame for which it was planned, if somebody moved it; else None.
    """

    frame: float
    hand: str
    size: float
    moved: bool = False
    removed: bool = False
    origin: float | None = None


@dataclass(frozen=True)
class BeatsGiven:
    """What somebody said of the beats.

    Args:
        tempo_bpm: quarters a minute; 0 to hear tempo and beats.
        first_frame: of the first quarter of a measure, where the tempo is given.
        shift_frames: by which the beats that are heard are moved.
    """

    tempo_bpm: float = 0.0
    first_frame: float = 1.0
    shift_frames: float = 0.0


@dataclass(frozen=True, eq=False)
class GestureChoice(Seeded):
    """What the user chose for one character.

    Args:
        armature: who gestures.
        mode: whether it talks or dances.
        sound: what it moves to.
        start_frame: on which a file begins; None for the scene's current frame.
        frame_range: only from one frame to another; None for all of the sound.
        settings: how the body moves.
        keyed_path: RNA path of these on the armature, where they may be keyed; else empty.
        space: where the hands move while talking.
        style: what is danced; empty for the model's first.
        replace_arms: arms that the animator keyed go to the gesture's own pose.
        root_motion, limbs: what gets the keys of a dance.
        beats: what somebody said of them.
        strokes: of the last result.
    """

    armature: bpy.types.Object | None
    mode: GestureMode = GestureMode.TALK
    sound: SoundChoice = field(default_factory=SoundChoice)
    start_frame: int | None = None
    frame_range: tuple[int, int] | None = None
    settings: GestureSettings = field(default_factory=GestureSettings)
    keyed_path: str = ""
    space: Space = Space.NATURAL
    style: str = ""
    replace_arms: bool = False
    root_motion: RootMotion = RootMotion.BONE
    limbs: LimbModes = DEFAULT_LIMB_MODES
    beats: BeatsGiven = field(default_factory=BeatsGiven)
    strokes: tuple[KeptStroke, ...] = ()


def beats_given(scene: bpy.types.Scene, owner: bpy.types.Object) -> BeatsGiven:
    """What a character's panel, and the markers of its beats, say of the beats.

    Args:
        scene: whose markers.
        owner: the armature that keeps the settings.
    """
    chosen: Any = owner.neural_motion.gesture.beats
    shift = beat_shift(scene, owner)
    if chosen.tempo_from == "SET":
        return BeatsGiven(chosen.tempo, chosen.first_beat + shift)
    return BeatsGiven(shift_frames=chosen.shift + shift)


def strokes_kept(scene: bpy.types.Scene, owner: bpy.types.Object) -> tuple[KeptStroke, ...]:
    """A character's strokes, at their markers where these were moved or taken out.

    Args:
        scene: whose markers.
        owner: the armature that keeps them.
    """
    moved = dragged(scene, owner, STROKES)
    return tuple(_kept(scene, each, moved) for each in owner.neural_motion.gesture.strokes)


def _kept(scene: bpy.types.Scene, each: Any, dragged_to: dict[str, int | None]) -> KeptStroke:
    origin = each.origin if each.has_origin else None
    if each.removed or each.name not in dragged_to:
        return KeptStroke(each.frame, each.hand, each.size, each.moved, each.removed, origin)
    frame = dragged_to[each.name]
    if frame is None:
        return KeptStroke(each.frame, each.hand, each.size, each.moved, True, origin)
    origin = each.frame if origin is None and not each.moved else origin
    return KeptStroke(animation_frame(scene, frame), each.hand, each.size, True, False, origin)
