"""Where the settings of a trial differ from the file that it is named after."""

from pathlib import Path
from typing import Any

from ..config.comparison import Base, CompareConfig, read_base
from ..config.paths import rooted, unrooted
from ..config.run import Config
from ..errors import LiangrongError
from ..ideas.registry import resolve_rule, strategy_class
from ..pages.departures_section import Departure, Departures, flat
from ..pages.formats import NONE
from .plan import Trial


class Stated:
    """The run configurations that trials are named after, each read once.

    Parameters
    ----------
    config : CompareConfig
    path : Path
        Its file.

    Notes
    -----
    A trial is named after its own `base`, else after that of the comparison, else after the comparison's file: then its
    `run` is compared with. Defaults are filled in on both sides, so what a file leaves out and a trial states as the
    default is no difference.
    """

    def __init__(self, config: CompareConfig, path: Path) -> None:
        self._config, self._path = config, path
        self._known: dict[str | None, tuple[dict[str, str], str]] = {}

    def departures(self, trial: Trial) -> Departures:
        """Return where a trial differs from its file."""
        stated: str | None = trial.keys.get("base") or self._config.base
        if stated not in self._known:
            self._known[stated] = self._read(stated)
        settings, problem = self._known[stated]
        file = stated or self._path.name
        if problem:
            return Departures(file, (), problem)
        own = settings_of(trial.config, self._path.parent)
        keys = [*settings, *(key for key in own if key not in settings)]
        differing = [key for key in keys if settings.get(key) != own.get(key)]
        return Departures(file, tuple(Departure(k, settings.get(k, NONE), own.get(k, NONE)) for k in differing))

    def _read(self, stated: str | None) -> tuple[dict[str, str], str]:
        folder = self._path.parent
        try:
            own = Base({**rooted(self._config.run, folder), "name": self._config.name}, str(self._path), {})
            base = own if stated is None else read_base(folder / stated)
            return settings_of(base.config(), folder), ""
        except LiangrongError as error:
            return {}, str(error)


def settings_of(config: Config, folder: Path) -> dict[str, str]:
    """Return every setting of a run by its dotted key, with the defaults of strategy and rules; paths from `folder`."""
    content = unrooted({**config.resolved(), "strategy": _idea(config)}, folder)
    return {key: value for key, value in flat(content) if key not in ("name", "description")}


def _idea(config: Config) -> dict[str, Any]:
    given = config.strategy
    strategy = strategy_class(given)
    made: dict[str, Any] = {"name": given.name, "parameters": strategy.check(given.parameters, given.name)}
    return made if given.rule is None else {**made, "rule": _rule(given.rule)}


def _rule(given: Any) -> dict[str, Any]:
    rule = resolve_rule(given)
    parameters = {parameter.name: getattr(rule, parameter.name) for parameter in rule.parameters()}
    return {"name": given.name, "parameters": parameters, "rules": [_rule(child) for child in given.rules]}
