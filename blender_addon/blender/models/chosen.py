"""Which model runs for each task: chosen for the whole scene, as characters share a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from ...core.capabilities import CAPABILITIES, TASKS, Capability
from ...core.inference.model_list import models_of
from .preferred import preferred_models


def _search(task: str) -> Callable[[Any, bpy.types.Context, str], list[tuple[str, str]]]:
    """Names to choose from while one types, each with what it is."""

    def names(_group: Any, context: bpy.types.Context, text: str) -> list[tuple[str, str]]:
        found = models_of(task, preferred_models(context))
        return [(model.name, model.title) for model in found if text.lower() in model.name.lower()]

    return names


class NEURALMOTION_PG_models(bpy.types.PropertyGroup):
    """A model's name for each task; empty for the usual one."""

    __annotations__ = {
        task: bpy.props.StringProperty(
            name="Model",
            description=f"Network for {task.replace('_', ' ')}. Empty: your own, where there is "
            "one, else the one that came along",
            search=_search(task),
            search_options={"SORT"},
        )
        for task in TASKS
    }


def draw_models(layout: bpy.types.UILayout, context: bpy.types.Context, name: str) -> None:
    """A chooser for each task of a capability that has more than one model, or a choice."""
    capability: Capability = next(each for each in CAPABILITIES if each.name == name)
    chosen = context.scene.neural_motion.models
    for task in capability.tasks:
        if getattr(chosen, task) or len(models_of(task, preferred_models(context))) > 1:
            title = "Model" if len(capability.tasks) == 1 else task.replace("_", " ").title()
            layout.prop(chosen, task, text=title)


CLASSES = (NEURALMOTION_PG_models,)
