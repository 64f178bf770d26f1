"""Every reader answers every damaged file in one message. Imports: tests/sources/test_generated.py."""

import json
import shutil
from functools import partial

import pytest
from fuzz.damage import altered, damaged, draws, fall, judge
from liangrong.core.archive.page import render_diff
from liangrong.core.archive.run_diff import RunDiff
from liangrong.core.archive.run_list import list_runs, read_run
from liangrong.core.config.run import RuleConfig
from liangrong.core.dataset import store
from liangrong.core.dataset.verify import verify
from liangrong.core.ideas.registry import resolve_rule
from liangrong.core.panel.action_rows import dated_actions
from liangrong.core.panel.ending_rows import dated_endings
from liangrong.core.panel.industries import with_industries
from liangrong.core.run.result import load
from liangrong.core.run.starter import write_starter
from liangrong.core.run.terminal import summary_table
from liangrong.core.statement.account_file import read_debts, read_flows, read_opening
from liangrong.core.statement.order_list import read_orders
from liangrong.core.synthetic.synthetic import generate
from run.fabricated import fabricated_result

TABLES = {
    "actions": (
        dated_actions,
        "date,symbol,cash_per_share,share_ratio\n2024-01-03,600000.SH,0.5,0\n2024-01-04,000001.SZ,0,0.5\n",
    ),
    "endings": (dated_endings, "date,symbol,price\n2024-01-03,600000.SH,2.5\n2024-01-04,000001.SZ,\n"),
    "orders": (read_orders, "date,symbol,kind,shares\n2024-01-03,600000.SH,buy,100\n2024-01-04,600000.SH,sell,100\n"),
    "debts": (read_debts, "kind,symbol,opened,due,amount,shares\nfinancing,600000.SH,2024-01-03,2024-07-01,1000,100\n"),
    "flows": (read_flows, "date,kind,amount\n2024-01-03,deposit,1000\n"),
    "opening": (read_opening, "kind,symbol,shares,amount\ncash,,,100000\nholding,600000.SH,100,\n"),
}


def with_damage(source, folder, draw):
    """Copy a folder and damage one of its files; return what was done to which."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    path = draw.choice(sorted(path for path in folder.rglob("*") if path.is_file()))
    raw = path.read_bytes()
    is_json = path.suffix == ".json" and draw.random() < 0.7
    path.write_bytes(altered(json.loads(raw), draw) if is_json else damaged(raw, draw))
    return path.name


def test_kept_runs(tmp_path):
    (tmp_path / "runs").mkdir()
    whole, hurt = tmp_path / "whole", tmp_path / "runs" / "hurt"
    record = {"made": "2026-01-02T03:04:05Z", "command": "liangrong run a.yaml", "key": "00ff"}
    fabricated_result(sessions=40, refused=5).save(whole, "<!doctype html>", record)
    first = read_run(whole)

    def look():
        list_runs(tmp_path / "runs")
        kept = load(hurt)
        summary_table(kept.summary, kept.notes, title=kept.name)
        render_diff(RunDiff(first, read_run(hurt)))

    judge("kept runs", ((with_damage(whole, hurt, draw), fall(look)) for draw in draws(25)))


def test_datasets(tmp_path):
    whole, hurt = tmp_path / "whole", tmp_path / "hurt"
    store.save(generate(sessions=30, securities=4, seed=1), (), whole)
    store.load(whole)

    def look():
        for read in (store.info, store.digest, store.load, partial(store.load, cache=False), verify):
            told = fall(partial(read, hurt))
            assert told is None, f"{read}: {told}"

    judge("datasets", ((with_damage(whole, hurt, draw), fall(look)) for draw in draws(25)))


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_a_user(name, tmp_path):
    read, text = TABLES[name]
    path = tmp_path / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    read(path)

    def tried(draw):
        path.write_bytes(damaged(text.encode(), draw))
        return path.read_bytes()[:200], fall(partial(read, path))

    judge(f"table of {name}", map(tried, draws(40)))


def test_industries(tmp_path):
    panel = generate(sessions=5, securities=3, seed=1)
    path = tmp_path / "industries.csv"
    text = "symbol,industry,from\n" + "".join(f"{symbol},banks,2020-01-02\n" for symbol in panel.symbols)

    def tried(draw):
        path.write_bytes(damaged(text.encode(), draw))
        return path.read_bytes()[:200], fall(partial(with_industries, panel, path))

    judge("table of industries", map(tried, draws(30)))


def test_rules_in_files_of_a_user(tmp_path):
    written = {path.name: path for path in write_starter(tmp_path / "starter")}
    raw = written["my_rule.py"].read_bytes()

    def tried(draw):
        path = tmp_path / f"rule_{draw.randrange(10**9)}.py"
        path.write_bytes(damaged(raw, draw))
        return path.read_bytes()[:300], fall(partial(resolve_rule, RuleConfig(name=str(path))))

    judge("rules in files", map(tried, draws(30)))
