"""The last paragraphs of `liangrong check`: what is read, executed and assumed, what is unusual, how long it takes."""

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from .named_files import Code

NARROWEST = 40


def in_sections(sections: Mapping[str, Iterable[str]], width: int | None = None) -> str:
    """Return titles with their lines for a terminal of `width` columns, this one where absent; empty ones go."""
    columns = max(width or shutil.get_terminal_size().columns, NARROWEST)
    filled = {title: list(lines) for title, lines in sections.items()}
    return "\n\n".join(_section(title, lines, columns) for title, lines in filled.items() if lines)


NOT_EXECUTED = (
    "Nothing of this code was executed. Without `--no-code`, `check` imports it and lets rule and strategy compute "
    "their targets, to tell rules, assumptions, what is unusual and the time."
)


def executed(code: Iterable[Code]) -> Iterator[str]:
    """Yield a line for each piece of code that is not liangrong's own, and that nothing else is."""
    named = [one.told() for one in code]
    yield from named
    yield "no other code than liangrong's own" if named else "no code but liangrong's own"


def named_first(code: Iterable[Code], width: int | None = None) -> str:
    """Return what is said before code that is not liangrong's own is executed; empty where there is none."""
    named = list(code)
    return in_sections({"Executes now": executed(named)}, width) if named else ""


def _section(title: str, lines: list[str], columns: int) -> str:
    if not title:
        return textwrap.fill(lines[0], columns, break_long_words=False, break_on_hyphens=False)
    filled = (
        textwrap.fill(
            line, columns, initial_indent="• ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        for line in lines
    )
    return "\n".join([f"{title}:", *filled])
