"""The contract of every norm: size(u) = 1 and ⟨g, u⟩ = dual(g), at every scale, ties included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.errors import NoDirectionError
from steepest.norms import L1, L2, LInf, Norm, Quadratic, dual_of, size_of, steepest_of

NORMS: list[Norm] = [L2(), L1(), LInf(), Quadratic([[2.0, 0.5, 0.1], [0.5, 3.0, 0], [0.1, 0, 0.4]])]

entries = st.one_of(
    st.integers(-3, 3).map(float),  # ties and zeros
    st.floats(-1e3, 1e3, allow_subnormal=False),
)
vectors = st.lists(entries, min_size=3, max_size=3).map(np.array)
gradients = vectors.filter(lambda g: np.max(np.abs(g)) > 1e-6)
scales = st.sampled_from([1e-300, 1e-160, 1e-8, 1.0, 1e8, 1e160, 1e300])

each_norm = pytest.mark.parametrize("norm", NORMS, ids=lambda n: n.name)


@each_norm
@given(g=gradients, scale=scales)
def test_steepest_direction_has_size_one_and_attains_the_dual_norm(norm, g, scale):
    u = steepest_of(norm, g * scale)
    assert size_of(norm, u) == pytest.approx(1, rel=1e-12)
    assert g @ u == pytest.approx(dual_of(norm, g), rel=1e-12)


@each_norm
@given(g=gradients, v=vectors)
def test_no_direction_is_steeper(norm, g, v):
    assert abs(g @ v) <= dual_of(norm, g) * size_of(norm, v) * (1 + 1e-12)


@each_norm
@given(g=gradients, scale=scales)
def test_sharp_is_the_dual_norm_times_the_steepest_direction(norm, g, scale):
    sharp = np.array([float(s) for s in norm.sharp(list(g))])
    assert sharp == pytest.approx(dual_of(norm, g) * steepest_of(norm, g), rel=1e-11, abs=1e-11)


@each_norm
@given(v=vectors, w=vectors, c=st.floats(-100, 100))
def test_size_is_a_norm(norm, v, w, c):
    assert size_of(norm, c * v) == pytest.approx(abs(c) * size_of(norm, v), rel=1e-11, abs=1e-300)
    assert size_of(norm, v + w) <= (size_of(norm, v) + size_of(norm, w)) * (1 + 1e-12)


@each_norm
@given(g=gradients)
def test_components_may_be_arrays_with_a_lane_each(norm, g):
    lanes = np.stack([g, -g, 2 * g], axis=1)
    together = np.stack(norm.steepest(list(lanes)), axis=1)
    for row, lane in zip(together, lanes.T, strict=True):
        assert row == pytest.approx(steepest_of(norm, lane), rel=1e-12, abs=1e-15)


@each_norm
def test_scale_does_not_change_the_direction(norm):
    g = np.array([3.0, -1.0, 2.0])
    for scale in (1e-300, 1e-30, 1e30, 1e300):
        assert steepest_of(norm, g * scale) == pytest.approx(steepest_of(norm, g), rel=1e-14)


@each_norm
def test_no_direction_is_steepest_where_the_gradient_is_zero_or_missing(norm):
    with pytest.raises(NoDirectionError, match="the gradient is zero"):
        steepest_of(norm, np.zeros(3))
    with pytest.raises(NoDirectionError, match="not finite"):
        steepest_of(norm, np.array([1.0, np.nan, 0]))
    assert dual_of(norm, np.zeros(3)) == 0
