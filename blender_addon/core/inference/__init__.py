"""Model contracts, and running models with onnxruntime."""
