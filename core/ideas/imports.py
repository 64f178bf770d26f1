"""The files that a Python file comes to by its imports, read off the sources: nothing is imported to find them."""

import ast
import importlib.util
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

PROJECT = (__package__ or "liangrong").partition(".core")[0]
_CORE = Path(__file__).parents[1]
_PUBLIC = _CORE / "public" if (_CORE / "public").is_dir() else _CORE.parent
"""The folder of the public face: installed it is that of the package `liangrong` itself."""
_INSTALLED = tuple({Path(sysconfig.get_paths()[name]) for name in ("purelib", "platlib")})


class Reached(NamedTuple):
    """What a file comes to."""

    files: dict[Path, Path | None]  # each Python file -> the folder from which its absolute imports start
    project: frozenset[Path]  # files of this project that they import, not followed any further
    packages: frozenset[str]  # installed packages that they import


class _Import(NamedTuple):
    level: int  # dots before the name
    parts: tuple[str, ...]
    names: tuple[str, ...]  # asked of it: submodules, or what it defines


class _Read(NamedTuple):
    """What a source says of imports."""

    imports: tuple[_Import, ...]
    is_lazy: bool  # gives names by `__getattr__`
    top: str  # name under which it has the top of this project; empty where it has it not
    asked: frozenset[str]  # of the top: attributes; "*" where something else is done with it
    mentioned: frozenset[str]  # attributes of anything, and names that it imports


def reached(roots: Iterable[Path], top: Path | None = None) -> Reached:
    """Return what Python files come to by their imports, those inside functions too.

    Parameters
    ----------
    roots : iterable of Path
    top : Path, optional
        The folder from which their absolute imports start, before Python's own search; None for files of this project,
        whose absolute imports are installed packages.

    Notes
    -----
    What the public face gives counts as the module that has it: ``from liangrong import Rule`` and the `Rule` of
    ``lr.Rule`` alike; the whole project counts where something else is done with `lr`. A package that gives names by
    `__getattr__` counts with every file below it. A package that is only passed through counts with its
    ``__init__.py``, whose imports are not followed. What is imported by a name that is made up while the program runs
    is not seen.
    """
    files: dict[Path, Path | None] = {}
    project: set[Path] = set()
    packages: set[str] = set()
    left: list[tuple[Path, Path | None]] = [(path, top) for path in roots]
    tops: set[str] = set()
    mentioned: set[str] = set()
    while left:
        path, start = left.pop()
        if path in files:
            continue
        files[path] = start
        read = _read(path.read_bytes())
        if read.is_lazy and path.name == "__init__.py":
            left += [(other, start) for other in path.parent.rglob("*.py")]
        if start is not None and read.top:
            tops.add(read.top)
            project |= set(_of_face(read.asked))
        mentioned |= read.mentioned
        for one in read.imports:
            if one.level:
                left += [(found, start) for found in _relative(path.parents[one.level - 1], one)]
            elif one.parts[0] == PROJECT:
                project |= set(_of_project(one))
            elif start is None:
                packages |= {one.parts[0]} - sys.stdlib_module_names
            elif (folder := _folder_of(one, start)) is not None:
                left += [(found, folder) for found in _modules(folder, one)]
            elif is_installed(one.parts[0]):
                packages.add(one.parts[0])
    if tops & mentioned:  # one of the files has the top from another one
        project |= set(_of_face({"*"}))
    passed = {above: start for path, start in files.items() for above in _packages_above(path, start)}
    return Reached({**passed, **files}, frozenset(project), frozenset(packages))


def is_installed(name: str) -> bool:
    """Return whether a top-level name is that of an installed package."""
    origin = _origin(name)
    return origin is not None and any(origin.is_relative_to(folder) for folder in _INSTALLED)


