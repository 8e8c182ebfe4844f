"""A callback for the Trainer of Hugging Face's transformers. The only module that loads it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from steepest.errors import SteepestError
from steepest.torch.watching.beginning import watch
from steepest.torch.watching.recorder import Watch, Writer

try:
    TrainerCallback: Any = import_module("transformers").TrainerCallback
except ModuleNotFoundError:
    raise SteepestError(
        "the callback needs transformers, which is not installed: pip install transformers"
    ) from None

#: The file beside a checkpoint of the Trainer in which the state of the run is kept.
STATE: Final = "steepest_watch.pt"


class WatchCallback(TrainerCallback):
    """Watches the optimizer of a `Trainer`: `Trainer(…, callbacks=[WatchCallback("run.jsonl")])`.

    The Trainer shows its callbacks no loss, and calls none between backward and clipping. So the
    model is listened to: the loss is `output.loss` of every forward pass in training mode, and the
    gradient is looked at when the backward pass from it ends. With several processes or fp16,
    where gradients are not final then, it is recorded as the optimizer gets it, after clipping,
    and the clip factor is unknown. With accumulated gradients the loss is the mean over the parts.

    `loss_of(model)` computes a loss to measure curvature of, on a batch of your choice. The other
    arguments are those of `watch`. The state of the run is kept beside every checkpoint and
    restored from there. Where there are several processes, the first one writes.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        writers: Iterable[Writer] = (),
        curvature_every: int = 0,
        loss_of: Callable[[Any], Tensor] | None = None,
    ) -> None:
        self.run: Watch | None = None
        self._path = path
        self._writers = list(writers)
        self._every = curvature_every
        self._loss_of = loss_of
        self._hook: Any = None
        self._asking = False  # a loss is computed to ask for curvature, not to train
        self._late = False  # gradients are final only when the optimizer gets them
        self._losses: list[Tensor] = []

    def on_train_begin(
        self, args: Any, state: Any, control: Any, model: Any = None, optimizer: Any = None,
        **others: Any,
    ) -> None:  # fmt: skip
        """The run begins, or goes on from the checkpoint that the Trainer has loaded."""
        first = state.is_world_process_zero
        inner = getattr(optimizer, "optimizer", optimizer)  # accelerate wraps it
        self.run = watch(
            model, inner, self._path if first else None,
            writers=self._writers if first else (),
            curvature_every=self._every if self._loss_of is not None else 0,
        )  # fmt: skip
        self._late = bool(args.fp16) or args.world_size > 1
        self._hook = model.register_forward_hook(self._listen)
        if state.global_step > 0:
            kept = Path(args.output_dir) / f"checkpoint-{state.global_step}" / STATE
            if kept.exists():
                self.run.load_state_dict(torch.load(kept, weights_only=True))

    def on_pre_optimizer_step(
        self, args: Any, state: Any, control: Any, model: Any = None, **others: Any
    ) -> None:
        """The losses of this step, if they were not told yet."""
        losses, self._losses = self._losses, []
        for loss in losses:
            self._observe(model, loss, clipped=True)

    def on_save(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Beside the checkpoint."""
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if self.run is not None and state.is_world_process_zero and folder.is_dir():
            torch.save(self.run.state_dict(), folder / STATE)

    def on_train_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """The files are closed."""
        if self._hook is not None:
            self._hook.remove()
            self._hook = None
        if self.run is not None:
            self.run.close()

    def _listen(self, module: Any, inputs: Any, output: Any) -> None:
        """After a forward pass."""
        loss = output.get("loss") if isinstance(output, dict) else getattr(output, "loss", None)
        if not (isinstance(loss, Tensor) and loss.numel() == 1 and loss.requires_grad):
            return
        if not module.training or not torch.is_grad_enabled() or self._asking:
            return
        told = loss.detach().reshape(())
        if self._late:
            self._losses.append(told)
            return

        def begin(_: Tensor) -> None:
            # Backward has only begun; torch calls back when it has ended.
            engine = torch.autograd.Variable._execution_engine
            engine.queue_callback(lambda: self._observe(module, told))

        loss.register_hook(begin)

    def _observe(self, model: Any, loss: Tensor, *, clipped: bool = False) -> None:
        loss_of = self._loss_of
        if self.run is None:
            return

        def again() -> Tensor:
            assert loss_of is not None
            self._asking = True
            try:
                return loss_of(model)
            finally:
                self._asking = False

        self.run.observe(loss, None if loss_of is None else again, clipped=clipped)
