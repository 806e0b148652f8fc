"""Gives characters living eyes: read the scene, run the pipeline, write layers of keys.

``read`` and ``write`` belong on the main thread; ``GazeJob.run`` between them touches no
Blender data and may run on any thread. Several characters go in one batch, also looking at each
other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.face.blinking import Lids, blinked_by, blinks_left_to, keep_blinks, lids_of
from ...blender.face.eye_channels import HeldLids, object_channels, owner_channels, shape_weights
from ...blender.face.eye_rig import GazeRig, head_track, read_rig, rig_probes
from ...blender.face.eyes_found import LOOKS, EyeChoice
from ...blender.face.over_held import channels_over_held
from ...blender.face.shape_keys import driven_shapes
from ...blender.keys.beneath import bones_of_makers, playing_on
from ...blender.keys.density import KeyCount
from ...blender.keys.held import held_turns, held_values
from ...blender.keys.keyframes import MAX_FRAME
from ...blender.keys.layer_values import other_layers, other_layers_muted
from ...blender.keys.layers import Layer, add_layer, layers_muted
from ...blender.keys.options import EASED_LAYER, ResultOptions
from ...blender.keys.together import remember_together
from ...blender.keys.undo import Undo, undone_on_error
from ...blender.paths import bone_path
from ...blender.rig.evaluation import Probe, sample
from ...blender.sound.choice import SoundChoice, read_sound
from ...blender.timeline import extend_scene, frame_rate_of, playhead_kept
from ...blender.units import metres_per_unit
from ...core.errors import GazeError
from ...core.face.held import CLOSED, meetings_of_shapes
from ...core.gaze.pipeline import GazeSettings, GazeTarget
from ...core.inference.choice import ModelChoice
from ...core.settings import Seeded
from .job import CharacterGaze, CharacterJob, Gaze, GazeJob
from .roles import AUTO, ROLE_NAMES, Voices
from .targets import TargetChoice, TargetReader, property_probe, target_readers

Array = NDArray[np.float64]


CAPABILITY: Final = "gaze"
_WALK: Final = "walk"
"""Its eyes and blinks give way to those of a gaze."""


@dataclass(frozen=True, eq=False)
class GazeChoice(Seeded):
    """What the user chose for one character.

    Args:
        character: an armature, or the object that is the head.
        targets: what there is to look at.
        eyes: eyes and head chosen by hand.
        role: AUTO from the sounds, SPEAKING, LISTENING or DIALOGUE.
        role_path: RNA path from the object where the role is animated; else empty.
        sound: the character's own voice.
        partner_sound: the partner's.
        settings: how the eyes behave.
        seed: another seed, another variation.
    """

    character: bpy.types.Object | None
    targets: tuple[TargetChoice, ...] = ()
    eyes: EyeChoice = field(default_factory=EyeChoice)
    role: str = AUTO
    role_path: str = ""
    sound: SoundChoice = field(default_factory=SoundChoice)
    partner_sound: SoundChoice = field(default_factory=SoundChoice)
    settings: GazeSettings = field(default_factory=GazeSettings)


@dataclass(frozen=True)
class WrittenGaze:
    """What became of a gaze in the scene.

    Args:
        layers: what was written, for each character by datablock.
        first_frame, last_frame: where its keys lie.
        extended_scene: whether the scene's end was moved to the last frame.
        keys: how many there are, and what leaving some out costs.
    """

    layers: tuple[Mapping[str, Layer], ...]
    first_frame: int
    last_frame: int
    extended_scene: bool
    keys: KeyCount

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Of all that was written."""
        return tuple(each.track_name for layers in self.layers for each in layers.values())

    def gave_way(self, number: int) -> tuple[str, ...]:
        """Earlier gaze of a character that this one lies over, and what became of it."""
        return tuple(line for each in self.layers[number].values() for line in each.gave_way)


