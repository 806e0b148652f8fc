"""Files dropped on the 3D viewport, as Blender hands them to an operator."""

from __future__ import annotations

from pathlib import Path

import bpy


class TakesFiles:
    """Mix-in of an operator that files are dropped on: one path, or a folder and names in it."""

    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", "HIDDEN"})
    directory: bpy.props.StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: bpy.props.CollectionProperty(
        type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"}
    )

    def dropped(self) -> list[Path]:
        """Every file, in the order in which Blender names them; none twice."""
        folder = Path(bpy.path.abspath(self.directory)) if self.directory else None
        named = [folder / each.name for each in self.files if each.name] if folder else []
        alone = [Path(bpy.path.abspath(self.filepath))] if self.filepath else []
        return list(dict.fromkeys(named or alone))


class OnViewport:
    """Mix-in of a file handler: files are taken where they fall on a 3D viewport."""

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        """Whether the mouse is over a viewport."""
        area, region = context.area, context.region
        return (
            area is not None
            and area.type == "VIEW_3D"
            and region is not None
            and region.type == "WINDOW"
        )