@lru_cache(maxsize=512)
def _read(source: bytes) -> _Read:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # said with its line when it is imported
        return _Read((), False, "", frozenset(), frozenset())
    found: list[_Import] = []
    unread = _for_type_checkers(tree)
    for node in ast.walk(tree):
        if node in unread:
            continue
        if isinstance(node, ast.Import):
            found += [_Import(0, tuple(alias.name.split(".")), ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = tuple(node.module.split(".")) if node.module else ()
            found.append(_Import(node.level, parts, tuple(alias.name for alias in node.names)))
    is_lazy = any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body)
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    mentioned = attributes.union(*(one.names for one in found)) - {"*"}
    return _Read(tuple(found), is_lazy, *_top(tree), frozenset(mentioned))


def _for_type_checkers(tree: ast.Module) -> set[ast.AST]:
    """Return what stands below ``if TYPE_CHECKING:``, which is never imported while the program runs."""
    guarded = (node.body for node in ast.walk(tree) if isinstance(node, ast.If) and _is_for_types(node.test))
    return {below for body in guarded for statement in body for below in ast.walk(statement)}


def _is_for_types(test: ast.expr) -> bool:
    return ast.unparse(test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _top(tree: ast.Module) -> tuple[str, frozenset[str]]:
    """Return the name under which a source has the top of this project, and what it asks of it."""
    aliases = [alias for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    direct = {alias.asname or PROJECT for alias in aliases if alias.name == PROJECT}
    tops = direct | {PROJECT for alias in aliases if alias.name.startswith(f"{PROJECT}.") and not alias.asname}
    if not tops:
        return "", frozenset()
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in tops]
    asked = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in tops
    ]
    is_whole = len(tops) > 1 or len(used) != len(asked) or bool(direct and not used)
    return sorted(tops)[0], frozenset({"*"} if is_whole else asked)


def _relative(folder: Path, one: _Import) -> list[Path]:
    """Return the files of a relative import; those of the public face begin at its own folder, or beside core."""
    return _modules(folder, one) or (_modules(_CORE.parent, one) if folder == _PUBLIC else [])


def _modules(folder: Path, one: _Import) -> list[Path]:
    """Return the files of an import that starts at `folder`: the module, and the modules that are asked of it."""
    place = folder.joinpath(*one.parts)
    asked = [found for name in one.names for found in _file_of(place / name)]
    is_module_asked = not one.names or len(asked) < len(one.names)
    return [*(_file_of(place) if is_module_asked else []), *asked]


def _file_of(place: Path) -> list[Path]:
    files = (place.with_name(f"{place.name}.py"), place / "__init__.py")
    return [path for path in files if path.is_file()][:1]


def _of_project(one: _Import) -> Iterator[Path]:
    if len(one.parts) == 1:  # what is asked of the top by `import` stands in `_top`
        yield from _of_face(one.names)
    elif _room(one.parts[1]).is_dir():
        yield from _modules(_room(one.parts[1]), one._replace(parts=one.parts[2:]))
    else:
        yield from _modules(_PUBLIC, one._replace(parts=one.parts[1:]))


def _of_face(names: Iterable[str]) -> Iterator[Path]:
    """Yield the modules that have names of the public face; all of the project for a name that it does not have."""
    for name in names:
        module = _face().get(name)
        if module is not None:
            yield from _relative(_PUBLIC, _Import(1, tuple(module.split(".")), ()))
        elif name != "__version__":
            for room in ("core", "strategies"):
                yield from _room(room).rglob("*.py")


@cache
def _face() -> dict[str, str]:
    """Return name -> module of the public face, read off its table."""
    tree = ast.parse((_PUBLIC / "__init__.py").read_bytes())
    tables = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FACE"
    )
    return ast.literal_eval(next(tables))


def _room(name: str) -> Path:
    """Return the folder of a top-level package of this project; they are neighbours wherever it is installed."""
    return _CORE.with_name(name)


def _folder_of(one: _Import, start: Path) -> Path | None:
    """Return the folder in which a user's own absolute import begins; None for anybody else's package."""
    name = one.parts[0]
    if name in sys.stdlib_module_names:
        return None
    if lies_beside(name, start):
        return start
    origin = _origin(name)
    if origin is None or is_installed(name):
        return None
    return origin.parents[1] if origin.name == "__init__.py" else origin.parent


def lies_beside(name: str, folder: Path) -> bool:
    """Return whether a top-level name is a module or a package in a folder."""
    place = folder / name
    return bool(_file_of(place)) or (place.is_dir() and any(place.rglob("*.py")))


def _origin(name: str) -> Path | None:
    """Return the file of a top-level module, None where there is none."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec is not None and spec.origin and spec.has_location else None


def _packages_above(path: Path, top: Path | None) -> Iterator[Path]:
    folder = path.parent
    while folder != top and (above := folder / "__init__.py").is_file():
        yield above
        folder = folder.parent