def read(
    context: bpy.types.Context,
    choices: Sequence[GazeChoice],
    first_frame: int,
    last_frame: int,
    models: ModelChoice | None = None,
) -> GazeJob:
    """Read characters, targets and sounds from the scene, and check all of it; changes nothing.

    Args:
        context: whose scene.
        choices: one for each character.
        first_frame, last_frame: the range, both included.
        models: where the models lie and how to run them.

    Raises:
        InputError: something chosen cannot be used; says what and what to do.
    """
    _check_range(choices, first_frame, last_frame)
    rigs = [read_rig(context, choice.character, choice.eyes) for choice in choices]
    _check_each_once(rigs)
    _check_not_mirrored(rigs)
    unit_m = metres_per_unit(context.scene)
    by_owner = {rig.owner: rig for rig in rigs}
    readers = [
        target_readers(context, choice.character, choice.targets, by_owner, unit_m)
        for choice in choices
    ]
    scene = context.scene
    voices = [
        Voices(
            read_sound(scene, choice.sound, first_frame),
            read_sound(scene, choice.partner_sound, first_frame),
        )
        for choice in choices
    ]
    frames = np.arange(first_frame, last_frame + 1, dtype=np.float64)
    rows = _look(context, choices, rigs, readers, frames)
    characters = tuple(
        _character(*each, rows, frames) for each in zip(choices, rigs, readers, voices, strict=True)
    )
    return GazeJob(characters, frames, frame_rate_of(scene), models or ModelChoice())


def write(
    context: bpy.types.Context,
    job: GazeJob,
    gaze: Gaze,
    options: Sequence[ResultOptions] = (),
    undo: Undo | None = None,
) -> WrittenGaze:
    """Write gazes as layers on top of what is there; on any error nothing is changed.

    Args:
        context: whose scene.
        job, gaze: what was generated.
        options: of each character, how the layers are written; none for the usual ones.
        undo: answers for what was written, where something after this may fail.

    Raises:
        InputError: a character is gone or cannot be animated any more.
    """
    scene = context.scene
    with playhead_kept(scene), undone_on_error(undo) as own:
        layers = tuple(
            _write_character(context, *each, own)
            for each in zip(
                job.characters,
                gaze.characters,
                options or [EASED_LAYER] * len(job.characters),
                strict=True,
            )
        )
    last = int(job.frames[-1])
    written = [bpy.data.actions[layer.action_name] for each in layers for layer in each.values()]
    extended = extend_scene(scene, last, written)
    keys = sum((layer.keys for each in layers for layer in each.values()), KeyCount())
    return WrittenGaze(layers, int(job.frames[0]), last, extended, keys)


def _look(
    context: bpy.types.Context,
    choices: Sequence[GazeChoice],
    rigs: Sequence[GazeRig],
    readers: Sequence[Sequence[TargetReader]],
    frames: Array,
) -> dict[str, Array]:
    """What all probes see on all frames, earlier gazes of these characters left out."""
    probes: dict[str, Probe] = {}
    names: list[str] = []
    for choice, rig, targets in zip(choices, rigs, readers, strict=True):
        probes |= rig_probes(rig)
        names += [rig.owner, choice.character.name]
        names += rig.eyes.pair if rig.eyes.kind == "OBJECTS" else ()
        if choice.role_path:
            key = f"{choice.character.name}|{choice.role_path}"
            probes[key] = property_probe(choice.character.name, choice.role_path)
        for target in targets:
            probes |= target.probes
            names += target.objects
    objects = [bpy.data.objects[name] for name in dict.fromkeys(names)]
    moved = [block for rig in rigs for block in datablocks_of(rig).values()]
    with playhead_kept(context.scene), layers_muted(moved, CAPABILITY):
        rows = sample(context, objects, probes, frames)
        # Layers of other capabilities, such as nods, move the head but are no part of its keys:
        # what the gaze adds to those adds up with them.
        layered = [rig for rig in rigs if other_layers(bpy.data.objects[rig.owner])]
        with ExitStack() as muted:
            for rig in layered:
                muted.enter_context(other_layers_muted(bpy.data.objects[rig.owner]))
            own = {k: p for rig in layered for k, p in rig_probes(rig).items() if "|basis|" in k}
            rows |= sample(context, objects, own, frames) if own else {}
    return rows


