"""From the chosen models to what makes an edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ...core.inference.choice import ModelChoice
from ...core.inference.model_list import models_of
from ...core.inference.opening import open_models
from ...core.inference.session import CancellableSession
from ...core.jobs import Cancellation, RanModel
from . import editors
from .choice import Edit

# What one edit needs is no matter of the others.
if TYPE_CHECKING:
    from .job import Editor

FILLER: Final = ("motion_filler",)
CLEANER: Final = ("motion_cleaner",)
PRIOR: Final = ("motion_prior", "motion_prior_decoder")
MANIFOLD: Final = ("manifold_2016", "manifold_2016_decoder", "manifold_2016_gradient")
CONTROL: Final = (*MANIFOLD, "manifold_2016_control")


def open_editor(
    edit: Edit, choice: ModelChoice, cancellation: Cancellation
) -> tuple[Editor, tuple[RanModel, ...]]:
    """What makes an edit, and what runs it.

    Args:
        edit: which one.
        choice: where the models lie and how to run them.
        cancellation: ends a run that is under way.

    Raises:
        NeuralMotionError: a model is missing or cannot be used.
    """
    return _OPENINGS[edit](choice, cancellation)


_Opened = tuple["Editor", tuple[RanModel, ...]]


def _sessions(
    tasks: Sequence[str], choice: ModelChoice, cancellation: Cancellation
) -> tuple[list[CancellableSession], tuple[RanModel, ...]]:
    opened = open_models(list(tasks), choice)
    ran = tuple(dict.fromkeys(session.ran for session in opened))
    return [CancellableSession(session, cancellation) for session in opened], ran


def _filler(choice: ModelChoice, cancellation: Cancellation) -> tuple[Any, tuple[RanModel, ...]]:
    from ...core.editing.fill.pipeline import FillPipeline

    sessions, ran = _sessions(FILLER, choice, cancellation)
    return FillPipeline(*sessions), ran


def _open_fill(choice: ModelChoice, cancellation: Cancellation) -> _Opened:
    pipeline, ran = _filler(choice, cancellation)
    return editors.Filling(pipeline), ran


def _open_clean(choice: ModelChoice, cancellation: Cancellation) -> _Opened:
    from ...core.editing.clean.pipeline import CleanPipeline

    filler, ran = _filler(choice, cancellation)
    cleaner = None
    if choice.names.get(CLEANER[0]) or models_of(CLEANER[0], choice):
        sessions, more = _sessions(CLEANER, choice, cancellation)
        cleaner, ran = sessions[0], (*ran, *more)
    return editors.Cleaning(CleanPipeline(filler, cleaner)), ran


def _open_restyle(choice: ModelChoice, cancellation: Cancellation) -> _Opened:
    from ...core.editing.restyle.pipeline import RestylePipeline

    sessions, ran = _sessions(MANIFOLD, choice, cancellation)
    return editors.Restyling(RestylePipeline(*sessions)), ran


def _open_follow(choice: ModelChoice, cancellation: Cancellation) -> _Opened:
    from ...core.editing.follow.pipeline import FollowPipeline

    sessions, ran = _sessions(CONTROL, choice, cancellation)
    return editors.Following(FollowPipeline(*sessions)), ran


def _open_vary(choice: ModelChoice, cancellation: Cancellation) -> _Opened:
    from ...core.editing.vary.pipeline import VaryPipeline

    sessions, ran = _sessions(PRIOR, choice, cancellation)
    return editors.Varying(VaryPipeline(*sessions)), ran


def _open_loop(choice: ModelChoice, cancellation: Cancellation) -> _Opened:
    from ...core.editing.loop.make import make_loop

    filler, ran = _filler(choice, cancellation)
    return editors.Looping(make_loop, filler), ran


def _open_connect(choice: ModelChoice, cancellation: Cancellation) -> _Opened:
    from ...core.editing.connect.join import connect

    filler, ran = _filler(choice, cancellation)
    return editors.Connecting(connect, filler), ran


_OPENINGS: Final[Mapping[Edit, Callable[[ModelChoice, Cancellation], _Opened]]] = {
    Edit.FILL: _open_fill,
    Edit.CLEAN: _open_clean,
    Edit.RESTYLE: _open_restyle,
    Edit.FOLLOW: _open_follow,
    Edit.VARY: _open_vary,
    Edit.LOOP: _open_loop,
    Edit.CONNECT: _open_connect,
}
