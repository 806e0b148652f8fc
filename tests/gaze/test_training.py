"""Training of gaze behaviour learns, repeats, resumes and stops; variations stay consistent."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from blender_addon.core.errors import InputError
from blender_addon.core.gaze.events import (
    HISTORY,
    INPUT_LAYOUT,
    log_density,
    mixture_layout,
    sample_mixture,
    sequence_features,
)
from tests.gaze.recording_samples import write_people

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.gaze import train as gaze  # noqa: E402
from backend.gaze.behaviour_data import NO_VARIATION, Streams, Variation, vary, whole_recording  # noqa: E402
from backend.gaze.behaviour_network import (  # noqa: E402
    FAR_RAD,
    GazeBehaviourNetwork,
    Shape,
    log_chance_far,
    log_densities,
)
from backend.gaze.calibration import Search, calibrate  # noqa: E402
from backend.gaze.conversation import Recording, read_recordings  # noqa: E402
from backend.gaze.prepare import BEHAVIOUR, prepare_behaviour  # noqa: E402
from backend.gaze.train_behaviour import (  # noqa: E402
    ABLATIONS,
    TrainingConfig,
    event_losses,
    load_network,
    mean_loss,
    sequence_loss,
    train_behaviour,
)
from backend.training.checkpoint import read_file  # noqa: E402
from tests.shared.backend.run_checks import (  # noqa: E402
    assert_ablations_are_runs_of_their_own,
    assert_cutting_it_off_changes_nothing,
)

pytestmark = pytest.mark.torch

SHAPE = Shape(hidden=12, embedding=16, anywhere=4, around=3, pointer=8, dropout=0.1)
CONFIG = TrainingConfig(
    shape=SHAPE,
    stretch=20,
    streams=4,
    max_minutes=1e9,
    max_updates=20,
    validate_every=10,
    seed=1,
    threads=1,
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> list[Recording]:
    return read_recordings(write_people(tmp_path_factory.mktemp("people"), 3))


def checkpoint(run: Path) -> dict[str, Any]:
    return read_file(run / "checkpoint.pt")


def parts_of(parameters: torch.Tensor) -> dict[str, torch.Tensor]:
    layout = mixture_layout(SHAPE.components).slices
    return {name: parameters[..., part] for name, part in layout.items()}


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_step_by_step_equals_all_at_once(people: list[Recording], cell: Any) -> None:
    network = GazeBehaviourNetwork(replace(SHAPE, cell=cell)).eval()
    features = whole_recording(people[0], np.random.default_rng(0)).features[:, :30]
    features = torch.cat((features, features.flip(1)))
    state = torch.zeros(2, network.shape.state_size)
    with torch.no_grad():
        whole, last = network(features, state)
        for number in range(30):
            mixture, state = network.step(features[:, number], state)
            np.testing.assert_allclose(mixture, whole[:, number], atol=2e-5)
    np.testing.assert_allclose(state, last, atol=1e-5)


def test_mixtures_are_mixtures_and_never_point_at_what_was_not(people: list[Recording]) -> None:
    network = GazeBehaviourNetwork(SHAPE).eval()
    part = whole_recording(people[0], np.random.default_rng(0))
    with torch.no_grad():
        parameters, _ = network(part.features, torch.zeros(1, SHAPE.state_size))
    parts = parts_of(parameters)
    weights = parts["log_weights"].exp()
    np.testing.assert_allclose(weights.sum(-1), 1.0, atol=1e-5)
    assert (parts["direction_scales"] > 0).all() and (parts["timing_scales"] > 0).all()
    assert parts["correlations"].abs().max() < 1
    pointers = weights[0, 2, SHAPE.anywhere + SHAPE.around :].reshape(-1, SHAPE.scales)
    known = INPUT_LAYOUT.slices["place_known"]
    places = part.features[0, 2, known].numpy() > 0
    there = np.concatenate((np.arange(HISTORY) < 2, places))
    assert pointers[there].sum() > 100 * pointers[~there].sum()


def test_shifts_of_five_degrees_are_as_likely_as_draws_have_it(people: list[Recording]) -> None:
    network = GazeBehaviourNetwork(SHAPE).eval()
    part = whole_recording(people[0], np.random.default_rng(0))
    with torch.no_grad():
        parameters, _ = network(part.features[:, :40], torch.zeros(1, SHAPE.state_size))
    latest = part.features[0, :40, INPUT_LAYOUT.slices["past_directions_rad"]][:, :2]
    chance = log_chance_far(parameters[0], latest).exp().numpy()
    many = parameters[0].repeat(500, 1).numpy()
    drawn, _ = sample_mixture(many, np.random.default_rng(0))
    way = np.linalg.norm(drawn[:, :2] - latest.repeat(500, 1).numpy(), axis=-1)
    found = (way >= FAR_RAD).reshape(500, -1).mean(axis=0)
    assert np.abs(chance - found).max() < 0.1
    assert np.ptp(found) > 0.05


def test_far_shifts_count_more_where_asked(people: list[Recording]) -> None:
    network = GazeBehaviourNetwork(SHAPE).eval()
    part = whole_recording(people[0], np.random.default_rng(0))
    with torch.no_grad():
        parameters, _ = network(part.features, torch.zeros(1, SHAPE.state_size))
        plain, *more = (float(sequence_loss(parameters, part, far)) for far in (0.0, 0.5, 1.0))
        still = replace(part, events=part.events.clone())
        still.events[..., :2] = part.features[..., INPUT_LAYOUT.slices["past_directions_rad"]][
            ..., :2
        ]
        calm = [float(sequence_loss(parameters, still, far)) for far in (0.0, 1.0)]
    assert more[1] - plain == pytest.approx(2 * (more[0] - plain), abs=1e-4)
    assert abs(more[0] - plain) > 1e-3
    assert calm[0] == calm[1]


def test_torch_and_numpy_agree_on_the_density(people: list[Recording]) -> None:
    """What is trained is what is measured on the exported network."""
    network = GazeBehaviourNetwork(SHAPE).eval()
    part = whole_recording(people[0], np.random.default_rng(0))
    with torch.no_grad():
        parameters, _ = network(part.features, torch.zeros(1, SHAPE.state_size))
        terms, _ = log_densities(parameters, part.events, part.with_pause)
    desired = torch.logsumexp(terms, -1)[0]
    found = log_density(
        parameters[0].numpy(), part.events[0].numpy(), part.with_pause[0].numpy() > 0
    )
    np.testing.assert_allclose(found, desired, atol=1e-3)


def test_a_varied_person_is_consistent(people: list[Recording]) -> None:
    """History and events of a variation are those of one and the same other person."""
    person = people[0]
    events = person.events()
    features = sequence_features(events, person.roles, person.breaks_s)
    variation = replace(Variation(0.3, 0.1, 0.02, 0.2), hidden_breaks=0.0)
    varied, moved = vary(features, events, variation, np.random.default_rng(3))
    assert np.abs(moved - events)[:, :3].min(axis=0).max() > 1e-3
    again = sequence_features(moved, person.roles, person.breaks_s)
    past = slice(0, INPUT_LAYOUT.slices["place_directions_rad"].start)
    np.testing.assert_allclose(varied[:, past], again[:, past], atol=1e-5)
    # Places stay the same ones, as much farther apart as all else.
    at = INPUT_LAYOUT.slices["place_directions_rad"]
    places, moved_places = (each[:, at].reshape(-1, 2) for each in (features, varied))
    known = features[:, INPUT_LAYOUT.slices["place_known"]].ravel() > 0
    line = np.polyfit(events[:, 0], moved[:, 0], 1)
    np.testing.assert_allclose(
        moved_places[known, 0], np.polyval(line, places[known, 0]), atol=1e-4
    )
    assert not moved_places[~known].any()
    same, still = vary(features, events, NO_VARIATION, np.random.default_rng(3))
    np.testing.assert_array_equal(same, features)
    np.testing.assert_array_equal(still, events)


def test_streams_go_on_where_they_were_and_say_when_not(people: list[Recording]) -> None:
    streams = Streams(people, 2, NO_VARIATION, np.random.default_rng(0), 3, torch.device("cpu"))
    before, state = streams.read(20)
    assert not state.any()
    directions = INPUT_LAYOUT.slices["past_directions_rad"]
    seen = {1.0: 0, 0.0: 0}
    for _ in range(40):
        streams.carry(torch.ones(2, 3))
        after, state = streams.read(20)
        for row in range(2):
            latest = after.features[row, 0, directions][:2]
            goes_on = torch.equal(latest, before.events[row, -1, :2])
            assert (state[row] == float(goes_on)).all()
            seen[float(goes_on)] += 1
        before = after
    assert min(seen.values()) > 2


def test_the_loss_is_made_where_the_network_is(people: list[Recording]) -> None:
    """The meta device holds no numbers, but minds where each tensor is, as a GPU does."""
    network, rng = GazeBehaviourNetwork(SHAPE).to("meta"), np.random.default_rng(0)
    streams = Streams(people, 2, Variation(), rng, SHAPE.state_size, torch.device("meta"))
    for _ in range(2):
        part, state = streams.read(20)
        parameters, state = network(part.features, state)
        streams.carry(state)
    sequence_loss(parameters, part).backward()
    assert all(p.grad.is_meta for p in network.parameters())


def test_a_few_updates_learn_much(people: list[Recording], tmp_path: Path) -> None:
    config = replace(CONFIG, max_updates=160, validate_every=40, averaging=0.9, learning_rate=0.01)
    fresh = mean_loss(GazeBehaviourNetwork(SHAPE).eval(), people[2:])
    trained = train_behaviour(people[:2], people[2:], config, tmp_path)
    assert mean_loss(trained, people[2:]) < fresh - 0.5
    assert not trained.training
    best = checkpoint(tmp_path)["progress"]["best"]
    assert mean_loss(load_network(tmp_path), people[2:]) == pytest.approx(best, abs=1e-4)
    # What came before is used: fixations in any other order are predicted worse.
    person = people[2]
    order = np.random.default_rng(0).permutation(len(person.roles))
    mixed = replace(person, direction_rad=person.direction_rad[order])
    ordered = event_losses(trained, person)[:, 0].mean()
    assert event_losses(trained, mixed)[:, 0].mean() > ordered + 0.02


def test_a_seed_repeats_bit_for_bit(people: list[Recording], tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        train_behaviour(people[:2], people[2:], replace(CONFIG, seed=seed), tmp_path / name)
    one, same, other = (checkpoint(tmp_path / n)["network"] for n in ("one", "same", "other"))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["embed.weight"], other["embed.weight"])


@pytest.mark.parametrize(("steps", "cell", "precision"), [(7, "gru", "fp32"), (14, "lstm", "bf16")])
def test_cut_off_and_resumed_it_is_the_run_that_never_stopped(
    people: list[Recording], tmp_path: Path, steps: int, cell: Any, precision: Any
) -> None:
    """Streams are in the midst of a person, and carry a state, where it is cut."""
    shape = replace(SHAPE, cell=cell)
    config = replace(CONFIG, validate_every=4, shape=shape, precision=precision)
    assert_cutting_it_off_changes_nothing(
        lambda folder: train_behaviour(people[:2], people[2:], config, folder), tmp_path, steps
    )
    streams = checkpoint(tmp_path / "cut")["parts"]["streams"]
    assert any(stream["at"] > config.stretch for stream in streams["streams"])
    assert streams["state"].abs().min() > 0


def test_an_ablation_is_not_resumed_into_the_main_run(
    people: list[Recording], tmp_path: Path
) -> None:
    train_behaviour(people[:2], people[2:], CONFIG, tmp_path)
    with pytest.raises(InputError, match=r"variation\.size is 0\.15 there, 0\.0 here"):
        train_behaviour(
            people[:2], people[2:], replace(CONFIG, **ABLATIONS["no-variation"]), tmp_path
        )
    with pytest.raises(InputError, match=r"people\.p00 is .* there, absent here"):
        train_behaviour(people[1:2], people[2:], CONFIG, tmp_path)


def test_it_stops_early_when_it_stands_still(people: list[Recording], tmp_path: Path) -> None:
    config = replace(
        CONFIG, learning_rate=0.0, max_updates=10_000, validate_every=2, patience=3, averaging=0.5
    )
    train_behaviour(people[:2], people[2:], config, tmp_path)
    assert checkpoint(tmp_path)["progress"]["update"] == 2 * (1 + 3)


def test_nobody_to_train_on_is_an_error(people: list[Recording], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found 1 and 0"):
        train_behaviour(people[:1], [], CONFIG, tmp_path)
    with pytest.raises(InputError, match=r"weights\.pt is missing; train first"):
        load_network(tmp_path)


@pytest.mark.slow
def test_the_command_trains_exports_and_ablates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Search(rounds=1, characters=2, seconds=5.0)
    monkeypatch.setattr(gaze, "calibrate", partial(calibrate, search=search))
    write_people(tmp_path / "people", 3)
    prepare_behaviour(tmp_path / "people", tmp_path / "prepared" / BEHAVIOUR, ("p02",))
    given = {"data": tmp_path / "prepared", "shape-hidden": 12, "shape-pointer": 8, "threads": 1}
    given |= {"stretch": 20, "streams": 4, "max-updates": 8, "validate-every": 4}
    given |= {"model": "gaze_behaviour"}
    assert_ablations_are_runs_of_their_own(gaze.command, given, tmp_path, ABLATIONS, "behaviour")
    run = tmp_path / "run" / "behaviour"
    kept, calibrated = (read_file(run / f"{name}.pt") for name in ("weights", "calibrated"))
    assert kept["config"] == calibrated["config"]
    assert not kept["weights"]["attachment"].any() and calibrated["weights"]["attachment"].any()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("--jitter-weight 1", "gaze_behaviour .*No such option '--jitter-weight'"),
        ("--stretch 20", "gaze_eye_head .*No such option '--stretch'"),
        ("--model gaze_eye_head --stretch 20", "No such option '--stretch'"),
        ("--device tpu", "'tpu' is not one of 'cpu', 'cuda'"),
    ],
)
def test_an_option_that_one_of_the_networks_has_not_is_refused_before_any_trains(
    tmp_path: Path, given: str, told: str
) -> None:
    done = CliRunner().invoke(gaze.command, [*given.split(), "--run", str(tmp_path / "run")])
    assert done.exit_code == 2 and re.search(told, done.output.replace("\n", " "))
    assert not list(tmp_path.iterdir())


def test_help_tells_of_each_network() -> None:
    whole, one = (
        CliRunner().invoke(gaze.command, given).output
        for given in (["--help"], ["--model", "gaze_eye_head", "--help"])
    )
    assert "--model" in whole and "--people-updates" not in whole
    assert "--people-updates" in one and "--device" in one and "--stretch" not in one
