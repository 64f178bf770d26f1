"""The command `liangrong help`: the guides that ship with the tool."""

from typing import Annotated

import typer

from ..errors import ConfigError
from ..pages.language import LANGUAGES, VARIABLE
from .console import console
from .help_text import LOOK_UP, in_help
from .page_options import one_of
from .tab_names import TOPICS, one_of_these

Asked = Annotated[
    list[str] | None, typer.Argument(metavar="TOPIC", help="All are listed where absent.", autocompletion=TOPICS)
]
Spoken = Annotated[
    str | None,
    typer.Option(
        "--lang",
        envvar=VARIABLE,
        metavar="[en|zh]",
        callback=one_of(LANGUAGES),
        autocompletion=one_of_these(*LANGUAGES),
        help="Language of the guide; else en.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    told = in_help(LOOK_UP, "liangrong help", "liangrong help my_data", "liangrong help keys --lang zh")
    app.command("help", **told)(show_guide)


def show_guide(context: typer.Context, topic: Asked = None, lang: Spoken = None) -> None:
    """Show a guide, such as my_data, or list them; plain Markdown where the output is no terminal."""
    from ..guides.terminal import list_of_topics, rendered
    from ..guides.topics import guide_text, topics
    from ..pages.language import speaking, spoken

    terminal, asked = console(), " ".join(topic or [])
    with speaking(lang):
        if not asked:
            terminal.print(list_of_topics(topics(spoken()), "liangrong help TOPIC\n"), highlight=False, markup=False)
            return
        _refuse_commands(context, asked, {one.name for one in topics(spoken())})
        text = guide_text(asked, spoken())
    if terminal.is_terminal:
        terminal.print(rendered(text))
    else:
        typer.echo(text, nl=False)


def _refuse_commands(context: typer.Context, asked: str, guides: set[str]) -> None:
    if asked not in guides and asked in getattr(context.find_root().command, "commands", {}):
        raise ConfigError(f"`{asked}` is a command, not a guide: `liangrong {asked} --help` explains it")
