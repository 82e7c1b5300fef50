"""One module for each family of explainers; attribution.py is the door to them."""
