"""FaceDiffuser's architecture on a small frozen encoder: one of many faces a sound may go with."""
