"""Beat gestures of a talking upper body: data, network, training, export, measures."""
