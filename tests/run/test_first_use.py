"""What is told of the first use of the kernels."""

import sys
from types import SimpleNamespace

import pytest
from liangrong.core.account import credit_orders, session
from liangrong.core.run import first_use
from liangrong.core.run.first_use import ACCOUNT, DAY_LOOP, OTHER, Compiling


class Terminal:
    def __init__(self, is_terminal=True):
        self.isatty, self.text = (lambda: is_terminal), ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


@pytest.fixture
def terminal(monkeypatch):
    stream = Terminal()
    for name, value in (("group", OTHER), ("done", 0), ("depth", 0)):
        monkeypatch.setattr(Compiling, name, value)
    return stream


def kernel(module, name):
    def function():
        pass

    function.__module__, function.__name__ = f"liangrong.core.{module}", name
    return function


end = first_use._end


def test_a_fresh_machine_is_told_of_the_account_and_of_the_day_loop_once_each(terminal, monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(first_use, "is_kept", lambda _: False)
    first_use._begin(kernel("kernels.prices", "carry"))
    end()
    assert terminal.text == ""  # the first kernel of all was told when it was counted
    for _ in range(3):
        first_use._begin(kernel("account.credit", "equity"))
        first_use._begin(kernel("account.credit", "inner"))
        end()
        end()
    assert terminal.text.count("Compiling the account for this machine, once: about 35 s") == 1
    assert Compiling.done == 6
    first_use._begin(kernel("account.session", "simulate"))
    assert Compiling.status() == "compiling once, 0/about 160"
    end()
    assert Compiling.group is OTHER
    assert terminal.text.count("Compiling the compiled engine for this machine, once: about 130 s") == 1
    assert terminal.text.count("\n") == 2
    assert Compiling.status() == ""


def test_where_the_account_is_kept_one_kernel_of_it_is_no_first_use(terminal, monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(first_use, "is_kept", lambda _: True)
    first_use._begin(kernel("account.credit", "equity"))
    assert terminal.text == ""
    assert Compiling.status() == "compiling once, 0"
    end()


@pytest.mark.usefixtures("terminal")
def test_elsewhere_than_at_a_terminal_nothing_is_told(monkeypatch):
    monkeypatch.setattr(first_use, "is_kept", lambda _: False)
    stream = Terminal(is_terminal=False)
    monkeypatch.setattr(sys, "stderr", stream)
    first_use._begin(kernel("account.session", "simulate"))
    assert stream.text == ""
    assert Compiling.group is DAY_LOOP
    end()


@pytest.mark.parametrize(
    ("engine", "groups"),
    [("backtrader", (ACCOUNT,)), ("compiled", (DAY_LOOP,)), ("both", (ACCOUNT, DAY_LOOP))],
)
def test_what_a_run_would_compile(engine, groups, monkeypatch):
    monkeypatch.setattr(first_use, "is_kept", lambda _: False)
    assert first_use.to_compile(engine) == groups
    monkeypatch.setattr(first_use, "is_kept", lambda _: True)
    assert first_use.to_compile(engine) == ()


def test_a_kernel_is_kept_where_a_file_of_its_name_lies_in_its_folder(tmp_path):
    cache = SimpleNamespace(cache_path=str(tmp_path))
    one = SimpleNamespace(_cache=cache, py_func=credit_orders.execute.py_func)
    assert not first_use.is_kept(one)
    (tmp_path / "executed-1.0123").touch()
    assert not first_use.is_kept(one)
    (tmp_path / "execute-38.0123").touch()
    assert first_use.is_kept(one)
    cache.cache_path = None  # nothing can be kept: it is compiled each time
    assert not first_use.is_kept(one)
    assert first_use.is_kept(session.simulate.py_func)  # where nothing is compiled at all
