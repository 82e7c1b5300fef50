"""A ward of 1,000: what the network would do in a clinic, with its prevalence and its weights."""
