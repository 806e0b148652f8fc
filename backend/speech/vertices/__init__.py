"""Training on recorded faces: dense meshes, markers, weights; shapes by principal components."""
