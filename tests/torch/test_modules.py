"""Modules as they are: nothing has to be rewritten, and asking leaves no trace."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

import steepest.torch as stt
from networks import batch, differenced_product, mlp, transformer, words
from steepest.errors import LossError


def direction(model: nn.Module) -> Tensor:
    n = sum(p.numel() for p in model.parameters())
    return torch.randn(n, generator=torch.Generator().manual_seed(4), dtype=torch.float64)


def agree(model: nn.Module, loss: Callable[[], Tensor], asked: stt.Loss) -> None:
    v = direction(model)
    product = asked.at().hessian_product(v)
    known = differenced_product(model, loss, v)
    assert known.abs().max() > 1e-2
    assert torch.allclose(product, known, rtol=1e-5, atol=1e-6)


def test_a_transformer_with_tied_embeddings() -> None:
    model, data = transformer(), words()
    assert stt.Parameters.of(model).aliases == {"embed.weight": ("head.weight",)}
    agree(model, lambda: model(**data).loss, stt.Loss(model, data))


@pytest.mark.parametrize("training", [True, False])
def test_torchs_own_transformer_layer(training: bool) -> None:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(4, 2, 5, dropout=0.0, batch_first=True)
    model = nn.Sequential(layer, nn.Flatten(), nn.Linear(12, 2)).double().train(training)
    x, y = torch.randn(4, 3, 4, dtype=torch.float64), torch.tensor([0, 1, 1, 0])
    agree(model, lambda: cross_entropy(model(x), y), stt.Loss(model, (x, y), cross_entropy))


def test_batch_norm_in_training_mode() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)).double()
    x, y = batch()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    m = stt.Loss(model, (x, y), cross_entropy).at()
    assert m.value and m.verdict() and m.top_eigenvalues()
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    agree(model, lambda: cross_entropy(model(x), y), stt.Loss(model, (x, y), cross_entropy))


def test_dropout_has_one_mask() -> None:
    model, data = transformer(dropout=0.5).train(), words()
    m = stt.Loss(model, data).at()
    again, other = stt.Loss(model, data).at(), stt.Loss(model, data, seed=1).at()
    assert m.value == again.value != other.value
    assert torch.equal(m.gradient, again.gradient)
    v = torch.linspace(-1, 1, m.parameters.count, dtype=torch.float64)
    h = 1e-4
    there = [m.parameters.flatten(m.point) + s * h * v for s in (1, -1)]
    up, down = (stt.Loss(model, data).at(p).gradient for p in there)
    assert torch.allclose(m.hessian_product(v), (up - down) / (2 * h), rtol=1e-5, atol=1e-7)


class Dirty(nn.Module):
    """Draws from every source of random numbers and keeps books, as models do."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = mlp()
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("last", torch.zeros(2, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        noise = random.random() + np.random.rand() + torch.rand(())
        out = self.inner(x) * noise
        self.last = out.detach().mean(0)
        self.inner[1].training = not self.inner[1].training
        return out


def test_numpys_random_numbers_repeat_however_many_are_drawn() -> None:
    # 312 doubles bring numpy's generator back to the same place within its state.
    m = stt.Function(lambda x: x * float(np.random.rand(312).sum())).at(1.0)
    s = stt.surface(m, stt.Slice.along(m, [1.0]), ranges=[(0, 1)], resolution=8)
    assert s.values == pytest.approx((1 + s.grid[0]) * s.values[0], rel=1e-12)


def test_everything_is_left_as_it_was() -> None:
    model, data = Dirty(), batch()
    model.train()
    model.inner[0].eval()
    first = model.get_parameter("inner.0.weight")
    first.grad = torch.full_like(first, 7.0)

    def found() -> list[Any]:
        modes = [m.training for m in model.modules()]
        grads = [None if p.grad is None else (id(p.grad), p.grad.sum()) for p in model.parameters()]
        buffers = [(id(b), b.tolist()) for b in model.buffers()]
        return [
            modes, grads, buffers, random.getstate(), str(np.random.get_state()),
            torch.get_rng_state().tolist(), {k: v.tolist() for k, v in model.state_dict().items()},
        ]  # fmt: skip

    before = found()
    m = stt.Loss(model, data, cross_entropy).at()
    other = stt.Loss(model, data, cross_entropy).at(torch.zeros(26))
    for asked in (m, other):
        assert asked.value and asked.gradient.any() and asked.hessian().any()
        assert asked.top_eigenvalues() and asked.verdict()
    assert stt.Loss(model, data, cross_entropy).at().value == m.value
    assert found() == before


def test_a_question_that_fails_leaves_no_trace_either() -> None:
    model = mlp()
    first = model.get_parameter("0.weight")
    point = first.detach().clone()

    def failing(out: Tensor, y: Tensor) -> Tensor:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        stt.Loss(model, batch(), failing).at(torch.zeros(26)).gradient  # noqa: B018
    assert torch.equal(first, point)


def test_shuffling_generators_are_put_back() -> None:
    source = torch.Generator().manual_seed(0)
    dataset = torch.utils.data.TensorDataset(*batch())
    loader = torch.utils.data.DataLoader(dataset, 4, shuffle=True, generator=source)
    state = source.get_state()
    assert stt.Loss(mlp(), loader, cross_entropy).at().gradient.isfinite().all()
    assert torch.equal(source.get_state(), state)


def test_recurrent_layers() -> None:
    torch.manual_seed(0)

    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn, self.out = nn.LSTM(2, 3, batch_first=True), nn.Linear(3, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.rnn(x)[0][:, -1])

    model, x, y = Last(), torch.randn(4, 3, 2), torch.tensor([0, 1, 1, 0])
    model.double()
    x = x.double()
    agree(model, lambda: cross_entropy(model(x), y), stt.Loss(model, (x, y), cross_entropy))


def test_checkpointed_layers() -> None:
    class Checkpointed(nn.Module):
        def __init__(self, reentrant: bool) -> None:
            super().__init__()
            self.inner, self.reentrant = mlp(), reentrant

        def forward(self, x: Tensor) -> Tensor:
            h = checkpoint(self.inner[:2], x, use_reentrant=self.reentrant)
            return self.inner[2](h)

    x, y = batch()
    known = stt.Loss(mlp(), (x, y), cross_entropy).at().hessian()
    m = stt.Loss(Checkpointed(False), (x, y), cross_entropy).at()
    assert torch.allclose(m.hessian(), known, rtol=1e-12, atol=1e-15)
    x.requires_grad_()
    with pytest.raises(LossError, match=r"with use_reentrant=True, which hides the checkpointed"):
        stt.Loss(Checkpointed(True), (x, y), cross_entropy).at().gradient  # noqa: B018


def test_mixed_precision() -> None:
    model, (x, y) = mlp(dtype=torch.float32), batch(dtype=torch.float32)
    full = stt.Loss(model, (x, y), cross_entropy).at()
    mixed = stt.Loss(model, (x, y), cross_entropy, autocast=torch.bfloat16).at()
    assert mixed.value != full.value
    assert mixed.value == pytest.approx(full.value, rel=2e-2)
    assert torch.allclose(mixed.gradient, full.gradient, atol=2e-2)
    top, known = mixed.top_eigenvalues(), full.top_eigenvalues()
    assert top.values[0] == pytest.approx(known.values[0], rel=5e-2)
    with torch.autocast("cpu", torch.bfloat16):
        around = stt.Loss(model, (x, y), cross_entropy)
        assert around.at(torch.zeros(26)).value == pytest.approx(float(np.log(2)), rel=1e-2)
        assert around.at().value == mixed.value  # no weight of the point before is remembered
        assert torch.equal(around.at().gradient, mixed.gradient)


def test_half_precision_parameters() -> None:
    model, (x, y) = mlp(dtype=torch.bfloat16), batch(dtype=torch.bfloat16)
    m = stt.Loss(model, (x, y), cross_entropy).at()
    known = stt.Loss(mlp(dtype=torch.float32), (x.float(), y), cross_entropy).at()
    assert m.gradient.dtype == torch.float32
    assert torch.allclose(m.gradient, known.gradient, atol=2e-2)
    assert m.top_eigenvalues().values[0] == pytest.approx(
        known.top_eigenvalues().values[0], rel=0.1
    )


def test_a_kernel_without_second_derivative_is_refused_by_name() -> None:
    torch.manual_seed(0)
    model = nn.Linear(2, 4).double()
    x = torch.randn(5, 1, 2, dtype=torch.float64)

    def ctc(out: Tensor, y: Tensor) -> Tensor:
        sizes = torch.tensor([5]), torch.tensor([2])
        return nn.functional.ctc_loss(out.log_softmax(-1), y, *sizes)

    m = stt.Loss(model, (x, torch.tensor([[1, 2]])), ctc).at()
    assert m.gradient.abs().sum() > 0
    with pytest.raises(LossError, match=r"_ctc_loss_backward has none\. Values, gradients and"):
        m.hessian_product(m.gradient)


def test_a_compiled_model() -> None:
    model, data = mlp(), batch()
    known = stt.Loss(model, data, cross_entropy).at().hessian()
    compiled = torch.compile(model, backend="aot_eager")
    m = stt.Loss(compiled, data, cross_entropy).at()  # type: ignore[arg-type]
    assert m.parameters.names[0] == "_orig_mod.0.weight"
    assert torch.equal(m.hessian(), known)


@torch.inference_mode()
def test_inside_inference_mode() -> None:
    with torch.inference_mode(False):
        model, data = mlp(), batch()
    m = stt.Loss(model, data, cross_entropy).at()
    assert m.hessian().abs().max() > 0
