"""Watching a training run: what every step did, measured beside it and written line by line."""
