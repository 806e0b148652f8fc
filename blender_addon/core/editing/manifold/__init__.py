"""The motion manifold of Holden, Saito and Komura 2016 at run time, without Blender or torch."""
