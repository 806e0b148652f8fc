"""Baselines are densities, chains use the past, measures measure, and the command reports."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("sklearn")

from backend.gaze.baselines import (
    Baseline,
    Events,
    MarkovGrid,
    MarkovMixture,
    PlaceCache,
    RoleMixture,
    choose,
    gather,
    mean_loss,
)
from backend.gaze.baselines import event_losses as baseline_losses
from backend.gaze.by_size import OURS, SIZES, measure_sizes, shift_sizes_deg
from backend.gaze.conversation import Recording, read_recordings
from backend.gaze.evaluate import (
    MODELS,
    People,
    command,
    evaluate_behaviour,
    generate_roles,
    tasks_to_measure,
    tell_apart,
)
from backend.gaze.generation import event_losses, generate_from_session
from backend.gaze.metrics import distances, observe, observe_roles
from blender_addon.core.errors import InputError
from blender_addon.core.gaze.events import ROLES
from blender_addon.core.gaze.pipeline import BEHAVIOUR_TASK, EYE_HEAD_TASK
from blender_addon.core.inference.session import ModelSession
from tests.gaze.recording_samples import write_people

SHIPPED = MODELS / "gaze_behaviour.onnx"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_people(tmp_path_factory.mktemp("people"), 4, 600)


@pytest.fixture(scope="module")
def people(folder: Path) -> list[Recording]:
    return read_recordings(folder)


@pytest.fixture(scope="module")
def session() -> ModelSession:
    return ModelSession(SHIPPED, ["CPUExecutionProvider"], threads=1)


@pytest.fixture(scope="module")
def baselines(people: list[Recording]) -> dict[str, Baseline]:
    data = gather(people[:3])
    return {
        "gmm": RoleMixture(data, 6),
        "grid": MarkovGrid(data, 2.0, 4.0),
        "chain": MarkovMixture(data, 8),
        "places": PlaceCache(data, 6),
    }


@pytest.mark.parametrize("name", ["gmm", "grid", "chain", "places"])
def test_a_baseline_is_a_density_of_the_next_event(
    baselines: dict[str, Baseline], people: list[Recording], name: str
) -> None:
    """Summed over all directions and durations, for one and the same past, it gives one."""
    known = gather(people[:1])
    before, past = known.before[100], known.past[100]
    yaw = np.deg2rad(np.arange(-40, 40, 0.5) + 0.25)
    pitch, late = np.deg2rad(np.arange(-20, 20, 0.5) + 0.25), np.arange(-3.5, 2, 0.1)
    grid = np.stack(np.meshgrid(yaw, pitch, late, [0.0], indexing="ij"), -1).reshape(-1, 4)
    count = len(grid)
    data = Events(
        grid,
        np.tile(before, (count, 1)),
        np.full(count, 1),
        np.zeros(count, np.bool_),
        np.tile(past, (count, 1, 1)),
    )
    mass = np.exp(baselines[name].log_density(data)).sum() * np.deg2rad(0.5) ** 2 * 0.1
    assert mass == pytest.approx(1.0, abs=0.06)
    where = baselines[name].direction_log_density(data).reshape(len(yaw), len(pitch), -1)[..., 0]
    assert np.exp(where).sum() * np.deg2rad(0.5) ** 2 == pytest.approx(1.0, abs=0.06)


def test_chains_use_the_past_and_mixtures_cannot(
    baselines: dict[str, Baseline], people: list[Recording]
) -> None:
    known = gather(people[:3])
    forgetful = replace(known, before=known.before[::-1].copy(), past=known.past[::-1].copy())
    change = {
        name: (model.log_density(known) - model.log_density(forgetful)).mean()
        for name, model in baselines.items()
    }
    assert change["gmm"] == 0.0
    assert min(change["grid"], change["chain"], change["places"]) > 0.1


def test_likelihoods_are_told_by_size_of_shift_of_the_same_events() -> None:
    moves = np.deg2rad([0.0, 0.5, 3.0, 9.0, 9.5])
    person = Recording(
        "a", np.stack((moves, 0 * moves), axis=-1), *np.ones((2, 5)), np.ones(5, int), np.zeros(5)
    )
    sizes = shift_sizes_deg([person, person])
    assert np.isnan(sizes[[0, 5]]).all()
    losses = {
        OURS: np.outer(np.arange(10.0), (1.0, 0.5)),
        "gmm": np.full((10, 2), 8.0),
        "cache": np.full((10, 2), 7.0),
    }
    found = measure_sizes(sizes, losses)
    assert [found["by_size"][name]["fixations"] for name in SIZES] == [4, 2, 2]
    assert found["by_size"]["ge5"][OURS] == {"nll": 5.5, "direction_nll": 2.75}
    assert found["gain_ge5_over_best_nat"] == 7.0 - 5.5
    assert found["direction_gain_ge5_over_best_nat"] == 7.0 - 2.75
    assert found["gain_lt1_over_cache_nat"] == 7.0 - (1 + 4 + 6 + 9) / 4
    alone = measure_sizes(sizes, {OURS: losses[OURS]})
    assert "gain_ge5_over_best_nat" not in alone and alone["by_size"]["ge5"]["fixations"] == 2


def test_the_best_size_is_chosen(people: list[Recording]) -> None:
    data = gather(people[:3])
    fits = {str(k): lambda k=k: RoleMixture(data, k) for k in (1, 6)}
    name, model = choose(fits, people[3:])
    assert name == "6"
    assert mean_loss(model, people[3:]) < mean_loss(fits["1"](), people[3:])


def test_what_is_observed_is_what_was_written(people: list[Recording]) -> None:
    """People leave the first of two places with chance 0.4 when speaking, a third of it else."""
    looks = observe_roles(people)
    assert set(looks) == {0, 1, 2}
    assert looks[0].partner_share == pytest.approx(1 / 1.4, abs=0.08)
    assert looks[1].partner_share > looks[0].partner_share + 0.08
    for each in looks.values():
        # 10 to 39 samples of fixation and 1 to 5 of pause, of which the middle is half a one more.
        assert each.rate_hz == pytest.approx(90.061 / (24.5 + 0.85 * 3.5), rel=0.03)
    again = distances(looks[0], looks[0])
    assert again == {"duration": 0.0, "amplitude": 0.0, "direction": 0.0}
    assert distances(looks[0], looks[1])["amplitude"] > 0.05


def test_a_saccade_across_a_break_is_not_seen(people: list[Recording]) -> None:
    person = people[0]
    every = replace(person, breaks_s=np.ones(len(person.roles)))
    found = observe([every], 0)
    assert found is not None and len(found.amplitude) == 0 and len(found.duration) > 100
    assert observe([replace(person, roles=np.zeros_like(person.roles))], 2) is None


def test_generating_repeats_from_its_seed_and_stays_put(session: ModelSession) -> None:
    """Ten minutes without an end: neither does gaze drift away, nor does it freeze."""
    role = ROLES.index("speaking")
    made = generate_from_session(session, role, 6, 600.0, seed=3)
    short = generate_from_session(session, role, 3, 20.0, seed=3)
    other = generate_from_session(session, role, 2, 20.0, seed=4)
    kept = len(short[2].direction_rad)
    np.testing.assert_allclose(short[2].direction_rad, made[2].direction_rad[:kept], atol=1e-4)
    assert not np.array_equal(other[0].direction_rad[:20], made[0].direction_rad[:20])
    away = [np.rad2deg(np.linalg.norm(each.direction_rad, axis=-1)) for each in made]
    assert max(each.max() for each in away) <= 50.1
    first = np.concatenate([each[: len(each) // 3] for each in away]).mean()
    last = np.concatenate([each[-len(each) // 3 :] for each in away]).mean()
    assert 0.7 * first < last < 1.3 * first
    for each in made:
        assert 600 < len(each.duration_s) < 3600
        assert each.duration_s.min() >= 0.095
        assert (each.breaks_s > 0).mean() > 0.02


def test_who_listens_looks_at_the_partner_more_than_who_speaks(session: ModelSession) -> None:
    looks = generate_roles(session, seed=1)
    share = {ROLES[role]: found.partner_share for role, found in looks.items()}
    assert share["listening"] > share["dialogue"] > share["speaking"]
    assert share["listening"] > share["speaking"] + 0.15


@pytest.mark.data
def test_the_shipped_network_beats_both_baselines_by_far(
    session: ModelSession, data_dir: Path
) -> None:
    """On the people kept out of training; sizes as chosen by them, so in the baselines' favour."""
    if not (data_dir / "gaze" / "conversation").is_dir():
        pytest.skip("no conversations")
    people = tell_apart(session, data_dir, data_dir)
    names = {each.name for each in people.unseen}
    assert names & {each.name for each in people.trained} == set()
    ours = np.concatenate(event_losses(session, people.unseen, draws=1))
    data = gather(people.trained)
    for baseline in (RoleMixture(data, 8), MarkovGrid(data, 1.0, 40.0)):
        assert ours[:, 0].mean() < mean_loss(baseline, people.unseen) - 0.6
    far = shift_sizes_deg(people.unseen) >= 5.0
    places = baseline_losses(PlaceCache(data, 8), people.unseen)
    assert (places - ours)[far, 0].mean() >= 0.25


