"""The film by Cycles: frames that are there already, its pictures, and the cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")
Image = pytest.importorskip("PIL.Image")

from backend.demos import frames as demo_frames  # noqa: E402
from backend.demos import short_film  # noqa: E402

pytestmark = pytest.mark.blender
_TINY = demo_frames.Quality(32, 18, 1)


@pytest.fixture
def ball(scene):
    """A lit ball before a camera, five frames long."""
    bpy.ops.mesh.primitive_uv_sphere_add(segments=8, ring_count=4)
    for name, data in (
        ("Camera", bpy.data.cameras.new("Camera")),
        ("Light", bpy.data.lights.new("Light", "POINT")),
    ):
        thing = bpy.data.objects.new(name, data)
        thing.location = (0.0, 0.0, 8.0)
        scene.collection.objects.link(thing)
    scene.camera = scene.objects["Camera"]
    scene.world = bpy.data.worlds.new("World")
    scene.frame_start, scene.frame_end = 1, 5
    demo_frames.use_cycles(scene, _TINY, 1)
    return scene


def test_frames_that_are_there_are_not_rendered_again(ball, tmp_path):
    seen: list[tuple[int, int]] = []

    def told(*counts: int) -> None:
        seen.append(counts)

    files = demo_frames.render_frames(ball, tmp_path, _TINY, told)
    assert [file.name for file in files] == [f"{n:04d}.png" for n in range(1, 6)]
    assert seen == [(n, 5) for n in range(1, 6)]
    assert np.asarray(Image.open(files[0])).shape == (18, 32, 3)
    kept = files[0].stat().st_mtime_ns
    files[2].unlink()
    seen.clear()
    assert demo_frames.render_frames(ball, tmp_path, _TINY, told) == files
    assert seen == [(5, 5)] and files[0].stat().st_mtime_ns == kept
    assert demo_frames.render_frames(ball, tmp_path, _TINY, told, step=2) == files[::2]
    ball.objects["Light"].data.energy *= 2.0
    others = demo_frames.render_frames(ball, tmp_path, _TINY, told, step=4)
    assert {file.parent for file in others}.isdisjoint({files[0].parent})
    assert not list(tmp_path.rglob("*.part.png"))


def _pictures(folder: Path, count: int) -> list[Path]:
    files = []
    for number in range(count):
        shade = np.full((36, 64, 3), 20 + 30 * number, np.uint8)
        shade[:, 8 * number : 8 * number + 8] = 255
        files.append(folder / f"{1 + number:04d}.png")
        Image.fromarray(shade).save(files[-1])
    return files


def test_a_moving_picture_lasts_as_long_as_the_film(tmp_path):
    files = _pictures(tmp_path, 7)
    short_film._write_moving(files, (32, 18), 1000 / 12, tmp_path / "a.webp")
    with Image.open(tmp_path / "a.webp") as moving:
        assert moving.n_frames == 7 and moving.size == (32, 18)
        lasting = 0
        for number in range(7):
            moving.seek(number)
            moving.load()
            lasting += moving.info["duration"]
    assert lasting == round(7000 / 12)


def test_a_moving_picture_gets_smaller_until_it_fits(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    files = []
    for number in range(3):
        files.append(tmp_path / f"{number}.png")
        Image.fromarray(rng.integers(0, 255, (60, 80, 3), np.uint8)).save(files[-1])
    short_film._write_moving(files, None, 80, tmp_path / "fine.webp")
    monkeypatch.setattr(short_film, "LARGEST_BYTES", 6000)
    short_film._write_moving(files, None, 80, tmp_path / "small.webp")
    fine, small = ((tmp_path / f"{n}.webp").stat().st_size for n in ("fine", "small"))
    assert small < 0.7 * fine


def test_the_cut_shows_both_parts_one_after_the_other(scene, tmp_path):
    for part in ("a", "b"):
        (tmp_path / part).mkdir()
    files = _pictures(tmp_path / "a", 3) + _pictures(tmp_path / "b", 3)
    order = short_film.Order(tmp_path, _TINY, 2, 1, readme=False)
    short_film._encode(files, order)
    assert bpy.data.movieclips.load(str(tmp_path / "film.mp4")).frame_duration == 6
