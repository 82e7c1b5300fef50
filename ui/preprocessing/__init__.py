"""The preprocessing laboratory on its page: the pipeline that is built, and what it does to images."""
