"""The speech demo's picture: the same moments on each face, over the curves and the sound."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from mathutils import Matrix

from blender_addon.capabilities.speech.job import Speech, SpeechJob
from blender_addon.demo_character.portrait import face_camera, find_head

from .chart import BLUE, GREEN, GREY, INK, ORANGE, Curve, Row, render_chart
from .moments import Moments, weight_of
from .pixels import Pixels, compose_sheet, render_smooth, save_pixels, take_pixels
from .speakers import Speaker

_FEW: Final = 12
_COLUMNS, _MANY_COLUMNS = 6, 10
_SIZE, _SMALL_SIZE = (200, 180), (128, 118)
_FONT, _SMALL_FONT = 12, 9
_CHART_HEIGHT: Final = 720
_BESIDE_DEG: Final = 14.0  # from where each is seen
_FILL: Final = 1.5  # chin to crown, of a still's height
_SHIFT: Final = (-0.1, -0.36)  # the mouth matters more than the hair
_COLOURS: Final = (BLUE, ORANGE, GREEN)
_OWN_ROWS: Final = {
    "VRM": ("A", "O", "U"),
    "Visemes": ("viseme_PP", "viseme_aa", "viseme_U"),
}


def write_sheet(
    context: bpy.types.Context,
    speakers: Sequence[Speaker],
    jobs: Sequence[SpeechJob],
    speeches: Sequence[Speech],
    moments: Moments,
    out: Path,
) -> None:
    """Render the picture; the scene is left with other cameras in it, so save it before.

    Args:
        speakers, jobs, speeches: the finished demo.
        moments: that are shown, in order of time.
        out: the PNG, written over; parts of it lie beside it for a moment.
    """
    few = len(moments) <= _FEW
    columns, size = (_COLUMNS, _SIZE) if few else (_MANY_COLUMNS, _SMALL_SIZE)
    rows = [
        _render_face(context, speaker, job, moments, size, _FONT if few else _SMALL_FONT, out)
        for speaker, job in zip(speakers, jobs, strict=True)
    ]
    chart = out.with_name("chart.png")
    length_s = speeches[0].result.clip.duration_s
    curves = _rows(speakers, jobs[0], speeches, moments)
    render_chart(curves, length_s, (columns * size[0], _CHART_HEIGHT), chart)
    save_pixels(compose_sheet(_in_blocks(rows, columns), columns, take_pixels(chart)), out)


def _render_face(
    context: bpy.types.Context,
    speaker: Speaker,
    job: SpeechJob,
    moments: Moments,
    size: tuple[int, int],
    font: int,
    out: Path,
) -> list[Pixels]:
    """A face at every moment."""
    scene = context.scene
    scene.render.resolution_x, scene.render.resolution_y = size
    for thing in scene.objects:  # another head may be before the camera
        if thing.type == "MESH":
            thing.hide_render = thing.parent != speaker.armature
    scene.frame_set(scene.frame_start)
    camera = face_camera(context, speaker.armature, turn_deg=_BESIDE_DEG, fill=_FILL, follow=True)
    camera.data.shift_x, camera.data.shift_y = _SHIFT
    _stand_up(context, camera, speaker.armature)
    stills = []
    for number, (label, frame) in enumerate(moments, start=1):
        scene.frame_set(int(job.frames[frame]))
        text = f" {number} {speaker.name} {label.replace(' in ', ' ')}"
        stills.append(render_smooth(scene, out.parent, text, font))
    return stills


def _stand_up(
    context: bpy.types.Context, camera: bpy.types.Object, armature: bpy.types.Object
) -> None:
    """Roll a camera until the head it looks at is upright in its picture."""
    bone = armature.pose.bones[find_head(armature).bone]
    moved = armature.matrix_world @ bone.matrix @ bone.bone.matrix_local.inverted()
    up = camera.matrix_world.to_3x3().inverted() @ moved.to_3x3().col[2]
    roll = Matrix.Rotation(-np.arctan2(up.x, up.y), 4, "Z")
    camera.matrix_world = camera.matrix_world @ roll
    context.view_layer.update()


def _in_blocks(faces: Sequence[Sequence[Pixels]], columns: int) -> list[Pixels]:
    """As many moments as fit side by side, each face in a row of its own, then the next moments."""
    blank = np.ones_like(faces[0][0])
    stills = []
    for start in range(0, len(faces[0]), columns):
        for face in faces:
            row = list(face[start : start + columns])
            stills += row + [blank] * (columns - len(row))
    return stills


def _rows(
    speakers: Sequence[Speaker], job: SpeechJob, speeches: Sequence[Speech], moments: Moments
) -> list[Row]:
    clip = speeches[0].result.clip
    sound, times = job.sound.sound, np.arange(clip.frame_count) / clip.frame_rate_hz
    rate = sound.sample_rate_hz
    samples = sound.read(round(job.request.start_s * rate), int(clip.duration_s * rate))
    heard = Curve(np.arange(len(samples)) / rate, samples, GREY, filled=True)
    marks = [Curve(np.full(2, times[n]), np.array([-1.0, 1.0]), INK) for _, n in moments]

    def row(label: str, *curves: np.ndarray) -> Row:
        coloured = zip(curves, _COLOURS, strict=False)
        return Row(label, 0.0, 1.0, [Curve(times, values, colour) for values, colour in coloured])

    def channels(label: str, *names: str) -> Row:
        return row(label, *(weight_of(clip, name) for name in names))

    return [
        Row("voice,\nstills", -1.0, 1.0, [heard, *marks]),
        channels("jaw open,\nmouth close", "jawOpen", "mouthClose"),
        channels("pucker,\nfunnel,\npress", "mouthPucker", "mouthFunnel", "mouthPressLeft"),
        *(
            row(",\n".join((speaker.name, *(n.removeprefix("viseme_") for n in names))),
                *(speech.shapes[name] for name in names if name in speech.shapes))
            for speaker, speech in zip(speakers, speeches, strict=True)
            if (names := _OWN_ROWS.get(speaker.name))
        ),
    ]  # fmt: skip
