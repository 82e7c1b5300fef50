"""The screens of a reading: beginning, the blind pass, the pass with help, and what came of it."""
