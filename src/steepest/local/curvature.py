"""What a Hessian says: curvatures, and the kind of a critical point."""

from __future__ import annotations

import numpy as np

from steepest.local.results import FloatArray


def eigen(hessian: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues (n,), ascending, and unit eigenvectors as columns (n, n); NaN for a NaN."""
    if not np.isfinite(hessian).all():
        return np.full(len(hessian), np.nan), np.full(hessian.shape, np.nan)
    scale = np.max(np.abs(hessian), initial=0.0) or 1.0  # keeps squares in LAPACK in range
    values, vectors = np.linalg.eigh(hessian / scale)
    return values * scale, vectors


def critical_kind(eigenvalues: FloatArray) -> str:
    """Which kind of critical point these eigenvalues (n,) of the Hessian make."""
    w = eigenvalues
    if not np.isfinite(w).all():
        return "a critical point whose kind is not known, for f has no Hessian there"
    tiny = 16 * np.finfo(float).eps * len(w) * float(np.max(np.abs(w), initial=0.0))
    if len(w) == 0 or (np.abs(w) <= tiny).any():
        return "a degenerate critical point (the Hessian has an eigenvalue 0)"
    if w[0] > 0:
        return "a minimum"
    return "a maximum" if w[-1] < 0 else "a saddle"
