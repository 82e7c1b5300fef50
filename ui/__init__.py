"""The only shared code that imports Streamlit."""
