"""The rules of the house, read off the source trees: who may import whom, what stays out of the kernels, and sizes.

Each checker takes a root folder and returns the breaches that it finds as lines of text.
"""

import ast
import csv
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

# Room of core/, or strategies -> the rooms that it may import, besides itself and the foundations. Lower rooms first.
_BASE = {"config", "rulebook", "kernels", "panel"}
_ACCOUNT = {*_BASE, "account"}
_RUN = {*_ACCOUNT, "audit", "broker", "dataset", "ideas", "pages", "sources", "statement", "synthetic"}
ALLOWED: dict[str, set[str]] = {
    "__init__": set(),
    "csv_text": set(),
    "errors": set(),
    "types": set(),
    "symbols": set(),
    "folders": set(),
    "path_kinds": {"errors"},
    "locks": {"errors"},
    "orphans": set(),
    "replacing": {"errors"},
    "plain": set(),
    "notebook": set(),
    "config": set(),
    "rulebook": set(),
    "kernels": set(),
    "pages": set(),
    "inference": {"kernels"},
    "panel": {"kernels", "rulebook"},
    "account": _BASE,
    "sources": {"panel"},
    "luck": {"kernels", "inference", "pages"},
    "broker": _ACCOUNT,
    "dataset": {"panel", "sources"},
    "synthetic": {"kernels", "rulebook", "pages", "panel", "sources", "dataset"},
    "fetch": {"panel", "sources", "dataset"},
    "ideas": {*_ACCOUNT, "broker"},
    "strategies": {"ideas", "kernels", "panel"},
    "audit": {"kernels", "rulebook", "pages", "panel", "sources", "dataset"},
    "statement": {"config", "account", "pages", "panel", "sources", "ideas"},
    "run": _RUN,
    "crowd": {"config", "kernels", "panel", "account", "synthetic", "dataset", "pages", "run"},
    "study": {*_BASE, "ideas", "inference", "pages", "run"},
    "events": {*_BASE, "inference", "pages", "run", "study"},
    "behaviour": {*_BASE, "inference", "pages", "run", "study"},
    "compare": {*_ACCOUNT, "audit", "ideas", "inference", "luck", "pages", "run", "sources"},
    "archive": {"config", "account", "kernels", "inference", "luck", "pages", "run", "compare"},
    "views": {*_BASE, "sources", "dataset", "audit", "ideas", "pages", "run", "study"},
    "replicate": {*_BASE, "behaviour", "events", "inference", "pages", "run", "study", "views"},
    "answers": {"run"},
    "guides": {*_RUN, "run", "compare", "answers"},
    "server": {
        *("config", "kernels", "panel", "dataset", "audit", "ideas", "inference", "luck", "pages", "guides"),
        *("run", "study", "events", "behaviour", "compare", "archive", "answers"),
    },
    "draft": {*_RUN, "run", "guides"},
    "cli": {
        *("config", "panel", "sources", "dataset", "fetch", "synthetic", "audit", "pages", "guides", "draft"),
        *("run", "crowd", "study", "events", "behaviour", "replicate"),
        *("compare", "archive", "views", "answers", "server"),
    },
    "public": {
        *_RUN,
        *("run", "crowd", "audit", "study", "events", "behaviour", "replicate"),
        *("compare", "archive", "views", "answers"),
    },
}
FOUNDATIONS = (
    "errors",
    "types",
    "symbols",
    "folders",
    "path_kinds",
    "locks",
    "replacing",
    "orphans",
    "notebook",
    "plain",
    "csv_text",
)
"""What every room may import."""
# Third-party package -> where it may be imported.
CONFINED = {
    "arch": ("core/luck/", "core/inference/"),
    "pydantic": ("core/config/",),
    "mcp": ("core/server/protocol.py",),
    "mcp_types": ("core/server/protocol.py",),
    "backtrader": ("core/broker/", "core/ideas/", "core/run/engines.py", "core/run/lookahead/submitted.py"),
}
# Room -> all that it may import from outside the project, besides the standard library.
BARE = {"kernels": {"numpy", "numba"}, "rulebook": {"numpy"}}
# What finds modules by name while the program runs, and the files that may: each says of what.
FINDERS = {
    "import_module": {
        "core/compare/executors.py": "packages of an extra",
        "core/fetch/clients.py": "packages of an extra",
        "core/notebook.py": "what draws an object, which lies above it",
        "core/public/__init__.py": "the face, whose names say where they are from",
    },
    "spec_from_file_location": {"core/ideas/own_modules.py": "a user's file"},
    "entry_points": {"core/ideas/registry.py": "modules that register ideas"},
}
IDEAS = ("strategies", "core/statement/")
"""Where the project's own modules of the entry-point group `liangrong.ideas` lie."""
PARTS = {"__init__", "page", "terminal", "charts", "words", "outcome", "verdict"}
"""File names that several rooms may have: the same part of each."""

