"""Every capability offers what the loops over capabilities need."""

from __future__ import annotations

import argparse
import inspect
from importlib import import_module

import pytest

from blender_addon.core.capabilities import CAPABILITIES

bpy = pytest.importorskip("bpy")

from blender_addon import capabilities  # noqa: E402
from blender_addon.capabilities.package import Package  # noqa: E402

pytestmark = pytest.mark.blender
NAMES = [each.name for each in CAPABILITIES]


def part(name, module=""):
    """A capability's package, or a module of it."""
    path = f"blender_addon.capabilities.{name}"
    return import_module(f"{path}.{module}" if module else path)


def generators_of(name):
    """Its commands that work on a scene, by their names."""
    module = part(name, "cli")
    return getattr(module, "GENERATORS", {name: module})


@pytest.mark.parametrize("name", NAMES)
def test_its_settings_hang_at_every_object(addon, name):
    package = part(name).PACKAGE
    assert isinstance(package, Package)
    assert package.name == name
    thing = bpy.data.objects.new("Thing", None)
    assert isinstance(getattr(thing.neural_motion, name), package.settings)
    if package.scene_settings is not None:
        assert isinstance(getattr(addon.neural_motion, name), package.scene_settings)


def groups_below(group):
    yield group
    for prop in group.properties:
        if prop.type in ("POINTER", "COLLECTION") and prop.fixed_type.identifier.startswith(
            "NEURALMOTION_PG"
        ):
            yield from groups_below(prop.fixed_type)


def test_all_that_hangs_at_objects_can_be_set_in_a_library_override(addon):
    root = bpy.types.Object.bl_rna.properties["neural_motion"]
    assert root.is_overridable
    seen = list(groups_below(root.fixed_type))
    assert len(seen) > 10
    for group in seen:
        for prop in group.properties:
            if prop.identifier not in ("rna_type", "name"):
                assert prop.is_overridable, (group.identifier, prop.identifier)


def test_classes_are_registered_and_taken_out_cleanly(scene):
    import blender_addon

    ours = [*capabilities.classes(), *(g for offer in capabilities.offers() for g in offer.groups)]
    assert len(set(ours)) == len(ours)
    blender_addon.register()
    assert all(each.is_registered for each in ours)
    blender_addon.unregister()
    assert not any(each.is_registered for each in ours)
    assert not any(name.startswith(("NEURALMOTION", "NEURAL_MOTION")) for name in dir(bpy.types))


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_it_has_a_panel_of_its_own_and_a_button_that_generates(addon, capability):
    classes = part(capability.name).PACKAGE.classes
    panels = [
        each
        for each in classes
        if issubclass(each, bpy.types.Panel) and not hasattr(each, "bl_parent_id")
    ]
    assert {each.bl_category for each in panels} == {"Neural Motion"}
    assert [each.bl_label for each in panels].count(capability.title) == 1
    operators = [each.bl_idname for each in classes if issubclass(each, bpy.types.Operator)]
    package = part(capability.name).PACKAGE
    assert set(operators) >= set(
        package.generates or (f"neural_motion.generate_{capability.name}",)
    )


@pytest.mark.parametrize("name", NAMES)
def test_it_has_a_command(name):
    offered = generators_of(name)
    assert offered
    for command, each in offered.items():
        assert list(inspect.signature(each.generate).parameters) == ["chosen", "progress"]
        commands = argparse.ArgumentParser().add_subparsers()
        each.add_parser(commands)
        assert list(commands.choices) == [command]


def test_no_two_commands_share_a_name():
    from blender_addon.cli.commands import generators, tools

    every = [command for name in NAMES for command in generators_of(name)]
    every += [*tools(), "character", "models", "run", "jobs"]
    assert len(set(every)) == len(every)
    assert set(generators()) | set(tools()) <= set(every)


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_and_writes_the_scene_around_a_job_that_needs_no_blender(name):
    scene, job = part(name, "scene"), part(name, "job")
    assert next(iter(inspect.signature(scene.read).parameters)) == "context"
    assert list(inspect.signature(scene.write).parameters)[:2] == ["context", "job"]
    assert not hasattr(job, "bpy")
    made = inspect.signature(scene.read).return_annotation
    assert "on_progress" in inspect.signature(getattr(job, made).run).parameters


@pytest.mark.parametrize("name", [each.name for each in CAPABILITIES if each.models])
@pytest.mark.parametrize("command", ["prepare", "train", "export", "evaluate"])
def test_backend_knows_its_four_commands(name, command):
    click = pytest.importorskip("click")
    pytest.importorskip("torch")
    from backend.__main__ import StepGroup

    found = StepGroup(command).get_command(click.Context(click.Command(command)), name)
    assert isinstance(found, click.Command)
