"""Training and measures on made recordings: an untrained network is its components."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from backend.editing.prior import generative, map_measures, takes
from backend.editing.prior.components import fit_components, fit_normalisation, normalised_parts
from backend.editing.prior.data import PriorData
from backend.editing.prior.kinematics import joint_places, walked
from backend.editing.prior.loop import PriorConfig, load_autoencoder, train
from backend.editing.prior.losses import compare
from backend.editing.prior.map_head import MapFeatures, fit_map, fit_unlearned, group_sizes
from backend.editing.prior.network import Autoencoder
from backend.editing.prior.pictures import clip_of
from backend.editing.prior.spread import fit_spread
from backend.mocap.recordings import Recording
from blender_addon.core.editing.prior_features import clip_features
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.editing.vary.motions import waving
from tests.shared.core.motion_samples import stepping_clip

LABELS = ("stand", "step")


def _recordings(split: str = "train") -> list[Recording]:
    clips = [
        *(("stand", waving(140 + 10 * n, period_s=1.0 + 0.2 * n)) for n in range(3)),
        *(("step", stepping_clip(130 + 20 * n, 30.0)) for n in range(3)),
    ]
    return [
        Recording(f"clip_{n}", "cmu", label, split, "", c) for n, (label, c) in enumerate(clips)
    ]


@pytest.fixture(scope="module")
def data() -> PriorData:
    return PriorData(_recordings(), LABELS)


def _components(data: PriorData, latent: int) -> Autoencoder:
    torch.manual_seed(0)
    network = Autoencoder(latent).eval()
    fit_normalisation(data.frames, normalised_parts(network))
    fit_components(network, data.draw(200, np.random.default_rng(0)).windows)
    return network


def test_joints_are_where_the_motion_has_them():
    clip = stepping_clip(60, 30.0)
    features = torch.from_numpy(clip_features(clip).astype(np.float32))[None]
    found = walked(features, joint_places(features))[0].numpy()
    true, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    assert np.allclose(found, true, atol=1e-4)  # it begins at the origin, looking ahead
    again = clip_of(features[0].numpy())
    joints, _ = forward_kinematics(again.skeleton, again.root_positions, again.rotations_wxyz)
    assert np.allclose(joints, true, atol=1e-4)


def test_labels_are_drawn_alike_and_motions_come_mirrored_and_faster(data):
    batch = data.draw(400, np.random.default_rng(1))
    assert 0.35 < (batch.labels == 0).float().mean() < 0.65
    assert batch.windows.shape == (400, 60, 136)
    stepping = batch.speeds[batch.labels == 1]
    usual = np.hypot(0.2, 0.5)
    assert stepping.min() < 0.9 * usual and stepping.max() > 1.1 * usual


def test_an_untrained_network_is_the_main_components(data):
    windows = data.draw(50, np.random.default_rng(2)).windows
    few, many = (_components(data, latent) for latent in (4, 40))
    with torch.no_grad():
        errors = [
            compare(n.decoder, n.decoder(n.encoder(windows)), windows).joint_cm.item()
            for n in (few, many)
        ]
        latents = many.encoder(data.draw(300, np.random.default_rng(3)).windows)
    assert errors[1] < 2.0 < errors[0]
    assert 0.7 < latents.std() < 1.3


@pytest.mark.parametrize("kind", ["vae_gan", "denoising", "cgan"])
def test_every_kind_trains_and_comes_back(data, tmp_path, kind):
    config = PriorConfig(
        kind=kind, latent=8, batch=4, max_updates=3, validate_every=3, critic_from=0.3,
        averaging=0.5,
    )  # fmt: skip
    trained = train(data, data, config, tmp_path)
    again, kept = load_autoencoder(tmp_path)
    assert kept["config"]["kind"] == kind and kept["facts"]["labels"] == list(LABELS)
    for name, value in trained.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
    with torch.no_grad():
        made = again.decode(torch.zeros(2, 8), torch.tensor([0, 1]), torch.tensor([0.0, 1.0]))
    assert made.shape == (2, 60, 136) and torch.isfinite(made).all()


def test_the_map_keeps_labels_apart_that_spectra_mix(data):
    batch = PriorData(_recordings(), LABELS, augment=False).every(5)
    latents = _components(data, 8).encoder(batch.windows).detach()
    seen = MapFeatures()(batch.windows, latents).double().numpy()
    assert seen.shape[1] == sum(group_sizes(8))
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=len(seen))
    seen = seen + 0.3 * labels[:, None] * (np.arange(seen.shape[1]) == 5) * seen.std()
    for fit, least in ((fit_map, 0.0), (fit_unlearned, 0.0)):
        centre, projection = fit(seen, labels, 8) if fit is fit_map else fit(seen, 8)
        places = (seen - centre) @ projection
        assert places.shape == (len(seen), 48) and np.isfinite(places).all()
        assert np.abs(places.mean(axis=0)).max() < 1e-6 + least
    centre, projection = fit_map(seen, labels, 8)
    first = ((seen - centre) @ projection)[:, 0]
    apart = abs(first[labels == 0].mean() - first[labels == 1].mean())
    assert apart > 2.0 * first[labels == 0].std()


def test_neighbours_are_of_other_takes():
    points = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
    near = map_measures.neighbours(points, np.array([0, 0, 1, 1, 2, 2]), 2)
    assert sorted(near[0].tolist()) == [2, 3]
    assert sorted(near[5].tolist()) == [2, 3]


def test_coverage_and_diversity_know_a_collapse():
    rng = np.random.default_rng(0)
    real, other = rng.normal(size=(2, 300, 4))
    collapsed = np.repeat(real[:1], 300, axis=0)
    assert generative.coverage(real, other) > 0.8 > 0.1 > generative.coverage(real, collapsed)
    assert generative.diversity(other) > 1.0 and generative.diversity(collapsed) == 0.0


def test_two_takes_differ_by_what_differs_not_by_when():
    clip = waving(200, period_s=2.0)
    later = waving(240, period_s=2.0)
    assert takes.clip_distance_cm(clip, later) < 0.3
    assert takes.clip_distance_cm(clip, stepping_clip(200, 30.0)) > 5.0


def test_the_spread_follows_where_a_window_lies():
    rng = np.random.default_rng(0)
    places = rng.normal(size=(500, 48))
    weights, offset = fit_spread(places, np.exp(1.8 + 0.2 * places[:, 3]))
    assert weights[3] == pytest.approx(0.2, abs=0.02) and offset == pytest.approx(1.8, abs=0.02)
    assert np.abs(np.delete(weights, 3)).max() < 0.02
