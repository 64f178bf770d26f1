"""The key of a run knows every file that decides its result, and no other."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from compare.small import RUN
from liangrong.core.compare import keys
from liangrong.core.compare.comparing import carry_out_all, prepare_comparison
from liangrong.core.compare.keys import code_files, code_version, key_of
from liangrong.core.config.run import RuleConfig
from liangrong.core.config.yaml_file import load, parse

ROOT = Path(__file__).parents[2]
RULE = '''
from liangrong.strategies.rules import Rule, parameter
from own_weights import read

class Weighted(Rule):
    """Weights of a file.

    Claim: none.
    Formula: the weight
    """

    NEEDS = ("close",)
    weights_file: str = parameter("", "CSV")
    other_file: str = parameter("", "CSV")

    def score(self, panel):
        return 0.0 * panel["close"] + read(self.weights_file)
'''
FILES = {
    "own/rule.py": RULE,
    "own/own_weights.py": "from own_reader import number\n\ndef read(path):\n    return number(path)",
    "own/own_reader.py": "from pathlib import Path\n\ndef number(path):\n    return float(Path(path).read_text())",
    "own/weights.csv": "1.0",
    "own/other.csv": "2.0",
    "own/unrelated.py": "x = 1",
    "own/notes.csv": "x",
    "actions.csv": "date,symbol,cash_per_share,share_ratio\n",
    "industries.csv": "symbol,industry\n600263.SH,bank\n601088.SH,steel\n",  # of the market of small.py
    "orders.csv": "date,symbol,kind,shares\n2021-02-01,600000.SH,buy,100\n",
    "data/unrelated.csv": "x",
}
WEIGHTED = {
    "name": "lag",
    "rules": [{"name": "own/rule.py:Weighted", "parameters": {"weights_file": "own/weights.csv"}}],
}


def placed(folder):
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def key(folder, strategy, data=None):
    path = folder / "run.yaml"
    content = {**RUN, "name": "keyed", "strategy": strategy, "data": {**RUN["data"], **(data or {})}}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return key_of(load(path), 0, "identity")


def changed(folder, name):
    (folder / name).write_text(FILES[name] + "\n# touched\n", encoding="utf-8")


TRADING = {**RUN["strategy"], "rule": WEIGHTED}
REPLAY = {"name": "replay", "parameters": {"file": "orders.csv"}}


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        ("own/rule.py", TRADING),
        ("own/own_weights.py", TRADING),
        ("own/own_reader.py", TRADING),  # imported by what is imported
        ("own/weights.csv", TRADING),
        ("actions.csv", TRADING),
        ("orders.csv", REPLAY),
    ],
)
def test_a_file_that_decides_changes_the_key(tmp_path, name, strategy):
    placed(tmp_path)
    before = key(tmp_path, strategy, {"actions": "actions.csv"})
    changed(tmp_path, name)
    assert key(tmp_path, strategy, {"actions": "actions.csv"}) != before


def test_other_files_and_another_place_do_not(tmp_path, monkeypatch):
    before = key(placed(tmp_path / "here"), TRADING, {"actions": "actions.csv"})
    for name in ("own/unrelated.py", "own/notes.csv", "own/other.csv", "data/unrelated.csv", "orders.csv"):
        changed(tmp_path / "here", name)
    assert key(tmp_path / "here", TRADING, {"actions": "actions.csv"}) == before
    assert key(placed(tmp_path / "there"), TRADING, {"actions": "actions.csv"}) == before
    monkeypatch.chdir(tmp_path / "there")
    assert key(Path(), TRADING, {"actions": "actions.csv"}) == before


def test_which_file_is_given_for_which_parameter_decides(tmp_path):
    placed(tmp_path)
    found = set()
    for parameters in ({"weights_file": "own/weights.csv"}, {"other_file": "own/weights.csv"}, {}):
        rule = RuleConfig(name="own/rule.py:Weighted", parameters=parameters).model_dump()
        found.add(key(tmp_path, {**RUN["strategy"], "rule": rule}))
    assert len(found) == 3


def test_a_comparison_goes_on_where_nothing_changed_and_runs_again_what_did(tmp_path):
    placed(tmp_path)
    trials = [{"name": "weighted", "strategy.rule": WEIGHTED}, {"name": "trend", "strategy.rule": "balance_trend"}]
    run = {**RUN, "data": {**RUN["data"], "industries": "industries.csv"}}
    content = {
        "name": "c",
        "run": run,
        "stress": False,
        "controls": [{"name": "hold", "strategy": {"name": "buy_and_hold"}}],
    }
    content |= {"trials": {"method": "list", "list": trials}}
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")

    def now():
        return carry_out_all(prepare_comparison(tmp_path / "c.yaml"), tmp_path / "out")[1]

    assert [now(), now()] == [3, 0]
    changed(tmp_path, "own/own_reader.py")
    assert [now(), now()] == [1, 0]
    changed(tmp_path, "own/unrelated.py")
    assert now() == 0
    other = FILES["industries.csv"].replace("601088.SH,steel", "601088.SH,bank")
    (tmp_path / "industries.csv").write_text(other, encoding="utf-8")
    assert [now(), now()] == [3, 0]


ALONE = """
import sys
from pathlib import Path
from liangrong.core.config.yaml_file import load, parse
from liangrong.core.compare.ground import make_ground
from liangrong.core.compare.jobs import Job, carry_out
from liangrong.core.run.scenario import load_universe
for path in sys.argv[1:]:
    config = load(Path(path), ["data.options.sessions=120", "data.options.securities=20"])
    carry_out(make_ground(*load_universe(config), [config]), Job("key", "label", config, 0))
