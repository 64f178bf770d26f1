"""Compile the kernels into the cache ahead of a run."""

from pathlib import Path
from typing import Any, NamedTuple

from ..config.run import Config, DataConfig, ExecutionConfig, RuleConfig, StrategyConfig
from ..ideas.registry import ideas, resolve_rule
from ..kernels.cache_home import cache_home
from ..kernels.cache_news import COMPILED
from ..panel.completion import complete
from ..plain import plain
from .engines import run
from .load import load_panel

DATA = DataConfig(source="synthetic", options={"securities": 20, "sessions": 80})


class Warmed(NamedTuple):
    """What was compiled, by room, and where it is kept: nowhere, since no folder is this user's alone, where absent."""

    kernels: dict[str, int]
    folder: Path | None

    def words(self) -> str:
        """Return it in words."""
        rooms = ", ".join(f"{room} {count}" for room, count in sorted(self.kernels.items()))
        total = sum(self.kernels.values())
        compiled = f"{total} kernels compiled ({rooms})" if rooms else "All kernels had been compiled before"
        kept = "kept nowhere, since no folder is this user's alone" if self.folder is None else f"kept in {self.folder}"
        return f"{compiled}; {kept}"

    def as_record(self) -> dict[str, Any]:
        """Return it as plain values."""
        return plain(self._asdict())


def compile_kernels() -> Warmed:
    """Compute every rule and run every form on a small market; return what was compiled."""
    panel = complete(load_panel(DATA)[0])
    simple = RuleConfig(name="spread_zscore")
    for name, rule in ideas().rules.items():
        children = [simple] * rule.COUNT[0] if hasattr(rule, "COUNT") else []
        resolve_rule(RuleConfig(name=name, rules=children)).score(panel)
    for name, form in ideas().strategies.items():
        if form.USES_RULE:
            run(Config(name="warmup", data=DATA, strategy=StrategyConfig(name=name, rule=simple)))
    execution = ExecutionConfig(engine="compiled")
    run(Config(name="warmup", data=DATA, strategy=StrategyConfig(name="buy_and_hold"), execution=execution))
    return Warmed(dict(COMPILED), cache_home())
