"""A client is a stranger: nothing out of the folder, no code, nothing of the environment."""

import os
from typing import get_args

import pytest
import yaml
from liangrong import ConfigError
from liangrong.core.config.comparison import load_compare
from liangrong.core.config.layers import reading_only
from liangrong.core.config.run import Config
from liangrong.core.config.yaml_file import load
from liangrong.core.server.asked_config import asked_config, check_config
from liangrong.core.server.borders import Borders
from pydantic import BaseModel

BASE = {
    "name": "asked",
    "data": {"source": "synthetic", "options": {"sessions": 60, "securities": 10}},
    "strategy": {"name": "quantile", "rule": {"name": "balance_trend"}},
}


@pytest.fixture
def inside(tmp_path, monkeypatch):
    """Return the borders of a folder beside which lies what is nobody's business; it is the working folder."""
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "secret.yaml").write_text(yaml.safe_dump(BASE), encoding="utf-8")
    (tmp_path / "secret.csv").write_text("date,symbol\n", encoding="utf-8")
    (folder / "base.yaml").write_text(yaml.safe_dump(BASE), encoding="utf-8")
    monkeypatch.chdir(folder)
    return Borders(folder.resolve())


def changed(key, value, base=BASE):
    """Return a copy of the keys with one dotted key changed."""
    made = yaml.safe_load(yaml.safe_dump(base))
    *parents, last = key.split(".")
    target = made
    for part in parents:
        target = target.setdefault(part, {})
    target[last] = value
    return made


OUTSIDE = ["../secret.csv", "..", "/etc/passwd", "inside/../../secret.csv", "link.csv", "linked/secret.csv"]
KEYS = [
    "data.path",
    "data.actions",
    "data.industries",
    "data.recalls",
    "data.endings",
    "account.opening",
    "account.flows",
    "strategy.parameters.file",
    "strategy.rule.parameters.list_file",
]


@pytest.mark.parametrize("outside", OUTSIDE)
@pytest.mark.parametrize("key", KEYS)
def test_no_path_leads_out(inside, key, outside):
    (inside.root / "link.csv").symlink_to(inside.root.parent / "secret.csv")
    (inside.root / "linked").symlink_to(inside.root.parent)
    for given in (changed(key, outside), yaml.safe_dump(changed(key, outside))):
        with pytest.raises(ConfigError, match=r"leads out of the folder of the server"):
            asked_config(inside, {"configuration": given})
    with pytest.raises(ConfigError, match=r"leads out"):
        asked_config(inside, {"configuration": BASE, "set": {key: outside}})


@pytest.mark.parametrize("key", ["account.financing_rate", "output.benchmark"])
def test_no_csv_of_rates_or_benchmark_leads_out(inside, key):
    with pytest.raises(ConfigError, match=r"leads out"):
        asked_config(inside, {"configuration": changed(key, "../secret.csv")})


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ("../secret.yaml", "leads out"),
        ("/etc/passwd", "leads out"),
        ("~/x.yaml", "should be a path below"),
        ("", "should be a path below"),
        ("a\0b", "should be a path below"),
        ("%2e%2e/secret.yaml", "no configuration"),
        ("a" * 5000, "no path that can be followed|no configuration|cannot be read"),
    ],
)
def test_no_file_leads_out(inside, given, match):
    with pytest.raises(ConfigError, match=match):
        asked_config(inside, {"file": given})


def test_a_circle_of_links_is_no_path(inside):
    (inside.root / "a").symlink_to(inside.root / "b")
    (inside.root / "b").symlink_to(inside.root / "a")
    with pytest.raises(ConfigError, match="`file`"):
        asked_config(inside, {"file": "a"})


def test_what_lies_inside_or_is_allowed_may_be_read(inside):
    data = inside.root.parent / "data"
    data.mkdir()
    with pytest.raises(ConfigError, match="--allow"):
        asked_config(inside, {"configuration": changed("data.path", str(data))})
    wider = Borders(inside.root, (data.resolve(),))
    assert asked_config(wider, {"configuration": changed("data.path", "../data")}).run_config().name == "asked"
    assert asked_config(inside, {"file": "base.yaml"}).run_config().name == "asked"
    text = asked_config(inside, {"configuration": yaml.safe_dump(BASE), "set": {"account.cash": 5}}).run_config()
    assert text.account.cash == 5


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("strategy.name", "evil.py:Evil"),
        ("strategy.rule", "evil.py:Evil"),
        ("strategy.rule", {"name": "lag", "rules": ["evil.py:Evil"]}),
        ("costs.commission", "evil.py:evil"),
        ("costs.commission", {"name": "${LIANGRONG_NONE:-evil.py:evil}"}),
    ],
)
def test_no_code_is_named(inside, key, value):
    (inside.root / "evil.py").write_text("open('ran', 'w')\n", encoding="utf-8")
    for arguments in (
        {"configuration": changed(key, value)},
        {"configuration": yaml.safe_dump(changed(key, value))},
        {"configuration": BASE, "set": {key: value}},
    ):
        with pytest.raises(ConfigError, match=r"names code.*--allow-code"):
            asked_config(inside, arguments)
    assert asked_config(Borders(inside.root, runs_code=True), {"configuration": changed("strategy.name", "evil.py:E")})
    with pytest.raises(ConfigError, match="leads out"):
        asked_config(Borders(inside.root, runs_code=True), {"configuration": changed("strategy.name", "../e.py:E")})
    assert not (inside.root / "ran").exists()