print("\\n".join(m.__file__ for n, m in sys.modules.items() if n.startswith("liangrong.") and m.__file__))
"""


def test_the_code_of_the_key_holds_all_that_a_run_loads():
    configs = [str(ROOT / "configs" / name) for name in ("demo.yaml", "margin_calls.yaml")]
    called = [sys.executable, "-c", ALONE, *configs]
    loaded = set(map(Path, subprocess.run(called, capture_output=True, check=True, text=True).stdout.split()))
    assert len(loaded) > 80
    reader = {
        ROOT / "core" / "config" / "yaml_file.py",
        ROOT / "core" / "config" / "paths.py",
    }  # what they read is in the key
    assert loaded - reader <= set(code_files())
    assert ROOT / "core" / "rulebook" / "rules.csv" in code_files()
    assert ROOT / "core" / "statement" / "replay.py" in code_files()
    pages = [ROOT / "core" / name for name in ("cli/app.py", "run/page.py", "luck/verdict.py", "study/command.py")]
    assert not set(pages) & set(code_files())


def test_a_change_of_any_file_of_the_code_or_of_a_package_changes_the_version(tmp_path, monkeypatch):
    def version():
        code_version.cache_clear()
        return code_version()

    monkeypatch.setattr(keys, "_CORE", tmp_path / "core")
    file = tmp_path / "core" / "rules.csv"
    file.parent.mkdir()
    file.write_text("a")
    monkeypatch.setattr(keys, "code_files", lambda: [file])
    first = version()
    assert version() == first
    file.write_text("b")
    second = version()
    monkeypatch.setattr(keys, "_version", lambda name: "9.9.9" if name == "numba" else "1.0.0")
    third = version()
    code_version.cache_clear()
    assert len({first, second, third}) == 3


def test_the_packages_of_the_key_are_those_that_compute():
    assert {"numpy", "numba", "pandas", "backtrader"} <= keys._code().packages
    assert not {"plotly", "rich", "typer"} & keys._code().packages
    assert keys._distributions("yaml") == ["PyYAML"]


def test_a_commission_model_counts_by_its_content_and_its_parameters(tmp_path):
    def key(folder, each=0.01):
        commission = {"name": str(tmp_path / folder / "fees.py:flat"), "parameters": {"each": each}}
        content = {**RUN, "name": "keyed", "costs": {"commission": commission}}
        return key_of(parse(yaml.safe_dump(content), "keyed", tmp_path), 0, "identity")

    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        text = "from own_rates import rate\n\n\ndef flat(shares, value, is_sale, each):\n    return each + rate\n"
        (tmp_path / folder / "fees.py").write_text(text, encoding="utf-8")
        (tmp_path / folder / "own_rates.py").write_text("rate = 1.0\n", encoding="utf-8")
    assert key("a", 0.02) != key("a")
    assert key("a") == key("b"), "where the file lies decides nothing"
    (tmp_path / "b" / "own_rates.py").write_text("rate = 2.0\n", encoding="utf-8")
    assert key("a") != key("b"), "what it imports does"
