"""The networks that can speak: each of a kind, all used the same way.

The kind is the setting ``kind`` of a model's contract: ``waveform`` (where none is given),
``regression``, ``diffusion`` and those that other files here bring. ``opening.py`` knows them all:
``read_layout(contract)`` says what a model has without loading it, ``open_network(session)`` gives
what speaks. ``protocol.py`` says what a network is given and what it gives back.
"""
