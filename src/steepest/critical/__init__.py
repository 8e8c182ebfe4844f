"""Every critical point in a box, with proof; the global minimum; convexity.

`search` cuts the box up, `operator` decides about pieces, `certify` makes points of what was
found, `classify` names their kind, `winding` counts again along the boundary.
"""
