"""From answers to a configuration in a file, which is whole, checked and nobody else's, or not there."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from ..config.run import NAME, NAME_SIGNS
from ..config.yaml_file import parse
from ..errors import ConfigError, DateError, LiangrongError
from ..folders import write_file
from ..run.scenario import prepare
from .draft import Draft
from .draft_text import draft_text
from .questions import Ask, answered


def check_target(file: Path, force: bool, ask: Ask | None) -> None:
    """Raise ConfigError where a configuration cannot lie in `file`, or something else does that is to stay.

    Where a question can be asked, it is asked whether that is to be replaced.
    """
    if file.suffix not in (".yaml", ".yml") or not re.fullmatch(NAME, file.stem):
        raise ConfigError(f"the file should be called NAME.yaml, NAME of {NAME_SIGNS}, got {file.name!r}")
    if file.is_dir():
        raise ConfigError(f"{file} is a folder: name a file to write")
    if not file.exists() or force:
        return
    if ask is None or ask(f"{file} exists. Replace it? [no] > ").strip().lower() not in ("y", "yes"):
        raise ConfigError(f"{file} exists and stays as it is: name another file, or replace it with `--force`")


def write_new(
    file: Path, given: Mapping[str, str | None], ask: Ask | None, tell: Callable[[str], object], width: int
) -> None:
    """Ask what is not given, and write the configuration.

    Parameters
    ----------
    file : path
    given : mapping
        Name of a question -> its answer, None where there is none yet.
    ask : callable(prompt) -> str, optional
        None: every question that is not answered has its default.
    tell : callable(text)
    width : int
        Columns of the terminal.

    Raises
    ------
    LiangrongError
        An answer that cannot be meant, where nothing can be asked; a file that cannot be written.
    """
    kept: dict[str, str] = {}
    while True:
        draft = Draft()
        kept = answered(given, ask, tell, width, draft, kept)
        text = draft_text(draft, file)
        try:
            prepare(parse(text, file.name, file.parent))
            break
        except LiangrongError as error:
            if ask is None or not kept:
                raise
            tell(f"\nThese answers do not go together: {error}")
            del kept[_to_change(error, kept, ask, tell)]
    write_file(file, text)


def _to_change(error: LiangrongError, answers: Collection[str], ask: Ask, tell: Callable[[str], object]) -> str:
    """Return which of the answers is to be asked again: the likely one where Enter is pressed."""
    likely = next((name for name in _likely(error) if name in answers), next(iter(answers)))
    tell(f"Which answer is to change? {', '.join(answers)}; all others stay")
    while (chosen := ask(f"[{likely}] > ").strip() or likely) not in answers:
        tell(f"No: should be one of {', '.join(answers)}")
    return chosen


def _likely(error: LiangrongError) -> Iterator[str]:
    """Yield the questions that an error is about, the likeliest first."""
    words = {"period": ("window", "history", "sessions"), "universe": ("universe", "security"), "rule": ("rule",)}
    words |= {"leverage": ("weight",), "cash": ("account.cash",), "rates": ("rate",), "data": ("data",)}
    if isinstance(error, DateError):
        yield "period"
    yield from (name for name, marks in words.items() if any(mark in str(error) for mark in marks))
