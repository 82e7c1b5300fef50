"""Which method is right on which network: measured for every pair, kept in validity.json. `make validity`."""
