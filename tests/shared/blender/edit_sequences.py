"""Random sequences of generating and of working by hand, and what must hold after each step.

The animator's is whatever a hand was laid on: an own action, an own track, a take that was renamed,
locked, trimmed, pushed down. No generating may change or lose any of it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import bpy
import numpy as np

from blender_addon.blender import compat
from blender_addon.blender.keys.density import KeyDensity
from blender_addon.blender.keys.keyframes import Channel
from blender_addon.blender.keys.layers import add_layer
from blender_addon.blender.keys.options import ResultKind, ResultOptions
from blender_addon.blender.keys.result import write_result
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52
from tests.shared.blender.animator_work import ARM, HEAD, HIPS, JAW, SHAPES, Work, datablock
from tests.shared.blender.builders import make_curve, make_rig
from tests.shared.blender.edit_turns import (
    auto_update,
    cancel,
    delete,
    in_window,
    new_watch,
    undo,
    undo_and_redo,
)
from tests.shared.blender.face_builders import make_face
from tests.shared.blender.hands import ON_ACTIONS, ON_ACTIVE, ON_STRIPS
from tests.shared.core.sound_samples import write_wav
from tests.speech.contract_samples import babble

STEPS = (8, 16)

CHANNELS = {"walk": HIPS, "gaze": HEAD, "speech": JAW}
OWNERS = {"walk": "Rig", "gaze": "Rig", "speech": "Face"}

NOT_ON_SHAPES = ("a strip beside it", "another user", "slot added")


@dataclass
class Animator:
    """What an animator has and did, by name, for names outlive a reload.

    Args:
        actions: touched or made by hand.
        operators: the buttons are pressed, with the trained models; else only keys are written.
        log: what was done, to be read when something is lost.
        folder: for files.
        history: the actions after each step that can be undone.
        saved: a file to come back to, and the actions at that time.
        gone: how many untouched takes made room.
        refused: how often generating was.
        did: how often each of ``KINDS`` was done.
        now_s: the clock of what follows by itself.
    """

    seed: int
    folder: Path
    operators: bool = False
    actions: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)
    history: list[set[str]] = field(default_factory=list)
    saved: tuple[str, set[str]] | None = None
    gone: int = 0
    refused: int = 0
    did: Counter[str] = field(default_factory=Counter)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.watch = new_watch()

    def story(self) -> str:
        return f"sequence {self.seed} (build.py test … --sequence {self.seed}):\n  " + "\n  ".join(
            self.log
        )


def begin(animator: Animator) -> None:
    """A rig with a face, and some work of the animator's own on both."""
    for name in ("objects", "actions", "meshes", "armatures", "curves"):
        bpy.data.batch_remove(list(getattr(bpy.data, name)))
    scene, rng = bpy.context.scene, animator.rng
    for key in list(scene.keys()):
        if key.startswith("neural_motion_"):
            del scene[key]
    scene.frame_start, scene.frame_end = 1, rng.choice((110, 130, 250))
    scene.frame_set(rng.randrange(1, 60))
    rig = make_rig(root_bone=True) if animator.operators else _make_small_rig()
    rig.pose.bones["LeftArm"].rotation_mode = "XYZ"
    face = (
        make_face((*ARKIT_52, SHAPES[1]), parent=rig)
        if animator.operators
        else make_face(SHAPES, parent=rig)
    )
    if animator.operators:
        _set_up(animator, rig, face)
    rig.pose.bones["RightArm"].location = (0.1, 0.2, 0.3)
    datablock("Face").key_blocks[SHAPES[1]].value = 0.4
    if rng.random() < 0.7:
        own_action(animator, "Wave", ARM, strip=rng.random() < 0.5)
    if rng.random() < 0.4:
        own_action(animator, "Grin", JAW, strip=rng.random() < 0.5)


