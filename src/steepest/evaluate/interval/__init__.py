"""The expression graph on boxes: rigorous enclosures, rounded outward, many boxes at once.

`ranges` and `functions` say what every operation does to an interval, once, in terms of a
`Machine` (a handful of floating-point primitives). Two machines run them: `numpy`, the
reference, and `native`, which emits SIMD code. `program` runs a whole tape.
"""
