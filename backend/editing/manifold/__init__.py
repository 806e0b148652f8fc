"""The motion manifold of Holden, Saito and Komura 2016, reproduced."""
