"""The short film with what made it: bones, the path with its seconds, looks, and the keys below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont  # comes with matplotlib

from blender_addon.blender.axes import core_to_blender_points
from blender_addon.blender.compat import action_fcurves

from .cast import NAMING, eyes_of
from .meeting_story import FRAME_RATE, HE, SHE, Story
from .room.cameras import SHOTS
from .scene import path_points

Array = NDArray[np.float64]
Ink = tuple[int, int, int]

_SHARE: Final = 0.75
"""Of the canvas, what the picture gets in width and height."""
_LABELS: Final = 0.115  # of the width, before the rows
_PAPER: Final[Ink] = (22, 25, 28)
_ROW: Final[Ink] = (35, 39, 44)
_GRID: Final[Ink] = (58, 64, 71)
_TEXT: Final[Ink] = (205, 210, 214)
_PATH: Final[Ink] = (255, 112, 44)
_LOOK: Final[Ink] = (255, 236, 130)
_HEAD: Final[Ink] = (90, 170, 255)
_WHOSE: Final[dict[str, Ink]] = {SHE: (245, 178, 66), HE: (128, 208, 222)}
_BONES: Final = (
    "spine", "shoulder", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe", "f_",
    "thumb", "palm",
)  # fmt: skip
_AHEAD: Final = Vector((0.0, -1.0, 0.0))  # of a person at rest
_NEAREST_M: Final = 0.12
_LOOK_M: Final = 0.55


@dataclass(frozen=True, eq=False)
class Row:
    """One curve with its keys.

    Args:
        label: before it.
        ink: of the curve.
        frames, values: of its keys; values from 0 to 1.
        keys: of the whole action.
    """

    label: str
    ink: Ink
    frames: Array
    values: Array
    keys: int


class KeysOverlay:
    """Draws over rendered frames what the scene holds at them.

    Args:
        scene: the film's.
        story: what is in it.
        size: of what is drawn, pixels.
    """

    def __init__(self, scene: bpy.types.Scene, story: Story, size: tuple[int, int]) -> None:
        self._scene, self._story, self._size = scene, story, size
        self._rows = _rows()
        self._path = _path_places(story)
        self._seconds = _second_places(scene, story)
        self._font = ImageFont.load_default(size[1] / 44)
        self._large = ImageFont.load_default(size[1] / 22)
        self._below = self._draw_rows()

    def draw(self, picture: Image.Image, frame: int) -> Image.Image:
        """The picture with bones and path at a frame to which the scene has been taken."""
        width, height = self._size
        inner = (round(_SHARE * width), round(_SHARE * height))
        twice = (2 * inner[0], 2 * inner[1])  # so that lines become smooth
        shown = picture.resize(twice, Image.Resampling.BICUBIC)
        shown = Image.blend(shown, Image.new("RGB", twice, (12, 14, 16)), 0.28)
        self._draw_scene(ImageDraw.Draw(shown), twice)
        canvas = self._below.copy()
        canvas.paste(shown.resize(inner, Image.Resampling.LANCZOS), (0, 0))
        self._draw_playhead(ImageDraw.Draw(canvas), frame)
        return canvas

    def _draw_scene(self, draw: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
        view = _View(self._scene, size)
        wide = max(size[0] // 300, 1)
        _polyline(draw, view.lines(self._path), _PATH, wide + 1)
        for second, place in self._seconds:
            if (spot := view.spot(place)) is not None:
                x, y = spot
                draw.ellipse((x - 2 * wide, y - 2 * wide, x + 2 * wide, y + 2 * wide), fill=_PATH)
                draw.text((x + 3 * wide, y - 7 * wide), f"{second} s", fill=_PATH, font=self._large)
        for name, armature in self._story.people.items():
            for head, tail in _bones(armature):
                _polyline(draw, view.lines(np.array([head, tail])), _WHOSE[name], wide)
                if (spot := view.spot(head)) is not None:
                    x, y = spot
                    draw.ellipse((x - wide, y - wide, x + wide, y + wide), fill=_WHOSE[name])
            for dash in _look(armature):
                _polyline(draw, view.lines(dash), _LOOK, wide)

    def _draw_rows(self) -> Image.Image:
        """All that is the same on every frame."""
        width, height = self._size
        canvas = Image.new("RGB", self._size, _PAPER)
        draw = ImageDraw.Draw(canvas)
        top, each = _SHARE * height, (1 - _SHARE) * height / len(self._rows)
        for number, row in enumerate(self._rows):
            low, high = top + (number + 1) * each - 2, top + number * each + 2
            draw.rectangle((0, high, width, low), fill=_ROW)
            draw.text((6, high + 0.1 * each), row.label, fill=row.ink, font=self._font)
            for second in range(13):
                x = self._x(1 + second * FRAME_RATE)
                draw.line((x, high, x, low), fill=_GRID)
            self._draw_row(draw, row, low, high)
        for shot in SHOTS[1:]:
            x = self._x(shot.first)
            draw.line((x, top, x, height), fill=_TEXT)
        self._draw_legend(draw)
        return canvas

    def _draw_row(self, draw: ImageDraw.ImageDraw, row: Row, low: float, high: float) -> None:
        room = 0.16 * (low - high)
        x, y = self._x(row.frames), low - room - (low - high - 2 * room) * row.values
        draw.line([*zip(x.tolist(), y.tolist(), strict=True)], fill=row.ink, width=1)
        last = -10.0
        for px, py in zip(x.tolist(), y.tolist(), strict=True):
            if px - last > 5.0:  # keys on every frame would be a wall
                draw.polygon(
                    ((px - 2.5, py), (px, py - 2.5), (px + 2.5, py), (px, py + 2.5)), fill=row.ink
                )
                last = px

    def _draw_legend(self, draw: ImageDraw.ImageDraw) -> None:
        width, height = self._size
        x, y, step = (_SHARE + 0.02) * width, 0.10 * height, 0.058 * height
        lines = (
            (_PATH, "Path, a dot each second"), (_WHOSE[SHE], f"{SHE}: bones and keys"),
            (_WHOSE[HE], f"{HE}: bones and keys"), (_LOOK, "Where the eyes look"),
        )  # fmt: skip
        for number, (ink, text) in enumerate(lines):
            at = y + number * step
            draw.rectangle((x, at + 3, x + 12, at + 15), fill=ink)
            draw.text((x + 20, at), text, fill=_TEXT, font=self._font)
        draw.text((x, y + 5.2 * step), "Plain keyframes", fill=_TEXT, font=self._font)
        for number, row in enumerate(self._rows):
            text = f"{row.label}: {row.keys:,} keys"
            draw.text((x, y + (6.1 + 0.85 * number) * step), text, fill=row.ink, font=self._font)

    def _draw_playhead(self, draw: ImageDraw.ImageDraw, frame: int) -> None:
        width, height = self._size
        x = self._x(frame)
        draw.line((x, _SHARE * height, x, height), fill=_HEAD, width=2)
        text = f"Frame {frame}   {(frame - 1) / FRAME_RATE:.1f} s"
        draw.text(((_SHARE + 0.02) * width, 0.03 * height), text, fill=_HEAD, font=self._font)

    def _x(self, frame: Any) -> Any:
        """Where frames are on the canvas."""
        width, last = self._size[0], self._scene.frame_end
        return width * (_LABELS + (0.99 - _LABELS) * (np.asarray(frame) - 1) / (last - 1))


class _View:
    """Where places of the world are in the picture of the scene's camera."""

    def __init__(self, scene: bpy.types.Scene, size: tuple[int, int]) -> None:
        camera: Any = scene.camera
        self._inverse = np.array(camera.matrix_world.inverted())
        self._scale = size[0] * camera.data.lens / camera.data.sensor_width
        self._middle = 0.5 * np.array(size)

    def spot(self, place: Array) -> tuple[float, float] | None:
        """Pixel of a place; None behind the camera."""
        seen = self._inverse[:3, :3] @ np.asarray(place) + self._inverse[:3, 3]
        if -seen[2] < _NEAREST_M:
            return None
        x, y = self._middle + self._scale * np.array([seen[0], -seen[1]]) / -seen[2]
        return float(x), float(y)

    def lines(self, places: Array) -> list[tuple[tuple[float, float], tuple[float, float]]]:
        """Pieces of a line that lie before the camera."""
        spots = [self.spot(place) for place in places]
        pairs = pairwise(spots)
        return [(a, b) for a, b in pairs if a is not None and b is not None]