def test_other_peoples_recordings_are_measured_without_the_training_data(
    folder: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "nothing"
    arguments = ["--data", str(folder), "--trained-data", str(empty), "--model", "gaze_behaviour"]
    arguments += ["--json", str(tmp_path / "o" / "gaze.json"), "--picture", str(tmp_path / "g.png")]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "o" / "gaze.json").read_text("utf-8"))["behaviour"]
    assert set(found["people"]) == {"p00", "p01", "p02", "p03"}
    assert found["nll_gmm"] is None and found["floor_duration"] is None
    for key in ("nll", "ks_duration", "ks_amplitude", "ks_direction"):
        assert np.isfinite(found[key])
    for role in ("speaking", "listening"):
        assert 0 < found[f"partner_share_{role}"] < 1
        assert 0 < found[f"data_partner_share_{role}"] < 1
    assert found["by_size"]["ge5"]["ours"]["nll"] is not None
    assert 0.0 < found["turn_taking_auc"] < 1.0 and found["turn_ends_data"] == 4
    assert found["turn_taking_auc"] > 0.53
    assert found["partner_share_turn_end"] > found["partner_share_turn_start"] + 0.05
    assert (tmp_path / "g.png").stat().st_size > 20_000


def test_baselines_and_floor_are_measured_where_the_trained_on_are_known(
    session: ModelSession, people: list[Recording]
) -> None:
    found = evaluate_behaviour(SHIPPED, People(people[3:], people[:2], people[2:3]))
    assert np.isfinite(
        [found[f"nll_{name}"] for name in ("gmm", "cache", "markov", "markov_mixture")]
    ).all()
    assert np.isfinite([found["gain_ge5_over_best_nat"], found["gain_lt1_over_cache_nat"]]).all()
    for name in ("duration", "amplitude", "direction"):
        assert 0.0 < found[f"floor_{name}"] < 1.0
        assert 0.0 < found[f"ks_{name}"] < 1.0


