"""Kernel caches: what they depend on, what is not trusted, where they are, and what is said about them."""

import ast
import errno
import hashlib
import importlib
import inspect
import os
import pickle
import pkgutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import liangrong.core
import pytest
from liangrong.core.kernels import cache_home, cache_key, cache_news, kernel_cache
from liangrong.core.kernels.jit import jit
from liangrong.core.run import first_use

posix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders have owners and modes on POSIX only")

FILES = {
    "__init__.py": "",
    "constants.py": "TWO = 2.0\n",
    "panel/__init__.py": "",
    "panel/base.py": "from ..constants import TWO\n@jit\ndef double(x):\n    return TWO * x\n",
    "panel/other.py": "@jit\ndef third(x):\n    return x / 3.0\n",
    "account/__init__.py": "",
    "account/ledger.py": (
        "from ..panel.base import (\n    double,  # of the panel\n)\n@jit\ndef book(x):\n    return double(x) + 1.0\n"
    ),
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home of caches, and nothing said or looked at yet."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setattr(kernel_cache, "cache_home", lambda: folder)
    monkeypatch.setattr(kernel_cache, "_LOOKED_AT", set())
    monkeypatch.setattr(cache_news, "_said", set())
    monkeypatch.setattr(cache_news, "COMPILED", Counter())
    listeners = []
    monkeypatch.setattr(cache_news, "AT_FIRST", listeners)
    monkeypatch.setattr(first_use, "AT_FIRST", listeners)
    return folder


@pytest.fixture
def package(home, tmp_path, monkeypatch):  # noqa: ARG001  kernels are kept in `home`
    """A package of two rooms; returns how to import one of its modules as a new process would."""
    root = tmp_path / "probe"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        head = "from liangrong.core.kernels.jit import jit\n" if "@jit" in text else ""
        (root / name).write_text(head + text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # a change of a letter within a second would go unseen

    def fresh(module):
        for name in [name for name in sys.modules if name.partition(".")[0] == "probe"]:
            monkeypatch.delitem(sys.modules, name)
        importlib.invalidate_caches()
        cache_key.key_of.cache_clear()
        return importlib.import_module(module)

    yield fresh
    cache_key.key_of.cache_clear()


def only(folder: Path) -> Path:
    (path,) = [path for path in folder.rglob("*") if path.is_file()]
    return path


def test_the_next_process_loads_what_this_one_compiled(home, package):
    assert package("probe.panel.other").third(6.0) == 2.0
    assert cache_news.COMPILED == {"panel": 1}
    assert only(home).parent.parent == home / "panel"
    again = package("probe.panel.other").third
    assert again(9.0) == 3.0
    assert again.stats.cache_hits.total() == 1
    assert cache_news.COMPILED == {"panel": 1}
    assert again(9) == 3.0  # other types, another file
    assert cache_news.COMPILED == {"panel": 2}
    assert package("probe.panel.other").third(6.0) == 2.0
    assert cache_news.COMPILED == {"panel": 2}


def test_a_change_of_the_account_leaves_the_kernels_of_the_panel(package, tmp_path):
    assert package("probe.account.ledger").book(3.0) == 7.0
    assert cache_news.COMPILED == {"account": 1, "panel": 1}
    ledger = tmp_path / "probe" / "account" / "ledger.py"
    ledger.write_text(ledger.read_text().replace("1.0", "2.0"))
    assert package("probe.account.ledger").book(3.0) == 8.0
    assert cache_news.COMPILED == {"account": 2, "panel": 1}


@pytest.mark.parametrize(
    ("name", "old", "new"), [("panel/base.py", "TWO * x", "TWO * x * x"), ("constants.py", "2", "6")]
)
def test_a_change_that_a_kernel_reaches_compiles_it_again(package, tmp_path, name, old, new):
    assert package("probe.account.ledger").book(3.0) == 7.0
    changed = tmp_path / "probe" / name
    changed.write_text(changed.read_text().replace(old, new))
    assert package("probe.account.ledger").book(3.0) == 19.0


def reached(name: str) -> set[str]:
    """Oracle: the modules of liangrong that `name` imports at the top of files, by Python's own parser."""
    found, waiting = set(), [name]
    while waiting:
        name = waiting.pop()
        module = sys.modules.get(name)
        if name in found or module is None or not name.startswith("liangrong"):
            continue
        found.add(name)
        for node in ast.parse(inspect.getsource(module)).body:
            if isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                words = "." * node.level + (node.module or "")
                base = importlib.util.resolve_name(words, module.__package__) if node.level else words
                waiting += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return found


@pytest.mark.slow
def test_keys_hold_what_is_imported_and_the_panel_knows_no_account():
    rooms = ("account", "kernels", "inference")
    names = [
        f"liangrong.core.{room}.{module.name}"
        for room in rooms
        for module in pkgutil.iter_modules([str(Path(liangrong.core.__path__[0]) / room)])
    ]
    for name in names:
        importlib.import_module(name)
    reach = {name: set(cache_key.sources_of(name)) for name in names}
    assert reach == {name: reached(name) for name in names}
    orders = reach["liangrong.core.account.credit_orders"]
    assert {"liangrong.core.kernels.prices", "liangrong.core.account.costs", "liangrong.core.types"} <= orders
    assert "liangrong.core.kernels.rolling" not in orders
    for name in names:
        if ".kernels." in name:
            assert not any(".account" in other for other in reach[name])


def with_digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest() + data


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda data: data[:20],
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: bytes(len(data)),
        lambda data: data[:-100] + bytes([data[-100] ^ 1]) + data[-99:],
        lambda data: data + b"more",
        lambda _: with_digest(b"no pickle"),
        lambda _: with_digest(pickle.dumps({"another": "pickle"})),
        lambda data: with_digest(pickle.dumps((pickle.loads(data[32:])[0], ("no", "code")))),
    ],
)
def test_a_damaged_cache_is_removed_and_made_again_with_one_line(home, package, capsys, damage):
    assert package("probe.panel.other").third(6.0) == 2.0
    path = only(home)
    sound = path.read_bytes()
    path.write_bytes(damage(sound))
    assert package("probe.panel.other").third(6.0) == 2.0
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith(f"liangrong: a damaged kernel cache in {path.parent} was removed")
    assert only(home) == path
    made = path.read_bytes()  # its length may differ by some bytes: numba numbers what it compiles
    assert made == with_digest(made[32:])
    assert pickle.loads(made[32:])[0] == pickle.loads(sound[32:])[0]
    assert cache_news.COMPILED == {"panel": 2}
    assert package("probe.panel.other").third(6.0) == 2.0
    assert cache_news.COMPILED == {"panel": 2}
    assert capsys.readouterr().err == ""