FILE_CAP, FUNCTION_CAP, KERNEL_CAP, DAY_LOOP_CAP = 400, 40, 60, 80
# Numbers of the rulebook that mean a hundred other things as well.
TRIVIAL = {0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 6.0, 100.0}
A_DATE = re.compile(r"(19|20)\d\d-?[01]\d-?[0-3]\d")


def sources(root: Path, *folders: str) -> Iterator[tuple[str, str, ast.Module]]:
    """Yield the relative name, the text and the tree of every Python file of `folders`."""
    for name, text in texts(root, *folders):
        yield name, text, _parsed(text)


def texts(root: Path, *folders: str) -> Iterator[tuple[str, str]]:
    """Yield the relative name and the text of every Python file of `folders`."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


@lru_cache(maxsize=2048)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def imported(name: str, tree: ast.Module) -> Iterator[tuple[str, ...]]:
    """Yield what a file imports as dotted parts from the root: ("core", "kernels", "prices") or ("numpy",)."""
    package = Path(name).parent.parts
    if package == ("core", "public"):  # installed as `liangrong` itself, above core and strategies
        package = ("liangrong",)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            base += node.module.split(".") if node.module else []
            found = [[*base, alias.name] for alias in node.names]
        else:
            continue
        for parts in found:
            yield tuple(parts[1:] if parts[0] == "liangrong" else parts)


def room_of(parts: tuple[str, ...]) -> str | None:
    """Return the room of a dotted name of the project; None for anybody else's."""
    if parts[0] == "strategies":
        return "strategies"
    if parts[0] != "core":
        return None
    return parts[1].removesuffix(".py") if len(parts) > 1 else "__init__"


def direction(root: Path) -> list[str]:
    """Find imports against the direction of dependence."""
    breaches = []
    for name, _, tree in sources(root, "core", "strategies"):
        here = room_of(Path(name).parts)
        if here not in ALLOWED:
            breaches.append(f"{name}: `{here}` is no room of core: place it in ALLOWED")
            continue
        open_to = {here, *FOUNDATIONS} | ALLOWED[here]
        for parts in imported(name, tree):
            there = room_of(parts)
            # `from . import x` in core itself names a module; `from . import __version__` only the package.
            if there is None or there in open_to or there.startswith("__"):
                continue
            breaches.append(f"{name} imports {'.'.join(parts)}: {here} may not import {there}")
    return breaches


def strangers(root: Path) -> list[str]:
    """Find third-party packages outside the rooms that they are confined to."""
    breaches = []
    for name, _, tree in sources(root, "core", "strategies"):
        bare = BARE.get(room_of(Path(name).parts) or "")
        for package in sorted({parts[0] for parts in imported(name, tree)} - {"core", "strategies"}):
            outside = package in CONFINED and not name.startswith(CONFINED[package])
            unwanted = bare is not None and package not in bare and package not in sys.stdlib_module_names
            if outside or unwanted:
                breaches.append(f"{name} imports {package}")
    return breaches


def finders(root: Path) -> list[str]:
    """Find modules that are looked up by name where nobody may, so that no arrow is hidden from `direction`."""
    breaches = []
    for name, _, tree in sources(root, "core", "strategies"):
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        used |= {parts[-1] for parts in imported(name, tree)}
        if "__import__" in used:
            breaches.append(f"{name} imports by `__import__`")
        breaches += [
            f"{name} finds modules by `{finder}`"
            for finder in sorted(FINDERS.keys() & used)
            if name not in FINDERS[finder]
        ]
    project = root / "pyproject.toml"
    entries = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["entry-points"] if project.exists() else {}
    for group, modules in entries.items():
        for module in modules.values():
            place = module.partition(":")[0].removeprefix("liangrong.").replace(".", "/")
            if group != "liangrong.ideas" or not place.startswith(IDEAS):
                breaches.append(f"pyproject.toml: the entry point {group} {module} is no module of ideas")
    return breaches


def names(root: Path) -> list[str]:
    """Find file names that two rooms have, unless they are the same part of each."""
    places: dict[str, list[str]] = {}
    for name, _, _ in sources(root, "core", "strategies"):
        places.setdefault(Path(name).stem, []).append(name)
    return [
        f"{' and '.join(found)} have one name" for stem, found in places.items() if len(found) > 1 and stem not in PARTS
    ]


