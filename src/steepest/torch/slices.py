"""Lines and planes through the space of parameters.

A slice is a point and one or two axes that are orthogonal and equally long, so that what is drawn
has true angles and one scale. Coordinates count in that length, which `unit` tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import torch
from torch import Tensor

from steepest.errors import ParameterError, PointError
from steepest.torch.krylov import FloatArray, gaussian, generator
from steepest.torch.local_model import LocalModel
from steepest.torch.named_tensors import counted
from steepest.torch.parameters import Parameters, VectorLike
from steepest.torch.picture import Path, Ranges

if TYPE_CHECKING:
    from steepest.torch.loss import Loss

    #: Whatever has parameters.
    Owner: TypeAlias = Loss | LocalModel

_MARGIN = 0.15  # how much room is left around what a slice was laid through
_PARALLEL = 1e-4  # the sine of the angle below which two directions span no plane


@dataclass(frozen=True, eq=False)
class Slice:
    """origin + x·axes[0] (+ y·axes[1]): a line or a plane through the space of parameters.

    `origin` (n,), `axes` (1 or 2, n), orthogonal and of the length `unit`. `names` say what the
    axes are, `points` are (label, coordinates) of what is worth marking, and `ranges` is the
    window in which to look unless told otherwise.
    """

    parameters: Parameters
    origin: Tensor
    axes: Tensor
    unit: float
    names: tuple[str, ...]
    title: str
    points: tuple[tuple[str, tuple[float, ...]], ...]
    ranges: Ranges

    @classmethod
    def through(cls, f: Owner, *points: VectorLike, labels: Sequence[str] | None = None) -> Slice:
        """The line through two points or the plane through three.

        Each is a vector (n,), a list of tensors or tensors by name, say two runs' parameters.
        Raises PointError if they do not span a line or plane.
        """
        if len(points) not in (2, 3):
            raise PointError(
                f"{counted(len(points), 'point')}: a line goes through two, a plane through three"
            )
        p = _parameters(f)
        named = tuple(labels) if labels is not None else ("A", "B", "C")[: len(points)]
        if len(named) != len(points):
            raise ParameterError(
                f"{counted(len(named), 'label')} for {counted(len(points), 'point')}"
            )
        first, *others = (p.flatten(point) for point in points)
        axes = orthonormal([other - first for other in others], list(named[1:]))
        marked = [
            np.zeros(len(axes)),
            *((axes @ (o - first)).double().cpu().numpy() for o in others),
        ]
        marked = [np.where(np.abs(m) <= 1e-6 * np.abs(m).max(), 0.0, m) for m in marked]
        names = tuple(f"from {named[0]} towards {name}" for name in named[1:])
        spots = tuple(zip(named, (tuple(map(float, m)) for m in marked), strict=True))
        what = "line" if len(points) == 2 else "plane"
        title = f"{what} through {', '.join(named[:-1])} and {named[-1]}"
        return cls(p, first, axes, 1.0, names, title, spots, around(np.stack(marked)))

    @classmethod
    def along(
        cls, f: LocalModel, *directions: VectorLike, names: Sequence[str] | None = None
    ) -> Slice:
        """Through the local model's point, along one or two directions.

        Such as `m.gradient` or `m.top_eigenvalues(2).vectors`. The second is made orthogonal to
        the first. The window reaches one unit to each side. Raises PointError for directions that
        are zero or parallel.
        """
        if len(directions) not in (1, 2):
            raise PointError(
                f"{counted(len(directions), 'direction')}: give one for a line, two for a plane"
            )
        here, p = _point(f), f.parameters
        named = tuple(names) if names is not None else ("u", "v")[: len(directions)]
        if len(named) != len(directions):
            raise ParameterError(
                f"{counted(len(named), 'name')} for {counted(len(directions), 'direction')}"
            )
        axes = orthonormal([p.flatten(d) for d in directions], list(named))
        title = f"along {' and '.join(named)}"
        spots = (("here", (0.0,) * len(axes)),)
        ranges = tuple((-1.0, 1.0) for _ in axes)
        return cls(p, here, axes, 1.0, named, title, spots, ranges)

    @classmethod
    def pca(cls, f: Owner, trajectory: Sequence[VectorLike], dimension: int = 2) -> Slice:
        """Through the end of a trajectory, along the directions in which it spread most.

        The directions are the principal components of the differences from the end, so that the
        end itself lies in the plane. Raises PointError if the trajectory does not spread so far.
        """
        require_dimension(dimension)
        p = _parameters(f)
        if len(trajectory) < dimension + 1:
            raise PointError(
                f"a trajectory of {counted(len(trajectory), 'point')}:"
                f" {counted(dimension, 'principal direction')} need at least {dimension + 1}"
            )
        end = p.flatten(trajectory[-1])
        away = torch.stack([p.flatten(point) for point in trajectory])
        if not torch.isfinite(away).all():
            first = int((~torch.isfinite(away)).any(dim=1).nonzero()[0])
            raise PointError(
                f"the trajectory's point {first + 1} of {len(away)} is not finite: give"
                f" trajectory[:{first}]"
            )
        rounding = 8 * torch.finfo(p.dtype).eps * float(torch.linalg.vector_norm(away))
        away = away - end
        # The Gram matrix is small: as many rows as points, not as parameters.
        _, weights = torch.linalg.eigh((away @ away.T).double())
        parts = [weights[:, -1 - k].to(away) @ away for k in range(dimension)]
        names = [f"principal direction {k + 1}" for k in range(dimension)]
        if dimension == 2 and 0 < float(torch.linalg.vector_norm(parts[1])) <= rounding:
            raise PointError(
                "the trajectory runs along a line, to rounding, so it spans no plane: give"
                " dimension=1"
            )
        axes = orthonormal(parts, names)
        spots = (("end", (0.0,) * dimension),)
        ranges = around((away @ axes.T).double().cpu().numpy())
        title = "principal plane of the trajectory" if dimension == 2 else "principal line"
        return cls(p, end, axes, 1.0, tuple(names), title, spots, ranges)

    @classmethod
    def random(cls, f: LocalModel, dimension: int = 2, *, seed: int = 0) -> Slice:
        """Through the local model's point, along random filter-normalized directions.

        In each filter (a row of a weight) the direction has the filter's own length, so that
        networks whose weights differ in scale can be compared (Li and others, 2018). The two are
        orthogonal in every filter, and so as a whole. Parameters of less than two dimensions
        (biases, scales of normalization) do not move. Coordinate 1 is as long as all the weights
        that move. Raises PointError if no parameter has filters with two entries.
        """
        require_dimension(dimension)
        here, p = _point(f), f.parameters
        source = generator(seed)
        axes = torch.zeros(dimension, p.count, dtype=p.dtype, device=p.device)
        parts = zip(p.unflatten(here), *map(p.unflatten, axes), strict=True)
        for weight, *moving in parts:
            if weight.dim() < 2 or weight[0].numel() < 2:
                continue
            filters = weight.flatten(1)
            sizes = torch.linalg.vector_norm(filters, dim=1, keepdim=True)
            found: list[Tensor] = []
            for part in moving:
                drawn = gaussian(filters.numel(), filters, source).view_as(filters)
                for other in found:
                    drawn = drawn - (drawn * other).sum(1, keepdim=True) * other
                found.append(drawn / torch.linalg.vector_norm(drawn, dim=1, keepdim=True))
                part.copy_((sizes * found[-1]).view_as(part))
        unit = float(torch.linalg.vector_norm(axes[0]))
        if not unit > 0:
            raise PointError(
                "no parameter has filters of two entries or more that are not zero, so there is no"
                " filter-normalized direction: use Slice.along"
            )
        names = tuple(f"random direction {k + 1}" for k in range(dimension))
        title = "filter-normalized random " + ("plane" if dimension == 2 else "line")
        spots, ranges = (("here", (0.0,) * dimension),), ((-1.0, 1.0),) * dimension
        return cls(p, here, axes, unit, names, title, spots, ranges)

    def project(self, trajectory: Sequence[VectorLike]) -> Path:
        """A trajectory as it is seen on the slice, with its distance from it."""
        seen, off, spread = [], [], 0.0
        rounding = 8 * torch.finfo(self.origin.dtype).eps
        for point in trajectory:
            away = (self.parameters.flatten(point) - self.origin).double()
            if not torch.isfinite(away).all():
                seen.append(np.full(len(self.axes), np.nan))
                off.append(float("nan"))
                continue
            place = self.axes.double() @ away / self.unit**2
            seen.append(place.cpu().numpy())
            distance = float(torch.linalg.vector_norm(away - place @ self.axes.double()))
            # What rounding of the axes and points leaves is no distance.
            off.append(distance if distance > rounding * self._size_of(point) else 0.0)
            spread += float(away @ away)
        rest = float(np.nansum(np.square(off)))
        share = 1.0 - rest / spread if spread else 1.0
        return Path(np.array(seen).reshape(-1, len(self.axes)), np.array(off), share)

    def _size_of(self, point: VectorLike) -> float:
        both = torch.stack([self.parameters.flatten(point), self.origin]).double()
        return float(torch.linalg.vector_norm(both))


def _parameters(f: Owner) -> Parameters:
    """What a slice through `f` lies among; ParameterError for what has no parameters."""
    parameters = getattr(f, "parameters", None)
    if not isinstance(parameters, Parameters):
        raise ParameterError(f"{f!r:.60}: give a Loss, or the local model that at() gave")
    return parameters


def _point(f: LocalModel) -> Tensor:
    """The point (n,) of a local model; ParameterError for what is not at one."""
    if not isinstance(f, LocalModel):
        raise ParameterError(f"{f!r:.60} is not at a point: give a local model, such as loss.at()")
    return f.parameters.flatten(f.point)


def orthonormal(directions: Sequence[Tensor], names: Sequence[str]) -> Tensor:
    """Orthonormal rows (d, n) that span the directions; PointError if they do not span so much."""
    rows: list[Tensor] = []
    for direction, name in zip(directions, names, strict=True):
        v = direction.double()
        size = float(torch.linalg.vector_norm(v))
        if not 0 < size < float("inf"):
            raise PointError(f"{name}: a direction of length {size:g} spans nothing")
        v = v / size
        for _ in range(2):
            for row in rows:
                v = v - torch.dot(v, row) * row
        rest = float(torch.linalg.vector_norm(v))
        if rest < _PARALLEL:
            raise PointError(
                f"{name} is parallel to {names[0]}, so they span no plane: give another direction,"
                " or one for a line"
            )
        rows.append(v / rest)
    return torch.stack(rows).to(directions[0])


def around(coordinates: FloatArray) -> Ranges:
    """A square window (d ranges) around points (m, d), with a margin."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    middle, reach = (low + high) / 2, (high - low) / 2
    # A plane is drawn with equal axes, so its window is a square.
    reach = np.full_like(reach, (reach.max() or 1.0) * (1 + 2 * _MARGIN))
    return tuple((float(m - r), float(m + r)) for m, r in zip(middle, reach, strict=True))


def require_dimension(dimension: int) -> None:
    """ParameterError unless `dimension` is 1 or 2."""
    if dimension not in (1, 2):
        raise ParameterError(f"dimension={dimension!r}: a slice is a line (1) or a plane (2)")
