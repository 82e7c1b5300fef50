"""The networks that can be trained, one record each."""