def circles(root: Path) -> list[str]:
    """Find files that come back to themselves by their imports."""
    files = {name: tree for name, _, tree in sources(root, "core", "strategies")}
    arrows = {
        name: {_file(parts, files) for parts in imported(name, tree)} - {None, name} for name, tree in files.items()
    }
    reached = {name: set(after) for name, after in arrows.items()}
    for through in files:
        for after in reached.values():
            if through in after:
                after |= reached[through]
    return [f"{name} imports itself through others" for name in files if name in reached[name]]


def _file(parts: tuple[str, ...], files: Mapping[str, ast.Module]) -> str | None:
    """Return the file of the project that an import comes to."""
    for end in (len(parts), len(parts) - 1):
        stem = "/".join(parts[:end])
        for name in (f"{stem}.py", f"{stem}/__init__.py"):
            if name in files:
                return name
    return None


def literals(root: Path) -> list[str]:
    """Find rates, ratios and dates of the rulebook that are written into a kernel."""
    with (root / "core/rulebook/rules.csv").open(encoding="utf-8", newline="") as file:
        values = [row["value"] for row in csv.DictReader(file)]
    forbidden = {float(value) for value in values if re.fullmatch(r"[\d.]+", value)} - TRIVIAL
    breaches = []
    for name, _, tree in sources(root, "core/kernels", "core/account"):
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or id(node) in prose or isinstance(node.value, bool):
                continue
            number = isinstance(node.value, int | float) and node.value in forbidden
            if number or (isinstance(node.value, int | str) and A_DATE.fullmatch(str(node.value))):
                breaches.append(f"{name}:{node.lineno} has {node.value!r} of the rulebook")
    return breaches


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    """Count the lines of a function without docstring, comments and blank lines; decorators do not count."""
    skipped: set[int] = set()
    if ast.get_docstring(function) is not None:
        skipped.update(range(function.body[0].lineno, (function.body[0].end_lineno or 0) + 1))
    body = ((i, lines[i - 1].strip()) for i in range(function.lineno, (function.end_lineno or 0) + 1))
    return sum(1 for i, line in body if line and not line.startswith("#") and i not in skipped)


def sizes(root: Path) -> list[str]:
    """Find files and functions that are too long, and files named utils."""
    breaches = []
    for name, text in texts(root, "core", "strategies", "benchmarks", "tests"):
        lines = text.splitlines()
        if len(lines) > FILE_CAP:
            breaches.append(f"{name} has {len(lines)} lines, the cap is {FILE_CAP}")
        if Path(name).stem in ("utils", "util", "helpers", "misc"):
            breaches.append(f"{name}: a file is named after its idea")
        if name.startswith("tests/"):
            continue
        cap = KERNEL_CAP if name.startswith(("core/kernels/", "core/account/")) else FUNCTION_CAP
        cap = DAY_LOOP_CAP if name == "core/account/session.py" else cap
        functions = (
            node for node in ast.walk(_parsed(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        breaches += [
            f"{name}:{node.lineno} `{node.name}` has {count} lines of code, the cap is {cap}"
            for node in functions
            if (count := code_lines(node, lines)) > cap
        ]
    return breaches


def untested_configs(root: Path) -> list[str]:
    """Find scenarios that no test names, unless a test runs whatever lies in configs/."""
    tests = [text for _, text in texts(root, "tests") if "configs" in text]
    if any(re.search(r"\.r?glob\(\s*[\"']\*\.ya?ml[\"']", text) for text in tests):
        return []
    scenarios = sorted((root / "configs").glob("*.yaml"))
    return [f"configs/{s.name} is run by no test" for s in scenarios if not any(s.stem in text for text in tests)]


def uninstalled(root: Path) -> list[str]:
    """Find packages that an installed liangrong would lack, and those that it names and that are not there."""
    stated = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    places = {"core": "liangrong.core", "core/public": "liangrong", "strategies": "liangrong.strategies"}
    made = {
        path.parent.relative_to(root).as_posix()
        for top in ("core", "strategies")
        for path in (root / top).rglob("__init__.py")
    }
    found = {places.get(place, f"liangrong.{place.replace('/', '.')}") for place in made} | {"liangrong.configs"}
    return [f"`packages` of pyproject.toml and the folders differ: {name}" for name in sorted(found ^ set(stated))]


CHECKERS = [direction, strangers, finders, names, circles, literals, sizes, untested_configs, uninstalled]
