"""Dances in time: a recurrent network steered by the phase of the measure."""
