"""A callback for Lightning. The only module that loads it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from torch import Tensor

from steepest.errors import SteepestError
from steepest.torch.watching.beginning import watch
from steepest.torch.watching.recorder import Watch, Writer


def _callback() -> Any:
    """Lightning's base class, from the package of either name."""
    for package in ("lightning.pytorch", "pytorch_lightning"):
        with suppress(ModuleNotFoundError):
            return import_module(package).Callback
    raise SteepestError(
        "the callback needs Lightning, which is not installed: pip install lightning"
    )


Callback: Any = _callback()


class WatchCallback(Callback):
    """Watches the first optimizer of a `LightningModule`: `Trainer(callbacks=[WatchCallback(…)])`.

    Gradients are looked at in `on_before_optimizer_step`, which comes before the Trainer's own
    clipping. `loss_of(module, batch)` computes the loss of a batch; with it and `curvature_every`
    curvature is measured too, on the first `curvature_share` of the batch's rows. The other
    arguments are those of `watch`. Where there are several processes, the first one writes.

    The state of the run is part of the Trainer's checkpoints. With manual optimization call
    `callback.run.observe(loss)` yourself, after `manual_backward`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        writers: Iterable[Writer] = (),
        curvature_every: int = 0,
        curvature_share: float = 0.25,
        loss_of: Callable[[Any, Any], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.run: Watch | None = None
        self._path = path
        self._writers = list(writers)
        self._every = curvature_every
        self._share = curvature_share
        self._loss_of = loss_of
        self._batch: Any = None
        self._loss: Tensor | None = None
        self._state: Mapping[str, Any] | None = None

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """The run begins, or goes on from a checkpoint."""
        first = trainer.is_global_zero
        self.run = watch(
            pl_module, trainer.optimizers[0], self._path if first else None,
            writers=self._writers if first else (),
            curvature_every=self._every if self._loss_of is not None else 0,
            curvature_share=self._share,
        )  # fmt: skip
        if self._state is not None:
            self.run.load_state_dict(self._state)

    def on_train_batch_start(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int
    ) -> None:
        """Curvature is asked of the batch on which the step is taken."""
        self._batch = batch

    def on_before_backward(self, trainer: Any, pl_module: Any, loss: Tensor) -> None:
        """The loss, as Lightning divides it when it accumulates."""
        self._loss = loss.detach() * trainer.accumulate_grad_batches

    def on_after_backward(self, trainer: Any, pl_module: Any) -> None:
        """With accumulated gradients every part is looked at."""
        if trainer.accumulate_grad_batches > 1 and not _scaled(trainer):
            self._observe(pl_module)

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        """The gradient is whole, unscaled and not clipped."""
        if trainer.accumulate_grad_batches == 1 or _scaled(trainer):
            self._observe(pl_module)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """The files are closed."""
        self._end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """What was recorded up to here is in the file already."""
        self._end()

    def state_dict(self) -> dict[str, Any]:
        """Part of every checkpoint."""
        return {} if self.run is None else self.run.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Called before `on_train_start`, where it is used."""
        self._state = state_dict or None

    def _observe(self, module: Any) -> None:
        if self.run is None or self._loss is None:
            return
        batch, loss_of = self._batch, self._loss_of
        closure = None if loss_of is None else lambda part: loss_of(module, part(batch))
        self.run.observe(self._loss, closure)
        self._loss = None

    def _end(self) -> None:
        if self.run is not None:
            self.run.close()


def _scaled(trainer: Any) -> bool:
    """Whether gradients are multiplied by a scale until the step."""
    return getattr(trainer.precision_plugin, "scaler", None) is not None
