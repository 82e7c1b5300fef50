"""Arrays and records become Plotly figures; nothing is computed here but positions."""
