"""A network with a loss and data, in the forms in which people have them."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

import steepest.torch as stt
from networks import batch, dense_hessian, mlp, transformer, words
from steepest.errors import LossError, ParameterError


def test_value_gradient_and_hessian_are_torchs() -> None:
    model, (x, y) = mlp(), batch()
    m = stt.Loss(model, (x, y), cross_entropy).at()
    loss = cross_entropy(model(x), y)
    loss.backward()
    assert m.value == pytest.approx(loss.item(), rel=1e-15)
    for name, p in model.named_parameters():
        assert torch.allclose(m.gradients[name], p.grad, rtol=1e-13, atol=1e-16)  # type: ignore[arg-type]
    dense = dense_hessian(model, lambda net: cross_entropy(net(x), y))
    assert torch.allclose(m.hessian(), dense, rtol=1e-11, atol=1e-13)


Pair = namedtuple("Pair", ["x", "y"])


def forms() -> dict[str, tuple[object, dict[str, Any]]]:
    """The same ten rows in every form. Batches are of unequal size."""
    x, y = batch(rows=10)
    cut = [(x[:4], y[:4]), (x[4:8], y[4:8]), (x[8:], y[8:])]
    dataset = TensorDataset(x, y)
    return {
        "tuple": ((x, y), {"loss": cross_entropy}),
        "list": ([x, y], {"loss": cross_entropy}),
        "named tuple": (Pair(x, y), {"loss": cross_entropy}),
        "list of tuples": (cut, {"loss": cross_entropy}),
        "loader": (DataLoader(dataset, batch_size=4), {"loss": cross_entropy}),
        "shuffling loader": (
            DataLoader(dataset, 4, shuffle=True, generator=torch.Generator().manual_seed(3)),
            {"loss": cross_entropy},
        ),
        "dict": (
            {"input": x, "labels": y},
            {"loss": lambda out, b: cross_entropy(out, b["labels"]), "only_input": True},
        ),
        "compute": (x, {"compute": lambda net, b: cross_entropy(net(b), y)}),
        "dicts": (
            [{"x": a, "labels": b} for a, b in cut],
            {"compute": lambda net, b: cross_entropy(net(b["x"]), b["labels"])},
        ),
    }


class OnlyInput(nn.Module):
    """Takes its input by name, and ignores the labels."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, input: Tensor, labels: Tensor) -> Tensor:
        return self.inner(input)


@pytest.mark.parametrize("form", forms())
def test_every_form_of_data_gives_the_mean_over_its_rows(form: str) -> None:
    model, (x, y) = mlp(), batch(rows=10)
    known = stt.Loss(model, (x, y), cross_entropy).at()
    data, how = forms()[form]
    asked = OnlyInput(model) if how.pop("only_input", False) else model
    m = stt.Loss(asked, data, **how).at()
    assert m.value == pytest.approx(known.value, rel=1e-14)
    assert torch.allclose(m.gradient, known.gradient, rtol=1e-12, atol=1e-15)
    v = torch.linspace(-1, 1, 26, dtype=torch.float64)
    for _ in range(2):  # the second time from the same data, in whatever order it comes
        assert torch.allclose(m.hessian_product(v), known.hessian_product(v), rtol=1e-11)


@pytest.mark.parametrize("wrap", [vars, lambda out: out, lambda out: out.loss])
def test_outputs_that_hold_the_loss(wrap: Any) -> None:
    inner = transformer()

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, **given: Tensor) -> Any:
            return wrap(self.inner(**given))

    known = inner(**words()).loss.item()
    assert stt.Loss(Model(), words()).value() == pytest.approx(known, rel=1e-14)


def test_weights_of_batches() -> None:
    model, (x, y) = mlp(), batch(rows=4)
    data = [(x[:1], y[:1]), (x[1:], y[1:])]
    even = stt.Loss(model, data, cross_entropy, weight=lambda _: 1).value()
    first, second = (stt.Loss(model, d, cross_entropy).value() for d in data)
    assert even == pytest.approx((first + second) / 2, rel=1e-14)


