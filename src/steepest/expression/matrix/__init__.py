"""Formulas that know data: vectors and matrices in the expression graph.

`read` makes a graph of text and arrays, `operations` builds and simplifies what only arrays
have, `differentiate` gives gradients in matrix form, `typeset` writes them, and `unroll` writes
a graph out as numbers, for all that works on numbers only.
"""
