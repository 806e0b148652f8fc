"""What ``evaluate editing`` asks of the prior: three keys of its result."""

from __future__ import annotations

from typing import Any

from backend.editing.evaluation import Evaluation, Unmeasured

from . import generative, map_measures, vary_measures


def measure_generative(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Reconstruction, Fréchet distance, diversity and coverage of every generative model."""
    if evaluation.foreign:
        raise Unmeasured("models are compared by motion of the kinds that they were trained on")
    return generative.measure_models(evaluation)


def measure_vary(evaluation: Evaluation) -> dict[str, float]:
    """Diversity, naturalness and slip of variants."""
    return vary_measures.measure(evaluation)


def measure_map(evaluation: Evaluation) -> dict[str, float]:
    """Purity of the map's neighbours, and of a baseline's."""
    return map_measures.measure(evaluation)
