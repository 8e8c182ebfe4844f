"""TensorBoard's own files; Weights & Biases and the Trainers by doubles that keep their contracts.

trainers.py beside this runs the real ones.
"""

from __future__ import annotations

import io
import math
import sys
import types
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from rich.console import Console
from torch import nn
from torch.nn.functional import cross_entropy

import steepest.torch as stt
from steepest.errors import ParameterError
from steepest.training.records import Header
from steepest.view.run.live import Terminal

X = torch.randn(16, 5, generator=torch.Generator().manual_seed(0))
Y = (X.sum(1) > 0).long()


def run_with(*writers: Any, steps: int = 12) -> stt.Watch:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with stt.watch(model, optimizer, writers=writers) as run:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = cross_entropy(model(X), Y)
            loss.backward()
            run.observe(loss)
            optimizer.step()
    return run


def test_tensorboard_shows_every_number(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path)) as writer:
        run = run_with(stt.TensorBoard(writer, every=5)).run()
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    told = {tag: [e.value for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    assert told["steepest/loss"] == pytest.approx(run["loss"].tolist())
    assert told["steepest/layers/2"] == pytest.approx(run.layers[::5, 1].tolist())
    assert "steepest/run/text_summary" in events.Tags()["tensors"]


class WandbRun:
    """What is used of a run of Weights & Biases."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.axes: dict[str, Any] = {}
        self.config = SimpleNamespace(update=lambda told, allow_val_change: self.axes.update(told))

    def define_metric(self, name: str, **how: Any) -> None:
        self.axes[name] = how

    def log(self, row: dict[str, float]) -> None:
        assert all(math.isfinite(v) for v in row.values())
        self.rows.append(row)


def test_weights_and_biases_gets_a_row_a_step() -> None:
    double = WandbRun()
    run = run_with(stt.WeightsAndBiases(double, every=5)).run()
    assert [row["steepest/step"] for row in double.rows] == list(range(12))
    assert [row["steepest/loss"] for row in double.rows] == run["loss"].tolist()
    assert ["steepest/layers/0" in row for row in double.rows[:6]] == [True, *4 * [False], True]
    assert double.axes["steepest/*"] == {"step_metric": "steepest/step"}
    assert double.axes["steepest"]["optimizer"] == "SGD"


def test_a_writer_of_another_kind_is_refused() -> None:
    for make, wrong in ((stt.TensorBoard, 3), (stt.WeightsAndBiases, "run")):
        with pytest.raises(ParameterError, match="has no method"):
            make(wrong)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="every=0"):
        stt.WeightsAndBiases(WandbRun(), every=0)


@pytest.mark.parametrize("terminal", [True, False])
def test_the_terminal_shows_the_run(terminal: bool, capsys: pytest.CaptureFixture[str]) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=90, height=40)
    run_with(Terminal(0.0, console=console), steps=30)
    shown = out.getvalue() + capsys.readouterr().out
    assert shown.count("What is going on") >= (2 if terminal else 1)
    assert "Sequential, 34 parameters" in shown


def test_the_terminal_is_given_back_by_a_run_without_a_step() -> None:
    out = io.StringIO()
    terminal = Terminal(console=Console(file=out, force_terminal=True))
    terminal.start(Header("Net", "SGD", 0, ()), None)
    assert "\x1b[?25l" in out.getvalue()  # the cursor is hidden
    terminal.close()
    assert out.getvalue().endswith("\x1b[?25h")


@pytest.fixture
def lightning(monkeypatch: pytest.MonkeyPatch) -> Any:
    module = types.ModuleType("lightning.pytorch")
    module.Callback = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lightning", types.ModuleType("lightning"))
    monkeypatch.setitem(sys.modules, "lightning.pytorch", module)
    monkeypatch.delitem(sys.modules, "steepest.torch.watching.lightning", raising=False)
    from steepest.torch.watching.lightning import WatchCallback

    yield WatchCallback
    sys.modules.pop("steepest.torch.watching.lightning", None)


def lightning_steps(callback: Any, steps: int, parts: int) -> nn.Module:
    """Lightning's calls in Lightning's order, with its clipping in its place."""
    torch.manual_seed(0)
    model = nn.Linear(5, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    trainer = SimpleNamespace(is_global_zero=True, optimizers=[optimizer],
                              accumulate_grad_batches=parts, precision_plugin=None)  # fmt: skip
    callback.on_train_start(trainer, model)
    for _ in range(steps):
        optimizer.zero_grad()

        def closure() -> torch.Tensor:
            loss = torch.zeros(())
            for part in range(parts):
                callback.on_train_batch_start(trainer, model, (X, Y), part)
                loss = cross_entropy(model(X), Y) / parts
                callback.on_before_backward(trainer, model, loss)
                loss.backward()
                callback.on_after_backward(trainer, model)
            callback.on_before_optimizer_step(trainer, model, optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 0.01)
            return loss

        optimizer.step(closure)
    callback.on_train_end(trainer, model)
    return model


@pytest.mark.parametrize("parts", [1, 3])
def test_lightnings_callback(lightning: Any, parts: int, tmp_path: Path) -> None:
    callback = lightning(tmp_path / "a", curvature_every=2,
                         loss_of=lambda m, b: cross_entropy(m(b[0]), b[1]))  # fmt: skip
    lightning_steps(callback, 4, parts)
    run = callback.run.run()
    assert len(run) == 4
    assert run["loss"][0] == pytest.approx(float(cross_entropy_at_start()), rel=1e-5)
    assert run["clip"] == pytest.approx(0.01 / run["gradient"], rel=1e-4)
    assert (run["sharpness"] > 0).sum() == 2
    again = lightning(tmp_path / "a")
    again.load_state_dict(callback.state_dict())
    lightning_steps(again, 2, parts)
    assert again.run.steps == 6


def cross_entropy_at_start() -> torch.Tensor:
    torch.manual_seed(0)
    return cross_entropy(nn.Linear(5, 2)(X), Y).detach()


@pytest.fixture
def huggingface(monkeypatch: pytest.MonkeyPatch) -> Any:
    module = types.ModuleType("transformers")
    module.TrainerCallback = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "transformers", module)
    monkeypatch.delitem(sys.modules, "steepest.torch.watching.huggingface", raising=False)
    from steepest.torch.watching.huggingface import WatchCallback

    yield WatchCallback
    sys.modules.pop("steepest.torch.watching.huggingface", None)


class Classifier(nn.Module):
    """Gives its loss as Hugging Face's models do."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(5, 2)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> Any:
        return SimpleNamespace(loss=cross_entropy(self.layer(x), labels))


def trainer_steps(callback: Any, folder: Path, start: int, steps: int, fp16: bool) -> None:
    """The Trainer's calls in its order: it clips before it calls."""
    torch.manual_seed(0)
    model = Classifier()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    args = SimpleNamespace(output_dir=folder, fp16=fp16, world_size=1)
    state = SimpleNamespace(is_world_process_zero=True, global_step=start)
    wrapped = SimpleNamespace(optimizer=optimizer)
    callback.on_train_begin(args, state, None, model=model, optimizer=wrapped)
    for _ in range(steps):
        optimizer.zero_grad()
        model(X, Y).loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.01)
        callback.on_pre_optimizer_step(args, state, None, model=model)
        optimizer.step()
        state.global_step += 1
    (folder / f"checkpoint-{state.global_step}").mkdir(parents=True)
    callback.on_save(args, state, None)
    callback.on_train_end(args, state, None)


@pytest.mark.parametrize("fp16", [False, True])
def test_the_trainers_callback(huggingface: Any, tmp_path: Path, fp16: bool) -> None:
    loss_of = {"curvature_every": 2, "loss_of": lambda model: model(X, Y).loss}
    callback = huggingface(tmp_path / "a", **loss_of)
    trainer_steps(callback, tmp_path, 0, 4, fp16)
    run = callback.run.run()
    assert len(run) == 4
    assert run["loss"][0] == pytest.approx(float(cross_entropy_at_start()), rel=1e-5)
    assert (run["sharpness"] > 0).sum() == 2
    if fp16:  # gradients are looked at when they are clipped already
        assert not (run["clip"] > 0).any()
        assert run["gradient"] == pytest.approx(4 * [0.01], rel=1e-4)
    else:
        assert run["clip"] == pytest.approx(0.01 / run["gradient"], rel=1e-4)
    again = huggingface(tmp_path / "a", **loss_of)
    trainer_steps(again, tmp_path, 4, 2, fp16)
    assert again.run.steps == 6


@pytest.mark.parametrize("name", ["lightning", "huggingface"])
def test_a_missing_trainer_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import import_module

    from steepest.errors import SteepestError

    for package in ("lightning", "lightning.pytorch", "pytorch_lightning", "transformers"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"steepest.torch.watching.{name}", raising=False)
    with pytest.raises(SteepestError, match="which is not installed: pip install"):
        import_module(f"steepest.torch.watching.{name}")
