"""Films: what is known of them, their files, and how their pictures are handed on."""
