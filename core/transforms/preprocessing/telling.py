"""Numbers of a pipeline, written to be read."""


def shown_number(value: float) -> str:
    """Write a number of the pipeline: whole ones whole, others with four places."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.4f}"
