"""Motion editing: data, networks, export and measures."""
