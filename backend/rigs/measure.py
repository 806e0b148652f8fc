"""``python -m backend rigs``: every family of rigs walks, measured as Blender shows it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import bpy
import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from blender_addon.blender.rig.joint_map import automatic_joints
from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.job import Walk, WalkJob, size_of
from blender_addon.capabilities.walk.residual import measure_residual, seen_joints
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import NeuralMotionError
from blender_addon.core.feet.measures import heights_over_ground, slip_speed
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from blender_addon.core.retarget.control_map import LimbMode, LimbModes
from blender_addon.core.retarget.feet import planted_heights
from blender_addon.demo_character.builder import add_person
from blender_addon.demo_character.person import draw_person

from .built import build_rig, bundled_families, family_build
from .face_measure import all_faces, measure_face, print_faces
from .generated import make_rigify
from .hands import measure_hands
from .hierarchies import FOLDER, build_hierarchy, hierarchies
from .persons import person_maker, persons
from .pictures import draw_strip
from .quadrupeds.makers import all_quadrupeds
from .quadrupeds.measure import measure_quadruped, print_quadrupeds
from .shod import SHOD, build_shod
from .skinned import measure_skin
from .unnamed import UNNAMED, build_unnamed, wrong_joints
from .variants import VARIANTS

FOOT_TARGET_CM = 1.0
SLIP_TARGET_CM_S = 2.5
SOLE_TARGETS_CM = (0.5, 1.5)
UNNAMED_TARGET = 8
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SECTION_TARGETS = (0.6, 1.4)
SKIN_OFF_TARGET_CM = 2.5
HAND_TARGET_CM = 1.0
_SKIN_FRAMES = 12
_ALL_FRAMES = 1_000_000
_SPEED_M_S = 1.3
_METRES = ((0.0, 0.0, 0.0), (0.0, -2.5, 0.0), (2.0, -4.5, 0.0))

_log = logging.getLogger(__name__)

Array = NDArray[np.float64]
MakeRig = Callable[[], bpy.types.Object]


@dataclass(frozen=True)
class RigRow:
    """What one rig did; what could not be measured is None.

    Args:
        rig: its name.
        mapped: all joints needed were found without help.
        family: whose names decided; empty for structure.
        joints: how many of the 22.
        residual_cm, write_error_cm, foot_error_cm, foot_error_mean_cm, upright, head_height_cm,
            shoulder_line_deg, toe_tip_cm: see ``Residual``.
        sole_mean_cm, sole_max_cm: likewise, at the size of a person.
        least_section, most_section, skin_off_cm: of the skin about knees, elbows and ankles, see
            ``SkinAtJoints``; None without a mesh there.
        hand_in_body_cm, hand_in_body_share: how deep hands are in hips and thighs at most, and the
            share of frames on which they are, see ``HandsInBody``; None without a mesh there.
        slip_cm_s: speed of the slowest heel or toe near the ground, at the size of a person.
        generate_s: reading, running, writing and measuring.
        problem: why it did not walk.
    """

    rig: str
    mapped: bool
    family: str = ""
    joints: int = 0
    residual_cm: float | None = None
    write_error_cm: float | None = None
    foot_error_cm: float | None = None
    foot_error_mean_cm: float | None = None
    upright: float | None = None
    head_height_cm: float | None = None
    shoulder_line_deg: float | None = None
    toe_tip_cm: float | None = None
    sole_mean_cm: float | None = None
    sole_max_cm: float | None = None
    least_section: float | None = None
    most_section: float | None = None
    skin_off_cm: float | None = None
    hand_in_body_cm: float | None = None
    hand_in_body_share: float | None = None
    slip_cm_s: float | None = None
    generate_s: float | None = None
    problem: str = ""


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the figures.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out/rigs"), show_default=True,
    help="Folder for a picture of each rig.",
)  # fmt: skip
@click.option("--only", help="Only rigs whose name contains this.")
@click.option(
    "--data", type=click.Path(path_type=Path), default=DATA, show_default=True,
    help="Folder with human, rigs/*.glb, quadruped/*/*.glb and mocap/cmu/*.bvh; what is absent is "
    "left out.",
)  # fmt: skip
@click.option("--faces", is_flag=True, help="Faces that speak and look around instead of rigs.")
def command(json_path: Path | None, out: Path, only: str | None, data: Path, faces: bool) -> None:
    """Let every family of rigs walk, and measure joints and feet as Blender shows them."""
    if faces:
        looked = [measure_face(n, make) for n, make in all_faces(data) if not only or only in n]
        print_faces(looked, Console())
        _write(json_path, {"faces": [asdict(row) for row in looked]})
        return
    rows = [
        measure_rig(name, make, limbs, out)
        for name, make, limbs in all_rigs(data)
        if not only or only in name
    ]
    unnamed = [] if only else [judge_unnamed(kind) for kind in UNNAMED]
    animals = [
        measure_quadruped(name, make, out)
        for name, make in all_quadrupeds(data)
        if not only or only in name
    ]
    if rows:
        print_rows(rows, unnamed, Console())
    if animals:
        print_quadrupeds(animals, Console())
    document = {
        "rigs": [asdict(row) for row in rows],
        "unnamed": [{"rig": kind, "wrong_joints": wrong} for kind, wrong in unnamed],
        "quadrupeds": [asdict(row) for row in animals],
    }
    _write(json_path, document)


def _write(json_path: Path | None, document: dict[str, Any]) -> None:
    if json_path is not None:
        told = {**document, "blender": bpy.app.version_string}
        json_path.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
        _log.info("wrote %s", json_path)


# People of Add Character: title, seed, whose names, and what is chosen.
_ADDED: Final = (
    ("added person, Rigify names", 0, "RIGIFY", {}),
    ("added heavy woman, Mixamo names", 1, "MIXAMO", {"sex": 0.0, "weight": 1.0}),
    ("added child, Unreal names", 2, "UNREAL", {"age_years": 11.0}),
)


def all_rigs(data: Path) -> Iterator[tuple[str, MakeRig, LimbModes]]:
    """Name, maker and modes of limbs of every rig."""
    plain = LimbModes()
    for legs, arms in ((LimbMode.IK, LimbMode.FK), (LimbMode.FK, LimbMode.IK)):
        title = f"Rigify generated, legs {legs.value} arms {arms.value}"
        yield title, lambda: make_rigify("human"), LimbModes(legs, arms)
    for title, tree in hierarchies():
        yield title, lambda tree=tree: build_hierarchy(tree), plain  # type: ignore[misc]
    for stem, names in bundled_families():
        if (FOLDER / f"{stem}.json").is_file():
            continue
        build = family_build(stem, names)
        yield stem, lambda build=build: build_rig(build), plain  # type: ignore[misc]
    for title, build in VARIANTS.items():
        yield title, lambda build=build: build_rig(build), plain  # type: ignore[misc]
    for title, seed, naming, chosen in _ADDED:
        yield title, lambda made=(seed, naming, chosen): _add(*made), plain  # type: ignore[misc]
    for title, shod in SHOD.items():
        yield title, lambda shod=shod: build_shod(shod), plain  # type: ignore[misc]
    human = data / "human"
    for title, person, kind in persons() if human.is_dir() else ():
        yield title, person_maker(human, person, kind), plain
    for path in sorted((data / "rigs").glob("*.glb")):
        yield path.stem, lambda path=path: _import_gltf(path), plain  # type: ignore[misc]
    for stem in ("amc_01_02", "iclone_001_01", "acrnn_salsa_01", "expmap_test_walking_1"):
        path = data / "mocap" / "cmu" / f"{stem}.bvh"
        if path.is_file():
            yield f"BVH {stem}", lambda path=path: _import_bvh(path), plain  # type: ignore[misc]


def _add(seed: int, naming: str, chosen: Mapping[str, float]) -> bpy.types.Object:
    return add_person(bpy.context, "", draw_person(seed, chosen), naming)


def _import_gltf(path: Path) -> bpy.types.Object:
    bpy.ops.import_scene.gltf(filepath=str(path))
    return next(o for o in bpy.data.objects if o.type == "ARMATURE")


def _import_bvh(path: Path) -> bpy.types.Object:
    bpy.ops.import_anim.bvh(filepath=str(path))
    return next(o for o in bpy.data.objects if o.type == "ARMATURE")


def measure_rig(name: str, make: MakeRig, limbs: LimbModes, out: Path) -> RigRow:
    """Walk one rig in an empty file, measure it, draw it."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    armature = make()
    found = automatic_joints(armature)
    row = RigRow(name, not found.missing, found.family, len(found.bones))
    started = time.perf_counter()
    try:
        job, walk, first = _walk(armature, limbs)
    except NeuralMotionError as error:
        return RigRow(name, row.mapped, row.family, row.joints, problem=str(error))
    elapsed = time.perf_counter() - started
    residual = measure_residual(bpy.context, job, walk, first, _ALL_FRAMES)
    frames = np.arange(walk.clip.frame_count)
    names = [n for n in job.rig.skeleton.names if n in job.rig.joint_map]
    places = seen_joints(bpy.context, job, walk, names, first, frames)
    common = [job.rig.joint_map[n] for n in names]
    slip, heights = _slip(job, walk, common, places)
    file = out / (name.replace(" ", "_").replace(",", "") + ".png")
    title = f"{name}: feet within {residual.foot_error_cm or 0:.2f} cm, slip {slip:.1f} cm/s"
    draw_strip(file, title, common, places, heights, walk.clip)
    measured = {k: v for k, v in asdict(residual).items() if hasattr(row, k)}
    row = replace(row, **measured, slip_cm_s=slip, generate_s=elapsed)
    seen = first + frames[:: max(1, len(frames) // _SKIN_FRAMES)]
    skin = measure_skin(bpy.context, armature, job.rig.joint_map, seen.tolist(), walk.scale)
    if skin is not None:
        row = replace(
            row, least_section=skin.least_section, most_section=skin.most_section,
            skin_off_cm=skin.off_cm,
        )  # fmt: skip
    hands = measure_hands(bpy.context, armature, job.rig.joint_map, seen.tolist(), walk.scale)
    if hands is not None:
        row = replace(
            row, hand_in_body_cm=hands.deepest_cm, hand_in_body_share=hands.frames_share
        )  # fmt: skip
    return replace(
        row,
        sole_mean_cm=(residual.sole_mean_cm or 0.0) / walk.scale,
        sole_max_cm=(residual.sole_max_cm or 0.0) / walk.scale,
    )


def _walk(armature: bpy.types.Object, limbs: LimbModes) -> tuple[WalkJob, Walk, int]:
    """Walk a path of the character's size at a person's speed of that size."""
    rig = read_skeleton(bpy.context, armature)
    size = size_of(rig.skeleton, rig.joint_map) / size_of(COMMON_SKELETON)
    settings = WalkSettings(armature, _curve(size), speed_m_s=_SPEED_M_S * size, limbs=limbs)
    job = walk_scene.read(bpy.context, settings)
    walk = job.run().result
    return job, walk, walk_scene.write(bpy.context, job, walk).first_frame


def _curve(size: float) -> bpy.types.Object:
    data = bpy.data.curves.new("Path", "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("BEZIER")
    spline.bezier_points.add(len(_METRES) - 1)
    for point, place in zip(spline.bezier_points, _METRES, strict=True):
        point.co = [size * value for value in place]
        point.handle_left_type = point.handle_right_type = "AUTO"
    curve = bpy.data.objects.new("Path", data)
    bpy.context.scene.collection.objects.link(curve)
    return curve


def _slip(job: WalkJob, walk: Walk, common: Sequence[str], places: Array) -> tuple[float, Array]:
    """Mean slip (cm/s at the size of a person) and heights (T, 4) of heels and toes.

    Without a toe joint a heel counts while it stands, not while an unseen toe does.
    """
    skeleton = job.rig.skeleton
    roles = {joint: skeleton.index(bone) for bone, joint in job.rig.joint_map.items()}
    planted = planted_heights(skeleton, roles) / walk.scale
    used = [joint if joint in common else joint.replace("Toe", "Foot") for joint in FOOT_JOINTS]
    columns = [common.index(joint) for joint in used]
    feet = places[:, columns] / walk.scale
    heights = heights_over_ground(feet, np.zeros(feet.shape[:2]), planted)
    for n in [n for n, joint in enumerate(FOOT_JOINTS) if joint not in common]:
        heights[:, n] = np.inf
        heights[~walk.clip.contacts[:, n - 1], n - 1] = np.inf
    slip = slip_speed(feet, heights, walk.clip.frame_rate_hz)
    return 100.0 * slip.mean, walk.scale * np.asarray(heights)


def judge_unnamed(kind: str) -> tuple[str, list[str]]:
    """A rig without telling names, and the joints that were found elsewhere than they are."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return kind, wrong_joints(*build_unnamed(kind))


def print_rows(
    rows: Sequence[RigRow], unnamed: Sequence[tuple[str, list[str]]], console: Console
) -> None:
    """The table, what misses its target in red, and the sums."""
    table = Table(title="Rigs")
    for heading in ("rig", "names", "joints", "residual cm", "written cm", "feet cm"):
        table.add_column(heading)
    for heading in (
        "sole mean cm",
        "sole max cm",
        "slip cm/s",
        "sections",
        "skin cm",
        "hand cm",
        "s",
    ):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row.rig, row.family or "structure", _marked(str(row.joints), row.mapped),
            _number(row.residual_cm), _number(row.write_error_cm),
            _number(row.foot_error_cm, FOOT_TARGET_CM),
            _number(row.sole_mean_cm, SOLE_TARGETS_CM[0]),
            _number(row.sole_max_cm, SOLE_TARGETS_CM[1]),
            _number(row.slip_cm_s, SLIP_TARGET_CM_S),
            _sections(row), _number(row.skin_off_cm, SKIN_OFF_TARGET_CM),
            _number(row.hand_in_body_cm, HAND_TARGET_CM),
            _number(row.generate_s) if not row.problem else row.problem,
        )  # fmt: skip
    console.print(table)
    if unnamed:
        right = sum(not wrong for _, wrong in unnamed)
        console.print(f"without names: {right} of {len(unnamed)} (target {UNNAMED_TARGET})")
        for kind, wrong in unnamed:
            if wrong:
                console.print(f"  {kind}: {', '.join(wrong)}")


def _sections(row: RigRow) -> str:
    """Smallest and largest area of skin about a limb, as shares of that at rest."""
    if row.least_section is None or row.most_section is None:
        return "-"
    good = SECTION_TARGETS[0] <= row.least_section and row.most_section <= SECTION_TARGETS[1]
    return _marked(f"{row.least_section:.2f}-{row.most_section:.2f}", good)


def _number(value: float | None, target: float | None = None) -> str:
    if value is None:
        return "-"
    return _marked(f"{value:.2f}", target is None or value <= target)


def _marked(text: str, good: bool) -> str:
    return text if good else f"[red]{text}[/red]"
