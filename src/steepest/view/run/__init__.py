"""A training run drawn: one plain scene for the terminal, the figure and the page."""
