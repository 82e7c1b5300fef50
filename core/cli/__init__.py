"""The command line, `python -m core ...`: the pages call the same functions."""
