"""A run is not written over another one's result, and what is in the way is known before it begins."""

import json
import os
import re
import shlex

import pytest
from archive.shelf import made, result
from config.test_presets import SYNTHETIC, TREND
from liangrong.core.archive import result_place
from liangrong.core.archive.result_place import check_place, write_result
from liangrong.core.archive.run_record import command_of, key_of_run, record_of
from liangrong.core.config.yaml_file import load
from liangrong.core.errors import ConfigError, OutputError
from liangrong.core.run.provenance import release
from liangrong.core.run.result import load as load_result

RECORD = {"made": "2026-07-31T08:05:09Z", "command": "liangrong run x.yaml", "configuration": "x.yaml", "key": "a" * 32}


@pytest.fixture
def config():
    return load({"name": "demo", "data": SYNTHETIC, "strategy": TREND})


@pytest.fixture
def standing(config, tmp_path):
    """Return a folder that holds a run of `config` on the data 000...: what `check_place` compares with."""
    one = result(config=config.resolved())
    one.provenance["liangrong"] = release()
    return one.save(tmp_path / "out")


DATA = {"digest": "0" * 32}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_run_may_come_again_and_another_one_may_not(config, standing):
    check_place(config, DATA, standing, force=False)
    other = load(config, {"account.cash": 5e6})
    with pytest.raises(OutputError, match=r"out holds another run, of another configuration: `--force` replaces it"):
        check_place(other, DATA, standing, force=False)
    with pytest.raises(OutputError, match="another run, of other data"):
        check_place(config, {"digest": "f" * 32}, standing, force=False)
    check_place(other, DATA, standing, force=True)


def test_another_release_or_what_cannot_be_read_is_another_run(config, standing):
    head = json.loads((standing / "summary.json").read_text(encoding="utf-8"))
    (standing / "summary.json").write_text(json.dumps({**head, "liangrong": "0.0.1"}), encoding="utf-8")
    with pytest.raises(OutputError, match="another run, of another release"):
        check_place(config, DATA, standing, force=False)
    (standing / "summary.json").write_text("{", encoding="utf-8")
    with pytest.raises(OutputError, match="another run, that cannot be read"):
        check_place(config, DATA, standing, force=False)


def test_what_no_run_wrote_stays_by_force_too(config, standing):
    (standing / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match=r"holds thesis\.tex, which no run wrote"):
        check_place(config, DATA, standing, force=True)
    with pytest.raises(OutputError, match=r"holds thesis\.tex, which no run wrote"):
        write_result(result(), "page", RECORD, standing, force=True)


def test_a_result_of_other_content_is_not_replaced(tmp_path):
    out = tmp_path / "out"
    write_result(result(), "page", RECORD, out, force=False)
    before = contents(out)
    fills = made().fills.assign(price=made().fills["price"] + 0.01)
    with pytest.raises(OutputError, match=rf"{re.escape(str(out))} holds another run, of other content: `--force`"):
        write_result(result(fills=fills), "page", RECORD, out, force=False)
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    write_result(result(), "another page", {**RECORD, "made": "2026-08-01T00:00:00Z"}, out, force=False)
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["made"] == "2026-08-01T00:00:00Z"
    write_result(result(fills=fills), "page", RECORD, out, force=True)
    assert load_result(out).fills.equals(result(fills=fills).fills)


def test_an_empty_folder_is_used(config, tmp_path):
    check_place(config, DATA, tmp_path, force=False)
    assert write_result(result(), "page", RECORD, tmp_path, force=False) == tmp_path


def test_a_folder_that_cannot_be_written_is_said_before_the_run(config, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # who is root may write anywhere
    with pytest.raises(OutputError, match=r"cannot be written: give `--out` another folder"):
        check_place(config, DATA, None, force=False, runs=tmp_path / "runs")
    with pytest.raises(OutputError, match=r"cannot be written"):
        check_place(config, DATA, tmp_path / "deep" / "out", force=False)


def test_a_name_that_leaves_the_folder_of_runs_is_said_before_the_run(tmp_path):
    config = load({"name": "..", "data": SYNTHETIC, "strategy": TREND})
    with pytest.raises(ConfigError, match=r"`name` '\.\.' cannot name the folder"):
        check_place(config, DATA, None, force=False, runs=tmp_path)
    check_place(config, DATA, tmp_path / "out", force=False)


# -- the key -----------------------------------------------------------------------------------------------------


def test_the_key_is_of_configuration_data_and_release(config, monkeypatch):
    key = key_of_run(config, DATA)
    assert key == key_of_run(load({"name": "other", "data": SYNTHETIC, "strategy": TREND}), DATA)
    assert key != key_of_run(load(config, {"account.cash": 5e6}), DATA)
    assert key != key_of_run(config, {"digest": "f" * 32})
    assert key != key_of_run(load(config, {"data.carry": {"haircut": 5}}), DATA)
    monkeypatch.setattr("liangrong.core.compare.keys.release", lambda: "9.9.9")
    assert key != key_of_run(config, DATA)


def test_the_key_follows_a_file_that_the_configuration_names(config, tmp_path):
    rates = tmp_path / "rates.csv"
    keys = []
    for rate in ("0.08", "0.09"):
        rates.write_text(f"date,rate\n2020-01-01,{rate}\n")
        keys.append(key_of_run(load(config, {"account.financing_rate": str(rates)}), DATA))
    assert keys[0] != keys[1]


def test_the_record_repeats_the_command_so_that_a_shell_takes_it(config, tmp_path):
    words = ["liangrong", "run", "my file.yaml", "--set", "a.b=[1, 2]"]
    record = record_of(config, DATA, words, tmp_path / "x.yaml")
    assert record["command"] == "liangrong run 'my file.yaml' --set 'a.b=[1, 2]'"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record["made"])
    assert record["configuration"] == str(tmp_path / "x.yaml")
    assert result_place.RECORD == "run.json"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("liangrong run a.yaml --out x --set account.cash=1 --force", "liangrong run a.yaml --set account.cash=1"),
        ("liangrong run --out=x a.yaml --lang zh --colours=cn", "liangrong run a.yaml"),
        ("liangrong demo --out", "liangrong demo"),
        ("liangrong run 'my run.yaml' --engine both", "liangrong run 'my run.yaml' --engine both"),
    ],
)
def test_a_command_is_told_without_what_decides_nothing(typed, told):
    assert command_of(shlex.split(typed)) == told
