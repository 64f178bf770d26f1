"""What a configuration names: files that are read, code that is executed; and a file that nobody names never runs."""

from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.config.paths import stated_paths
from liangrong.core.config.yaml_file import load
from liangrong.core.run.check_text import named_first
from liangrong.core.run.config_check import check_config, named_only
from liangrong.core.run.named_files import bytes_told, code_named, files_read
from run.configured import configured, dataset

LEAVES_A_MARK = "from pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\n"
RULE = """
from pathlib import Path
from beside import WEIGHT
import liangrong as lr
Path(__file__).with_suffix(".ran").write_text("x")
class Mine(lr.Rule):
    "Closes."
    PARAMETERS = ()
    NEEDS = ("close",)
    def score(self, panel):
        return panel["close"] * WEIGHT
"""
KEYS = """
name: mine
data: {source: synthetic, options: {seed: 5, securities: 20, sessions: 60, start: '2022-01-04'}}
strategy: {name: long_only, rule: 'own/mine.py:Mine', parameters: {minimum: 5}}
account: {flows: own/flows.csv, financing_rate: own/rates.csv}
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A configuration beside a folder with a rule, what it imports, and a file that nobody names."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "mine.py").write_text(RULE)
    (folder / "beside.py").write_text(
        "from pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\nWEIGHT = 1\n"
    )
    (folder / "stranger.py").write_text("from pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\n")
    (folder / "flows.csv").write_text("date,kind,amount\n2022-02-01,deposit,5000\n")
    (folder / "rates.csv").write_text("date,rate\n2022-01-04,0.05\n")
    Path("mine.yaml").write_text(KEYS)
    return folder


def ran(folder):
    return sorted(path.stem for path in folder.glob("*.ran"))


def test_what_a_configuration_names_is_told_and_nothing_of_it_runs(own):
    found = named_only(load(Path("mine.yaml")))
    code = found.code[0]
    assert (code.key, code.place) == ("strategy.rule.name", "own/mine.py:Mine")
    assert [Path(file).as_posix() for file in code.files] == ["own/mine.py", "own/beside.py"]
    told = {one.key: (one.place, one.files, one.size) for one in found.reads}
    assert told["account.flows.0.file"] == ("own/flows.csv", 1, (own / "flows.csv").stat().st_size)
    assert told["account.financing_rate"][0] == "own/rates.csv"
    assert ran(own) == []
    assert "Nothing of this code was executed" in found.text(80)
    assert found.takes is None
    assert not found.unusual


def test_the_whole_check_runs_what_is_named_and_no_file_beside_it(own):
    found = check_config(load(Path("mine.yaml")))
    assert ran(own) == ["beside", "mine"]
    assert "Executes:\n• strategy.rule.name: own/mine.py:Mine; with own/beside.py\n" in found.text(200)
    assert "no other code than liangrong's own" in found.text(80)
    assert found.fields[:2] == ("close", "open")


def test_a_file_that_is_not_there_is_told(own):
    (own / "mine.py").unlink()
    (own / "flows.csv").unlink()
    found = named_only(load(Path("mine.yaml")))
    assert found.code[0].told() == "strategy.rule.name: own/mine.py:Mine: there is no such file"
    assert "own/flows.csv (not there)" in found.text(80)


def test_rules_of_rules_and_a_commission_count_too():
    rules = [{"name": "a.py:A"}, {"name": "lag", "rules": [{"name": "b.py:B"}]}]
    keys = {
        "strategy": {"name": "s.py:S", "rule": {"name": "combine", "rules": rules}},
        "costs": {"commission": "c.py:c"},
    }
    assert stated_paths(keys) == {
        "strategy.name": "s.py:S",
        "strategy.rule.rules.0.name": "a.py:A",
        "strategy.rule.rules.1.rules.0.name": "b.py:B",
        "costs.commission": "c.py:c",
    }


def test_an_installed_package_of_ideas_is_told_and_not_imported(monkeypatch):
    entry = metadata.EntryPoint(name="acme", value="acme_margin.ideas", group="liangrong.ideas")
    monkeypatch.setattr(metadata, "entry_points", lambda **_: [entry])  # importing it would fail: there is none
    assert [one.told() for one in code_named(configured())] == [
        "package of liangrong.ideas: acme_margin (acme_margin.ideas)"
    ]


def test_a_dataset_has_size_version_and_digest(tmp_path):
    days = np.array(["2023-08-25", "2023-08-28"], dtype="datetime64[D]")
    data = dataset(panel([[10.0]] * 2, days=days, symbols=["600000.SH"]), tmp_path)
    (read,) = files_read(configured(data=data, strategy={"name": "buy_and_hold"}))
    files = [path for path in Path(data["path"]).rglob("*") if path.is_file()]
    assert (read.files, read.size) == (len(files), sum(path.stat().st_size for path in files))
    assert "dataset, version 1, digest " in read.words


def test_before_code_of_others_runs_it_is_named_and_without_any_nothing_is_said(own):
    assert named_first(code_named(load(Path("mine.yaml"))), 80).startswith(
        "Executes now:\n• strategy.rule.name: own/mine"
    )
    assert ran(own) == []
    assert named_first(code_named(configured())) == ""


@pytest.mark.parametrize(("size", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2.5e9, "2.5 GB")])
def test_bytes_in_words(size, words):
    assert bytes_told(size) == words
