"""The judge of manners, and what is measured of steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.editing.restyle.evaluate import contacts_kept, copy_posture, slip, step_error_ms
from backend.editing.restyle.judge import Judge, windows_of
from blender_addon.core.editing.manifold.features import places_of
from tests.editing.gaits import neutral, stooped, walk


def test_a_manner_is_named_of_clips_never_seen() -> None:
    known = {
        name: [windows_of(walk(speed, 5.0, spectrum=change(neutral().at(speed))))
               for speed in (1.1, 1.5)]
        for name, change in (("plain", lambda each: each), ("stooped", stooped))
    }  # fmt: skip
    judge = Judge.of(known)
    unseen = windows_of(walk(1.3, 5.0, spectrum=stooped(neutral().at(1.3))))
    assert judge.share(unseen, "stooped") == 1.0
    assert judge.share(windows_of(walk(1.3, 5.0)), "plain") == 1.0


def test_steps_that_stay_are_kept_and_late_ones_are_late() -> None:
    places = places_of(walk(1.3, 5.0))
    assert contacts_kept(places, places) == 1.0 and step_error_ms(places, places) == 0.0
    late = replace(places, contacts=np.roll(places.contacts, 6, axis=0))
    assert contacts_kept(places, late) < 0.95
    assert step_error_ms(places, late) == pytest.approx(100.0, abs=20.0)
    sliding = replace(places, positions=places.positions + np.arange(
        len(places.positions))[:, None, None] * np.array([0.01, 0, 0]))  # fmt: skip
    assert slip(sliding, places.contacts) == pytest.approx(60.0, abs=6.0)
    assert slip(places, places.contacts) < 15.0


def test_a_copied_posture_is_the_references() -> None:
    plain, bent = walk(1.3, 5.0), walk(1.3, 5.0, spectrum=stooped(neutral().at(1.3)))
    copied = copy_posture(plain, bent)
    spine = plain.skeleton.index("Spine")
    apart = copied.rotations_wxyz[:, spine].mean(0) - bent.rotations_wxyz[:, spine].mean(0)
    assert np.abs(apart).max() < 0.01