def test_many_damaged_caches_are_one_line(home, package, capsys):
    package("probe.account.ledger").book(3.0)
    package("probe.panel.other").third(3.0)
    for path in home.rglob("*.*"):
        path.write_bytes(b"half")
    assert package("probe.account.ledger").book(3.0) == 7.0
    assert package("probe.panel.other").third(3.0) == 1.0
    assert len(capsys.readouterr().err.splitlines()) == 1


@posix
def test_what_somebody_else_wrote_is_not_loaded(package, monkeypatch):
    package("probe.panel.other").third(6.0)
    monkeypatch.setattr(kernel_cache, "user_id", lambda: os.geteuid() + 1)
    assert package("probe.panel.other").third(6.0) == 2.0
    assert cache_news.COMPILED == {"panel": 2}


def test_a_full_disk_is_one_line_and_no_end_of_the_run(home, package, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(kernel_cache.os, "replace", full)
    assert package("probe.account.ledger").book(3.0) == 7.0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("liangrong: compiled kernels cannot be kept in ")
    assert line.endswith(": No space left on device")
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_without_a_home_kernels_are_compiled_and_kept_nowhere(package, monkeypatch, tmp_path):
    monkeypatch.setattr(kernel_cache, "cache_home", lambda: None)
    kernel = package("probe.panel.other").third
    assert kernel(6.0) == 2.0
    assert kernel.stats.cache_path is None
    assert [path for path in tmp_path.rglob("*") if path.suffix in {".nbi", ".nbc"}] == []


def test_functions_inside_others_are_not_kept(home):
    factor = 3.0

    @jit
    def times(x):
        return x * factor

    assert times(2.0) == 6.0
    assert list(home.rglob("*")) == []


def test_folders_that_nothing_used_for_a_month_are_removed(home, package):
    long_ago = time.time() - 31 * 86_400
    old, former, others = home / "panel" / "base-0123456789abcdef", home / "0123456789abcdef", home / "panel" / "mine"
    recent = home / "panel" / "base-fedcba9876543210"
    for folder in (old, former, others, recent):
        folder.mkdir(parents=True)
        (folder / "file").write_text("")
    for folder in (old, former, others):
        os.utime(folder, (long_ago, long_ago))
    package("probe.panel.other").third(6.0)
    assert not old.exists()
    assert not former.exists()
    assert others.exists()
    assert recent.exists()


def test_a_folder_that_is_loaded_from_is_marked_as_used(home, package):
    package("probe.panel.other").third(6.0)
    folder = only(home).parent
    os.utime(folder, (time.time() - 29 * 86_400,) * 2)
    package("probe.panel.other").third(6.0)
    assert time.time() - folder.stat().st_mtime < 86_400


# --- where caches are --------------------------------------------------------------------------------------------


@pytest.fixture
def places(tmp_path, monkeypatch):
    """HOME and the system's temporary folder are new ones."""
    (tmp_path / "user").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    cache_home.cache_home.cache_clear()
    yield tmp_path
    cache_home.cache_home.cache_clear()


def in_temporary(root: Path) -> Path:
    return root / "temporary" / f"liangrong-{os.geteuid()}"


@posix
def test_caches_are_in_the_users_own_folder_closed_to_others(places, monkeypatch):
    expected = places / "user" / ".cache" / "liangrong"
    assert cache_home.cache_home() == expected
    assert expected.stat().st_mode & 0o777 == 0o700
    cache_home.cache_home.cache_clear()
    expected.chmod(0o777)
    assert cache_home.cache_home() == expected
    assert expected.stat().st_mode & 0o777 == 0o700
    cache_home.cache_home.cache_clear()
    monkeypatch.setenv("XDG_CACHE_HOME", str(places / "xdg"))
    assert cache_home.cache_home() == places / "xdg" / "liangrong"
    cache_home.cache_home.cache_clear()
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_home.cache_home() == expected


@posix
def test_an_unknown_user_has_a_private_folder(places, monkeypatch):
    def nobody(*_):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    assert cache_home.cache_home() == in_temporary(places)
    assert in_temporary(places).stat().st_mode & 0o777 == 0o700


@posix
def test_a_home_that_cannot_be_written_gives_way(places):
    (places / "user" / ".cache").write_text("a file")
    assert cache_home.cache_home() == in_temporary(places)


@posix
@pytest.mark.parametrize("trap", ["link", "file", "stranger"])
def test_a_folder_that_somebody_else_could_fill_is_no_cache(places, monkeypatch, trap):
    (places / "user" / ".cache").write_text("a file")
    if trap == "link":
        (places / "elsewhere").mkdir()
        in_temporary(places).symlink_to(places / "elsewhere")
    elif trap == "file":
        in_temporary(places).write_text("")
    else:
        stranger = os.geteuid() + 1
        in_temporary(places).with_name(f"liangrong-{stranger}").mkdir()
        monkeypatch.setattr(cache_home, "user_id", lambda: stranger)
    assert cache_home.cache_home() is None


def test_without_user_numbers_a_folder_is_found(places, monkeypatch):
    monkeypatch.setattr(cache_home, "user_id", lambda: None)
    assert cache_home.cache_home() == places / "user" / ".cache" / "liangrong"


# --- what a user is told -----------------------------------------------------------------------------------------


class Stream:
    def __init__(self, is_terminal):
        self.isatty = lambda: is_terminal
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_first_compilation_is_told_once_at_a_terminal_only(package, monkeypatch, is_terminal):
    stream = Stream(is_terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    first_use.tell_on_terminal()
    package("probe.account.ledger").book(3.0)
    package("probe.panel.other").third(3.0)
    assert stream.text.count("Compiling kernels") == is_terminal
    assert stream.text.count("\n") == is_terminal


def test_nothing_is_told_where_all_is_cached(package, monkeypatch):
    package("probe.panel.other").third(3.0)
    cache_news.COMPILED.clear()
    stream = Stream(True)
    monkeypatch.setattr(sys, "stderr", stream)
    first_use.tell_on_terminal()
    package("probe.panel.other").third(3.0)
    assert stream.text == ""