def _polyline(
    draw: ImageDraw.ImageDraw,
    lines: Sequence[tuple[tuple[float, float], tuple[float, float]]],
    ink: Ink,
    width: int,
) -> None:
    for start, end in lines:
        draw.line((*start, *end), fill=ink, width=width)


def _bones(armature: bpy.types.Object) -> list[tuple[Array, Array]]:
    """(3,) heads and tails of the body's bones, in the world."""
    world = armature.matrix_world
    return [
        (np.array(world @ bone.head), np.array(world @ bone.tail))
        for bone in armature.pose.bones
        if bone.name.startswith(_BONES)
    ]


def _look(armature: bpy.types.Object) -> list[Array]:
    """(2, 3) dashes from between the eyes to where they look."""
    world, ways = armature.matrix_world.to_3x3(), []
    for side in "LR":  # the bone itself need not lie along what the eye sees
        eye = armature.pose.bones[NAMING.names[f"eye.{side}"]]
        turned = eye.matrix.to_3x3() @ eye.bone.matrix_local.to_3x3().inverted()
        ways.append(np.array(world @ turned @ _AHEAD))
    start, way = eyes_of(armature), np.mean(ways, axis=0)
    marks = np.linspace(0.06, _LOOK_M, 12).reshape(-1, 2)
    return [start + pair[:, None] * way for pair in marks]