def datablocks_of(rig: GazeRig) -> dict[str, bpy.types.ID]:
    """What a gaze writes to, by name: the owner, eye objects, shape keys of meshes."""
    found: dict[str, bpy.types.ID] = {}
    names = [rig.owner, *(rig.eyes.pair if rig.eyes.kind == "OBJECTS" else ())]
    for name in dict.fromkeys((*names, *rig.eyes.meshes)):
        obj = bpy.data.objects.get((name, None))
        if obj is None:
            raise GazeError(f"'{name}' is gone. Choose a character and try again")
        if name in names:
            found[name] = obj
        if name in rig.eyes.meshes and obj.data.shape_keys is not None:
            found[f"{name} shape keys"] = obj.data.shape_keys
    return found


def _character(
    choice: GazeChoice,
    rig: GazeRig,
    readers: Sequence[TargetReader],
    voices: Voices,
    rows: Mapping[str, Array],
    frames: Array,
) -> CharacterJob:
    count = len(frames)
    own = {key: rows[key] for key in rig_probes(rig)}
    targets = []
    for reader in readers:
        places, weights = reader.read(rows, count)
        targets.append(GazeTarget(reader.name, reader.kind, places, weights))
    role = rows.get(f"{choice.character.name}|{choice.role_path}")
    if role is None:
        roles = np.full(count, ROLE_NAMES.index(choice.role), np.int64)
    else:
        roles = np.array([ROLE_NAMES.index(name) for name in role.tolist()], np.int64)
    settings = replace(choice.settings, eye_limits_deg=_eye_limits(choice, rig))
    if not rig.eyes.head:
        settings = replace(settings, head_share=0.0)
    speaking = blinked_by("speech", _lids(rig), frames) & (settings.blink_rate > 0)
    return CharacterJob(
        rig, own, head_track(rig, rows), tuple(targets), roles, voices, settings, choice.seed,
        speaking if speaking.any() else None, tuple(blinks_left_to("speech", frames[speaking])),
    )  # fmt: skip


def _lids(rig: GazeRig) -> list[Lids]:
    meshes = [bpy.data.objects[name] for name in rig.eyes.meshes]
    shapes = {name for each in CLOSED for name, _ in rig.eyes.face.targets.get(each, ())}
    controls = [upper for side in rig.eyes.lid_controls for upper, _ in side]
    bones = [name for name in (*rig.eyes.lid_bones, *controls) if name]
    return lids_of(meshes, shapes, bpy.data.objects[rig.owner], bones)


def _eye_limits(choice: GazeChoice, rig: GazeRig) -> tuple[float, float, float]:
    """What was set by hand, else the nearer of what settings and character allow."""
    if choice.eyes.limits_deg is not None:
        return choice.eyes.limits_deg
    pairs = zip(rig.limits.degrees, choice.settings.eye_limits_deg, strict=True)
    side, up, down = (min(pair) for pair in pairs)
    return side, up, down


