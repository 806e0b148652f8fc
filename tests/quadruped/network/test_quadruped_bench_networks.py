"""The forms that are timed beside ours say the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from blender_addon.core.errors import ModelError
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.quadruped.features import INPUT_LAYOUT
from blender_addon.core.quadruped.skeleton import JOINTS, PARENTS

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.export.onnx_export import export_module  # noqa: E402
from backend.quadruped.bench_networks import (  # noqa: E402
    FORMS,
    OtherForm,
    check_same,
    open_form,
    read_stored,
)
from backend.quadruped.export import MODEL_NAME, make_contract  # noqa: E402
from backend.quadruped.learning.network import ModeAdaptiveNetwork, Shape  # noqa: E402
from backend.quadruped.learning.wide import WideNetwork  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    path = tmp_path_factory.mktemp("model") / f"{MODEL_NAME}.onnx"
    contract = make_contract(Skeleton(JOINTS, PARENTS, np.zeros((27, 3))), "for a test")
    wide = WideNetwork(ModeAdaptiveNetwork(Shape(16, 3)))
    example = {"features": torch.zeros(2, INPUT_LAYOUT.size)}
    export_module(wide, example, ["prediction"], contract, path)
    return path


@pytest.fixture(scope="module")
def session(path: Path) -> ModelSession:
    return ModelSession(path, ["CPUExecutionProvider"], threads=1)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(path: Path, session: ModelSession, form: str) -> None:
    assert check_same(OtherForm(read_stored(path), form), session) < 1e-4


def test_a_form_is_exported_as_it_is(path: Path, session: ModelSession, tmp_path: Path) -> None:
    other = OtherForm(read_stored(path), "blended")
    exported = open_form(other, session.contract, tmp_path, 1)
    features = np.random.default_rng(0).normal(size=(3, INPUT_LAYOUT.size)).astype(np.float32)
    found, desired = (each.run({"features": features}) for each in (exported, session))
    np.testing.assert_allclose(found["prediction"], desired["prediction"], atol=1e-4)


def test_another_network_is_refused(tmp_path: Path) -> None:
    graph = onnx.helper.make_graph([], "nothing", [], [])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "other.onnx")
    with pytest.raises(ModelError, match="export quadruped"):
        read_stored(tmp_path / "other.onnx")
