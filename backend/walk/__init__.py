"""Walk: data, network, training, export, evaluation."""
