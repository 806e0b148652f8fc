"""From TensorFlow Lite to ONNX, for the networks that find a person in a picture."""
