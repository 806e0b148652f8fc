"""Speech: data, network, training, export, evaluation."""
