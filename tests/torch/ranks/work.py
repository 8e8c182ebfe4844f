"""What the ranks of `test_distributed.py` do, and one process alone does, too.

torchrun work.py RESULTS        # each rank writes what it found to RESULTS.<rank>
"""

# Gradients are there, options come as dicts, and some arguments are wrong on purpose:
# pyright: reportOptionalMemberAccess=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportOptionalIterable=false, reportOptionalSubscript=false, reportIndexIssue=false
# pyright: reportAttributeAccessIssue=false, reportMissingImports=false

from __future__ import annotations

import copy
import sys
from typing import Any

import dying
import torch
import torch.distributed as dist
from torch import Tensor, nn

import steepest.torch as stt
from steepest.errors import LossError, NonfiniteGradientError, RankError
from steepest.torch.norms import as_tensor_norm

Found = dict[str, Any]

NORMS = ["l2", "l1", "linf", "spectral", "rows", stt.PerLayer("l2"), stt.PerLayer("linf", "l2")]
STEPS: dict[str, dict[str, Any]] = {
    "sgd": {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    "normalized": {"normalized": True, "momentum": 0.9},
    "sign": {"norm": "linf", "momentum": 0.5, "maximize": True},
    "muon": {"norm": "spectral", "momentum": 0.95, "nesterov": True, "weight_decay": 0.1},
    "entry": {"norm": "l1"},
    "rows": {"norm": "rows", "momentum": 0.9},
    "dual": {"norm": stt.PerLayer("linf", "sum"), "normalized": False, "momentum": 0.5},
}


class Net(nn.Module):
    """Of sizes that neither 2 nor 3 divides, with a scalar nobody can cut."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.table = nn.Embedding(11, 5)
        self.body = nn.Conv1d(5, 7, 3)
        self.head = nn.Linear(7, 4)
        self.gain = nn.Parameter(torch.ones(1))
        self.double()

    def forward(self, tokens: Tensor) -> Tensor:
        features = torch.tanh(self.body(self.table(tokens).transpose(1, 2))).mean(2)
        return self.gain * self.head(features)


def data() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(11, (23, 6), generator=generator)
    return tokens, torch.randint(4, (23,), generator=generator)


def full(tensor: Tensor) -> Tensor:
    whole: Any = getattr(tensor, "full_tensor", None)
    return (tensor if whole is None else whole()).detach().clone()


def losses(parts: Any, reduce: Any) -> Found:
    """A loss over the whole data; on several ranks each has a part of it."""
    batch = data()
    batches = [(batch[0][k : k + 4], batch[1][k : k + 4]) for k in range(0, 23, 4)]
    found: Found = {}
    for name, source in (("batch", batch), ("batches", batches)):
        loss = stt.Loss(Net(), parts(source), nn.functional.cross_entropy, reduce=reduce)
        here = loss.at()
        direction = torch.cos(torch.arange(loss.parameters.count, dtype=torch.float64))
        found[name] = {
            "value": torch.tensor(here.value),
            "gradient": here.gradient,
            "product": here.hessian_product(direction),
            "top": torch.as_tensor(here.top_eigenvalues(2, tolerance=1e-6).values),
            "products": torch.tensor(here.top_eigenvalues(tolerance=1e-6).products),
        }
    return found


def trained(net: nn.Module) -> None:
    net.zero_grad()
    tokens, targets = data()
    nn.functional.cross_entropy(net(tokens), targets).backward()


def sharded(spread: Any) -> Found:
    """Norms, clipping and steps; `spread` shards a model over the ranks."""
    found: Found = {"norms": {}, "clipped": {}, "steps": {}}
    net = spread(Net())
    trained(net)
    parameters = list(net.parameters())
    gradients = [p.grad for p in parameters]
    for norm in map(as_tensor_norm, NORMS):
        found["norms"][norm.name] = {
            "size": norm.size(parameters),
            "dual": norm.dual(gradients),
            "steepest": [full(u) for u in norm.steepest(gradients)],
        }
    for name, options in (
        *((str(p), {"norm_type": p}) for p in (1.0, 2.0, 3.0, float("inf"))),
        *((norm.name, {"norm": norm}) for norm in map(as_tensor_norm, NORMS)),
    ):
        trained(net)
        norm = stt.clip_grad_norm_(net.named_parameters(), 0.01, **options)
        found["clipped"][name] = {
            "norm": norm.detach().as_subclass(Tensor),
            "names": list(norm.names),
            "parts": torch.tensor(norm.parts),
            "gradients": [full(p.grad) for p in net.parameters() if p.grad is not None],
        }
    for name, options in STEPS.items():
        net = spread(Net())
        optimizer = stt.SteepestDescent(net.named_parameters(), 0.05, **options)
        for _ in range(4):
            trained(net)
            optimizer.step()
        state = [full(t) for kept in optimizer.state.values() for t in kept.values()]
        found["steps"][name] = [full(p) for p in net.parameters()] + state
    found["placements"] = placed()
    trained(net)
    last = list(net.parameters())[-1]
    local: Any = last.grad
    local = local.to_local() if hasattr(local, "to_local") else local
    if local.numel():
        local.fill_(float("nan"))  # on the rank that holds it
    try:
        stt.SteepestDescent(net.named_parameters(), 0.05, norm="linf").step()
    except NonfiniteGradientError as error:
        found["refused"] = str(error)
    found["nan"] = stt.clip_grad_norm_(net, 1.0, on_nonfinite="leave").sentence
    return found


def placed() -> Found:
    """Tensors cut up in every way, on meshes of one and two dimensions, beside plain ones."""
    generator = torch.Generator().manual_seed(2)
    tensors = [torch.randn(s, generator=generator, dtype=torch.float64) for s in [(5, 4)] * 7]
    if dist.is_initialized():
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor

        ranks = dist.get_world_size()
        line = init_device_mesh("cpu", (ranks,))
        plane = init_device_mesh("cpu", (1, ranks))
        kinds: list[Any] = [(line, [Shard(0)]), (line, [Shard(1)]), (line, [Replicate()])]
        kinds += [(plane, [Shard(1), Shard(0)]), (plane, [Replicate(), Shard(1)])]
        sharded = [distribute_tensor(t, m, p) for t, (m, p) in zip(tensors, kinds, strict=False)]
        partial = DTensor.from_local(tensors[5] / ranks, line, [Partial()], run_check=False)
        tensors = [*sharded, partial, tensors[6]]
    parameters = []
    for tensor in tensors:
        # A gradient may still be a sum over ranks; what it belongs to is not.
        parameter = nn.Parameter(torch.zeros_like(tensor))
        parameter.grad = tensor.clone()
        parameters.append(parameter)
    norm = as_tensor_norm("spectral")
    gradients = [p.grad for p in parameters]
    found: Found = {
        "duals": torch.tensor([float(norm.dual([g])) for g in gradients]),
        "norm": stt.clip_grad_norm_(parameters, 0.5).as_subclass(Tensor),
        "clipped": [full(g) for g in gradients],
    }
    movable = parameters[:5] + parameters[6:]
    stt.SteepestDescent(movable, 0.1, norm="spectral").step()
    return {**found, "moved": [full(p) for p in movable]}


def resumed(spread: Any) -> list[bool]:
    """Whether a run goes on bit for bit from a checkpoint of sharded parameters."""
    from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

    def run(net: nn.Module, optimizer: Any) -> None:
        for _ in range(2):
            trained(net)
            optimizer.step()

    found = []
    for name in ("sgd", "muon"):
        net, other = spread(Net()), spread(Net())
        first, second = (
            stt.SteepestDescent(n.parameters(), 0.05, **STEPS[name]) for n in (net, other)
        )
        run(net, first)
        of_net, of_optimizer = copy.deepcopy(get_state_dict(net, first))
        run(net, first)
        set_state_dict(other, second, model_state_dict=of_net, optim_state_dict=of_optimizer)
        run(other, second)
        pairs = zip(net.parameters(), other.parameters(), strict=True)
        found.append(all(torch.equal(full(p), full(q)) for p, q in pairs))
    return found


def one_rank_fails(reduce: Any) -> str:
    """The words of the error, of which every rank has its own."""
    tokens, targets = stt.rank_part(data())
    net = Net()

    def broken(model: nn.Module, batch: Any) -> Tensor:
        loss = nn.functional.cross_entropy(model(batch[0]), batch[1])
        return loss * float("nan") if dist.get_rank() == 1 else loss

    loss = stt.Loss(net, (tokens, targets), compute=broken, reduce=reduce)
    try:
        loss.value()
    except (LossError, RankError) as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


def main() -> None:
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    mesh = init_device_mesh("cpu", (dist.get_world_size(),))

    def spread(net: nn.Module) -> nn.Module:
        fully_shard(net.head, mesh=mesh)
        fully_shard(net, mesh=mesh)
        return net

    reduce = stt.SumOverRanks(timeout=200)
    found = {
        "losses": losses(stt.rank_part, reduce),
        "sharded": sharded(spread),
        "resumed": resumed(spread),
        "failed": one_rank_fails(reduce),
        # The ranks are in step again, after the failure.
        "after": losses(stt.rank_part, reduce),
    }
    torch.save(found, f"{sys.argv[1]}.{dist.get_rank()}")
    if "die" in sys.argv:
        dying.stays_away()
        dying.killed()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
