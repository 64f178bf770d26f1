"""What is called is what the clients document; where they are installed, the stubs are compared with them."""

import importlib
import inspect
import warnings

import pytest
from liangrong.core.fetch.served import SERVICES
from stub_services import AKSHARE, TUSHARE, signature


def test_every_table_has_its_function_and_parameter_in_the_documented_signatures():
    documented = {function.__name__: inspect.signature(function) for function in AKSHARE}
    for table in SERVICES["akshare"].tables:
        documented[table.name].bind(**{table.asked_by: "20240102"})
    assert {table.name for table in SERVICES["tushare"].tables} == {*TUSHARE}
    for table in SERVICES["tushare"].tables:
        signature(table.name).bind(**{table.asked_by: "20240102", "offset": 6000, "limit": 6000})


def test_all_tables_are_asked_with_documented_parameters(tushare, akshare, fetch, tmp_path):
    fetch("tushare", what=SERVICES["tushare"].known)
    assert {name for name, _ in tushare.calls} == {*TUSHARE}
    fetch("akshare", what=SERVICES["akshare"].known, raw=tmp_path / "other")
    assert {name for name, _ in akshare.calls} == {function.__name__ for function in AKSHARE}


def installed(name: str):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ImportError:
            pytest.skip(f"{name} is not installed: an extra of liangrong")


def test_the_stub_of_akshare_has_its_signatures():
    module = installed("akshare")
    for function in AKSHARE:
        real, stub = (inspect.signature(one).parameters for one in (getattr(module, function.__name__), function))
        assert [(one.name, one.default) for one in real.values()][1:] == [
            (one.name, one.default) for one in stub.values()
        ][1:]
        assert next(iter(real)) == next(iter(stub))


def test_the_stub_of_tushare_has_its_signatures():
    module = installed("tushare")
    assert [*inspect.signature(module.pro_api).parameters] == ["token", "timeout"]
    interfaces = module.pro_api("a token")
    query = inspect.signature(interfaces.query).parameters
    assert [(one.name, one.kind.name) for one in query.values()] == [
        ("api_name", "POSITIONAL_OR_KEYWORD"),
        ("fields", "POSITIONAL_OR_KEYWORD"),
        ("kwargs", "VAR_KEYWORD"),
    ]
    assert interfaces.margin_detail.args == ("margin_detail",)
