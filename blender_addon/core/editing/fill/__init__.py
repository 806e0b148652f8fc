"""In-betweening: frames between known poses, and joints that a recording lacks."""
