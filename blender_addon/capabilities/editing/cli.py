"""``blender -b scene.blend --command neural_motion fill …``, and the other edits of a motion."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import bpy

from ...blender.keys.density import KeyDensity
from ...blender.keys.options import DEFAULT_LAYER, ResultKind, ResultOptions
from ...blender.presets import user_folder
from ...cli.common import (
    Report,
    add_model_options,
    add_place_options,
    add_settings,
    choose_models,
    find_object,
    frame_range,
    keeps_within,
    needs_one_of,
    settings_of,
    takes_one_of,
    unknown_name,
)
from ...core.errors import SettingsError
from ...core.jobs import Progress
from ...core.notes import Note
from ...core.settings import Seeded
from . import scene as editing_scene
from .applying import describe
from .choice import Edit, EditChoice
from .kinds import KINDS, Kind
from .motion_map import making
from .motion_map.files import check_place, write_map
from .properties import MOST_VARIANTS

_LARGEST_ERROR: Final = 1000.0
_ABOUT: Final = {
    Edit.FILL: "fill the frames between poses",
    Edit.CLEAN: "take jitter, spikes, holes and sliding feet out of a capture",
    Edit.RESTYLE: "give a motion the manner of another",
    Edit.CONNECT: "make one action of two, with a transition",
    Edit.LOOP: "make a cycle of a motion",
    Edit.VARY: "make other takes of a motion",
    Edit.FOLLOW: "let a motion go along a curve",
}


class _Once(argparse.Action):
    """An option of which the last one would silently be the only one that counts."""

    def __call__(
        self, parser: argparse.ArgumentParser, chosen: argparse.Namespace, value: Any,
        option: str | None = None,
    ) -> None:  # fmt: skip
        """Keep the first; refuse a second."""
        if getattr(chosen, self.dest) is not None:
            parser.error(f"{option} is given twice; give one character to each command")
        setattr(chosen, self.dest, value)


@dataclass(frozen=True)
class EditCommand:
    """The command of one edit."""

    kind: Kind

    def generate(self, chosen: argparse.Namespace, progress: Progress) -> Report:
        """Edit a motion, and say what was done."""
        context = bpy.context
        choice = self._choice(chosen)
        job = editing_scene.read(context, choice, choose_models(context, chosen))
        outcome = job.run(progress)
        written = editing_scene.write(context, job, outcome.result, choice.result)
        names = ", ".join(f"'{name}'" for name in written.names) or "nothing"
        return Report(
            f"{names}: {describe(written)}, {outcome.describe()}",
            tuple(dict.fromkeys((*job.notes, *written.notes))),
            written.names,
            (written.first_frame, written.last_frame),
            outcome.providers,
            written.measures,
        )

    def _choice(self, chosen: argparse.Namespace) -> EditChoice:
        kind = self.kind
        armature = find_object(chosen.rig, "ARMATURE")
        given = vars(chosen)
        curve, other = given.get("path"), given.get("reference_rig")
        bones = tuple(given.get("bone") or ())
        missing = tuple(given.get("missing") or ())
        _check_bones(armature, (*bones, *missing))
        return EditChoice(
            armature=armature,
            edit=kind.edit,
            settings=kind.settings(**settings_of(chosen, kind.settings)),
            frame_range=given.get("range"),
            bones=bones,
            gaps_over=given.get("gaps_over"),
            reference=given.get("reference") or "",
            reference_armature=None if other is None else find_object(other, "ARMATURE"),
            first=given.get("first") or "",
            second=given.get("second") or "",
            path=None if curve is None else find_object(curve, "CURVE"),
            seed=settings_of(chosen, Seeded)["seed"] if kind.has_seed else 0,
            variants=_variants(chosen) if kind.has_variants else 1,
            missing=missing,
            result=_options(chosen, kind),
        )

    def add_parser(self, commands: Any) -> argparse.ArgumentParser:
        """The options of the edit."""
        parser: argparse.ArgumentParser = commands.add_parser(
            self.kind.name, help=_ABOUT[self.kind.edit]
        )
        add = parser.add_argument
        add("--rig", "--character", required=True, action=_Once, help="name of the armature")
        _add_what(parser, self.kind)
        _add_where(parser, self.kind)
        sources = (self.kind.settings, Seeded) if self.kind.has_seed else (self.kind.settings,)
        add_settings(parser, *sources)
        if self.kind.has_variants:
            count = add("--variants", type=int, default=1, metavar="N",
                help="how many are made, each with another seed (%(default)s)")  # fmt: skip
            keeps_within(count, 1, MOST_VARIANTS)
        if self.kind.edit.keeps_time:
            add("--result", choices=["layer", "action"], default="layer",
                help="what it is written to (%(default)s)")  # fmt: skip
        _add_keys(parser)
        add_model_options(parser)
        add_place_options(parser)
        return parser


def _add_what(parser: argparse.ArgumentParser, kind: Kind) -> None:
    add = parser.add_argument
    if kind.edit in (Edit.FILL, Edit.FOLLOW):
        add("--path", required=kind.edit is Edit.FOLLOW,
            help="name of a curve that the hips go along")  # fmt: skip
    if kind.edit is Edit.RESTYLE:
        add("--reference", required=True, help="an action or a strip in the manner wanted")
        add("--reference-rig", help="whose motion the reference is (the same armature)")
    if kind.edit is Edit.CONNECT:
        add("--first", required=True, help="the strip or action that comes first")
        add("--second", required=True, help="the strip or action that comes after it")
    if kind.edit is Edit.CLEAN:
        add("--missing", action="append", metavar="BONE",
            help="a bone whose keys are not to be believed; may be repeated")  # fmt: skip


def _add_where(parser: argparse.ArgumentParser, kind: Kind) -> None:
    add = parser.add_argument
    if kind.edit is Edit.FILL:
        add("--range", type=frame_range, metavar="FIRST:LAST",
            help="frames of the two poses that stay; what lies between is filled")  # fmt: skip
        gaps = add("--gaps-over", type=int, metavar="N",
            help="instead: all gaps of more frames than this between keys")  # fmt: skip
        keeps_within(gaps, 0, 1_000_000)
        needs_one_of(parser, "range", "gaps_over")
        takes_one_of(parser, "range", "gaps_over")
    elif kind.has_range:
        add("--range", type=frame_range, metavar="FIRST:LAST",
            help="frames that may change (all that plays)")  # fmt: skip
    if kind.has_bones:
        add("--bone", action="append", metavar="BONE",
            help="only this bone changes; may be repeated (all)")  # fmt: skip


def _variants(chosen: argparse.Namespace) -> int:
    if not 1 <= chosen.variants <= MOST_VARIANTS:
        raise SettingsError(f"--variants is {chosen.variants}; give 1 to {MOST_VARIANTS}")
    return int(chosen.variants)


def _check_bones(armature: bpy.types.Object, names: tuple[str, ...]) -> None:
    bones = armature.data.bones.keys()
    for name in names:
        if name not in bones:
            raise unknown_name("bone", name, bones)


def _add_keys(parser: argparse.ArgumentParser) -> None:
    add, usual = parser.add_argument, DEFAULT_LAYER
    add(
        "--keys",
        choices=["every", "reduced"],
        default="every",
        help="on which frames (%(default)s)",
    )
    bounds = (
        add("--max-error-deg", type=float, default=round(math.degrees(usual.turn_bound_rad), 6),
            metavar="DEG", help="of reduced keys (%(default)s)"),
        add("--max-error-mm", type=float, default=round(1000.0 * usual.shift_bound_m, 6),
            metavar="MM", help="of reduced keys (%(default)s)"),
    )  # fmt: skip
    for action in bounds:
        keeps_within(action, 0.0, _LARGEST_ERROR)
    add("--replace-last", action="store_true", help="an untouched earlier result makes room")


def _options(chosen: argparse.Namespace, kind: Kind) -> ResultOptions:
    for name in ("max_error_deg", "max_error_mm"):
        if not 0 <= getattr(chosen, name) <= _LARGEST_ERROR:
            option = f"--{name.replace('_', '-')}"
            raise SettingsError(
                f"{option} is {getattr(chosen, name):g}; give 0 to {_LARGEST_ERROR:g}"
            )
    is_action = not kind.edit.keeps_time or chosen.result == "action"
    return replace(
        DEFAULT_LAYER,
        markers=True,
        kind=ResultKind.ACTION if is_action else ResultKind.LAYER,
        replace_last=chosen.replace_last,
        density=KeyDensity.REDUCED if chosen.keys == "reduced" else KeyDensity.EVERY_FRAME,
        turn_bound_rad=math.radians(chosen.max_error_deg),
        shift_bound_m=chosen.max_error_mm / 1000.0,
    )


GENERATORS: Final = {each.name: EditCommand(each) for each in KINDS.values()}
"""The command of each edit, by its name."""


class MapCommand:
    """The command that makes a map of a folder of motions; it changes no scene."""

    def run(self, chosen: argparse.Namespace) -> Report:
        """Look through a folder, and write the map of its motions."""
        context, folder = bpy.context, chosen.folder.absolute()
        out = check_place(chosen.out.absolute(), replace=chosen.overwrite)
        models = choose_models(context, chosen)
        rig = None if chosen.rig is None else find_object(chosen.rig, "ARMATURE")
        kept_in = None if chosen.no_cache else user_folder("motion_map")
        reader = making.begin(context, folder, kept_in, models, rig)
        for _ in reader.read_folder(folder):
            pass
        seed = settings_of(chosen, Seeded)["seed"]
        outcome = making.job_of(reader, folder, seed, models).run(Progress())
        made = outcome.result
        write_map(out, made, replace=chosen.overwrite)
        return Report(
            f"{len(made.places)} motions, {len(made.points)} stretches of 2 s, "
            f"{outcome.describe()}; saved as {out}",
            tuple(map(Note, made.notes)),
            provider=outcome.providers,
        )

    def add_parser(self, commands: Any) -> argparse.ArgumentParser:
        """The options of ``map``."""
        parser: argparse.ArgumentParser = commands.add_parser(
            "map", help="a picture of a folder of motions, in which like lies beside like"
        )
        add = parser.add_argument
        add("--folder", type=Path, required=True, help="of .blend and .bvh files")
        add("--out", type=Path, required=True,
            help="the map: .json for its numbers, .svg for a picture")  # fmt: skip
        add("--overwrite", action="store_true", help="replace the file to be saved")
        add("--rig", "--character",
            help="armature of the open file on which actions are played that fit it")  # fmt: skip
        add("--no-cache", action="store_true", help="read every file anew, and keep nothing")
        add_settings(parser, Seeded)
        add_model_options(parser)
        add("--log", choices=("text", "json"), default="text",
            help="a sentence for people, or a line of JSON for machines (%(default)s)")  # fmt: skip
        return parser


TOOLS: Final = {"map": MapCommand()}
"""Commands that change no scene, by their names."""
