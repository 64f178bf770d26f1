"""The configuration of a comparison: which trials, against which controls, and how they are judged."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from ..errors import ConfigError
from .layers import dotted_keys, elsewhere, expanded, laid_over
from .paths import fresh, rooted
from .python_values import Overrides
from .run import EXTENDS, NAME, Config, Extending, Model
from .yaml_file import COMPARES, Lines, checked, keys_of, put

Plain = Any
Listed = list[dict[str, Any]]


class RangeConfig(Model):
    """Numbers that are drawn between two bounds, both included."""

    low: float = Field(description="least value")
    high: float = Field(description="largest value")
    log: bool = Field(False, description="evenly on a logarithmic scale")
    kind: Literal["float", "int"] = Field("float", description="`int`: whole numbers only")

    @model_validator(mode="after")
    def _ordered(self) -> "RangeConfig":
        if self.low >= self.high or (self.log and self.low <= 0.0):
            raise ValueError("`low` should lie below `high`, and above 0 where `log` is set")
        return self


Values = list[Plain] | RangeConfig


class TrialsConfig(Model):
    """The trials: dotted keys of the run configuration and the values that they take."""

    method: Literal["grid", "list", "random"] = Field(
        "grid", description="`grid`: every combination; `list`: those that are named; `random`: so many are drawn"
    )
    keys: dict[str, Values] = Field(
        default_factory=dict,
        description="of `grid` and `random`: key -> values, or for `random` {low, high, log, kind}",
    )
    list: Listed = Field(
        default_factory=list,
        description="of `list`: {key: value, ...}; `name`; `base`: another's strategy",
    )
    count: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(None, description="trials that `random` draws")
    seed: Annotated[int, Field(ge=0)] = Field(0, description="of `random`")

    @model_validator(mode="after")
    def _complete(self) -> "TrialsConfig":
        if self.method == "list" and (not self.list or self.keys):
            raise ValueError("`method: list` needs `list` and takes no `keys`")
        if self.method != "list" and (self.list or not self.keys):
            raise ValueError(f"`method: {self.method}` needs `keys` and takes no `list`")
        if (self.method == "random") != (self.count is not None):
            raise ValueError("`count` belongs to `method: random`, which needs it")
        for key, values in self.keys.items():
            if isinstance(values, RangeConfig) and self.method == "grid":
                raise ValueError(f"`{key}`: a range belongs to `method: random`; a grid takes a list of values")
            if not isinstance(values, RangeConfig) and not values:
                raise ValueError(f"`{key}` should have one value or more")
        return self


class JudgeConfig(Model):
    """How luck is judged."""

    alpha: Annotated[float, Field(gt=0.0, lt=1.0)] = Field(0.05, description="probability of any wrong verdict")
    repetitions: Annotated[int, Field(ge=100, le=100_000)] = Field(1000, description="of the bootstrap")
    seed: Annotated[int, Field(ge=0)] = Field(0, description="of the bootstrap")
    metric: Literal["sharpe", "return"] = Field("sharpe", description="by which trials are ranked and judged")


class WalkForwardConfig(Model):
    """Windows of the walk-forward, in sessions."""

    train: Annotated[int, Field(ge=2)] = Field(description="sessions by which a trial is chosen")
    test: Annotated[int, Field(ge=1)] = Field(description="sessions over which the chosen trial counts")
    anchored: bool = Field(
        False, description="every choice looks back to the beginning; the page shows the other way as well"
    )
    purge: Annotated[int, Field(ge=0)] = Field(0, description="sessions dropped from the end of those that decide")
    embargo: Annotated[int, Field(ge=0)] = Field(0, description="sessions left out between choice and test")
    change_cost: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        0.0, description="fraction of the equity that it costs to take up another trial"
    )


class StressConfig(Model):
    """Which trials are run under stress."""

    best: Annotated[int, Field(ge=1)] = Field(description="so many trials by Sharpe ratio, and every control")


class CompareConfig(Extending):
    """A comparison."""

    name: str = Field(
        pattern=NAME, description="letters, digits, `_`, `-`, `.`; names the folder; that of the file where absent"
    )
    description: str = Field("", description="one sentence, for the page")
    base: str | None = Field(None, description="a run configuration, relative to this file")
    run: dict[str, Plain] = Field(default_factory=dict, description="keys of a run configuration, over those of `base`")
    trials: TrialsConfig
    controls: list[str | dict[str, Plain]] | None = Field(
        None,
        description="as `trials.list`, or the name of a rule for the base's form; the five controls where absent",
    )
    engine: Literal["compiled", "backtrader"] = Field(
        "compiled", description="`compiled`: wherever the strategy is a function of the panel"
    )
    judge: JudgeConfig = Field(default_factory=JudgeConfig)
    walk_forward: WalkForwardConfig | None = Field(None, description="a quarter decides over a sixteenth where absent")
    stress: bool | StressConfig = Field(
        True, description="every trial and control under each stress; {best: 20}: the best trials and the controls"
    )

    @model_validator(mode="after")
    def _runnable(self) -> "CompareConfig":
        if self.base is None and not self.run:
            raise ValueError("`base`, a run configuration, or `run`, its keys, is required")
        if self.controls == []:
            raise ValueError("`controls` should name one or more: without a control nothing tells luck from skill")
        return self


class Base(NamedTuple):
    """A run configuration that trials vary."""

    keys: dict[str, Any]  # as stated, with `${NAME}` replaced and paths relative to the working folder
    name: str  # of the file that is answered for a key without a place
    lines: Lines  # dotted key -> where it stands

    def with_keys(self, keys: Mapping[str, Any], lines: Lines | None = None) -> "Base":
        """Return it with the keys of sections laid over its own; neither is changed."""
        made, places = laid_over(fresh(self.keys), self.lines, keys, lines or {})
        return self._replace(keys=made, lines=places)

    def put(self, key: str, value: Any) -> None:
        """Set the value of a dotted key, which stands in no file of its own; ConfigError as `put`."""
        put(self.keys, key, value)
        for dotted in [place for place in self.lines if place == key or place.startswith(f"{key}.")]:
            del self.lines[dotted]

    def config(self) -> Config:
        """Return the run configuration; ConfigError with every key that is wrong."""
        places: Lines = {dotted: None for key, value in self.keys.items() for dotted in dotted_keys(key, value)}
        return checked(fresh(self.keys), self.name, places | self.lines, Config)


Given = Path | Mapping[str, Any] | CompareConfig
"""The file of a comparison, the keys of one, or what was read from one."""


def load_compare(given: Given, overrides: Overrides = ()) -> tuple[CompareConfig, Base]:
    """Read the configuration of a comparison and the run that its trials vary.

    Raises
    ------
    ConfigError
        As `load`.
    """
    raw, lines, name, folder, _ = keys_of(given, overrides)
    if COMPARES not in raw and "strategy" in raw:
        raise ConfigError(
            f"{name} is the configuration of a run: `liangrong run` runs it, a comparison has `{COMPARES}`"
        )
    config = checked(expanded(raw), name, lines, CompareConfig)
    return config, _run_of(config, name, lines, folder)


def _run_of(config: CompareConfig, name: str, lines: Lines, folder: Path) -> Base:
    """Return the run of a comparison, its `run` over its `base`."""
    own = {dotted.removeprefix("run."): line for dotted, line in lines.items() if dotted.startswith("run.")}
    run = Base(rooted(config.run, folder), name, elsewhere(own, name))
    if config.base is None:
        return run
    return read_base(folder / config.base)._replace(name=name).with_keys(run.keys, run.lines)


def is_comparison(given: Any) -> bool:
    """Return whether a file, or the keys of one, is that of a comparison; ConfigError where it cannot be read."""
    return isinstance(given, CompareConfig) or (not isinstance(given, Config) and COMPARES in keys_of(given).raw)


def files_below(given: Given) -> tuple[tuple[str, str], ...]:
    """Return the files that a configuration of a run or a comparison is based on, the ones that win last.

    Each has the key that names it, `extends` or `base`, and its path; what is no file has none but those it names.
    """
    if isinstance(given, Model):
        return ()
    keys = keys_of(given)
    own = [(EXTENDS, file) for file in keys.files]
    base = keys.raw.get("base") if COMPARES in keys.raw else None
    if not isinstance(base, str):
        return tuple(own)
    path = keys.folder / base
    return *files_below(path), ("base", str(path)), *own


def read_base(path: Path, only: str | None = None) -> Base:
    """Return a run configuration as its file states it, or one section of it; ConfigError where it cannot be read."""
    raw, lines, name, folder, _ = keys_of(path)
    wanted = raw if only is None else {only: raw[only]} if only in raw else {}
    stated = {dotted: line for dotted, line in lines.items() if dotted.partition(".")[0] in wanted}
    return Base(rooted(expanded(wanted), folder), name, elsewhere(stated, name))
