"""Which character the panels are about, and where its settings hang."""

from __future__ import annotations

from .add_character import CLASSES as ADD_CHARACTER
from .add_people import CLASSES as ADD_PEOPLE
from .panel import CLASSES as PANEL
from .use_selected import CLASSES as USE_SELECTED

CLASSES = (*ADD_CHARACTER, *ADD_PEOPLE, *USE_SELECTED, *PANEL)
