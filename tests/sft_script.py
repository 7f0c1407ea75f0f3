"""``training/sft.py`` with the tiny configuration, in a process of its own that can be killed."""

from __future__ import annotations

from pathlib import Path

from agentgym.learn.checkpoints import checkpoints, flaw
from tests.killing import Killable

ROOT = Path(__file__).parents[1]
SCRIPT, CONFIGS = ROOT / "training" / "sft.py", ROOT / "training" / "configs"
WEIGHTS, ADAPTER = "model.safetensors", "adapter_model.safetensors"

IMPORTS = """
import gc, runpy
import datasets, torch
import peft, transformers.models.qwen3.modeling_qwen3, trl.trainer.sft_trainer  # what they load late
import agentgym.learn.chat.tokenising, agentgym.learn.datasets, agentgym.learn.record, agentgym.learn.weights

torch.set_num_threads(1)
datasets.disable_progress_bars()
gc.collect()
gc.freeze()  # a fork that collects would copy all of it
"""
RUN = f"""
sys.stdout.reconfigure(line_buffering=True)  # what it has said by the time it is killed tells how far it was
log = os.open(arguments[0], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.dup2(log, 1)
os.dup2(log, 2)
sys.argv[1:] = arguments[1:]
runpy.run_path({str(SCRIPT)!r}, run_name="__main__")
"""


class Script:
    """The script with the tiny config, in a fresh process each time."""

    def __init__(self, given: Path, killable: Killable) -> None:
        self.given = given
        self.log = given / "log"
        self._killable = killable

    def __call__(self, out: Path, *flags: str, delay: float = 0.0, **settings: object) -> tuple[int, float]:
        """Exit code and seconds; killed after ``delay`` seconds."""
        arguments = options(self.given, out, *flags, **settings)
        return self._killable(str(self.log), *arguments, delay=delay)

    def trained(self, out: Path, *flags: str, **settings: object) -> Path:
        """The folder of the stage, whole."""
        code, _ = self(out, *flags, **settings)
        assert code == 0, f"it ended with {code}:\n{self.said()}"
        return out / f"stage{settings.get('stage', 1)}"

    def refused(self, out: Path, *flags: str, **settings: object) -> str:
        """What it says when it does not train."""
        code, _ = self(out, *flags, **settings)
        assert code == 1, f"it ended with {code}:\n{self.said()}"
        *_, last = self.said().strip().splitlines()
        assert last.startswith("error: "), f"a person would have to read this:\n{self.said()}"
        return last.removeprefix("error: ")

    def phase(self, stage: Path) -> str:
        """How far it was when it was killed: a folder without its seal was being written, or removed."""
        said = self.log.read_text("utf-8", "replace")
        if "'loss'" not in said:
            return "starting"
        unsealed = [*filter(flaw, checkpoints(stage)), *stage.glob(WEIGHTS)]
        return "saving" if unsealed else "training"

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")[-4000:]


def options(given: Path, out: Path, *flags: str, **settings: object) -> list[str]:
    named = {
        "config": CONFIGS / "tiny.yaml",
        "dataset": given / "dataset",
        "model_name_or_path": given / "model",
        "output_dir": out,
        "num_train_epochs": 1,
        **settings,
    }
    return [*flags, *(text for name, value in named.items() for text in (f"--{name}", str(value)))]
