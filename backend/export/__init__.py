"""From torch to ONNX, with proof."""