def test_at_another_point_and_back() -> None:
    model, data = mlp(), batch()
    there = mlp(seed=5)
    loss, known = stt.Loss(model, data, cross_entropy), stt.Loss(there, data, cross_entropy).at()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    flat = loss.parameters.flatten(list(there.parameters()))
    for point in (flat, list(there.parameters()), dict(there.named_parameters())):
        m = loss.at(point)
        assert m.value == known.value
        assert torch.equal(m.gradient, known.gradient)
        assert torch.allclose(m.hessian(), known.hessian(), rtol=1e-12, atol=1e-15)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    some = loss.at({"2.bias": torch.ones(2)})
    with torch.no_grad():
        model.get_parameter("2.bias").fill_(1)
    assert some.value == loss.value()


def test_a_local_model_keeps_its_point_while_training_goes_on() -> None:
    model, data = mlp(), batch()
    m = stt.Loss(model, data, cross_entropy).at()
    value = stt.Loss(model, data, cross_entropy).value()
    with torch.no_grad():
        for p in model.parameters():
            p.add_(1)
    assert m.value == value
    assert torch.equal(next(model.parameters()).detach(), m.point[0] + 1)


def test_frozen_layers_are_constants() -> None:
    model, (x, y) = mlp(), batch()
    whole = stt.Loss(model, (x, y), cross_entropy).at().hessian()
    model[0].requires_grad_(False)
    part = stt.Loss(model, (x, y), cross_entropy).at()
    assert torch.allclose(part.hessian(), whole[16:, 16:], rtol=1e-12, atol=1e-15)
    model.requires_grad_(True)
    chosen = stt.Loss(model, (x, y), cross_entropy, only=["2"]).at()
    assert torch.equal(chosen.gradient, part.gradient)


def test_sums_over_ranks() -> None:
    """Two ranks with unequal shares, played by one process after the other."""
    model, (x, y) = mlp(), batch(rows=9)
    shares = [(x[:4], y[:4]), (x[4:], y[4:])]
    other: list[list[Tensor]] = []

    def record(sums: list[Tensor]) -> None:
        other.append([s.clone() for s in sums])

    def add(sums: list[Tensor]) -> None:
        for s, o in zip(sums, other.pop(0), strict=True):
            s.add_(o)

    v = torch.linspace(-1, 1, 26, dtype=torch.float64)
    first = stt.Loss(model, shares[0], cross_entropy, reduce=record).at()
    assert first.gradient is not None and first.hessian_product(v) is not None
    second = stt.Loss(model, shares[1], cross_entropy, reduce=add).at()
    whole = stt.Loss(model, (x, y), cross_entropy).at()
    assert torch.allclose(second.gradient, whole.gradient, rtol=1e-12, atol=1e-16)
    assert torch.allclose(
        second.hessian_product(v), whole.hessian_product(v), rtol=1e-12, atol=1e-16
    )


class Stream(IterableDataset[Any]):
    """Gives its rows once, as a stream from a socket would."""

    def __init__(self) -> None:
        self.rows = iter(zip(*batch(), strict=True))

    def __iter__(self) -> Iterator[Any]:
        return self.rows


def broken(place: int, value: float) -> tuple[Tensor, Tensor]:
    x, y = batch()
    x[place, 1] = value
    return x, y


X, Y = batch()


