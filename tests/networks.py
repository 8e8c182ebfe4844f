"""Small networks and their Hessians by another way, for the tests of steepest.torch."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

WORDS, LENGTH, WIDTH = 7, 5, 4


def mlp(seed: int = 0, dtype: torch.dtype = torch.float64) -> nn.Sequential:
    """3 inputs, 4 hidden units, 2 outputs: 26 parameters."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).to(dtype)


def batch(
    rows: int = 6, seed: int = 1, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor]:
    """Inputs (rows, 3) and classes (rows,) for `mlp`."""
    source = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 3, generator=source, dtype=torch.float64).to(dtype)
    return x, torch.randint(0, 2, (rows,), generator=source)


class Transformer(nn.Module):
    """One layer of everything: tied embeddings, attention, LayerNorm; called as Hugging Face's."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, WIDTH)
        self.position = nn.Parameter(0.1 * torch.randn(LENGTH, WIDTH))
        self.norm = nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(WIDTH, WORDS, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, input_ids: Tensor, labels: Tensor | None = None) -> Any:
        h = self.embed(input_ids) + self.position
        q, k, v = self.qkv(self.norm(h)).unflatten(-1, (3, 2, WIDTH // 2)).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        h = h + self.drop(mixed.transpose(1, 2).flatten(-2))
        logits = self.head(h)
        if labels is None:
            return SimpleNamespace(logits=logits, loss=None)
        return SimpleNamespace(
            logits=logits, loss=cross_entropy(logits.flatten(0, 1), labels.flatten())
        )


def transformer(dropout: float = 0.0) -> Transformer:
    torch.manual_seed(0)
    return Transformer(dropout).double()


def words(rows: int = 3, seed: int = 2) -> dict[str, Tensor]:
    ids = torch.randint(0, WORDS, (rows, LENGTH), generator=torch.Generator().manual_seed(seed))
    return {"input_ids": ids, "labels": ids.roll(-1, 1)}


def dense_hessian(model: nn.Module, loss: Callable[[nn.Module], Tensor]) -> Tensor:
    """The Hessian (n, n) by torch.func, which shares no code with ours.

    Not for normalization layers: of these torch 2.13's jacrev(jacrev) is not even symmetric.
    """
    names, values = zip(*model.named_parameters(), strict=True)
    flat = torch.cat([p.detach().reshape(-1) for p in values])

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self) -> Tensor:
            return loss(self.model)

    def value(vector: Tensor) -> Tensor:
        parts = vector.split([p.numel() for p in values])
        shaped = [v.view_as(p) for v, p in zip(parts, values, strict=True)]
        there = {f"model.{name}": v for name, v in zip(names, shaped, strict=True)}
        return torch.func.functional_call(Whole(), there, ())

    return torch.func.jacrev(torch.func.jacrev(value))(flat)


def differenced_product(model: nn.Module, loss: Callable[[], Tensor], v: Tensor) -> Tensor:
    """The Hessian times v (n,) by central differences of `backward()`, good to about 1e-8."""
    values = list(model.parameters())
    parts = v.split([p.numel() for p in values])
    h, gradients = 1e-4, []
    for sign in (1.0, -2.0, 1.0):  # up, down, and back
        with torch.no_grad():
            for p, part in zip(values, parts, strict=True):
                p.add_(part.view_as(p), alpha=sign * h)
        model.zero_grad()
        loss().backward()
        gradients.append(
            torch.cat(
                [
                    torch.zeros_like(p).flatten() if p.grad is None else p.grad.flatten()
                    for p in values
                ]
            )
        )
    model.zero_grad()
    return (gradients[0] - gradients[1]) / (2 * h)
