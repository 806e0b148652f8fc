"""What an animator says of a walk: how, where to, until when, and where on the way it changes."""