def _path_places(story: Story) -> Array:
    """(N, 3) the path on the ground, Blender's axes."""
    points = path_points(story.job.path)
    heights = story.job.terrain.heights(points)
    core = np.stack((points[:, 0], heights + 0.01, points[:, 1]), axis=-1)
    return np.asarray(core_to_blender_points(core))


def _second_places(scene: bpy.types.Scene, story: Story) -> list[tuple[int, Array]]:
    """Where on the path she is at whole seconds of the film, until she stands."""
    path, track = _path_places(story), core_to_blender_points(story.walk.track.positions)
    found: list[tuple[int, Array]] = []
    for second in range(1 + (scene.frame_end - 1) // FRAME_RATE):
        number = 1 + second * FRAME_RATE - story.job.start_frame
        place = path[np.argmin(np.linalg.norm(path[:, :2] - track[number, :2], axis=-1))]
        if found and np.linalg.norm(place - found[-1][1]) < 0.1:
            break
        found.append((second, place))
    return found


def _rows() -> list[Row]:
    """A telling curve of each layer."""
    rows = []
    for name, ink in _WHOSE.items():
        thigh = 'pose.bones["thigh.L"].rotation_quaternion'
        what = "Walk" if name == SHE else "Stand"
        rows.append(_row(f"{name}  {what}", ink, f"{name} Walk", (thigh, 1)))
        look = [(f'key_blocks["eyeLook{way}Left"].value', 0) for way in ("Out", "In")]
        rows.append(_row(f"{name}  Gaze", ink, f"{name} Gaze.001", *look))
        jaw = ('key_blocks["jawOpen"].value', 0)
        rows.append(_row(f"{name}  Speech", ink, f"{name} Head Speech", jaw))
    return rows


def _row(label: str, ink: Ink, action: str, *channels: tuple[str, int]) -> Row:
    """The first channel less the others."""
    every = {(c.data_path, c.array_index): c for c in action_fcurves(bpy.data.actions[action])}
    curves = [every[channel] for channel in channels]
    frames = np.array([key.co.x for key in curves[0].keyframe_points if key.co.x >= 1.0])
    signs = [1.0] + [-1.0] * (len(curves) - 1)
    values = np.array(
        [sum(s * c.evaluate(f) for s, c in zip(signs, curves, strict=True)) for f in frames]
    )
    keys = sum(len(curve.keyframe_points) for curve in every.values())
    span = max(float(np.ptp(values)), 1e-6)
    return Row(label, ink, frames, (values - values.min()) / span, keys)
