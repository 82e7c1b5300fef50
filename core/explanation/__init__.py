"""Which pixels spoke for a prediction, and how far to believe the answer."""
