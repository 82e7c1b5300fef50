"""What is written about a run for those who were not there: the report, the model card, the table."""