def _make_small_rig() -> bpy.types.Object:
    data = bpy.data.armatures.new("Rig")
    rig = bpy.data.objects.new("Rig", data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for n, name in enumerate(("Hips", "Head", "LeftArm", "RightArm")):
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = (n, 0, 0), (n, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    return rig


def _set_up(animator: Animator, rig: bpy.types.Object, face: bpy.types.Object) -> None:
    """All that the three buttons need, as little of it as possible."""
    scene = bpy.context.scene
    scene.neural_motion.character = rig
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = 1, 24
    chosen = rig.neural_motion
    chosen.walk.path = make_curve(((0, 0, 0), (0, -0.8, 0)))
    chosen.walk.stand_before = chosen.walk.stand_after = 0.0
    scene.neural_motion.walk.crowd.clear()
    scene.neural_motion.walk.crowd.add().rig = rig
    target = chosen.gaze.targets.add()
    target.target = make_curve(((0, -2, 1.6), (0, -2, 1.7)), name="Thing")
    voice = animator.folder / "voice.wav"
    if not voice.exists():
        write_wav(voice, babble(0.5).read(0, 8_000), 16_000)
    chosen.speech.file = str(voice)


# By hand ----------------------------------------------------------------------------------------


def own_action(animator: Animator, name: str, path: str, strip: bool) -> None:
    """A new action of the animator's, active or on a track of its own."""
    rng = animator.rng
    block = datablock("Face" if path == JAW else "Rig")
    action = bpy.data.actions.new(name)
    animator.actions.add(action.name)
    curves = compat.new_fcurves(action, block).fcurves
    for frame in (1.0, 20.0, 45.0):
        curve = curves.find(path) or curves.new(path, index=0)
        curve.keyframe_points.insert(frame, rng.uniform(-0.3, 0.3))
    data = block.animation_data or block.animation_data_create()
    if strip:
        track = data.nla_tracks.new()
        track.name = f"{name} mine"
        compat.assign_strip_slot(track.strips.new(name, 1, action))
        animator.log.append(f"own track with '{action.name}'")
    else:
        if data.action is not None:
            data.action.use_fake_user = True
            animator.actions.add(data.action.name)
        compat.assign_action(block, action)
        animator.log.append(f"own active action '{action.name}'")


def touch(animator: Animator) -> None:
    """Lay a hand on any action that is played somewhere."""
    rng = animator.rng
    owner = rng.choice(("Rig", "Face"))
    block = datablock(owner)
    data = block.animation_data
    if data is None:
        return
    played = [s.action for t in data.nla_tracks for s in t.strips if s.action is not None]
    on_strips = {a.name for a in played}
    played += [data.action] if data.action is not None else []
    if not played:
        return
    action = rng.choice(sorted(played, key=lambda each: each.name))
    where = ON_STRIPS if action.name in on_strips else ON_ACTIVE
    ways = {**ON_ACTIONS, **where}
    what = rng.choice(sorted(set(ways) - set(NOT_ON_SHAPES if owner == "Face" else ())))
    name, before = action.name, {each.name for each in bpy.data.actions}
    try:
        ways[what](block, action)
    except (RuntimeError, IndexError) as error:  # no room for another strip, no group of curves
        animator.log.append(f"{what} of '{name}' does not go: {error}")
        return
    animator.log.append(f"{what}: '{name}'")
    animator.actions |= {each.name for each in bpy.data.actions} - before
    animator.actions.discard(name)
    animator.actions.add(action.name)


def key_by_hand(animator: Animator) -> None:
    """A key in the active action of the rig, whoever made that."""
    rig = datablock("Rig")
    rig.pose.bones["LeftArm"].keyframe_insert("rotation_euler", index=0, frame=33)
    animator.actions.add(rig.animation_data.action.name)
    animator.log.append(f"key in '{rig.animation_data.action.name}'")


def move_in_time(animator: Animator) -> None:
    scene, rng = bpy.context.scene, animator.rng
    if rng.random() < 0.5:
        scene.frame_set(rng.randrange(-10, 150))
        animator.log.append(f"playhead to {scene.frame_current}")
    else:
        scene.frame_end = rng.randrange(110, 400)
        animator.log.append(f"scene ends at {scene.frame_end}")


def reorder_tracks(animator: Animator) -> None:
    """The animator's own track is made anew, on top or at the bottom."""
    tracks = datablock("Rig").animation_data_create().nla_tracks
    own = [track for track in tracks if track.name.endswith(" mine")]
    for track in own:
        action = track.strips[0].action
        tracks.remove(track)
        made = tracks.new(prev=tracks[0]) if len(tracks) else tracks.new()
        made.name = f"{action.name} mine"
        compat.assign_strip_slot(made.strips.new(action.name, 1, action))
    animator.log.append("own tracks moved")


def save(animator: Animator) -> None:
    path = str(animator.folder / f"{animator.seed}.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    animator.saved = path, set(animator.actions)
    animator.log.append("saved")


def come_back(animator: Animator) -> None:
    """Everything since is given up for the saved file."""
    if animator.saved is None:
        save(animator)
    path, actions = animator.saved
    bpy.ops.wm.open_mainfile(filepath=path)
    animator.actions, animator.history = set(actions), []
    animator.watch.stop()
    animator.log.append("back to what was saved")


def remember(animator: Animator) -> None:
    """End a step: what comes next can be undone alone."""
    with in_window():
        bpy.ops.ed.undo_push(message="Step")
    animator.history.append(set(animator.actions))


# Generating -------------------------------------------------------------------------------------


def generate(animator: Animator) -> None:
    """One of the three, and the animator's things compared."""
    rng = animator.rng
    capability = rng.choice(("walk", "walk", "gaze", "speech"))
    kinds = (ResultKind.ACTION, ResultKind.STRIP) if capability == "walk" else (ResultKind.LAYER,)
    options = ResultOptions(
        kind=rng.choice(kinds),
        replace_last=rng.random() < 0.8,
        blend_in_s=rng.choice((0.0, 0.2)),
        blend_out_s=rng.choice((0.0, 0.2)),
        density=rng.choice((KeyDensity.EVERY_FRAME, KeyDensity.REDUCED)),
    )
    first, count = rng.randrange(-5, 70), rng.randrange(8, 40)
    what = f"{capability} as {options.kind.name}, frames {first} to {first + count - 1}, "
    animator.log.append(what + ("replacing" if options.replace_last else "keeping the last"))
    before = Work.of(animator.actions)
    taken, freed = uids(), _makes_room(animator, options)
    try:
        if animator.operators:
            _press(animator, capability, options)
        else:
            _write(capability, options, _channels(rng, capability, first, count))
    except (InputError, RuntimeError) as error:
        animator.refused += 1
        animator.log[-1] += f": refused, {error}"
    else:
        animator.did["generate"] += 1
    animator.gone += len(taken - uids())
    assert not freed & uids(), "a take that nobody touched is still there"
    keyed = {CHANNELS[capability]}
    if options.kind is ResultKind.ACTION or (animator.operators and capability == "walk"):
        keyed |= {ARM, HIPS, HEAD}  # what the action before does does not play any more
    if animator.operators and capability == "speech":
        keyed.add(HEAD)  # who speaks nods
    before.check_against(Work.of(animator.actions), capability, keyed)


def uids() -> set[int]:
    return {action.session_uid for action in bpy.data.actions}


def _makes_room(animator: Animator, options: ResultOptions) -> set[int]:
    """The active walk, if no hand drove or touched it and a walk as an action replaces it."""
    data = datablock("Rig").animation_data
    action = data.action if data is not None else None
    if action is None or options.kind is not ResultKind.ACTION or not options.replace_last:
        return set()
    ours = action.name.startswith("Rig Walk") and action.name not in animator.actions
    driven = action.use_fake_user
    return {action.session_uid} if ours and not driven else set()


def _write(capability: str, options: ResultOptions, channels: list[Channel]) -> None:
    owner = OWNERS[capability]
    name = f"{owner} {capability.title()}"
    if capability == "walk":
        write_result(bpy.context, datablock(owner), capability, name, channels, options)
    else:
        add_layer(bpy.context, datablock(owner), capability, name, channels, options=options)


def _press(animator: Animator, capability: str, options: ResultOptions) -> None:
    chosen = getattr(datablock("Rig").neural_motion, capability)
    chosen.seed = animator.rng.randrange(9)
    result = chosen.result
    result.replace_last, result.density = options.replace_last, options.density.value
    result.blend_in, result.blend_out = options.blend_in_s, options.blend_out_s
    if capability == "walk":
        result.kind, chosen.start = options.kind.value, animator.rng.choice(("LAST", "CURRENT"))
        chosen.speed = animator.rng.uniform(1.0, 1.6)
        button = animator.rng.choice(("generate_walk", "generate_crowd", "live_drive"))
        animator.log[-1] += f", by {button}"
        given = {"profile": "0.2:0:-1.2"} if button == "live_drive" else {}
        getattr(bpy.ops.neural_motion, button)(**given)
    else:
        getattr(bpy.ops.neural_motion, f"generate_{capability}")()


def _channels(rng: random.Random, capability: str, first: int, count: int) -> list[Channel]:
    frames = np.arange(first, first + count, dtype=np.float64)
    swing = rng.uniform(0.1, 0.5) * np.sin(rng.uniform(0.1, 0.4) * np.arange(count))
    path = CHANNELS[capability]
    if capability == "gaze":
        turns = (np.cos(swing), np.sin(swing), 0.0 * swing, 0.0 * swing)
        return [Channel(path, n, frames, values, capability) for n, values in enumerate(turns)]
    if capability == "walk":
        return [Channel(path, n, frames, (n + 1) * swing, capability) for n in range(3)]
    return [Channel(path, 0, frames, np.abs(swing), capability)]


# A sequence -------------------------------------------------------------------------------------

BY_HAND = (
    touch, touch, touch, touch, key_by_hand, move_in_time, reorder_tracks, save, come_back,
    undo, undo_and_redo, delete, delete,
)  # fmt: skip
BY_BUTTON = (cancel, auto_update)
UNDOES = (undo, undo_and_redo)
KINDS = ("generate", "undo", "redo", "cancel", "delete", "auto-update")


def play(animator: Animator) -> Animator:
    """Play one sequence; AssertionError tells it when something of the animator's is lost."""
    rng = animator.rng
    try:
        begin(animator)
        remember(animator)
        steps = [_any_step(animator) for _ in range(rng.randint(*STEPS))]
        for step in [*steps, *(BY_BUTTON if animator.operators else ())]:
            step(animator)
            if step not in UNDOES:
                remember(animator)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{animator.story()}") from error
    except Exception as error:
        raise RuntimeError(f"{error!r} in {animator.story()}") from error
    finally:
        animator.watch.stop()
    return animator


def _any_step(animator: Animator) -> Callable[[Animator], None]:
    rng = animator.rng
    if animator.operators and rng.random() < 0.25:
        return rng.choice(BY_BUTTON)
    if rng.random() < 0.6:
        return generate
    return more_of_one_s_own if rng.random() < 0.15 else rng.choice(BY_HAND)


def more_of_one_s_own(animator: Animator) -> None:
    own_action(animator, "More", ARM, strip=animator.rng.random() < 0.5)
