"""The callbacks and writers in the real Trainers, on a CPU; run by hand, for they are large.

    pip install lightning transformers accelerate wandb tensorboard
    python tests/torch/watching/trainers.py [FOLDER]

test_trainers.py checks the same contracts with small doubles.
"""

# The packages it tries are too heavy for the tests' requirements.
# pyright: reportMissingImports=false

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from steepest.torch.watching.beginning import watch
from steepest.torch.watching.writers import TensorBoard, WeightsAndBiases
from steepest.training.reading import read_run

_INPUTS = torch.randn(64, 6, generator=torch.Generator().manual_seed(0))
_TARGETS = (_INPUTS.sum(1) > 0).long()


def lightning(folder: Path) -> None:
    """Clipping, curvature, accumulation; a second Trainer goes on from a checkpoint."""
    import lightning as L

    from steepest.torch.watching.lightning import WatchCallback

    class Module(L.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 2))

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            return nn.functional.cross_entropy(self.net(batch[0]), batch[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), 0.1, momentum=0.9)

    def fit(path: Path, epochs: int, checkpoint: Path | None = None, accumulate: int = 1) -> Module:
        torch.manual_seed(0)
        module = Module()
        trainer = L.Trainer(
            max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False, gradient_clip_val=0.1,
            accumulate_grad_batches=accumulate, barebones=False,
            callbacks=[WatchCallback(
                path, curvature_every=4,
                loss_of=lambda m, b: nn.functional.cross_entropy(m.net(b[0]), b[1]),
            )],
        )  # fmt: skip
        data = DataLoader(TensorDataset(_INPUTS, _TARGETS), batch_size=16)
        trainer.fit(module, data, ckpt_path=checkpoint, weights_only=False)
        trainer.save_checkpoint(folder / f"{path.stem}.ckpt")
        return module

    whole = fit(folder / "whole.jsonl", 4)
    fit(folder / "halves.jsonl", 2)
    halves = fit(folder / "halves.jsonl", 4, folder / "halves.ckpt")
    for a, b in zip(whole.parameters(), halves.parameters(), strict=True):
        assert torch.equal(a, b)
    run, again = read_run(folder / "whole.jsonl"), read_run(folder / "halves.jsonl")
    assert len(run) == len(again) == 16
    for name in ("loss", "gradient", "clip", "turn", "sharpness", "change"):
        assert np.array_equal(run[name], again[name], equal_nan=True), name
        assert np.isfinite(run[name]).any(), name
    assert (run["clip"] < 0.99).any()
    assert np.isfinite(run["sharpness"]).sum() == 4
    fit(folder / "parts.jsonl", 2, accumulate=2)
    parts = read_run(folder / "parts.jsonl")
    assert len(parts) == 4
    assert np.isfinite(parts["noise"]).all()
    print("lightning", L.__version__, "ok")


def huggingface(folder: Path) -> None:
    """A small BERT: the loss of each step, clipping, accumulation, a checkpoint."""
    import transformers
    from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

    from steepest.torch.watching.huggingface import WatchCallback

    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(0, 50, (48, 8), generator=generator)
    rows = [{"input_ids": i, "labels": i[0] % 2} for i in ids]
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=16, hidden_dropout_prob=0.1,
    )  # fmt: skip

    def fit(path: Path, steps: int, resume: bool = False, parts: int = 1, **more: Any) -> Any:
        transformers.set_seed(0)
        model = BertForSequenceClassification(config)
        arguments = TrainingArguments(
            output_dir=str(folder / path.stem), max_steps=steps, per_device_train_batch_size=4,
            gradient_accumulation_steps=parts, save_steps=4, report_to=[], use_cpu=True,
            disable_tqdm=True, logging_strategy="no", max_grad_norm=0.5, learning_rate=0.01,
            lr_scheduler_type="constant",
        )  # fmt: skip
        trainer = Trainer(
            model=model, args=arguments, train_dataset=rows,
            callbacks=[WatchCallback(path, **more)],
        )  # fmt: skip
        trainer.train(resume_from_checkpoint=resume or None)
        return model

    batch = {"input_ids": ids[:8], "labels": ids[:8, 0] % 2}
    asked = {"curvature_every": 3, "loss_of": lambda model: model(**batch).loss}
    whole = fit(folder / "bert.jsonl", 8, **asked)
    unwatched = fit(folder / "unasked.jsonl", 8)
    for a, b in zip(whole.parameters(), unwatched.parameters(), strict=True):
        assert torch.equal(a, b)
    run = read_run(folder / "bert.jsonl")
    assert len(run) == 8
    assert np.isfinite(run["loss"]).all() and (run["loss"] > 0.1).all()
    assert (run["clip"] < 1).any() and np.isfinite(run["clip"]).all()
    assert np.isfinite(run["sharpness"]).sum() == 3
    fit(folder / "again.jsonl", 4)
    fit(folder / "again.jsonl", 8, resume=True)
    again = read_run(folder / "again.jsonl")
    assert len(again) == 8
    assert np.array_equal(again["turn"], run["turn"], equal_nan=True)
    fit(folder / "sums.jsonl", 4, parts=2)
    sums = read_run(folder / "sums.jsonl")
    assert len(sums) == 4 and np.isfinite(sums["noise"]).all()
    print("transformers", transformers.__version__, "ok")


def loggers(folder: Path) -> None:
    """TensorBoard's files are read back; Weights & Biases runs offline."""
    import wandb
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    board = SummaryWriter(str(folder / "board"))
    run = wandb.init(mode="offline", dir=str(folder), project="steepest", settings={"silent": True})
    model = nn.Linear(6, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with watch(model, optimizer, writers=[TensorBoard(board), WeightsAndBiases(run)]) as watched:
        for _ in range(12):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(_INPUTS), _TARGETS)
            loss.backward()
            watched.observe(loss)
            optimizer.step()
    assert run.summary["steepest/loss"] == watched.run()["loss"][-1]
    run.finish()
    board.close()
    assert list(folder.glob("wandb/offline-run-*/run-*.wandb"))
    events = EventAccumulator(str(folder / "board"))
    events.Reload()
    told = [e.value for e in events.Scalars("steepest/loss")]
    assert np.allclose(told, watched.run()["loss"])
    print("wandb", wandb.__version__, "and tensorboard ok")


if __name__ == "__main__":
    os.environ.setdefault("WANDB_MODE", "offline")
    with tempfile.TemporaryDirectory() as made:
        place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(made)
        place.mkdir(exist_ok=True)
        loggers(place)
        lightning(place)
        huggingface(place)
