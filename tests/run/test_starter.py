"""The starter files run as they are written, and never replace what is there."""

import pytest
from liangrong.core.config.yaml_file import load
from liangrong.core.errors import OutputError
from liangrong.core.run.engines import run
from liangrong.core.run.lookahead import check_lookahead
from liangrong.core.run.starter import write_starter


def test_every_starter_configuration_runs_and_knows_no_future(tmp_path, crew):
    written = write_starter(tmp_path / "new" / "folder")
    assert [path.name for path in written] == ["my_run.yaml", "my_strategy_run.yaml", "my_rule.py", "my_strategy.py"]
    shorter = ["data.options.sessions=140", "data.options.securities=30"]
    for path in written[:2]:
        config = load(path, shorter)
        assert len(run(config).fills) > 10
        assert check_lookahead(config, 2, crew=crew).findings == ()


def test_nothing_is_replaced(tmp_path):
    mine = tmp_path / "my_rule.py"
    mine.write_text("mine")
    with pytest.raises(OutputError, match=r"my_rule.py exists and stays as it is: .* nothing was written"):
        write_starter(tmp_path)
    assert mine.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["my_rule.py"]


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write into .*file"):
        write_starter(tmp_path / "file")
