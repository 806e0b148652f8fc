"""Training: data preparation, networks, export and evaluation. Never imported by the extension."""
