"""A square of a picture is read as a slow, plain sampler would read it."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.video.tracking.crop import ROOM, Crop, look


def _smooth(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / 9.0 + y / 23.0), np.cos(y / 11.0), np.sin((x + y) / 17.0)]
    return np.clip(127.5 + 120.0 * np.stack(waves, axis=-1), 0, 255).astype(np.uint8)


def _slowly(picture: np.ndarray, crop: Crop, size: int, taps: int) -> np.ndarray:
    """Mean of taps × taps bilinear samples of each pixel of the result; black outside."""
    fine = (np.arange(size * taps) + 0.5) / (size * taps)
    u, v = np.meshgrid(fine, fine)
    places = crop.to_picture(np.stack((u, v), axis=-1)) - 0.5
    padded = np.zeros((picture.shape[0] + 2, picture.shape[1] + 2, 3))
    padded[1:-1, 1:-1] = picture
    places = np.clip(places + 1.0, 0.0, np.array(padded.shape[1::-1]) - 1.001)
    low = places.astype(int)
    share = places - low
    total = np.zeros((*u.shape, 3))
    for right in (0, 1):
        for below in (0, 1):
            weight = np.where(right, share[..., 0], 1 - share[..., 0])
            weight = weight * np.where(below, share[..., 1], 1 - share[..., 1])
            total += weight[..., None] * padded[low[..., 1] + below, low[..., 0] + right]
    return total.reshape(size, taps, size, taps, 3).mean(axis=(1, 3)) / 255.0


@pytest.mark.parametrize(
    "crop",
    [
        Crop((60.0, 40.0), 50.0, 0.0),
        Crop((60.2, 40.7), 63.0, 0.6),
        Crop((5.0, 70.0), 80.0, -2.1),
        Crop((119.0, 2.0), 30.0, 3.0),
    ],
)
def test_without_shrinking_it_is_bilinear(crop: Crop) -> None:
    picture = _smooth(80, 120)

    seen = look(picture, crop, 64)

    assert seen.shape == (64, 64, 3)
    assert seen.dtype == np.float32
    # The slow one fades to black over one pixel outside the picture, and so does this one; places
    # are told apart to 1/256 of a pixel, which at that edge is as much of the brightness.
    apart = np.abs(seen - _slowly(picture, crop, 64, 1))
    assert apart.max() < 5e-3
    assert apart.mean() < 5e-4


@pytest.mark.parametrize("turn", [0.0, 0.4, 1.6])
def test_a_large_square_is_averaged(turn: float) -> None:
    picture = _smooth(500, 640)
    crop = Crop((320.0, 250.0), 400.0, turn)

    assert np.abs(look(picture, crop, 64) - _slowly(picture, crop, 64, 6)).mean() < 0.02


def test_a_large_square_does_not_alias() -> None:
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255

    seen = look(stripes, Crop((200.0, 200.0), 380.0), 64)

    assert np.abs(seen - 0.5).max() < 0.05


def test_outside_of_the_picture_it_is_black() -> None:
    picture = np.full((40, 40, 3), 255, np.uint8)

    assert not look(picture, Crop((500.0, -80.0), 60.0, 0.3), 32).any()
    half = look(picture, Crop((0.0, 20.0), 20.0), 32)
    assert half[:, :15].max() < 0.1
    assert half[:, 17:].min() > 0.9


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (8, 8), (2160, 3)])
def test_any_size_of_picture(shape: tuple[int, int]) -> None:
    picture = np.full((*shape, 3), 200, np.uint8)

    seen = look(picture, Crop.whole(picture), 224)

    assert np.isfinite(seen).all()
    assert 0.0 <= seen.min() <= seen.max() <= 200.001 / 255.0


def test_only_the_square_is_read() -> None:
    """A picture of which most is never there costs nothing: it need not even be in memory."""
    huge = np.broadcast_to(np.uint8(90), (400_000, 400_000, 3))

    assert np.allclose(look(huge, Crop((2e5, 2e5), 300.0, 0.2), 64), 90 / 255, atol=1e-3)


def test_places_go_there_and_back() -> None:
    crop = Crop((12.0, 34.0), 56.0, 0.7)
    points = np.random.default_rng(1).uniform(-100, 100, (20, 2))

    assert np.allclose(crop.to_picture(crop.from_picture(points)), points)
    assert np.allclose(crop.to_picture(np.array([0.5, 0.5])), (12.0, 34.0))


@pytest.mark.parametrize(
    ("rim", "turn"), [((0, -10), 0.0), ((10, 0), np.pi / 2), ((-10, 0), -np.pi / 2)]
)
def test_the_person_is_upright_in_the_square(rim: tuple[int, int], turn: float) -> None:
    hips = np.array([50.0, 50.0])

    crop = Crop.around(hips, hips + rim)

    assert crop.turn_rad == pytest.approx(turn)
    assert crop.side_px == pytest.approx(20.0 * ROOM)
    # The rim lies over the hips in the square.
    assert np.allclose(crop.from_picture(hips + rim), (0.5, 0.5 - 0.5 / ROOM))


def test_a_body_without_size_is_a_tiny_square() -> None:
    crop = Crop.around(np.zeros(2), np.zeros(2))

    assert crop.side_px > 0.0
    assert np.isfinite(look(np.zeros((4, 4, 3), np.uint8), crop, 16)).all()
