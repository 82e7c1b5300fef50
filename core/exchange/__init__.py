"""Runs leave and arrive: as a script, as a notebook, as a zip for another Lightbox."""
