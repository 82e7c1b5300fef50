"""The Train page: its form in sections, what is drawn before launch, and the panel that follows a run."""
