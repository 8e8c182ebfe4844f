"""Loss surfaces: what a slice is, what is computed on it, and that it goes on after a kill."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

import steepest as st
import steepest.torch as stt
from networks import batch, mlp
from steepest.errors import ParameterError, PointError
from steepest.torch.surface_json import surface_json
from steepest.view.figure import draw_scene
from steepest.view.surface import surface_scene


def loss(**how: Any) -> stt.Loss:
    return stt.Loss(mlp(), batch(), cross_entropy, **how)


def bowl(point: list[float]) -> stt.LocalModel:
    """½ Σ k xₖ², k = 1, 2, 3."""
    weights = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    return stt.Function(lambda x: 0.5 * (weights * x**2).sum()).at(point)


def test_a_plane_along_two_axes() -> None:
    m = bowl([0.0, 0.0, 2.0])
    plane = stt.Slice.along(m, torch.tensor([2.0, 0, 0]), torch.tensor([1.0, 1, 0]))
    assert torch.allclose(plane.axes, torch.eye(3, dtype=torch.float64)[:2])
    s = stt.surface(m, plane, ranges=[(-1, 1), (0, 2)], resolution=(5, 3))
    x, y = np.meshgrid(*s.grid)
    assert s.values == pytest.approx(0.5 * x**2 + y**2 + 6)
    assert s.lowest.value == pytest.approx(6) and s.lowest.coordinates == (0, 0)
    assert str(s).endswith("along u and v, 5 × 3 points: lowest 6 at (0, 0)")


def test_a_line_and_a_plane_through_points() -> None:
    f = loss()
    a, b, c = (f.parameters.flatten(list(mlp(seed).parameters())) for seed in (0, 1, 2))
    line = stt.Slice.through(f, a, b)
    far = float((b - a).norm())
    s = stt.surface(f, line, ranges=[(0, far)], resolution=3)
    known = [f.value(p) for p in (a, (a + b) / 2, b)]
    assert s.values == pytest.approx(known, rel=1e-12)
    plane = stt.Slice.through(f, a, b, c, labels=["a", "b", "c"])
    assert plane.points[1] == ("b", (pytest.approx(far), 0.0))
    (lo, hi), (low, high) = plane.ranges
    for label, (x, y) in plane.points:
        assert lo < x < hi and low < y < high, label
    path = plane.project([a, b, c])
    assert path.distances.tolist() == [0, 0, 0] and path.share == pytest.approx(1)
    x, y = path.coordinates[2]
    value = stt.surface(f, plane, ranges=[(x, x + 1), (y, y + 1)], resolution=2).values[0, 0]
    assert value == pytest.approx(f.value(c), rel=1e-12)


def test_the_principal_plane_of_a_trajectory() -> None:
    f = loss()
    source = torch.Generator().manual_seed(0)
    wide = torch.linalg.qr(torch.randn(26, 3, generator=source, dtype=torch.float64))[0].T
    t = torch.linspace(0, 1, 20, dtype=torch.float64)[:, None]
    curve = (
        10 * (1 - t) * wide[0] + 3 * torch.sin(3 * t) * wide[1] + 0.1 * torch.cos(9 * t) * wide[2]
    )
    run = list(curve)
    plane = stt.Slice.pca(f, run)
    path = plane.project(run)
    away = curve - curve[-1]
    singular = torch.linalg.svdvals(away)
    assert path.share == pytest.approx(float((singular[:2] ** 2).sum() / (singular**2).sum()))
    lengths = (path.coordinates**2).sum(1) + path.distances**2
    assert lengths == pytest.approx((away**2).sum(1).numpy())
    assert path.distances.max() > 0.01 and path.distances[-1] == 0
    assert path.coordinates[-1].tolist() == [0, 0]
    assert "20 points; the slice shows 99.98 % of their spread, and the farthest lies" in str(path)


def test_a_run_that_blew_up_is_shown_as_far_as_it_is_finite() -> None:
    m = bowl([0.0, 0.0, 0.0])
    run = [[1.0, 0.0, 0.0], [0.0, 2.0, 1.0], [3.0, float("inf"), 0.0]]
    plane = stt.Slice.along(m, torch.tensor([1.0, 0, 0]), torch.tensor([0.0, 1, 0]))
    path = plane.project(run)
    assert path.coordinates[:2].tolist() == [[1, 0], [0, 2]]
    assert path.farthest == 1 and np.isnan(path.coordinates[2]).all()
    assert path.share == pytest.approx(5 / 6)
    s = stt.surface(m, plane, resolution=2, trajectory=run)
    assert surface_scene(s)["marks"][0]["points"] == [[1, 0], [0, 2]]
    with pytest.raises(PointError, match=r"point 3 of 3 is not finite: give trajectory\[:2\]"):
        stt.Slice.pca(m, run)


def test_random_directions_are_orthogonal_and_as_long_as_each_filter() -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, 2), nn.Flatten(), nn.Linear(12, 4), nn.LayerNorm(4))
    f = stt.Loss(model, torch.ones(1, 2, 3, 3), compute=lambda m, x: m(x).sum())
    with torch.no_grad():
        model.get_parameter("2.weight").mul_(100)
    plane = stt.Slice.random(f.at(), seed=3)
    first, second = (f.parameters.named(axis) for axis in plane.axes)
    for name, weight in model.named_parameters():
        u, v = first[name], second[name]
        if weight.dim() < 2:
            assert not u.any() and not v.any()
            continue
        u, v, w = u.flatten(1), v.flatten(1), weight.detach().flatten(1)
        sizes = w.norm(dim=1)
        assert torch.allclose(u.norm(dim=1), sizes) and torch.allclose(v.norm(dim=1), sizes)
        assert ((u * v).sum(1).abs() < 1e-5 * sizes**2).all()
    assert abs(float(plane.axes[0] @ plane.axes[1])) < 1e-5 * plane.unit**2
    assert not torch.equal(stt.Slice.random(f.at(), seed=4).axes, plane.axes)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda m: stt.Slice.through(m, torch.zeros(3)), "1 point: a line goes through two"),
        (lambda m: stt.Slice.through(m, torch.zeros(3), torch.zeros(3)),
         "B: a direction of length 0 spans nothing"),
        (lambda m: stt.Slice.through(m, torch.zeros(3), torch.ones(3), 2 * torch.ones(3)),
         "C is parallel to B, so they span no plane"),
        (lambda m: stt.Slice.along(m), "0 directions: give one for a line, two for a plane"),
        (lambda m: stt.Slice.pca(m, [torch.zeros(3)]), "a trajectory of 1 point: 2 principal"),
        (lambda m: stt.Slice.pca(m, [torch.zeros(3)] * 5), "principal direction 1: a direction of"),
        (lambda m: stt.Slice.pca(m, [[0.1 * k, 0.7 * k, 0.3 * k] for k in range(6)]),
         "the trajectory runs along a line, to rounding, so it spans no plane: give dimension=1"),
        (lambda m: stt.Slice.random(m), "no parameter has filters of two entries or more"),
    ],
)  # fmt: skip
def test_slices_that_are_none(make: Any, sentence: str) -> None:
    with pytest.raises(PointError, match=re.escape(sentence)):
        make(bowl([1.0, 1.0, 1.0]))


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (
            {"resolution": 1},
            "resolution=1: expected a whole number of at least 2 for each of 1 axes",
        ),
        ({"resolution": (3, 3)}, "resolution=(3, 3): expected"),
        ({"resolution": 2.5}, "resolution=2.5: expected"),
        ({"resolution": 10**13}, "10,000,000,000,000 points need 400,000.0 GB of memory and"),
        ({"ranges": [(1, 0)]}, "ranges=[(1, 0)]: expected 1 of (low, high) with low < high"),
        ({"ranges": [(0, float("nan"))]}, "expected 1 of (low, high)"),
        ({"ranges": 3}, "ranges=3: expected 1 of (low, high)"),
    ],
)
def test_windows_that_are_none(how: dict[str, Any], sentence: str) -> None:
    m = bowl([1.0, 1.0, 1.0])
    with pytest.raises(ParameterError, match=re.escape(sentence)):
        stt.surface(m, stt.Slice.along(m, m.gradient), **how)
    with pytest.raises(ParameterError, match="dimension=3: a slice is a line"):
        stt.Slice.random(m, 3)


def test_what_does_not_belong_together(tmp_path: Path) -> None:
    f, m = loss(), bowl([1.0, 1.0, 1.0])
    plane = stt.Slice.random(f.at())
    wrong: Any = "x"
    for ask, sentence in [
        (lambda: stt.surface(f, wrong), "where='x': give a Slice"),
        (lambda: stt.surface(wrong, plane), "f='x': give a Loss, or the local model"),
        (lambda: stt.surface(m, plane), "the slice lies among other parameters, Parameters(26 in"),
        (lambda: stt.Slice.through(wrong, plane.origin, plane.origin), "'x': give a Loss, or"),
        (lambda: stt.Slice.random(f), "is not at a point: give a local model"),  # type: ignore[arg-type]
        (lambda: stt.surface(f, plane, file=tmp_path / "none" / "points"),
         "none/points': points cannot be kept there (no such file or directory); give another"),
        (lambda: stt.surface(f, plane, file=tmp_path), "cannot be kept there (is a directory)"),
    ]:  # fmt: skip
        with pytest.raises(ParameterError, match=re.escape(sentence)):
            ask()
    assert stt.surface(f, plane, resolution=np.int64(2)).values.shape == (2, 2)  # type: ignore[arg-type]


def test_where_the_loss_is_not_finite_there_is_no_value() -> None:
    m = stt.Function(lambda x: torch.log(x)).at(1.0)
    s = stt.surface(m, stt.Slice.along(m, torch.ones(1)), ranges=[(-2, 1)], resolution=4)
    assert np.isnan(s.values[:2]).all() and s.values[2:] == pytest.approx([0, np.log(2)])
    assert surface_scene(s)["marks"][0]["lines"] == [[[0.0, 0.0], [1.0, pytest.approx(np.log(2))]]]


def test_the_model_is_left_as_it_was_also_when_it_is_interrupted() -> None:
    f = loss()
    before = f.parameters.snapshot()
    plane = stt.Slice.random(f.at())
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        stt.surface(f, plane, resolution=3, progress=stop)
    assert f.parameters.holds(before), stopped
    assert told == [(k, 9) for k in range(1, 6)]
    stt.surface(f, plane, resolution=3)
    assert f.parameters.holds(before)


def counted(compute_log: Path) -> stt.Loss:
    def compute(model: nn.Module, data: tuple[Tensor, Tensor]) -> Tensor:
        with compute_log.open("a") as log:
            log.write("x")
        return cross_entropy(model(data[0]), data[1])

    return stt.Loss(mlp(), batch(), compute=compute)


def test_killed_half_way_it_goes_on_without_computing_a_point_twice(tmp_path: Path) -> None:
    log, file = tmp_path / "log", tmp_path / "surface.jsonl"
    code = f"""
        import os, signal
        from pathlib import Path
        import steepest.torch as stt
        from networks import batch, mlp
        from torch.nn.functional import cross_entropy

        def compute(model, data):
            with Path({str(log)!r}).open("a") as log:
                log.write("x")
            return cross_entropy(model(data[0]), data[1])

        def kill(done, total):
            if done == 17:
                os.kill(os.getpid(), signal.SIGKILL)

        f = stt.Loss(mlp(), batch(), compute=compute)
        plane = stt.Slice.random(f.at(), seed=1)
        stt.surface(f, plane, resolution=6, file={str(file)!r}, progress=kill)
    """
    tests = str(Path(__file__).parent.parent)
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": tests}, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert len(log.read_text()) == 17
    with file.open("a") as torn:
        torn.write("[17, 0.69")  # a line that the kill cut off
    f = counted(log)
    plane = stt.Slice.random(f.at(), seed=1)
    s = stt.surface(f, plane, resolution=6, file=file)
    assert len(log.read_text()) == 36
    assert np.array_equal(s.values, stt.surface(f, plane, resolution=6).values)
    log.write_text("")
    assert np.array_equal(stt.surface(f, plane, resolution=6, file=file).values, s.values)
    assert log.read_text() == ""
    with pytest.raises(
        ParameterError,
        match=r"does not hold this surface: resolution is \[6, 6\] "
        r"there, and \[5, 5\] here; give another file, or delete it",
    ):
        stt.surface(f, plane, resolution=5, file=file)
    with pytest.raises(ParameterError, match=r"this surface: slice is .* there, and .* here"):
        stt.surface(f, stt.Slice.random(f.at()), resolution=6, file=file)
    file.write_text("nothing\n")
    with pytest.raises(ParameterError, match="its first line is not one that was written here"):
        stt.surface(f, plane, resolution=6, file=file)


def test_a_file_is_read_as_the_surface_it_holds_also_before_it_is_complete(tmp_path: Path) -> None:
    file = tmp_path / "s[1].jsonl"  # brackets are no pattern, and neighbours are no ranks
    file.with_name("s[1].jsonl.html").write_text("a page")
    f = loss()
    run = [f.parameters.flatten(list(mlp(seed).parameters())) for seed in (3, 2, 1, 0)]
    plane = stt.Slice.pca(f, run)
    s = stt.surface(f, plane, resolution=(5, 4), file=file, trajectory=run[:2])
    s = stt.surface(f, plane, resolution=(5, 4), file=file, trajectory=run)  # the last one counts
    read = stt.read_surface(file)
    assert surface_json(read) == surface_json(s) and str(read) == str(s)
    assert np.array_equal(read.grid[0], s.grid[0])
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:9]) + "[1")
    file.with_name("s[1].jsonl.1").write_text(lines[0] + "".join(lines[9:12]) + "[19, null]\n")
    part = stt.read_surface(file)
    assert part.missing == 20 - 11 and "5 × 4 points, 9 not computed yet: lowest" in str(part)
    assert np.array_equal(part.values.ravel()[:10], s.values.ravel()[:10])
    assert np.isnan(part.values.ravel()[10:]).all()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "cannot be read (no such file); give the file that surface(…, file=…) wrote"),
        ("", "cannot be read (nothing stands there yet)"),
        ("{}\n", "does not hold a surface: its first line is not one"),
        ('{"what": "surface", "resolution": [1], "ranges": [[0, 1]]}\n', "tells no grid"),
        ('{"what": "surface", "resolution": [3], "ranges": [[0, 1]]}\n[3, 1]\n',
         "line 2 is no point, '[3, 1]': the file was changed; delete that line"),
        ('{"what": "surface", "resolution": [3], "ranges": [[0, 1]]}\n',
         "does not say what it holds (KeyError: 'title'): it was written by an older version"),
    ],
)  # fmt: skip
def test_files_that_hold_no_surface(tmp_path: Path, text: str | None, sentence: str) -> None:
    file = tmp_path / "points"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ParameterError, match=re.escape(sentence)):
        stt.read_surface(file)


def test_two_ranks_share_the_points(tmp_path: Path) -> None:
    """Started as torchrun starts them; each computes half, both get the whole.

    Where they need each other at every point (`reduce`) and see different disks, the first one's
    file says what is known.
    """
    code = f"""
        import json, os
        from datetime import timedelta
        from pathlib import Path
        import torch, torch.distributed as dist
        import steepest.torch as stt
        from networks import batch, mlp
        from steepest.errors import ParameterError, RankError
        from torch.nn.functional import cross_entropy

        torch.set_num_threads(1)
        rank = int(os.environ["RANK"])
        store = dist.FileStore({str(tmp_path / "store")!r}, 2)
        wait = timedelta(seconds=200)
        dist.init_process_group("gloo", store=store, rank=rank, world_size=2, timeout=wait)
        calls = [0]

        def compute(model, data):
            calls[0] += 1
            return cross_entropy(model(data[0]), data[1])

        f = stt.Loss(mlp(), batch(), compute=compute)
        plane = stt.Slice.random(f.at(), seed=1)
        s = stt.surface(f, plane, resolution=5, file={str(tmp_path / "points")!r})
        again = stt.surface(f, plane, resolution=5, file={str(tmp_path / "points")!r})
        same = bool((again.values == s.values).all())

        disk = Path({str(tmp_path)!r}, f"disk{{rank}}")
        disk.mkdir()
        sums = stt.SumOverRanks(timeout=200)
        f = stt.Loss(mlp(), stt.rank_part(batch()), cross_entropy, reduce=sums)
        totals = []

        def stop(done, total):
            if done == 7:
                raise KeyboardInterrupt

        try:
            stt.surface(f, plane, resolution=3, file=disk / "points", progress=stop)
        except KeyboardInterrupt:
            files = len(list(disk.iterdir()))
        summed = stt.surface(
            f, plane, resolution=3, file=disk / "points",
            progress=lambda done, total: totals.append(total),
        )
        (disk / "points").write_text("nothing\\n")
        try:
            stt.surface(f, plane, resolution=3, file=disk / "points")
        except (ParameterError, RankError) as error:
            refused = str(error)
        told = json.dumps(
            [calls[0], s.values.tolist(), same, files, totals, summed.values.tolist(), refused]
        )
        Path({str(tmp_path)!r}, f"out{{rank}}").write_text(told)
        dist.destroy_process_group()
    """
    tests = str(Path(__file__).parent.parent)
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            env={**os.environ, "PYTHONPATH": tests, "RANK": str(rank)},
        )
        for rank in range(2)
    ]
    try:
        assert [rank.wait(timeout=300) for rank in ranks] == [0, 0]
    finally:
        for rank in ranks:
            rank.kill()
            rank.wait()
    f = loss()
    plane = stt.Slice.random(f.at(), seed=1)
    known, coarse = (stt.surface(f, plane, resolution=k).values for k in (5, 3))
    for rank in range(2):
        told = json.loads((tmp_path / f"out{rank}").read_text())
        calls, values, same, files, totals, summed, refused = told
        assert calls == (13, 12)[rank] and same
        assert np.array(values) == pytest.approx(known, rel=1e-13)
        assert files == (1, 0)[rank] and totals == [2, 2]
        assert np.array(summed) == pytest.approx(coarse, rel=1e-13)
        assert ("does not hold a surface", "another rank cannot use its file")[rank] in refused


def test_the_picture() -> None:
    f = loss()
    run = [f.parameters.flatten(list(mlp(seed).parameters())) for seed in (3, 2, 1, 0)]
    plane = stt.Slice.pca(f, run)
    assert stt.surface(f, plane, resolution=2, trajectory=[]).path is None
    s = stt.surface(f, plane, resolution=9, trajectory=run)
    scene = surface_scene(s)
    walked, spot = scene["marks"]
    assert walked["type"] == "trajectory" and len(walked["points"]) == 4
    share = f"{100 * s.path.share:.4g}"  # type: ignore[union-attr]
    assert walked["label"] == f"the run, 4 points; the plane shows {share} % of its spread"
    assert spot["at"] == [0, 0] and spot["label"] == "end"
    assert scene["notes"][-1].startswith("distance of the run from the plane: ")
    assert scene["notes"][-1].endswith(", 0 at its end")
    assert np.array(scene["field"]["values"]).shape == (9, 9)
    drawn = st.figure(s, theme="dark")
    words = [t.get_text() for t in drawn.axes[0].get_legend().get_texts()]  # type: ignore[union-attr]
    assert any("of its spread" in word for word in words)
    line = stt.surface(f, stt.Slice.through(f, run[0], run[1]), resolution=9, trajectory=run)
    assert draw_scene(surface_scene(line)).axes
    with pytest.raises(ParameterError, match="a surface is drawn as it was computed"):
        st.figure(s, at=(0, 0))
