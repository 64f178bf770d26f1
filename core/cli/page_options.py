"""Options of every command that writes a page."""

from collections.abc import Callable
from typing import Annotated

import typer

from ..pages.language import COLOURS, LANGUAGES, VARIABLE
from .tab_names import one_of_these


def one_of(known: tuple[str, ...]) -> Callable[[str | None], str | None]:
    """Return what refuses, in words of ours, a value of an option that is none of these."""

    def check(value: str | None) -> str | None:
        if value is not None and value not in known:
            raise typer.BadParameter(f"should be one of {', '.join(known)}, got {value!r}")
        return value

    return check


Lang = Annotated[
    str | None,
    typer.Option(
        "--lang",
        envvar=VARIABLE,
        metavar="[en|zh]",
        callback=one_of(LANGUAGES),
        autocompletion=one_of_these(*LANGUAGES),
        help="Language of pages; else en.",
    ),
]
Palette = Annotated[
    str | None,
    typer.Option(
        "--colours",
        metavar="[cn|intl]",
        callback=one_of(COLOURS),
        autocompletion=one_of_these(*COLOURS),
        help="cn: what rises is red, as with zh; intl: green, as with en.",
    ),
]
