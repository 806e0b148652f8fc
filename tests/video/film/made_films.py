"""Films that tell in each picture which one it is: encoded by Blender, then edited by bytes."""

from __future__ import annotations

import struct
from pathlib import Path

import bpy
import numpy as np

from blender_addon.blender.compat import sequence_strips, set_strip_end

BITS = 8
RED, BLUE = (200, 40, 30), (20, 90, 220)
ONE = 1 << 16  # of the numbers in a header's matrix
TURNS = {
    0: (ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30),
    90: (0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30),
    180: (-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30),
    270: (0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30),
}


def picture(number: int, width: int = 160, height: int = 96) -> np.ndarray:
    """(H, W, 3) whose upper half shows a number in bars, its lower one red over blue."""
    made = np.zeros((height, width, 3), np.uint8)
    for bit in range(BITS):
        bar = slice(bit * width // BITS, (bit + 1) * width // BITS)
        made[: height // 2, bar] = 255 * (number >> bit & 1)
    made[height // 2 : 3 * height // 4] = RED
    made[3 * height // 4 :] = BLUE
    return made


def number_in(shown: np.ndarray | None) -> int | None:
    """The number that a picture shows; None of none."""
    if shown is None:
        return None
    height, width, _ = shown.shape
    bars = [shown[height // 4, (2 * bit + 1) * width // (2 * BITS)] for bit in range(BITS)]
    return sum(1 << bit for bit, bar in enumerate(bars) if bar.mean() > 128)


def write_bmp(path: Path, pixels: np.ndarray) -> Path:
    """A picture without loss."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, (3 * width + 3) // 4 * 4), np.uint8)
    rows[:, : 3 * width] = pixels[::-1, :, ::-1].reshape(height, -1)
    head = struct.pack("<2sIHHI", b"BM", 54 + rows.size, 0, 0, 54)
    head += struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, rows.size, 2835, 2835, 0, 0)
    path.write_bytes(head + rows.tobytes())
    return path


def write_images(folder: Path, numbers: range | tuple[int, ...], size=(160, 96)) -> Path:
    """Numbered pictures from 10 on; returns the first."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        write_bmp(folder / f"shot_{number + 10:04d}.bmp", picture(number, *size))
    return folder / f"shot_{numbers[0] + 10:04d}.bmp"


def write_film(
    path: Path, count: int = 30, size=(160, 96), rate: float = 25.0, sound: bool = False
) -> Path:
    """A film of that many pictures; the suffix says in which container."""
    images = write_images(path.parent / f"{path.stem}_pictures", range(count), size)
    scene = bpy.data.scenes.new("Encoder")
    strip = sequence_strips(scene.sequence_editor_create()).new_image("I", str(images), 1, 1)
    for number in range(1, count):
        strip.elements.append(f"shot_{number + 10:04d}.bmp")
    set_strip_end(strip, 1 + count)
    render = scene.render
    render.resolution_x, render.resolution_y = size
    render.resolution_percentage = 100
    render.fps = round(rate)
    render.fps_base = round(rate) / rate
    scene.frame_start, scene.frame_end = 1, count
    scene.view_settings.view_transform = "Standard"
    _encode(scene, path, sound)
    bpy.data.scenes.remove(scene)
    return path


def _encode(scene, path: Path, sound: bool) -> None:
    render = scene.render
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    container, codec = {
        ".mp4": ("MPEG4", "H264"), ".mov": ("QUICKTIME", "H264"), ".mkv": ("MKV", "H264"),
        ".avi": ("AVI", "MPEG4"),
    }[path.suffix]  # fmt: skip
    written = render.ffmpeg
    written.format, written.codec, written.gopsize = container, codec, 6
    written.constant_rate_factor = "HIGH"
    written.audio_codec = "AAC" if sound else "NONE"
    render.use_file_extension = False
    render.filepath = str(path)
    bpy.ops.render.render(animation=True, scene=scene.name)


def turned(path: Path, by_deg: int) -> Path:
    """A copy of an MP4 film whose header says that it is to be turned clockwise."""
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd") + 4 + 4 + 20 + 16
    data[at : at + 36] = struct.pack(">9i", *TURNS[by_deg])
    return _copy(path, f"turned_{by_deg}", data)


def uneven(path: Path, first: int, later: int) -> Path:
    """A copy of an MP4 film whose first half is shown for so many ticks a picture, then others."""
    data = bytearray(path.read_bytes())
    at = data.find(b"stts")
    count, each = struct.unpack(">II", data[at + 12 : at + 20])
    table = struct.pack(">IIIII", 2, count // 2, first * each, count - count // 2, later * each)
    for parent in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"):
        start = data.find(parent) - 4
        size = int.from_bytes(data[start : start + 4], "big") + 8
        data[start : start + 4] = size.to_bytes(4, "big")
    data[at + 8 : at + 20] = table
    return _copy(path, "uneven", data)


def cut_off(path: Path, share: float) -> Path:
    """A copy of the first part of a film."""
    data = path.read_bytes()
    return _copy(path, "cut_off", data[: int(share * len(data))])


def _copy(path: Path, name: str, data: bytes | bytearray) -> Path:
    made = path.with_name(f"{path.stem}_{name}{path.suffix}")
    made.write_bytes(bytes(data))
    return made
