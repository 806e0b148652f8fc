"""FaceXHuBERT's architecture on a small frozen encoder: the face a sound most likely goes with."""
