"""Which method finds what is known to be there: a league table of methods by network, on phantoms."""
