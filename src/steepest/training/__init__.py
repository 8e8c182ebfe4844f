"""A training run, written down step by step, read back, and judged. Needs no torch."""