def _write_character(
    context: bpy.types.Context,
    job: CharacterJob,
    gaze: CharacterGaze,
    options: ResultOptions,
    undo: Undo,
) -> dict[str, Layer]:
    blocks = datablocks_of(job.rig)
    frames = gaze.movement.frames
    given = (job.rig, job.rows, job.head, gaze.movement)
    held = _held_lids(context, job.rig, frames)
    channels = {job.rig.owner: owner_channels(*given, held), **object_channels(*given)}
    weights = shape_weights(job.rig, gaze.movement)
    # Eyes must meet what they look at, whatever was held.
    led = LOOKS if job.rig.eyes.kind == "SHAPES" else ()
    meetings = meetings_of_shapes(job.rig.eyes.face, led)
    for name in job.rig.eyes.meshes:
        mesh = bpy.data.objects[name]
        shapes = shape_values(job.rig, mesh, weights)
        for driven in driven_shapes(mesh, list(shapes)):
            del shapes[driven]
        channels[f"{name} shape keys"] = channels_over_held(
            context, mesh, shapes, meetings, frames, "Gaze"
        )
    title = f"{job.rig.name} Gaze"
    layers = {
        name: add_layer(context, blocks[name], CAPABILITY, title, written, undo, options, (_WALK,))
        for name, written in channels.items()
        if written
    }
    remember_together(layer.action_name for layer in layers.values())
    keep_blinks(layers.values(), frames, job.blinks)
    return layers


def _held_lids(context: bpy.types.Context, rig: GazeRig, frames: Array) -> HeldLids:
    armature = bpy.data.objects[rig.owner]
    rate = frame_rate_of(context.scene)
    lids = [name for name in rig.eyes.lid_bones if name]
    controls = [upper for side in rig.eyes.lid_controls for upper, _ in side]
    if not (lids or controls):
        return HeldLids({}, {}, rate)
    paths = {n: bone_path(n, "location") for n in controls}
    places = held_values(context, armature, dict.fromkeys(paths.values(), frames))
    turns = held_turns(context, armature, lids, frames)
    held = {name: places[path] for name, path in paths.items()}
    # A walk's blinks are not held: those of the gaze take their place.
    walked = bones_of_makers(playing_on(armature), _WALK)
    turns |= {n: np.tile((1.0, 0.0, 0.0, 0.0), (len(frames), 1)) for n in walked & turns.keys()}
    held |= {n: np.zeros((len(frames), 3)) for n in walked & held.keys()}
    return HeldLids(turns, held, rate)


def shape_values(
    rig: GazeRig, mesh: bpy.types.Object, weights: Mapping[str, Array]
) -> dict[str, Array]:
    """Values of a mesh's shapes from weights of ARKit channels."""
    values: dict[str, Array] = {}
    for channel, curve in weights.items():
        for shape, gain in rig.eyes.face.targets[channel]:
            if shape in mesh.data.shape_keys.key_blocks:
                values[shape] = values.get(shape, 0.0) + gain * curve
    return values


def _check_range(choices: Sequence[GazeChoice], first: int, last: int) -> None:
    if not choices:
        raise GazeError("no character is chosen. Choose one under Character")
    if last <= first:
        raise GazeError(
            f"the range from frame {first} to {last} has no length. Set the end after the start"
        )
    if last > MAX_FRAME:
        raise GazeError(f"the range ends at frame {last}; Blender's last frame is {MAX_FRAME}")


def _check_each_once(rigs: Sequence[GazeRig]) -> None:
    owners = [rig.owner for rig in rigs]
    for owner in owners:
        if owners.count(owner) > 1:
            raise GazeError(f"'{owner}' is chosen more than once. Choose each character once")


def _check_not_mirrored(rigs: Sequence[GazeRig]) -> None:
    for rig in rigs:
        if bpy.data.objects[rig.owner].matrix_world.determinant() < 0:
            raise GazeError(
                f"'{rig.owner}' is mirrored by a negative scale, and would look to the wrong side. "
                "Apply its scale with Object ▸ Apply ▸ Scale"
            )
        for name in rig.eyes.pair if rig.eyes.kind == "OBJECTS" else ():
            eye = bpy.data.objects[name]
            if (eye.matrix_world @ eye.matrix_basis.inverted_safe()).determinant() < 0:
                raise GazeError(
                    f"the eye '{name}' hangs from something that is mirrored by a negative scale. "
                    "Apply that scale with Object ▸ Apply ▸ Scale"
                )
