"""Recorded faces become shapes, a network, figures and a model that can be dropped in."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from click.testing import CliRunner

from backend.speech.recordings.readers import read_corpus
from backend.speech.train import command
from backend.speech.vertices.encoder import hear_with, open_encoder
from backend.speech.vertices.export import settings_of
from backend.speech.vertices.loop import TrainingConfig
from backend.speech.vertices.measures import Errors, dynamics, lip_errors
from backend.speech.vertices.outputs import outputs_of
from backend.speech.vertices.pca import Regions, find_regions, fit_basis
from backend.speech.vertices.samples import make_sample
from backend.speech.vertices.train import facts_of, from_all_over, measured, train_on
from backend.training.run import load_weights
from blender_addon.core.errors import InputError
from blender_addon.core.face.mesh_basis import load_basis
from blender_addon.core.inference.contract import load_contract
from blender_addon.core.inference.session import ModelSession
from tests.speech.recorded_faces import write_beat, write_iemocap, write_other, write_voca
from tests.speech.small_encoder import write_small_encoder

SHORT = ("--max-updates", "60", "--validate-every", "30", "--batch", "4", "--stretch", "40",
         "--hidden", "16", "--offsets", "2", "--dropout", "0", "--averaging", "0.8",
         "--learning-rate", "0.003", "--threads", "1")  # fmt: skip


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return write_small_encoder(tmp_path_factory.mktemp("encoder"))


def train(data, encoder, run, *more):
    """What ``backend train speech --data PREFIX:FOLDER`` says, and its figures."""
    arguments = ["--data", data, "--encoder", str(encoder), "--run", str(run), *SHORT, *more]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output, json.loads((run / "measures.json").read_text())


def test_scans_become_a_model_that_opens_where_it_is_loud(tmp_path, encoder):
    said, figures = train(f"scans:{write_other(tmp_path / 'data')}", encoder, tmp_path / "run")
    assert "LVE" in said
    assert figures["regions"] == "given"
    assert figures["test"]["network"]["lve"] < 0.5 * figures["test"]["still face"]["lve"]
    assert figures["test"]["shapes alone"]["lve"] <= figures["test"]["network"]["lve"]
    path = tmp_path / "run" / "speech_scans.onnx"
    contract = load_contract(path.with_suffix(".json"))
    assert contract.settings["kind"] == "vertices"
    assert contract.settings["encoder_sha256"] == open_encoder(encoder).sha256
    assert list(contract.settings["styles"]) == ["usual", "anna", "ben"]
    basis = load_basis(path.with_suffix(".npz"), contract.settings["basis_sha256"])
    features = np.zeros((1, 150, 8), np.float32)
    features[:, 100:] = 3.0
    usual = np.array(contract.settings["styles"]["usual"], np.float32)
    style = np.broadcast_to(usual, (1, 150, 32)).copy()
    amounts = ModelSession(path).run({"features": features, "style": style})["curves"][0]
    drop = basis.offsets(amounts)[:, :6, 1].mean(1)
    assert drop[140] < drop[80] - 0.004


def test_a_run_goes_on_only_as_it_began(tmp_path, encoder):
    corpus = read_corpus(f"scans:{write_other(tmp_path / 'data')}")
    hearing = open_encoder(encoder)
    plain, fewer = (outputs_of(corpus, most, 0.9999999, 1.0) for most in (60, 1))
    train_on(corpus, hearing, plain, QUICK, tmp_path / "run")
    longer = replace(QUICK, max_updates=4)
    train_on(corpus, hearing, plain, longer, tmp_path / "run")
    assert load_weights(tmp_path / "run")["update"] in (2, 4)
    with pytest.raises(InputError, match="belongs to another run"):
        train_on(corpus, hearing, fewer, longer, tmp_path / "run")


QUICK = TrainingConfig(
    max_updates=2, validate_every=2, batch=2, stretch=20, hidden=8, offsets=1, threads=1
)


def figures_of(text, encoder, run):
    """Figures after hardly any training, without an export."""
    corpus, hearing = read_corpus(text), open_encoder(encoder)
    outputs = outputs_of(corpus, QUICK.components, QUICK.explained, 3.0)
    measured(corpus, hearing, outputs, train_on(corpus, hearing, outputs, QUICK, run), run)
    return json.loads((run / "measures.json").read_text())


def test_vocaset_is_trained_on_and_measured(tmp_path, encoder):
    figures = figures_of(f"voca:{write_voca(tmp_path / 'data')}", encoder, tmp_path / "run")
    assert figures["regions"] == "derived from how they move"
    assert figures["unit"] == "m"
    assert (figures["val"]["network"]["clips"], figures["test"]["network"]["clips"]) == (1, 1)


def test_beat_becomes_a_model_of_arkit_weights(tmp_path, encoder):
    corpus = read_corpus(f"beat:{write_beat(tmp_path / 'data')}")
    hearing, outputs = open_encoder(encoder), outputs_of(corpus, 60, 0.99, 1.0)
    speaker = train_on(corpus, hearing, outputs, QUICK, tmp_path / "run")
    settings = settings_of(speaker, outputs, facts_of(corpus, hearing, outputs), -22.0)
    assert settings["kind"] == "regression"
    assert settings["has_emotions"]
    assert {"usual", "happiness", "1_wayne"} <= set(settings["styles"])
    assert "jawOpen" in settings["channels"]
    assert len(settings["channels"]) == 51
    assert "non-commercial" in corpus.source.licence


def test_markers_become_shapes(tmp_path, encoder):
    figures = figures_of(f"iemocap:{write_iemocap(tmp_path / 'data')}", encoder, tmp_path / "run")
    assert figures["unit"] == "mm"
    assert figures["explained"] > 0.98


# Shapes ---------------------------------------------------------------------------------------


def motion_of_two(frames=50, vertices=30):
    rng = np.random.default_rng(0)
    shapes = rng.normal(size=(2, vertices, 3))
    amounts = rng.normal(size=(frames, 2)) * [3.0, 1.0]
    return np.einsum("tk,kvc->tvc", amounts, shapes).astype(np.float32)


def test_shapes_tell_all_of_a_motion_that_they_span():
    motion = motion_of_two()
    fitted = fit_basis(motion, np.zeros((30, 3), np.float32), 10, 0.9999)
    assert fitted.basis.size == 2
    amounts = fitted.project(motion)
    assert np.allclose(fitted.basis.offsets(amounts), motion, atol=1e-3)
    assert np.allclose(np.abs(amounts).max(0), 1.0, atol=1e-3)
    assert not fitted.project(np.zeros((1, 30, 3))).any()


def test_fewer_shapes_keep_most_of_a_motion_and_heavy_vertices_most_of_all():
    rng = np.random.default_rng(1)
    motion = motion_of_two() + rng.normal(0.0, 0.5, (50, 30, 3)).astype(np.float32)
    template = np.zeros((30, 3), np.float32)
    weights = np.ones(30)
    weights[:3] = 100.0
    plain, heavy = (fit_basis(motion, template, 3, 1.0, w) for w in (None, weights))
    apart = [
        np.square(fit.basis.offsets(fit.project(motion)) - motion)[:, :3].mean()
        for fit in (plain, heavy)
    ]
    assert apart[1] < 0.7 * apart[0]
    assert np.all(np.diff(plain.explained) > 0)


def test_a_face_that_is_still_has_no_shapes():
    with pytest.raises(InputError, match="nothing moves"):
        fit_basis(np.zeros((9, 5, 3), np.float32), np.zeros((5, 3), np.float32), 3, 0.9)


def test_lips_and_upper_face_are_found_by_how_they_move(tmp_path):
    rng = np.random.default_rng(2)
    template = rng.uniform(-1, 1, (200, 3)).astype(np.float32)
    lips = np.flatnonzero(template[:, 2] < np.sort(template[:, 2])[10])
    loud = np.abs(rng.normal(size=40))
    motion = rng.normal(0.0, 0.001, (40, 200, 3)).astype(np.float32)
    motion[:, lips, 2] -= 0.1 * loud[:, None]
    regions = find_regions(motion, template, None, None)
    assert set(regions.lips) == set(lips)
    assert template[regions.upper, 2].min() > template[lips, 2].max() + 0.5
    assert regions.derived
    given = find_regions(motion, template, np.array([1]), np.array([2]))
    assert (given.lips.tolist(), given.upper.tolist(), given.derived) == ([1], [2], False)


# Figures ---------------------------------------------------------------------------------------


def test_figures_are_those_of_the_papers():
    known = np.zeros((3, 4, 3))
    known[1, 2, 1] = 2.0
    predicted = known.copy()
    predicted[0, 0] = (3.0, 0.0, 4.0)
    predicted[0, 1] = (1.0, 0.0, 0.0)
    lips, upper = np.array([0, 1]), np.array([2, 3])
    assert lip_errors(predicted, known, lips).tolist() == [25.0, 0.0, 0.0]
    assert dynamics(known, upper) == pytest.approx(0.5 * np.std([0.0, 4.0, 0.0]))
    errors = Errors(Regions(lips, upper))
    errors.add(predicted, known)
    figures = errors.figures()
    assert figures["lve"] == pytest.approx(25 / 3)
    assert figures["fdd"] == 0.0
    assert figures["mve"] == pytest.approx((5 + 1) / 12)


def test_figures_of_weights_are_lengths():
    known = np.zeros((2, 3))
    predicted = np.array([[3.0, 4.0, 9.0], [0.0, 0.0, 1.0]])
    assert lip_errors(predicted, known, np.array([0, 1])).tolist() == [5.0, 0.0]
    assert dynamics(predicted, np.array([2])) == pytest.approx(np.std([81.0, 1.0]))


# What is heard ---------------------------------------------------------------------------------


def test_a_sample_has_the_sound_around_and_the_same_targets_wherever_windows_lie(tmp_path, encoder):
    corpus = read_corpus(f"scans:{write_other(tmp_path)}")
    outputs, hearing = outputs_of(corpus, 5, 0.99, 1.0), open_encoder(encoder)
    one = corpus.of("train")[0]
    plain, moved = (
        make_sample(one, corpus, partial(hear_with, hearing), outputs.encode, offset)
        for offset in (0, 137)
    )
    assert plain.features.shape == (100 + len(plain.targets) + 10, 8)
    assert np.array_equal(plain.targets, moved.targets)
    apart = np.abs(plain.features.astype(float) - moved.features.astype(float))
    assert apart.max() < 0.15 * plain.features.max()
    assert not plain.features[:99].any()
    opened = outputs.decode(plain.targets)[:, :6, 1].mean(1)
    loud = plain.features[100:-10].astype(np.float32).mean(1)
    assert np.corrcoef(-opened, loud)[0, 1] > 0.7


def test_no_more_minutes_are_kept_than_asked_for(tmp_path):
    recordings = read_corpus(f"scans:{write_other(tmp_path)}").recordings
    assert len(from_all_over(recordings, 300.0)) == 8
    some = from_all_over(recordings, 4 * 2.0 / 60 + 0.01)
    assert [each.name for each in some] == ["anna_00", "anna_02", "ben_00", "ben_02"]
