"""Small comparisons for tests, and a rule that counts how often it is computed and can kill its own process."""

import subprocess
import sys
from pathlib import Path

import yaml

RUN = {
    "data": {"source": "synthetic", "options": {"seed": 3, "securities": 12, "sessions": 90, "start": "2021-01-04"}},
    "strategy": {
        "name": "quantile",
        "rule": "spread_level",
        "parameters": {"rebalance": "monthly", "quantile": 0.25, "minimum": 4},
    },
    "account": {"cash": 10_000_000},
    "costs": {"slippage": 0.0005},
}
WINDOWS = [5, 8, 12, 16]
GRID = {"method": "grid", "keys": {"strategy.rule": ["balance_trend"], "strategy.rule.parameters.window": WINDOWS}}
RULE = '''"""A rule that writes down each time it is computed."""

import os
import signal
from pathlib import Path

from liangrong.strategies.rules import Rule, parameter


class Counted(Rule):
    """Balance a while ago.

    Claim: none.
    Formula: F `number` sessions ago
    """

    NEEDS = ("financing_balance",)
    number: int = parameter(1, "sessions", low=1)

    def score(self, panel):
        log = Path({log!r})
        with log.open("a") as file:
            file.write(f"{{self.number}}\\n")
        if self.number == {dies} and log.read_text().split().count("{dies}") == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        score = panel["financing_balance"].copy()
        score[self.number :] = score[: -self.number]
        return score
'''


def written(folder: Path, name: str = "small", **keys) -> Path:
    """Write the configuration of a small comparison and return its path."""
    path = folder / f"{name}.yaml"
    content = {"name": name, "run": RUN, "trials": GRID, "judge": {"repetitions": 100}, **keys}
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def counting(folder: Path, dies: int, count: int = 6) -> tuple[Path, Path]:
    """Write a comparison of rules that are counted, of which the one numbered `dies` kills its process once."""
    log = folder / "executions.txt"
    (folder / "counted.py").write_text(RULE.format(log=str(log), dies=dies), encoding="utf-8")
    keys = {"strategy.rule": ["counted.py:Counted"], "strategy.rule.parameters.number": list(range(1, count + 1))}
    controls = [{"name": "hold", "strategy": {"name": "buy_and_hold"}}]
    config = written(folder, "counted", trials={"method": "grid", "keys": keys}, controls=controls, stress=False)
    return config, log


CARRY_OUT = """
import sys
from pathlib import Path
from liangrong.core.compare.comparing import carry_out_all, prepare_comparison
carry_out_all(prepare_comparison(Path(sys.argv[1])), Path(sys.argv[2]))
"""


def in_a_process(config: Path, out: Path) -> int:
    """Carry a comparison out in a process of its own and return its exit code."""
    call = [sys.executable, "-c", CARRY_OUT, str(config), str(out)]
    return subprocess.run(call, capture_output=True, check=False).returncode


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a finished comparison but its store."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "trials.sqlite"}
