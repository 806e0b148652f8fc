"""Makes a speech model of a folder of Audio2Face-3D that the user has downloaded."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...blender.models.preferred import folder_for_own_models, keep_own_models_folder
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words


def add_downloaded(source: Path, target: Path, name: str, replace: bool) -> tuple[str, str]:
    """Make a speech model of a downloaded folder.

    Returns:
        What was added, and under which licence.
    """
    # Not above: switching the extension on does not wait for it.
    from ...core.speech.audio2face.adding import add_audio2face
    from ...core.speech.audio2face.contract import LICENCE_URL, NOTICE

    added = add_audio2face(source, target, name=name, replace=replace)
    return added.told, f"{NOTICE}: {LICENCE_URL}"


class NEURALMOTION_OT_add_audio2face(bpy.types.Operator):
    """Makes a speech model of a downloaded folder of NVIDIA's."""

    bl_idname = "neural_motion.add_audio2face"
    bl_label = "Add Audio2Face-3D Folder…"
    bl_description = (
        "Choose a folder of NVIDIA Audio2Face-3D v2.3 that you have downloaded. It is "
        "checked and becomes a speech model among your own. NVIDIA Open Model License"
    )
    bl_options = {"REGISTER"}

    directory: bpy.props.StringProperty(name="Folder", subtype="DIR_PATH")
    filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    replace: bpy.props.BoolProperty(
        name="Replace", description="A model of the same name among your own may go"
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, _context: bpy.types.Context) -> None:
        """Beside the folders: what it is, and under which licence."""
        column = self.layout.column(align=True)
        for text in (
            "Audio2Face-3D v2.3 is NVIDIA's,",
            "under the NVIDIA Open Model License.",
            "It is not part of this extension:",
            "read its licence where you got it.",
        ):
            column.label(text=text)
        self.layout.prop(self, "replace")

    def execute(self, context: bpy.types.Context) -> set[str]:
        source = Path(bpy.path.abspath(self.directory))
        try:
            target = folder_for_own_models(context)
            added, licence = add_downloaded(source, target, "", self.replace)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        keep_own_models_folder(context, target)
        report(self, {"INFO"}, f"{added}. {licence}")
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_add_audio2face,)
