"""NVIDIA's Audio2Face-3D, of whom the user has downloaded the weights: read, checked, solved."""
