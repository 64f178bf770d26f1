"""`replicate` from the command line and from Python: table, list, JSON, page, both languages, refusals."""

import json

import liangrong as lr
import numpy as np
import pytest
from liangrong.core.cli.app import app
from liangrong.core.dataset.store import save
from liangrong.core.errors import ConfigError
from liangrong.core.panel.panel import Panel
from liangrong.core.replicate.page import render_replication
from liangrong.core.replicate.register import REGISTER
from replicate.planted_markets import market
from typer.testing import CliRunner

NAMES = ("liu_luo_zhao_2020", "broker_turnover_5", "chang_luo_ren_2014_list")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("replicate") / "ds"
    save(market("shares short", -0.001), [], place)
    return place


def told(*words, width=200):
    result = CliRunner().invoke(app, ["replicate", *map(str, words)], env={"COLUMNS": str(width)})
    return result.exit_code, result.stdout, f"{result.stderr} {result.exception}"


def test_the_table_says_verdict_figure_and_why(folder):
    code, out, _ = told(*NAMES, "--data", folder)
    assert code == 0
    (row,) = (line for line in out.splitlines() if line.startswith("liu_luo_zhao_2020  "))
    assert "agrees" in row
    assert "+0.865 %" in row
    assert "needs financing_eligible" in out
    assert "Of 3 published results 1 agree with these data" in out
    assert "Import a list of eligible securities (`liangrong data sources`)." in out
    assert "Another period: published of 2011-01 – 2018-07" in out


def test_no_name_and_no_figure_is_cut_in_a_narrow_terminal(folder):
    _, out, _ = told("--data", folder, width=80)
    lines = [line.split("  ")[0] for line in out.splitlines()]
    assert set(REGISTER) <= set(lines)
    assert "left out at this width: " in out


def test_json_has_every_figure_and_python_the_same(folder):
    code, out, _ = told(*NAMES, "--data", folder, "--json")
    assert code == 0
    answer = json.loads(out)
    content = answer["content"]
    assert answer["kind"] == "replication"
    made = lr.replicate(folder, NAMES)
    assert made.as_record() == {name: content[name] for name in made.as_record()}
    first = content["results"][0]
    assert (first["name"], first["verdict"], first["published"]) == ("liu_luo_zhao_2020", "agrees", [0.00865])
    assert first["low"] < first["found"][0] < first["high"]
    assert content["counts"] == {"agrees": 1, "disagrees": 1, "too little data": 0, "needs a field": 1}
    assert content["results"][2]["lacking"] == ["financing_eligible"]
    assert content["results"][2]["found"] == [None]


def test_the_list_reads_no_data():
    code, out, _ = told("--list")
    assert code == 0
    assert all(name in out for name in REGISTER)
    _, out, _ = told("kang_gu_2021_trend", "--list", "--json")
    (one,) = json.loads(out)["content"]["results"]
    assert one["confirmed"] == "as quoted at second hand; the text was not reached"
    assert one["published"] == [None]
    assert told("--list", "--data", "ds")[0] != 0


def test_the_page_in_both_languages(folder, tmp_path):
    code, out, _ = told(*NAMES, "--data", folder, "--page", tmp_path / "page.html")
    assert code == 0
    assert "page.html" in out
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<b>liu_luo_zhao_2020</b>: agrees" in page
    assert "Emerging Markets Finance and Trade" in page
    made = lr.replicate(folder, NAMES, page=tmp_path / "python.html")
    assert (tmp_path / "python.html").is_file()
    with lr.speaking("zh"):
        chinese = render_replication(made, "ds", "plotly.js")
    assert "已发表的结果" in chinese
    assert "<b>liu_luo_zhao_2020</b>: 相符" in chinese
    for english in ("needs financing_eligible", "Another period", "beyond chance", "read in the abstract", "Import a"):
        assert english not in chinese
    code, _, _ = told(NAMES[0], "--data", folder, "--page", tmp_path)
    assert code == 0
    assert (tmp_path / "report.html").is_file()


def test_it_shows_itself(folder):
    made = lr.replicate(folder, NAMES[0])
    assert "liu_luo_zhao_2020" in made._repr_html_()
    assert "agrees" in repr(made)
    assert made.plot().data


@pytest.mark.parametrize(
    ("words", "told_so"),
    [
        (("liu_luo_zhao_2021", "--data", "ds"), "did you mean `liu_luo_zhao_2020`?"),
        (("zzz", "--list"), "`liangrong replicate --list` shows them"),
        ((), "`replicate` should be given `--data`"),
        (("--data", "nowhere"), "`data` should be a dataset folder"),
    ],
)
def test_what_cannot_be_is_said(words, told_so):
    code, _, error = told(*words)
    assert code != 0
    assert told_so in error


def test_odd_data_are_answered_in_words(tmp_path):
    days = np.busday_offset("2020-01-02", np.arange(1), roll="forward")
    panels = {
        "one": Panel(sessions=days, symbols=("600000.SH",), fields={"close": np.full((1, 1), 10.0)}),
        "blank": market(sessions=30).with_fields(
            {name: np.full((30, 40), np.nan) for name in market(sessions=30).fields}
        ),
        "alone": market(sessions=30, securities=1),
        "level": market(sessions=60).with_fields({"close": np.full((60, 40), 10.0), "open": np.full((60, 40), 10.0)}),
    }
    for name, panel in panels.items():
        save(panel, [], tmp_path / name)
        made = lr.replicate(tmp_path / name)
        verdicts = {one.verdict for one in made.answers if one.result.name != "positive_spread"}
        assert verdicts <= {"too little data", "needs a field"}, name
        assert len(made.answers) == len(REGISTER)
        assert render_replication(made, name, "plotly.js")
    with pytest.raises(ConfigError, match="no published result"):
        lr.replicate(tmp_path / "one", "nothing")
