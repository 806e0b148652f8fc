"""People are told apart by what they wear."""

from __future__ import annotations

import numpy as np

from blender_addon.core.video.tracking.appearance import colours_of, likeness
from blender_addon.core.video.tracking.identity import Identity
from tests.video.tracking.scripted import BODY

BLACK, GREY, RED = (20, 20, 25), (130, 130, 130), (200, 30, 30)


def _dressed(shirt: tuple[int, ...], trousers: tuple[int, ...], light: float = 1.0) -> np.ndarray:
    """Colours of somebody so dressed, in a noisy picture."""
    picture = np.full((200, 200, 3), 240.0)
    picture[:100], picture[100:] = shirt, trousers
    picture += np.random.default_rng(0).normal(0.0, 4.0, picture.shape)
    picture = np.clip(picture * light, 0, 255).astype(np.uint8)
    return colours_of(picture, BODY[:33] * 80.0 + (100.0, 100.0))


def test_colours_are_shares() -> None:
    colours = _dressed(RED, BLACK)

    assert colours.shape == (3, 216)
    assert np.allclose(colours.sum(axis=1), 1.0)


def test_the_same_person_in_other_light_is_more_alike_than_another() -> None:
    own = _dressed(GREY, BLACK)

    assert likeness(own, own) > 0.999
    assert likeness(own, _dressed(GREY, BLACK, light=0.85)) > likeness(own, _dressed(RED, BLACK))
    assert likeness(own, _dressed(RED, GREY)) < 0.2


def test_outside_of_the_picture_there_is_nothing_to_compare() -> None:
    picture = np.zeros((50, 50, 3), np.uint8)
    nothing = colours_of(picture, BODY[:33] * 10.0 + 1000.0)
    unknown = colours_of(picture, np.full((33, 2), np.nan))

    assert not nothing.any()
    assert not unknown.any()
    assert likeness(nothing, _dressed(RED, BLACK)) == 1.0


def test_who_is_alike_is_the_person_until_somebody_more_alike_is_met() -> None:
    identity = Identity(_dressed(GREY, BLACK))
    darker = _dressed((118, 118, 118), BLACK)
    assert identity.margin(darker) > 0.0
    assert not identity.has_rivals()

    identity.meet(_dressed((112, 112, 112), BLACK))

    assert identity.has_rivals()
    assert identity.margin(darker) < 0.0
    assert identity.margin(_dressed(GREY, BLACK)) > 0.0


def test_looks_are_learned() -> None:
    identity = Identity(_dressed(GREY, BLACK))
    wet = _dressed((90, 90, 90), BLACK)
    before = identity.likeness(wet)

    for _ in range(10):
        identity.learn(wet)

    assert identity.likeness(wet) > before + 0.1
