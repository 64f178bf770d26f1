"""What a comparison names: the files that its runs read, and the code that they execute. Nothing is executed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ..config.comparison import CompareConfig, Given, RangeConfig, load_compare, read_base
from ..config.paths import own_file, rooted_value, stated_paths
from ..config.python_values import Overrides
from ..config.run import DataConfig
from ..run.config_check import COLUMNS, Check
from ..run.named_files import Code, Read, code_of, files_of, registered_elsewhere


def named_of_comparison(given: Given, overrides: Overrides = ()) -> Check:
    """Return what a comparison names; nothing is executed, and of the data nothing but a manifest is read.

    Raises
    ------
    ConfigError
        As `load_compare`.
    """
    config, base = load_compare(given, overrides)
    folder = given.parent if isinstance(given, Path) else Path()
    stated = dict(_stated(config, base.keys, folder))
    return Check(
        config=config.model_dump(mode="json"),
        universe=(),
        rules=pd.DataFrame(columns=COLUMNS),
        warnings=(),
        reads=_reads(base.keys, stated),
        code=_code(stated),
        is_executed=False,
    )


def _code(stated: Mapping[str, str]) -> tuple[Code, ...]:
    """Return the code among stated paths, each file once, and the packages that register ideas."""
    first: dict[str, str] = {}
    for key, path in stated.items():
        if own_file(path) is not None:
            first.setdefault(path, key)
    return *(code_of(key, path) for path, key in first.items()), *registered_elsewhere()


def _reads(keys: Mapping[str, Any], stated: Mapping[str, str]) -> tuple[Read, ...]:
    data = keys.get("data")
    source = DataConfig.model_validate(data).source if isinstance(data, Mapping) else ""
    return files_of(source, {key: path for key, path in stated.items() if own_file(path) is None})


def _stated(config: CompareConfig, keys: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the paths of the base and of everything that trials and controls may take, by where they are stated."""
    yield from stated_paths(keys).items()
    for key, values in config.trials.keys.items():
        for number, value in enumerate(() if isinstance(values, RangeConfig) else values, start=1):
            yield from _of_key(key, value, folder, f"trials.keys.{key}.{number}")
    for what, listed in (("trials.list", config.trials.list), ("controls", config.controls or ())):
        for number, one in enumerate(listed, start=1):
            for key, value in ({"strategy.rule": one} if isinstance(one, str) else one).items():
                yield from _of_key(key, value, folder, f"{what}.{number}.{key}")


def _of_key(key: str, value: Any, folder: Path, place: str) -> Iterator[tuple[str, str]]:
    """Yield the paths in the value of one dotted key; of another base those of its strategy."""
    if key == "base":
        keys = read_base(folder / str(value), only="strategy").keys
        yield from ((f"{place}.{below}", path) for below, path in stated_paths(keys).items())
        return
    nested: Any = rooted_value(key, value, folder)
    for part in reversed(key.split(".")):
        nested = {part: nested}
    for below, path in stated_paths(nested).items():
        yield place + below.removeprefix(key), path
