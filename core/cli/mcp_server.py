"""The command `liangrong mcp`: the functions of liangrong for programs, over the Model Context Protocol."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import ConfigError


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("mcp")(mcp)


def mcp(
    folder: Annotated[Path, typer.Option("--in", help="Folder that clients work in; results are kept there.")] = Path(),
    allow: Annotated[
        list[Path],
        typer.Option("--allow", metavar="FOLDER", help="Another folder that they may read; may be repeated."),
    ] = [],  # noqa: B006 - typer's way to say "none given"
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Run files of Python that their configurations name.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=1.0, help="What one call may take.")] = 600.0,
) -> None:
    """Serve programs over standard input and output (Model Context Protocol): see `liangrong help mcp`."""
    import importlib.util
    import os

    if importlib.util.find_spec("mcp") is None:
        raise ConfigError("the server needs the package mcp: pip install 'liangrong[mcp]'")
    for one in (folder, *allow):
        if not one.is_dir():
            raise ConfigError(f"{one} is no folder: `--in` and `--allow` name folders")
    import anyio

    from ..server.borders import Borders
    from ..server.protocol import serve

    borders = Borders(folder.resolve(), tuple(one.resolve() for one in allow), allow_code, seconds)
    os.chdir(borders.root)
    anyio.run(serve, borders)
