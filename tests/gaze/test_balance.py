"""The balance draws characters back to their own share of time on the partner, and no farther."""

from __future__ import annotations

import numpy as np

from blender_addon.core.gaze.balance import PartnerBalance
from blender_addon.core.gaze.events import encode_events

PEOPLE = np.array([[0.6, 0.8], [0.95, 1.0], [0.8, 0.8]])


def balance(count: int) -> PartnerBalance:
    return PartnerBalance(PEOPLE, [np.random.default_rng(seed) for seed in range(count)])


def look(yaw_deg: float, seconds: float = 0.3, count: int = 1) -> np.ndarray:
    one = encode_events(np.array([np.deg2rad(yaw_deg), 0.0]), np.array(seconds), np.array(0.03))
    return np.repeat(one[None], count, axis=0)


def test_nothing_is_pulled_before_anything_was_looked_at() -> None:
    assert not balance(4).pulls(np.zeros(4, np.int64)).any()


def test_who_stays_on_the_face_is_drawn_away_and_who_stays_away_is_drawn_back() -> None:
    role = np.zeros(2, np.int64)
    both = balance(2)
    events = np.concatenate((look(0.0), look(20.0)))
    pulls = []
    for _ in range(300):
        both.append(events, role)
        pulls.append(both.pulls(role))
    staying, away = np.array(pulls).T
    assert (np.diff(staying) <= 0).all() and staying[0] > -0.2 and staying[-1] <= -2.4
    assert (np.diff(away) >= 0).all() and away[-1] >= 2.4


def test_nobody_is_pulled_for_another_or_for_what_the_network_did_not_do() -> None:
    role = np.zeros(3, np.int64)
    three = balance(3)
    three.append(look(0.0, 2.0, 3), role, np.array([True, False, True]))
    pulls = three.pulls(role)
    assert pulls[0] < 0 and pulls[1] == 0 and pulls[2] < 0


def test_characters_differ_around_the_people_of_each_role() -> None:
    shares = balance(400).shares
    assert shares.shape == (400, 3) and 0 < shares.min() and shares.max() < 1
    np.testing.assert_allclose(shares.mean(axis=0), PEOPLE[:, 0], atol=0.02)
    assert (shares.std(axis=0) > 0.015).all()
    assert np.corrcoef(shares[:, 0], shares[:, 1])[0, 1] > 0.9  # one style in all roles
