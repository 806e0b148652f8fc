"""A scene to perform in: two characters with faces, eyes and arms, and a voice for each."""

from __future__ import annotations

import bpy
import numpy as np

from blender_addon.capabilities.package import Part, Written
from blender_addon.core.jobs import Outcome
from tests.shared.blender.face_builders import make_face
from tests.shared.blender.face_rigs import rig_with_eyes
from tests.shared.core.sound_samples import write_wav

RATE_HZ = 16_000
SHAPES = ["jawOpen", "browInnerUp", "eyeBlinkLeft", "eyeBlinkRight", "mouthFrownLeft"]


def voice(path, spans, seconds):
    """A buzz that comes and goes like syllables, between these seconds."""
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * 140 * k * at) / k for k in range(1, 12))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4.0 * at)
    heard = np.zeros(len(at))
    for first, last in spans:
        heard[(at >= first) & (at < last)] = 1.0
    noise = 1e-4 * np.random.default_rng(0).standard_normal(len(at))
    return write_wav(path, 0.2 * buzz * syllables * heard + noise, RATE_HZ)


def character(name, place=(0, 0, 0), turned=0.0, **options):
    rig = rig_with_eyes(root_bone=True, **options)
    rig.name, rig.location, rig.rotation_euler.z = name, place, turned
    make_face(SHAPES, name=f"{name} Face", parent=rig)
    bpy.context.view_layer.update()
    return rig


def cast(folder):
    """The chosen one and a partner, face to face; the first talks, then the other."""
    one, other = character("One"), character("Other", (0, -1.2, 0), np.pi)
    scene = bpy.context.scene
    scene.render.fps = 24
    scene.neural_motion.character = one
    chosen = one.neural_motion.perform
    chosen.source, chosen.file = "FILE", str(voice(folder / "one.wav", [(0.2, 1.4)], 3.0))
    chosen.partner = other
    chosen.partner_sound.source = "FILE"
    chosen.partner_sound.file = str(voice(folder / "other.wav", [(1.5, 2.4)], 4.0))
    return one, other


def state():
    """All that a performance may touch, to the bit."""
    scene, found = bpy.context.scene, []
    keys = [mesh.shape_keys for mesh in bpy.data.meshes if mesh.shape_keys is not None]
    for block in (*scene.objects, *keys):
        data = block.animation_data
        if data is None:
            continue
        tracks = [
            (t.name, t.mute, [(s.name, s.frame_start, s.frame_end, s.mute) for s in t.strips])
            for t in data.nla_tracks
        ]
        active = data.action.name if data.action is not None else ""
        found.append((block.name, active, data.action_blend_type, tracks))
    actions = sorted(
        (a.name, a.users, a.use_fake_user, tuple(sorted(a.keys()))) for a in bpy.data.actions
    )
    poses = [
        (rig.name, bone.name, tuple(map(tuple, bone.matrix_basis)))
        for rig in scene.objects
        if rig.type == "ARMATURE"
        for bone in rig.pose.bones
    ]
    return found, actions, poses, panels(), scene.frame_end, scene.frame_current, len(strips())


def panels():
    """What the panels of all characters show."""
    told = []
    for rig in bpy.context.scene.objects:
        if rig.type != "ARMATURE":
            continue
        for name in ("walk", "speech", "gaze", "gesture", "perform"):
            group = getattr(rig.neural_motion, name)
            told.append((rig.name, name, group.last_result, group.last_warnings, group.made_from
                         if hasattr(group, "made_from") else ""))  # fmt: skip
        speech, gaze = rig.neural_motion.speech, rig.neural_motion.gaze
        targets = [(each.target, each.kind) for each in gaze.targets]
        told.append((speech.source, speech.file, gaze.sound.source, targets, len(speech.heard)))
        told.append((rig.neural_motion.walk.going.go, rig.neural_motion.walk.going.stand_for))
    return told


def strips():
    editor = bpy.context.scene.sequence_editor
    if editor is None:
        return []
    return list(editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all)


def layers(block):
    """Names of the tracks that play on it."""
    data = block.animation_data
    return [] if data is None else [t.name for t in data.nla_tracks if not t.mute]


class Done:
    """A job of a part that takes no time."""

    def run(self, on_progress=None):
        if on_progress is not None:
            on_progress(1.0)
        return Outcome(None)


def part(name="late", order=90, write=None, **options):
    """A part of its own, which writes nothing."""
    given = {
        "reason": lambda *_: None,
        "adopt": lambda *_: None,
        "read": lambda *_: Done(),
        "write": write or (lambda *_: Written("done")),
        **options,
    }
    return Part(name=name, title=name.title(), order=order, moves="Nothing", **given)
