"""Mechanisms of Blender that every capability may use, by subject."""

from __future__ import annotations

import bpy

from .jobs import state
from .keys.result_properties import CLASSES as RESULT_PROPERTIES
from .models.card_operator import CLASSES as MODEL_CARD
from .models.chosen import CLASSES as MODELS
from .sound.choice import CLASSES as SOUND_PROPERTIES
from .sound.demo_voice import CLASSES as DEMO_VOICE
from .sound.playing import CLASSES as PLAYING

CLASSES = (*MODELS, *MODEL_CARD, *RESULT_PROPERTIES, *SOUND_PROPERTIES, *DEMO_VOICE, *PLAYING)

_register_classes, _unregister_classes = bpy.utils.register_classes_factory(CLASSES)


def register() -> None:
    """Add what every capability shares."""
    state.register()
    _register_classes()


def unregister() -> None:
    """Take it out again."""
    _unregister_classes()
    state.unregister()
