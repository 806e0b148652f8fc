"""Keyframes: bulk writing, actions, layers in the NLA, key reduction."""
