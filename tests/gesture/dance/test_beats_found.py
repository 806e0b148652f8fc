"""The beats that dancers danced to, from their feet, and steps brought onto them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from backend.gesture.beats_found import find_beats
from backend.gesture.dances import HELD_OUT, find_dances, published_beats
from backend.gesture.step_quarters import assign_quarters, bent_phase, landings, monotone_cubic
from blender_addon.core.bvh import read_bvh
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.motion.kinematics import forward_kinematics

RATE_HZ = 60.0


def stepping_feet(measure_s: float, seconds: float = 24.0, lead_s: float = 0.0) -> Floats:
    """Left and right ankle that step on three of four quarters, to and fro."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ + lead_s
    quarter = times / measure_s * 4
    places = []
    for sets_off in ((0.0, 2.0), (1.0,)):
        moved = np.zeros(len(times))
        for start in sets_off:
            share = np.clip((quarter - start) % 4, 0, 1)
            moved += np.where(share < 1, np.cos(np.pi * share), -1.0)
        places.append(np.stack((0 * times, 0 * times, 0.2 * moved), axis=-1))
    return np.stack(places, axis=1)


@pytest.mark.parametrize("measure_s", [1.2, 1.4, 1.62])
def test_the_measure_is_found_by_steps(measure_s: float) -> None:
    found = find_beats([stepping_feet(measure_s)], RATE_HZ)
    assert found.measure_s == pytest.approx(measure_s, rel=0.02)
    times, numbers = found.quarters()
    assert np.diff(times).mean() == pytest.approx(measure_s / 4, rel=0.02)
    assert (np.diff(numbers) % 4 == 1).all()
    track = found.beat_track()
    assert numbers[track.first_of_measure] == 0
    assert track.tempo_bpm == pytest.approx(240 / measure_s, rel=0.02)


def test_the_phase_follows_the_steps() -> None:
    early, late = (find_beats([stepping_feet(1.4, lead_s=lead)], RATE_HZ) for lead in (0.0, 0.35))
    lead = np.angle(np.exp(1j * (late.measure_phase_rad - early.measure_phase_rad)).mean())
    assert lead == pytest.approx(2 * np.pi * 0.35 / 1.4, abs=0.2)


def test_a_moment_has_no_beats() -> None:
    with pytest.raises(InputError, match="2 s at least"):
        find_beats([stepping_feet(1.4, 1.0)], RATE_HZ)


def test_beats_agree_with_those_published(data_dir: Path) -> None:
    """Tempo within 2 % wherever the published score is certain; the same phase, on the whole."""
    folder = data_dir / "gesture" / "dance_beats"
    with (folder / "takes.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["take"]: row for row in csv.DictReader(file)}
    off, turns = {}, []
    for dance in find_dances(data_dir / "mocap"):
        if not dance.is_salsa:
            continue
        found = find_beats([_ankles(path) for path in dance.clips], RATE_HZ)
        row = rows[dance.name]
        off[dance.name] = abs(found.measure_s / float(row["measure_s"]) - 1)
        beats = published_beats(folder, dance.name)
        at = np.array([time for time, _ in beats]) * RATE_HZ
        phase = np.interp(at, np.arange(len(found.measure_phase_rad)), found.measure_phase_rad)
        quarters = np.array([quarter for _, quarter in beats])
        turns.append(np.exp(1j * (phase - np.pi / 2 * quarters)).mean())
    certain = [name for name in off if float(rows[name]["tempo_score"]) > 1.7]
    assert len(certain) >= 10
    assert max(off[name] for name in certain) < 0.02
    assert sum(each < 0.02 for each in off.values()) >= len(off) - 2
    together = np.mean(turns)
    assert abs(together) > 0.6
    assert abs(np.angle(together)) < 2 * np.pi * 0.06


def _ankles(path: Path) -> Floats:
    clip = read_bvh(path)
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return joints[:, clip.skeleton.indices(["lFoot", "rFoot"])]


def test_partners_are_in_one_part(data_dir: Path) -> None:
    dances = find_dances(data_dir / "mocap")
    couples = {dance.name: dance for dance in dances if dance.is_salsa}
    assert {name for name, dance in couples.items() if dance.split == "val"} == set(HELD_OUT)
    assert all(len(dance.clips) == 2 for dance in couples.values())
    assert "salsa_09" not in couples


def test_landings_go_onto_quarters() -> None:
    phase = np.arange(600) / 20.0
    frames = np.array([23, 57, 66, 118, 161, 199, 262])
    chosen, quarters = assign_quarters(frames, phase)
    assert len(chosen) >= 5
    assert (np.diff(quarters) >= 1).all()
    bent = bent_phase(chosen, quarters, phase)
    assert bent[chosen] == pytest.approx(quarters, abs=1e-6)
    assert (np.diff(bent) > 0).all()
    assert np.abs(bent - phase).max() < 2.0


def test_landings_are_where_feet_come_down() -> None:
    contacts = np.zeros((20, 4), bool)
    contacts[5:9, 0] = contacts[6:12, 1] = contacts[10:, 3] = contacts[:3, 2] = True
    assert landings(contacts).tolist() == [5, 10]


def test_a_monotone_cubic_goes_through_its_knots_and_never_falls() -> None:
    x, y = np.array([0.0, 2.0, 3.0, 7.0, 8.0]), np.array([0.0, 0.1, 4.0, 4.5, 9.0])
    at = np.linspace(0, 8, 400)
    curve = monotone_cubic(x, y, at)
    assert (np.diff(curve) >= -1e-9).all()
    assert monotone_cubic(x, y, x) == pytest.approx(y)