COMPARED = {"name": "c", "run": BASE, "trials": {"method": "grid", "keys": {"account.cash": [1, 2]}}}


@pytest.mark.parametrize(
    ("keys", "match"),
    [
        (changed("base", "../secret.yaml", COMPARED), "leads out"),
        (changed("extends", "../secret.yaml"), "leads out"),
        (changed("extends", ["base.yaml", "evil.yaml"]), "names code"),
        (changed("extends", "deep.yaml"), "leads out"),
        (changed("run.data.path", "/etc", COMPARED), "leads out"),
        (changed("trials.keys", {"account.opening": ["../secret.csv"]}, COMPARED), "leads out"),
        (changed("trials.keys", {"strategy.rule": ["evil.py:E"]}, COMPARED), "names code"),
        (changed("controls", [{"base": "../secret.yaml"}], COMPARED), "leads out"),
        (changed("controls", ["evil.py:E"], COMPARED), "names code"),
        (changed("trials", {"method": "list", "list": [{"base": "/etc/passwd"}]}, COMPARED), "leads out"),
        (changed("base", "evil.yaml", COMPARED), "names code"),
        (changed("base", "circle.yaml", COMPARED), "based on one another"),
    ],
)
def test_comparisons_and_bases_stay_inside(inside, keys, match):
    evil = yaml.safe_dump(changed("strategy.name", "evil.py:E"))
    (inside.root / "evil.yaml").write_text(evil, encoding="utf-8")
    (inside.root / "circle.yaml").write_text("base: circle.yaml\n", encoding="utf-8")
    (inside.root / "deep.yaml").write_text("extends: [base.yaml, ../secret.yaml]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=match):
        asked_config(inside, {"configuration": keys})
    (inside.root / "asked.yaml").write_text(yaml.safe_dump(keys), encoding="utf-8")
    with pytest.raises(ConfigError, match=match):
        asked_config(inside, {"file": "asked.yaml"})


def test_a_comparison_as_text_is_one(inside):
    asked = asked_config(inside, {"configuration": yaml.safe_dump(COMPARED)})
    assert asked.is_comparison
    assert load_compare(asked.compared())[0].name == "c"


def test_the_environment_stays_the_users(inside, monkeypatch):
    monkeypatch.setenv("TUSHARE_TOKEN", "secret")
    monkeypatch.setenv("LIANGRONG_NAME", "mine")
    for text in ("${TUSHARE_TOKEN}", "${TUSHARE_TOKEN:-x}", "${HOME}"):
        with pytest.raises(ConfigError, match=r"environment variable .*LIANGRONG_"):
            asked_config(inside, {"configuration": changed("name", text)})
    assert asked_config(inside, {"configuration": changed("name", "${LIANGRONG_NAME}")}).run_config().name == "mine"


CANARY = "canary-of-the-environment"


def every_key(model=Config, prefix=""):
    """Yield the dotted key of each field of the schema, sections too."""
    for name, field in model.model_fields.items():
        yield f"{prefix}{name}"
        for one in (field.annotation, *get_args(field.annotation)):
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield from every_key(one, f"{prefix}{name}.")


@pytest.mark.parametrize("key", [*dict.fromkeys(every_key()), "nobody.knows.this", "extends", "strategy.rule.rules"])
def test_no_key_reads_a_variable_of_the_environment(inside, monkeypatch, key):
    monkeypatch.setenv("CANARY_TOKEN", CANARY)
    for text in ("${CANARY_TOKEN}", "a${LIANGRONG_A:-${CANARY_TOKEN}}", "${LIANGRONG_A:-$}{CANARY_TOKEN}"):
        whole = changed(key, text)
        (inside.root / "below.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
        for given in (
            {"configuration": whole},
            {"configuration": yaml.safe_dump(whole)},
            {"configuration": changed(key, [{"deep": [text]}])},
            {"configuration": changed(key, {text: 1})},
            {"configuration": BASE, "set": {key: text}},
            {"configuration": {"extends": "below.yaml", "name": "x"}},
            {"configuration": {"base": "below.yaml", "name": "x", "trials": {"keys": {"account.cash": [1]}}}},
            {"configuration": {"run": BASE, "name": "x", "trials": {"keys": {key: [text]}}}},
            {"configuration": {"run": BASE, "name": "x", "trials": {"list": [{key: text}]}}},
            {"file": "below.yaml"},
        ):
            with pytest.raises(ConfigError, match=r"environment variable|makes a variable|leads out") as told:
                asked_config(inside, given)
            assert CANARY not in str(told.value)


def test_an_anchor_reads_no_variable(inside, monkeypatch):
    monkeypatch.setenv("CANARY_TOKEN", CANARY)
    text = yaml.safe_dump(BASE) + "description: &a ${CANARY_TOKEN}\noutput: {benchmark: *a}\n"
    with pytest.raises(ConfigError, match="environment variable"):
        asked_config(inside, {"configuration": text})


def test_the_reader_itself_reads_no_other_variable(monkeypatch):
    monkeypatch.setenv("CANARY_TOKEN", CANARY)
    monkeypatch.setenv("LIANGRONG_OWN", "own")
    with reading_only("LIANGRONG_"):
        for text in ("${CANARY_TOKEN}", "${CANARY_TOKEN:-x}"):
            with pytest.raises(ConfigError, match="not for you"):
                load(changed("description", text))
        assert load(changed("description", "${LIANGRONG_OWN}")).description == "own"
    assert load(changed("description", "${CANARY_TOKEN}")).description == CANARY


def test_no_code_is_put_together(inside):
    for text in ("${LIANGRONG_A:-evil.p}y:Evil", "ev${LIANGRONG_A:-il.py}:Evil"):
        with pytest.raises(ConfigError, match=r"`configuration` names code"):
            asked_config(inside, {"configuration": changed("strategy.name", text)})


def test_a_key_of_set_with_a_space_is_looked_at(inside):
    keys = {"name": "c", "run": BASE, "trials": {"keys": {"account.cash": [1, 2]}}}
    with pytest.raises(ConfigError, match=r"`set` '\.\./secret\.yaml' leads out|`base` '\.\./secret\.yaml' leads out"):
        asked_config(inside, {"configuration": keys, "set": {" base": "../secret.yaml"}})


def test_a_link_and_dots_lead_nowhere_else(inside):
    (inside.root / "a" / "b").mkdir(parents=True)
    (inside.root / "x").symlink_to(inside.root / "a" / "b")
    (inside.root / "secret.yaml").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"`extends` .* leads out"):
        asked_config(inside, {"configuration": changed("extends", "x/../../secret.yaml")})


def test_a_description_may_name_code(inside):
    assert asked_config(inside, {"configuration": changed("description", "my_rules.py:Mine")}).run_config()


def test_the_configuration_that_runs_is_looked_at_too(inside):
    keys = changed("data.path", str(inside.root.parent / "secret.csv"))
    config = asked_config(Borders(inside.root.parent), {"configuration": keys}).run_config()
    with pytest.raises(ConfigError, match="leads out"):
        check_config(inside, config)


@pytest.mark.parametrize("arguments", [{}, {"configuration": "name: x", "file": "base.yaml"}])
def test_one_configuration_is_given(inside, arguments):
    with pytest.raises(ConfigError, match="either, not both"):
        asked_config(inside, arguments)


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "/x", ".hidden", "a\0", "x" * 300, "a\\b"])
def test_results_have_names_and_no_paths(inside, name):
    with pytest.raises(ConfigError, match="`name`"):
        inside.writable("runs", name)


