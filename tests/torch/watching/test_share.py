"""Curvature on a part of the batch: which rows, and that the record says so."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

import steepest.torch as stt
from steepest.errors import ParameterError
from steepest.torch.watching.share import Part, cut_short

X = torch.randn(40, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
Y = (X.sum(1) > 0).long()


class Rows(NamedTuple):
    x: Tensor
    y: Tensor


def test_the_first_rows_of_whatever_a_batch_is() -> None:
    part = Part(0.25)
    assert torch.equal(part(X), X[:10]) and (part.rows, part.of) == (10, 40)
    x, y = part((X, Y))
    assert torch.equal(x, X[:10]) and torch.equal(y, Y[:10])
    mask, scale = torch.ones(3), torch.tensor(2.0)
    cut = part({"ids": X, "mask": mask, "scale": scale, "parts": [Y], "name": "a"})
    assert torch.equal(cut["ids"], X[:10]) and torch.equal(cut["parts"][0], Y[:10])
    assert cut["mask"] is mask and cut["scale"] is scale and cut["name"] == "a"
    assert isinstance(part(Rows(X, Y)), Rows)
    assert part("no tensor") == "no tensor" and part(scale) is scale
    assert len(part(X[:1])) == 1 and len(part(X[:3])) == 2  # BatchNorm needs two
    assert len(Part(0.26)(X)) == 11 and len(Part(1.0)(X)) == 40


def test_who_is_given_the_part() -> None:
    part = Part(0.5)
    assert len(cut_short(lambda p: p(X), part)()) == 20
    assert len(cut_short(lambda p, /, x=X: p(x), part)()) == 20
    assert len(cut_short(lambda x=X: x, part)()) == 40
    assert cut_short(lambda **_: 1, part)() == 1
    assert cut_short(dict, part)() == {}


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_what_is_recorded_is_that_of_the_part(share: float) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    run = stt.watch(
        model, optimizer, curvature_every=2, curvature_share=share, max_products=40
    )  # fmt: skip
    rows, tops, changes = round(40 * share), [], []
    for step in range(4):
        optimizer.zero_grad()
        loss = cross_entropy(model(X), Y)
        loss.backward()
        run.observe(loss, lambda part: cross_entropy(model(part(X)), part(Y)))
        few = stt.Loss(model, (X[:rows], Y[:rows]), cross_entropy)
        before = few.value()
        if step % 2 == 0:
            tops.append(few.at().top_eigenvalues(tolerance=1e-9).values[0])
        optimizer.step()
        changes.append(few.value() - before)
    found = run.run()
    due = np.array([0, 2])
    assert found["lambda_max"][due] == pytest.approx(tops, rel=5e-2)
    assert found["change"][due] == pytest.approx([changes[0], changes[2]], rel=1e-9)
    assert found["rows"][due].tolist() == [rows, rows]
    assert found["batch_rows"][due].tolist() == [40, 40]
    assert np.isnan(found["rows"][[1, 3]]).all()


@pytest.mark.parametrize("cut", [False, True])
def test_sentences_say_on_how_many_rows(cut: bool) -> None:
    torch.manual_seed(0)
    model = nn.Linear(5, 2).double()
    optimizer = torch.optim.SGD(model.parameters(), 1e-4)
    run = stt.watch(model, optimizer, curvature_every=2, max_products=8)

    def whole() -> Tensor:
        return cross_entropy(model(X), Y)

    def some(part: Any) -> Tensor:
        return cross_entropy(model(part(X)), part(Y))

    for _ in range(20):
        optimizer.zero_grad()
        loss = whole()
        loss.backward()
        run.observe(loss, some if cut else whole)
        optimizer.step()
    said = "\n".join(s.text for s in run.sentences())
    assert "λmax" in said and ("(on 10 of 40 rows) × lr" in said) == cut


@pytest.mark.parametrize("share", [0, -0.1, 1.5, float("nan"), "half"])
def test_shares_that_are_none(share: Any) -> None:
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with pytest.raises(ParameterError, match=f"curvature_share={share!r}: expected a share"):
        stt.watch(model, optimizer, curvature_share=share)