@pytest.mark.parametrize(
    ("data", "how", "sentence"),
    [
        (iter([(X, Y)]), {}, "which can be gone through only once"),
        (((x, y) for x, y in [(X, Y)]), {}, "the data is a generator, which can be gone through"),
        (DataLoader(Stream(), 2), {}, "the data gave 3 batches of total weight 6 the first time and"
         " 0 batches of total weight 0 now: a loss is one function only if its data can be gone"),
        ([], {}, "the data has no batch: a loss needs at least one"),
        (3, {}, "the data is a int: give a batch"),
        ((X,), {}, "a batch of one tensor has no target for the loss function"),
        (broken(2, torch.inf), {}, "the data is to blame: the batch[0][2, 1] is inf"),
        ([(X, Y), broken(4, torch.nan)], {},
         "of batch 1 is nan; the data is to blame: batch 1[0][4, 1]"),
        ({"input": X, "labels": Y}, {"loss": None}, "the model's output has no loss (logits)"),
        ((X, Y), {"loss": None}, "without a loss function all of a batch, 2 tensors, goes to the"
         " model, and Sequential takes (input): too many positional arguments; give a loss"),
        ((X, X, Y), {}, "all of a batch but the target, 2 tensors, goes to the model, and Sequ"),
        ({"x": X}, {}, "a batch with the names x goes to the model by name, and Model takes"),
        ((X.numpy(), Y), {}, "[0] of a batch is a numpy array, which the model or the loss does"),
        ((X, Y.numpy()), {}, "[1] of a batch is a numpy array"),
        ({"input": X.numpy()}, {}, "input of a batch is a numpy array"),
        (X.numpy()[None], {}, "[0] of a batch is a numpy array"),
        ([(X, Y), (X[:0], Y[:0])], {}, "nan: batch 1 has no rows, so there is no mean; leave it"),
        ((X, Y), {"weight": lambda _: -1}, "the batch has the weight -1: expected a number"),
        ([(X, Y)], {"weight": lambda _: 0}, "the batches have no weight together"),
        ((X, Y), {"loss": lambda out, y: cross_entropy(out, y, reduction="none")},
         "the loss of the batch has shape (6,), but a scalar function has one number"),
        ((X, Y), {"loss": lambda out, y: out.argmax(1).float().mean()}, "does not depend on the"
         " parameters (0.weight, 0.bias, 2.weight, 2.bias): look for .detach(), .item(), argmax"),
    ],
)  # fmt: skip
def test_refused(data: object, how: dict[str, Any], sentence: str) -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = mlp()

        def forward(self, input: Tensor, labels: Tensor | None = None) -> Any:
            out = self.inner(input)
            return out if labels is None else {"logits": out}

    model = Model() if isinstance(data, dict) else mlp()

    def ask() -> object:
        m = stt.Loss(model, data, **{"loss": cross_entropy, **how}).at()
        return m.value, m.gradient

    with pytest.raises(LossError, match=re.escape(sentence)):
        ask()


def test_an_error_of_the_users_own_stays_what_it_is() -> None:
    def wrong(out: Tensor, y: Tensor) -> Tensor:
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        stt.Loss(mlp(), batch(), wrong).value()


def test_a_parameter_that_is_not_finite_is_named() -> None:
    model = mlp()
    with torch.no_grad():
        model.get_parameter("2.weight")[1, 3] = torch.nan
    with pytest.raises(LossError, match=r"parameter 2\.weight\[1, 3\] is not finite\. Go back"):
        stt.Loss(model, batch(), cross_entropy).value()


def test_a_loss_that_leaves_all_chosen_parameters_out() -> None:
    model = nn.ModuleDict({"used": nn.Linear(3, 2), "unused": nn.Linear(3, 2)}).double()
    loss = stt.Loss(
        model, batch(), compute=lambda net, b: cross_entropy(net["used"](b[0]), b[1]),
        only=["unused"],
    )  # fmt: skip
    with pytest.raises(LossError, match=r"any of the parameters asked about \(unused\.weight"):
        loss.at().gradient  # noqa: B018
    both = stt.Loss(model, batch(), compute=lambda net, b: cross_entropy(net["used"](b[0]), b[1]))
    assert both.at().gradients["unused.weight"].abs().sum() == 0


def test_a_hugging_face_model_without_labels() -> None:
    with pytest.raises(LossError, match=r"has no loss \(SimpleNamespace\): put the labels into"):
        stt.Loss(transformer(), {"input_ids": words()["input_ids"]}).value()


def test_bad_arguments() -> None:
    with pytest.raises(ParameterError, match=r"the model is a function: give a torch\.nn\.Module"):
        stt.Loss(lambda x: x, batch(), mse_loss)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="give loss= or compute=, not both"):
        stt.Loss(mlp(), batch(), mse_loss, compute=lambda m, b: m(b[0]).sum())


def test_other_things_in_a_batch_stay_as_they_are() -> None:
    note = SimpleNamespace(text="a row")
    data = {"x": X, "note": note}
    loss = stt.Loss(mlp(), data, compute=lambda net, b: (net(b["x"]) * (b["note"] is note)).sum())
    assert loss.value() != 0


def test_printing() -> None:
    loss = stt.Loss(mlp(), batch(), cross_entropy)
    assert repr(loss).startswith("Loss(Sequential, Parameters(26 in 4 tensors: 0.weight, 0.bias,")
    assert repr(loss.at()) == "LocalModel(the loss of Sequential, 26 parameters)"
