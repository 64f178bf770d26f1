"""A starter rule, strategy, configurations and notebook of the user's own."""

from pathlib import Path

from ..errors import OutputError
from ..folders import write_file

# The folders core and configs are neighbours, in a checkout and in an installed distribution.
SOURCE = Path(__file__).parents[2] / "configs" / "starter"


def write_starter(folder: Path) -> list[Path]:
    """Write the starter files into `folder`.

    Returns
    -------
    list of Path
        What was written, the configurations first.

    Raises
    ------
    OutputError
        A file of that name exists (then nothing is written), or the folder cannot be written.
    """
    sources = sorted(SOURCE.iterdir(), key=lambda path: (path.suffix != ".yaml", path.name))
    sources = [path for path in sources if path.suffix in (".yaml", ".py", ".ipynb")]
    present = [folder / path.name for path in sources if (folder / path.name).exists()]
    if present:
        raise OutputError(f"{present[0]} exists and stays as it is: choose another folder; nothing was written")
    if folder.is_file():
        raise OutputError(f"{folder} is a file: name a folder to write into")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in sources:
            write_file(folder / path.name, path.read_bytes())
    except OSError as error:
        raise OutputError(f"cannot write into {folder}: {error}") from None
    return [folder / path.name for path in sources]
