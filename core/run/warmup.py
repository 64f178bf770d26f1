"""Compile the kernels into the cache ahead of a run."""

from ..config.run import Config, DataConfig, ExecutionConfig, RuleConfig, StrategyConfig
from ..ideas.registry import ideas, resolve_rule
from ..kernels.cache_home import cache_home
from ..kernels.cache_news import COMPILED
from ..panel.completion import complete
from .engines import run
from .load import load_panel

DATA = DataConfig(source="synthetic", options={"securities": 20, "sessions": 80})


def compile_kernels() -> str:
    """Compute every rule and run every form on a small market; return in words what was compiled, and where it is."""
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
    return f"{_compiled()}; {_kept()}"


def _compiled() -> str:
    rooms = ", ".join(f"{room} {count}" for room, count in sorted(COMPILED.items()))
    return f"{COMPILED.total()} kernels compiled ({rooms})" if rooms else "All kernels had been compiled before"


def _kept() -> str:
    home = cache_home()
    return "kept nowhere, since no folder is this user's alone" if home is None else f"kept in {home}"
