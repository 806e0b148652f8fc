"""Who recorded the motion, and under which terms."""

from __future__ import annotations

from blender_addon.core.inference.contract import DataSource

CMU = DataSource(
    "CMU Graphics Lab Motion Capture Database",
    "CMU terms: free for all uses, not to be resold as data",
    "The data used in this project was obtained from mocap.cs.cmu.edu. "
    "The database was created with funding from NSF EIA-0196217.",
)

UPC_RUN = DataSource(
    "Jogging take of MotionMatchingWithCollisionAvoidance",
    "MIT",
    "Copyright (c) 2023 Reiya Itatani, "
    "github.com/ReiyaItatani/MotionMatchingWithCollisionAvoidance",
)