def test_results_are_not_written_through_links(inside):
    assert inside.writable("runs", "两融") == inside.writable("runs", "两融").relative_to(".")
    os.symlink(inside.root.parent, inside.root / "runs")
    with pytest.raises(ConfigError, match="is a link to another place"):
        inside.writable("runs", "mine")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"configuration": BASE, "set": {"data.path": "/etc/passwd"}}, "`set` '/etc/passwd' leads out"),
        ({"configuration": BASE, "set": {"strategy.name": "a.py:A"}}, "`set` names code"),
        ({"configuration": changed("extends", "../x.yaml")}, "`extends` '../x.yaml' leads out"),
        ({"configuration": {"base": "../x.yaml", "trials": {}}}, "`base` '../x.yaml' leads out"),
    ],
)
def test_what_is_refused_is_called_as_the_client_calls_it(inside, asked, said):
    with pytest.raises(ConfigError) as told:
        asked_config(inside, asked)
    assert str(told.value).startswith(said)


def test_a_value_of_set_is_refused_as_one_of_set(inside):
    with pytest.raises(ConfigError, match=r"^set: `account\.cash`"):
        asked_config(inside, {"configuration": BASE, "set": {"account.cash": "much"}}).run_config()
    with pytest.raises(ConfigError, match=r"^`set: name\.x`"):
        asked_config(inside, {"configuration": BASE, "set": {"name.x": 1}})


@pytest.mark.parametrize("key", ["file", "data.path", "extends", "base"])
def test_a_pipe_is_refused_before_it_is_opened(inside, key):
    os.mkfifo(inside.root / "pipe")
    (inside.root / "dataset").mkdir()
    os.mkfifo(inside.root / "dataset" / "pipe.csv")
    compared = {"name": "c", "run": BASE, "trials": {"keys": {"account.cash": [1, 2]}}}
    configuration = changed(key, "pipe", compared if key == "base" else BASE)
    with pytest.raises(ConfigError, match="'pipe' is neither a file nor a folder"):
        asked_config(inside, {"file": "pipe"} if key == "file" else {"configuration": configuration})
    with pytest.raises(ConfigError, match=r"'dataset/pipe\.csv' is neither a file nor a folder"):
        asked_config(inside, {"configuration": changed("data.path", "dataset")})
