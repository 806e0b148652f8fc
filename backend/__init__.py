"""Training, export and evaluation; never imported by the add-on."""
