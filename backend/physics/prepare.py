"""``python -m backend prepare physics``: the walks that are followed in judging."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import click

from .grounds import rough_ways, slaloms
from .judging.rows import Scope
from .suite import walk_orders
from .walks import CACHE, walk_files

_log = logging.getLogger(__name__)
_STARTS: Final = 32


@click.command()
@click.option("--starts", type=click.IntRange(1, 256), default=_STARTS, show_default=True)
@click.option(
    "--cache", type=click.Path(path_type=Path, file_okay=False), default=CACHE, show_default=True
)
def command(starts: int, cache: Path) -> None:
    """Let the locomotion model walk all ways on which figures with weight are judged."""
    scope = Scope(starts)
    ways = [*rough_ways(scope.rough), *slaloms(scope.slaloms)]
    orders = [*walk_orders(max(4, starts)), *(each.order for each in ways)]
    _log.info("%d walks in %s", len(walk_files(orders, cache)), cache)
