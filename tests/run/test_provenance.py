"""Where a result comes from: the data by their digest, the release, the annualisation; layouts that are newer."""

import json
from dataclasses import replace
from html import unescape

import liangrong as lr
import numpy as np
import pytest
from liangrong.core.config.run import DataConfig
from liangrong.core.dataset import store
from liangrong.core.errors import DataError
from liangrong.core.panel.panel import Panel
from liangrong.core.run import load as loading
from liangrong.core.run.engines import run
from liangrong.core.run.load import read_data
from liangrong.core.run.page import render
from liangrong.core.run.provenance import release
from liangrong.core.run.result import load
from run.configured import configured

WEEK = ("2018-07-09", "2018-07-10", "2018-07-11", "2018-07-12", "2018-07-13", "2018-07-16")
DAYS = np.array(["2024-03-04", "2024-03-05"], dtype="datetime64[D]")


def panel(price):
    prices = np.array([[price, 10.0], [10.5, np.nan]])
    fields = {**dict.fromkeys(("open", "high", "low", "close"), prices), "volume": np.full((2, 2), 1e6)}
    return Panel(sessions=DAYS, symbols=("600000.SH", "000001.SZ"), fields=fields)


def test_a_dataset_has_the_digest_that_data_info_tells(tmp_path):
    folder = store.save(panel(10.0), (), tmp_path / "set")
    record = read_data(DataConfig(source="dataset", path=str(folder))).record
    assert record == {
        "source": "dataset",
        "path": str(folder),
        "digest": store.info(folder)["digest"],
        "start": "2024-03-04",
        "end": "2024-03-05",
        "sessions": 2,
        "securities": 2,
    }
    store.save(panel(10.01), (), folder)
    changed = read_data(DataConfig(source="dataset", path=str(folder))).record
    assert changed["digest"] == store.info(folder)["digest"] != record["digest"]


def test_an_import_while_it_is_read_is_not_told_as_the_other_version(tmp_path, monkeypatch):
    folder = store.save(panel(10.0), (), tmp_path / "set")
    read, imports = loading.load_panel, [10.01]

    def interrupted(data):
        found = read(data)
        if imports:
            store.save(panel(imports.pop()), (), folder)
        return found

    monkeypatch.setattr(loading, "load_panel", interrupted)
    found = read_data(DataConfig(source="dataset", path=str(folder)))
    assert found.panel["close"][0, 0] == 10.01
    assert found.record["digest"] == store.info(folder)["digest"]


BARS = "day,open,high,low,close,volume\n2024-03-04,10,10,10,10,100\n2024-03-05,10,11,10,{},200\n"


def test_files_have_a_digest_of_what_was_read(tmp_path):
    path, digests = tmp_path / "bars.csv", []
    for close in ("11", "10.5", "11"):
        path.write_text(BARS.format(close), encoding="utf-8")
        data = DataConfig(source="ohlcv", path=str(path), options={"symbol": "600000.SH"})
        digests.append(read_data(data).record["digest"])
    assert digests[0] == digests[2] != digests[1]


def test_the_summary_on_disk_says_release_annualisation_and_data(tmp_path):
    folder = run(configured()).save(tmp_path / "run")
    head = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert (head["schema"], head["liangrong"]) == (1, release())
    assert head["annualisation"] == {"sessions_per_year": 243.0, "risk_free_rate": 0.0}
    assert head["data"]["source"] == "synthetic"
    assert len(head["data"]["digest"]) == 32
    assert load(folder).provenance == {key: head[key] for key in ("annualisation", "audit", "data", "liangrong")}
    assert not (folder / "run.json").exists()  # it is the command's


def test_the_universe_and_the_window_are_no_part_of_the_data():
    left_out = read_data(configured().data).panel.symbols[0]
    narrow = configured({"window.start": "2022-02-10", "universe.exclude": [left_out]})
    assert run(narrow).provenance["data"] == run(configured()).provenance["data"]


def test_the_figures_are_annualised_as_they_say():
    result = run(configured())
    told, metrics = result.provenance["annualisation"], result.summary
    years = metrics["sessions"] / told["sessions_per_year"]
    assert (1.0 + metrics["total_return"]) ** (1.0 / years) - 1.0 == pytest.approx(metrics["annualised_return"])


def test_a_summary_of_a_later_release_is_refused_and_one_of_an_earlier_is_read(tmp_path):
    folder = run(configured()).save(tmp_path / "run")
    head = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    (folder / "summary.json").write_text(json.dumps({**head, "schema": 2}), encoding="utf-8")
    with pytest.raises(DataError, match=r"summary\.json has schema 2, this release reads up to 1"):
        load(folder)
    early = {key: head[key] for key in ("name", "notes", "metrics")}
    (folder / "summary.json").write_text(json.dumps(early), encoding="utf-8")
    assert load(folder).provenance == {}


JUMP = [10.0, 10.1, 10.0, 13.0, 13.1, 13.0]
"""A rise of 30 % where 10 % are the limit, on the fourth session."""


def jumping(tmp_path):
    rows = [f"{day},{price},{price},{price},{price},1000" for day, price in zip(WEEK, JUMP, strict=True)]
    path = tmp_path / "bars.csv"
    path.write_text("\n".join(["day,open,high,low,close,volume", *rows, ""]), encoding="utf-8")
    return {"data": {"source": "ohlcv", "path": str(path), "options": {"symbol": "600000.SH"}}}


def test_a_result_says_what_the_audit_of_its_data_found(tmp_path):
    result = lr.run({"name": "jump", **jumping(tmp_path), "strategy": {"name": "buy_and_hold"}})
    assert result.provenance["audit"]["wrong"] == {"move_beyond_limit": 1}
    assert load(result.save(tmp_path / "run")).provenance["audit"] == result.provenance["audit"]
    page = unescape(render(result))
    assert "what cannot be: move_beyond_limit × 1" in page
    with lr.speaking("zh"):
        assert "不可能成立：超出涨跌幅 × 1" in unescape(render(result))
    assert "was not made" in unescape(render(replace(result, provenance={})))
