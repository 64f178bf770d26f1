"""Options of every command that writes a page."""

from typing import Annotated

import typer

from ..pages.language import VARIABLE, Colours, Language

Lang = Annotated[Language | None, typer.Option("--lang", envvar=VARIABLE, help="Language of pages; else en.")]
Palette = Annotated[
    Colours | None, typer.Option("--colours", help="cn: what rises is red, as with zh; intl: green, as with en.")
]
