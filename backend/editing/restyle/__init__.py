"""The neutral gaits that Restyle compares with, and how well a manner is taken over."""
