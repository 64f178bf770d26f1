"""What `liangrong` does, as functions: each is what the command of its name does, and gives what that shows.

A configuration is the path of a YAML file, a mapping of its keys (the same ones, with values of YAML or of Python,
relative paths from the working folder) or what `load_config` returned. Overrides are a mapping of dotted keys,
``{"account.cash": 5e6, "window.start": date(2024, 1, 2)}``, or texts ``["account.cash=5e6"]``. Variables of the
environment (``LIANGRONG__ACCOUNT__CASH``) set keys for the command line alone: a program says what it wants. What
cannot be done as it was asked for is a `LiangrongError` that says what to write instead.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .core.compare.comparing import Comparison
    from .core.config.comparison import CompareConfig
    from .core.config.python_values import Overrides
    from .core.config.run import Config
    from .core.panel.panel import Panel
    from .core.run.config_check import Check
    from .core.run.lookahead import Lookahead
    from .core.run.result import Result
    from .core.study.outcome import Study
    from .core.study.side_by_side import SideBySide

    Given = str | Path | Mapping[str, Any] | Config

Progress = Callable[[int, int], object]
"""Called with what is done and what is to do in all."""


def load_config(config: "Given", overrides: "Overrides" = None) -> "Config":
    """Return the checked configuration of a run, with every default filled in.

    Examples
    --------
    >>> import liangrong as lr
    >>> market = {"source": "synthetic", "options": {"sessions": 60, "securities": 10}}
    >>> config = lr.load_config({"name": "mine", "data": market, "strategy": {"name": "buy_and_hold"}})
    >>> lr.load_config(config, {"account.cash": 5e6}).account.cash
    5000000.0
    """
    from .core.config.yaml_file import load

    return load(config, overrides)


def run(
    config: "Given",
    overrides: "Overrides" = None,
    *,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> "Result":
    """Run a backtest and return its result.

    Parameters
    ----------
    config, overrides
        As this module says.
    out : path, optional
        Folder for its tables and its page; nothing is written where absent.
    progress : callable(done, total), optional
        By session.

    Raises
    ------
    LiangrongError
        Whatever cannot be run as configured, or written.

    Examples
    --------
    >>> import liangrong as lr
    >>> market = {"source": "synthetic", "options": {"sessions": 60, "securities": 10}}
    >>> result = lr.run({"name": "mine", "data": market, "strategy": {"name": "buy_and_hold"}})
    >>> len(result.equity)
    60
    """
    from .core.run import engines, page, scenario, security_paths

    out = None if out is None else _path("out", out)
    prepared = scenario.prepare(load_config(config, overrides), is_audited=True)
    result = engines.execute(prepared, progress)
    if out is not None:
        paths = security_paths.security_paths(prepared, result)
        result.save(out, report=lambda made: page.render(made, paths=paths))
    return result


def compare(
    config: "str | Path | Mapping[str, Any] | CompareConfig",
    overrides: "Overrides" = None,
    *,
    workers: int = 1,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> "Comparison":
    """Run many configurations on one panel, rank them, and judge what luck could have made.

    Parameters
    ----------
    config, overrides
        Of a comparison, otherwise as this module says.
    workers : int
        Processes; a program that asks for more than one begins with ``if __name__ == "__main__":``.
    out : path, optional
        Folder that keeps finished runs, so that the same call goes on where it stopped, and holds leaderboard and page;
        nothing is kept where absent.
    progress : callable(done, total), optional
        By run.

    Raises
    ------
    LiangrongError
        Whatever cannot be run as configured, or written.
    """
    from .core.compare import comparing, executors, save
    from .core.compare.claim import claimed
    from .core.config.quantities import whole_number
    from .core.errors import ConfigError

    out = None if out is None else _path("out", out)
    if whole_number("workers", workers) < 1:
        raise ConfigError(f"`workers` should be at least 1, got {workers}")
    prepared = comparing.prepare_comparison(Path(config) if isinstance(config, str) else config, overrides)
    with tempfile.TemporaryDirectory() as temporary, claimed(out or Path(temporary)) as folder:
        if out is not None:
            save.prepare_folder(folder)
        carry = executors.here if workers == 1 else executors.processes(workers, folder / save.SHARED)
        runs, _ = comparing.carry_out_all(prepared, folder, carry, progress)
        comparison = comparing.concluded(prepared, runs)
        if out is not None:
            save.save_comparison(comparison, folder)
    return comparison


def study(
    rules: str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]],
    data: "Given",
    *,
    parameters: Mapping[str, Any] | None = None,
    target: str = "return",
    horizons: int | Sequence[int] | None = None,
    focus: int | None = None,
    quantiles: int = 5,
    entry: str | None = None,
    start: Any = None,
    end: Any = None,
    out: str | Path | None = None,
    progress: Callable[[str, int, int], object] | None = None,
) -> "Study | SideBySide":
    """Study how well rules foretell the returns that follow, or the crash risk.

    Parameters
    ----------
    rules : str, mapping, or sequence of them
        A rule of ``liangrong rules``, FILE.py:CLASS, composed: ``"lag(spread_zscore)"``, as a configuration states one
        (``{"name": ..., "parameters": ...}``), or ``"all"``.
    data : path, mapping or Config
        A dataset folder, or a configuration, of which data, universe, window and publication count, and the parameters
        that it states for the same rule where none are given.
    parameters : mapping, optional
        Of a single rule that is named by a text.
    target : {"return", "crash"}
        crash: negative skewness (NCSKEW, which the verdict is on), down-to-up volatility (DUVOL) and left tail of
        market-adjusted daily returns.
    horizons : int or sequence of int, optional, sessions
        1 to 60 where absent; of crash risk 20 and 60.
    focus : int, optional, sessions
        Horizon of the verdict; the one nearest to 20 where absent.
    quantiles : int
        Groups that a session is sorted into.
    entry : {"open", "close"}, optional
        Open of the next session, or close of the decision's; as the configuration decides where absent.
    start, end : date or str, optional
        First and last session, in place of the configuration's.
    out : path, optional
        Folder for tables and pages; nothing is written where absent.
    progress : callable(what, done, total), optional

    Returns
    -------
    Study or SideBySide
        Of one rule; of a sequence of them or ``"all"``.

    Raises
    ------
    LiangrongError
        Whatever cannot be studied as asked for, or written.
    """
    from .core.run.lacking import AS_KEYS
    from .core.study import command, names
    from .core.study.design import Design

    out = None if out is None else _path("out", out)
    named = names.named_rules(_rules(rules), _parameters(parameters))
    config, entry = command.configured(data, entry, start, end)
    more = {} if horizons is None else {"horizons": tuple(_several(horizons))}
    plan = Design(target=target, focus=focus, quantiles=quantiles, entry=entry, **more)
    studied, named = command.as_configured(command.prepare_study(config, plan), named, config)
    if isinstance(rules, str | Mapping) and rules != "all":
        ((name, rule),) = named.items()
        made = command.study_rule(studied, rule, name, progress, AS_KEYS)
        if out is not None:
            command.save_study(made, out)
        return made
    if out is not None:
        return command.save_studies(studied, named, out, progress)[0]
    return command.study_rules(studied, named, progress)


def lookahead(
    config: "Given",
    overrides: "Overrides" = None,
    *,
    cuts: int | str = 40,
    workers: int = 2,
    progress: Progress | None = None,
) -> "Lookahead":
    """Check that no decision of a configuration's rule and strategy knew the future.

    Parameters
    ----------
    config, overrides
        As this module says.
    cuts : int or str
        Sessions that are tested; ``"all"`` for every one.
    workers : int
        Processes that work at once.
    progress : callable(done, total), optional

    Returns
    -------
    Lookahead
        Its `findings` are empty where nothing is wrong.

    Raises
    ------
    LiangrongError
        Whatever cannot be run as configured.
    """
    from .core.run.lookahead import Crew, check_lookahead

    with Crew(workers) as crew:
        return check_lookahead(load_config(config, overrides), cuts, progress, crew=crew)


def check(config: "Given | CompareConfig", overrides: "Overrides" = None) -> "Check":
    """Return what a configuration of a run or a comparison comes to; printed it is what ``liangrong check`` prints.

    Raises
    ------
    LiangrongError
        Whatever cannot be run as configured.
    """
    from .core.compare.outlook import check_comparison
    from .core.config.comparison import files_below, is_comparison
    from .core.run.config_check import based, check_config

    given = Path(config) if isinstance(config, str) else config
    compared = is_comparison(given)
    found = check_comparison(given, overrides) if compared else check_config(load_config(given, overrides))
    return based(found, files_below(given))


def read_dataset(folder: str | Path, *, cache: bool = True) -> "Panel":
    """Return the panel of a dataset that `import_data` wrote; `cache` maps it into memory from a copy beside it.

    Raises
    ------
    ConfigError
        No path.
    DataError
        No dataset, another format, or a data file that is not the one of its manifest.
    """
    from .core.dataset.store import load

    return load(_path("folder", folder), cache=cache)


def read_panel(config: "Given", overrides: "Overrides" = None) -> "Panel":
    """Return the data of a configuration as a panel: the securities of its universe on all sessions, as published.

    Parameters
    ----------
    config, overrides
        As this module says.

    Raises
    ------
    LiangrongError
        Data that cannot be read as configured.
    """
    from .core.run.scenario import load_universe

    return load_universe(load_config(config, overrides))[0]


def import_data(
    source: str | None,
    paths: Any,
    to: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    prefer: Literal["new", "old"] = "new",
    **options: Any,
) -> dict[str, Any]:
    """Bring files or data frames into a dataset, and return what it holds.

    Parameters
    ----------
    source : str or None
        A name of ``liangrong data sources``; None = told by header and values, file by file.
    paths : path, data frame, or a sequence of them
        Files, folders, archives.
    to : path
        The dataset folder. One that exists gains fields, securities and days.
    columns : mapping of str to str, optional
        Header -> field, of files whose columns no source knows.
    prefer : {"new", "old"}
        Whose value stands where the files and the dataset disagree.
    **options
        ``symbol`` and ``day``, of files that have none.

    Returns
    -------
    dict
        The manifest, and ``taken_for``, ``brought`` and ``actions``: what each file was taken for and why, the findings
        of this import, the corporate actions beside the data.

    Raises
    ------
    ConfigError, DataError, DateError
        Files that cannot be read as declared, fit no source or several; then nothing is written.
    OutputError
        The folder holds anything else, or cannot be written.
    """
    from .core.dataset.importing import import_data as read_and_save

    several = [paths] if isinstance(paths, str | os.PathLike) or _is_frame(paths) else _several(paths)
    given = [one if _is_frame(one) else _path("paths", one) for one in several]
    return read_and_save(source, given, _path("to", to), columns=columns, prefer=prefer, **options)


def _is_frame(given: Any) -> bool:
    return hasattr(given, "iloc")


def _path(name: str, given: Any) -> Path:
    """Return a path; ConfigError where `given` is none."""
    from .core.errors import ConfigError

    if not isinstance(given, str | os.PathLike):
        raise ConfigError(f"`{name}` should be a path, got {given!r}")
    return Path(given)


def _several(given: Any) -> list[Any]:
    """Return what a parameter lists, or the one thing that it is."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]


def _rules(given: Any) -> list[str | Mapping[str, Any]]:
    """Return the rules that are named, one or several; ConfigError where one has no name."""
    from .core.errors import ConfigError

    named = [given] if isinstance(given, str | Mapping) else _several(given)
    for rule in named:
        if not isinstance(rule, str | Mapping):
            raise ConfigError(
                f"`rules` should be the name of a rule, its keys, or a sequence of these, got {rule!r}: "
                "name one of your own as FILE.py:CLASS"
            )
    return named


def _parameters(given: Any) -> Mapping[str, Any]:
    from .core.errors import ConfigError

    if not isinstance(given, Mapping | None):
        raise ConfigError(f'`parameters` should be a mapping {{"window": 20}} of the rule, got {given!r}')
    return given or {}
