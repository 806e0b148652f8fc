"""What the filler learns from, what it is punished for, and how it is measured."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from backend.editing.fill import kinematics, measures  # noqa: E402
from backend.editing.fill.evaluate import rows_of  # noqa: E402
from backend.editing.fill.losses import (  # noqa: E402
    TERMS,
    jerk_gap,
    make_batch,
    measure_expected,
    pose,
    terms_of,
)
from backend.editing.fill.measures import Posed  # noqa: E402
from backend.editing.fill.network import VARIATION, Filler, FillerShape  # noqa: E402
from backend.editing.fill.samples import KINDS, Sampler, build_corpus, mask  # noqa: E402
from backend.editing.fill.validation import cut_windows  # noqa: E402
from backend.mocap.recordings import Recording  # noqa: E402
from blender_addon.core.editing.fill.cubic import fill_cubic  # noqa: E402
from blender_addon.core.editing.fill.features import DIFFERENCES, FEATURES  # noqa: E402
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON  # noqa: E402
from blender_addon.core.motion.kinematics import forward_kinematics  # noqa: E402
from blender_addon.core.motion.resample import resample_clip  # noqa: E402
from tests.walk.samples import walking_clip  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    """Two walks long enough for any window."""
    return [
        Recording(name, "made", label, "train", "", resample_clip(walking_clip(8, speed), 30.0))
        for name, label, speed in (("a", "walk", 1.0), ("b", "stroll", 0.5))
    ]


@pytest.fixture(scope="module")
def sampler(recordings: list[Recording]) -> Sampler:
    """Draws of them."""
    return Sampler(build_corpus(recordings), np.random.default_rng(3))


@pytest.mark.parametrize("kind", KINDS)
def test_something_is_missing_and_something_known_on_both_sides(kind: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        known, inside = mask(rng, kind, 12, 40)
        missing = ~known & inside[:, None]
        assert missing.any() and not known[~inside].any()
        first, last = np.flatnonzero(missing.any(axis=1))[[0, -1]]
        assert known[:first][inside[:first]].all()
        if kind != "open":
            assert known[last + 1].all() and inside[last + 1]


def test_an_untrained_network_answers_nothing_and_reads_no_filling_up() -> None:
    torch.manual_seed(0)
    network = Filler(np.zeros(FEATURES), np.ones(FEATURES), FillerShape(width=16)).eval()
    features = torch.randn(2, 40, FEATURES)
    features[..., -1] = 1.0
    none = torch.zeros(2, VARIATION)
    assert not network(features, none).any()
    torch.nn.init.normal_(network.last.weight)
    longer = torch.cat((features, torch.zeros(2, 9, FEATURES)), dim=1)
    with torch.inference_mode():
        short, filled_up = network(features, none), network(longer, none)[:, :40]
    assert short.any()
    torch.testing.assert_close(short, filled_up, atol=1e-5, rtol=1e-5)


def test_kinematics_are_those_of_the_product(recordings: list[Recording]) -> None:
    clip = recordings[0].clip
    expected = forward_kinematics(COMMON_SKELETON, clip.root_positions, clip.rotations_wxyz)
    root, turns = (torch.from_numpy(x) for x in (clip.root_positions, clip.rotations_wxyz))
    for found, true in zip(kinematics.forward(root, turns), expected, strict=True):
        np.testing.assert_allclose(found.numpy(), true, atol=1e-5)


def test_the_truth_costs_nothing_and_the_cubic_what_is_expected(sampler: Sampler) -> None:
    batches = [make_batch(sampler.draw(600)) for _ in range(12)]
    expected = measure_expected(batches, 2)
    batch = batches[0]
    true = terms_of(batch, batch.true_places, batch.true_turns)
    assert all(float(true[name].max()) < 1e-3 for name in TERMS)
    assert float(jerk_gap(batch, batch.true_places).max()) == 0.0
    ratios = []
    for each in batches:
        none = torch.zeros(*each.features.shape[:2], DIFFERENCES)
        found = terms_of(each, *pose(each, none))["places"] / expected.of(each)["places"]
        ratios.append(found.log())
    assert abs(float(torch.cat(ratios).mean())) < 0.3


def test_measures_of_the_truth_are_none_and_of_a_turn_are_known() -> None:
    clip = resample_clip(walking_clip(2), 30.0)
    root, rotations = clip.root_positions[None, :40], clip.rotations_wxyz[None, :40]
    true, gap = Posed.of(root, rotations), slice(10, 25)
    assert measures.l2q(true, true, gap) < 1e-6
    assert measures.npss(true, true, gap) < 1e-6
    assert measures.joint_error_cm(true, true, gap).max() < 1e-4
    shifted = Posed(true.places + np.float32(0.03), true.turns_wxyz)
    assert measures.joint_error_cm(shifted, true, gap)[0] == pytest.approx(3 * 3**0.5, rel=1e-3)
    flipped = rotations.copy()
    flipped[:, 12:18, 3] *= -1.0  # the same turns
    assert measures.l2q(Posed.of(root, flipped), true, gap) < 1e-6
    assert measures.npss(Posed.of(root, flipped), true, gap) < 1e-6
    turned = rotations.copy()
    turned[:, gap, 5] = np.array([np.cos(0.1), np.sin(0.1), 0, 0])
    assert measures.end_error_rad(turned, rotations, gap) == 0.0
    assert measures.end_error_rad(turned, rotations, slice(0, 3)) == pytest.approx(0.2, rel=1e-2)


def test_rows_tell_of_all_and_of_each_label(recordings: list[Recording]) -> None:
    windows = cut_windows(recordings, 15, 10)
    rows = rows_of(windows, fill_cubic, measures.position_scale(recordings))
    assert [row["label"] for row in rows] == ["all", "stroll", "walk"]
    for row in rows:
        assert row["cm"] == row["cm_hermite"] < row["cm_slerp"]
        assert row["l2q"] == row["l2q_hermite"] and row["npss"] == row["npss_hermite"]
        assert row["end_error"] == 0.0
    assert rows[0]["windows"] == sum(row["windows"] for row in rows[1:])
