"""The network of talking: steps, export, and that it fills a plan however long it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from backend.gesture.talk.export import export_prior  # noqa: E402
from backend.gesture.talk.network import GestureVae, PriorShape  # noqa: E402
from backend.gesture.talk.training import PriorConfig, prior_loss, train_prior  # noqa: E402
from backend.gesture.talk.variants import Variant, make_variants, plan_of  # noqa: E402
from blender_addon.core.errors import ContractError, InputError  # noqa: E402
from blender_addon.core.gesture.request import TalkRequest  # noqa: E402
from blender_addon.core.gesture.talk import prior  # noqa: E402
from blender_addon.core.gesture.talk.graph import ClipGraph, free_library  # noqa: E402
from blender_addon.core.gesture.talk.layout import condition_of, features_of, pose_of  # noqa: E402
from blender_addon.core.gesture.talk.pauses import find_pauses, speeds  # noqa: E402
from blender_addon.core.gesture.talk.pipeline import TalkPipeline  # noqa: E402
from blender_addon.core.gesture.talk.upper_body import (  # noqa: E402
    REST,
    REST_WRISTS,
    upper_body_of,
    wrists,
)
from blender_addon.core.inference.session import ModelSession  # noqa: E402
from blender_addon.core.jobs import Progress  # noqa: E402
from tests.gesture.talk.test_talking import asked, made_prosody  # noqa: E402

MODEL = Path(__file__).resolve().parents[3] / "onnx_models" / "gesture_prior.onnx"
SMALL = PriorConfig(
    shape=PriorShape(width=8), max_updates=3, validate_every=3, window=16, batch=2, variants=1
)


def recorded() -> list[Variant]:
    """What the recorded moves of the extension make of a plan, as if it were a recording."""
    pose = upper_body_of(TalkPipeline().generate(asked()).clip)
    return [Variant(features_of(pose), condition_of(plan_of(pose)))]


@pytest.fixture(scope="module")
def session() -> ModelSession:
    """The model that is shipped."""
    return ModelSession(MODEL, ["CPUExecutionProvider"])


def test_features_give_the_pose_back() -> None:
    pose = upper_body_of(TalkPipeline().generate(asked()).clip)[::10]
    again = pose_of(features_of(pose))
    assert np.abs(np.einsum("tjd,tjd->tj", pose, again)).min() > 1.0 - 1e-5


def test_apexes_fall_where_planned_whatever_the_network_says(session: ModelSession) -> None:
    result = TalkPipeline(session).generate(asked())
    places = wrists(upper_body_of(result.clip))
    off = []
    for stroke in result.strokes:
        sides = {"LEFT": (0,), "RIGHT": (1,), "BOTH": (0, 1)}[stroke.hand]
        stops = np.concatenate([find_pauses(speeds(places[:, s])) for s in sides]) / 30.0
        off.append(np.abs(stops - stroke.time_s).min())
    assert np.median(off) < 0.07
    hanging = ~result.arms.any(axis=1)
    assert np.allclose(places[hanging], REST_WRISTS, atol=0.03)


def test_long_talks_are_made_in_pieces_that_meet(
    session: ModelSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = TalkPipeline(session).generate(asked())
    noise = prior._noise(0, 0, 721)
    monkeypatch.setattr(prior, "_PIECE", 300)
    monkeypatch.setattr(prior, "_noise", lambda seed, low, high: noise[low:high])
    parts = TalkPipeline(session).generate(asked())
    dots = np.abs(np.einsum("tjd,tjd->tj", upper_body_of(whole.clip), upper_body_of(parts.clip)))
    assert np.rad2deg(2.0 * np.arccos(np.clip(dots, 0.0, 1.0))).max() < 12.0


def test_a_model_of_another_task_is_refused(session: ModelSession) -> None:
    contract = replace(session.contract, task="dance")
    with pytest.raises(ContractError, match="gesture_prior"):
        prior.check_contract(contract)


def test_the_vae_learns_of_the_same_samples_and_is_not_exported(tmp_path: Path) -> None:
    config = replace(SMALL, kind="vae")
    network = train_prior(recorded(), recorded(), config, tmp_path)
    assert isinstance(network, GestureVae)
    batch = torch.zeros(1, 16, 10)
    assert network.draw(batch).shape == (1, 16, 78)
    pose = torch.from_numpy(recorded()[0].features[:16])[None]
    assert torch.isfinite(prior_loss(network, pose, batch, config))
    with pytest.raises(InputError, match="only 'diffusion'"):
        export_prior(tmp_path, tmp_path, "a test")


def test_variants_are_as_many_as_asked_and_told_by_their_own_stills() -> None:
    from backend.gesture.talk.data import Take

    pose = upper_body_of(TalkPipeline().generate(asked()).clip)
    variants = make_variants([Take("a", "train", pose)], 3, 0)
    assert len(variants) == 3
    for each in variants:
        places = wrists(pose_of(each.features))
        held = each.condition[:, 6:8] > 0.0
        off = np.linalg.norm(
            each.condition[:, :6].reshape(-1, 2, 3) - (places - wrists(REST[None])), axis=2
        )
        assert off[held].max() < 0.08


def test_the_graph_meets_stills_and_works_without_any_stroke() -> None:
    graph = ClipGraph(free_library())
    quiet = np.zeros(90)
    prosody = replace(made_prosody(), accents_s=np.zeros(0), accent_strengths=np.zeros(0))
    result = TalkPipeline(provider=graph).generate(TalkRequest(prosody, 3.0))
    assert result.clip.frame_count == 91 and not result.arms.any() and not quiet.any()
    plan = plan_of(upper_body_of(TalkPipeline().generate(asked()).clip))
    assert graph.fill(plan, 0, Progress(None)).shape == (721, 13, 4)