def test_what_there_is_decides_what_is_measured(folder: Path, tmp_path: Path) -> None:
    assert tasks_to_measure(None, folder) == (BEHAVIOUR_TASK,)
    assert tasks_to_measure(EYE_HEAD_TASK, folder) == (EYE_HEAD_TASK,)
    (tmp_path / "gaze" / "eyehead").mkdir(parents=True)
    assert tasks_to_measure(None, tmp_path) == (EYE_HEAD_TASK,)
    (tmp_path / "gaze" / "conversation").mkdir()
    assert tasks_to_measure(None, tmp_path) == (BEHAVIOUR_TASK, EYE_HEAD_TASK)
    assert tasks_to_measure(None, tmp_path / "gaze") == (BEHAVIOUR_TASK, EYE_HEAD_TASK)
    (tmp_path / "gaze" / "eyehead" / "a.csv").write_text("time_s,head_w\n", "utf-8")
    assert tasks_to_measure(None, tmp_path / "gaze" / "eyehead") == (EYE_HEAD_TASK,)


def test_people_trained_on_are_not_measured(session: ModelSession, folder: Path) -> None:
    everybody = {each.name: each.sha256 for each in read_recordings(folder)}

    class Known:
        class contract:
            @staticmethod
            def setting(_: str) -> dict[str, str]:
                return everybody

    with pytest.raises(InputError, match="all 4 people"):
        tell_apart(Known(), folder, folder)
