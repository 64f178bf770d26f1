"""Configuration files: errors name file, dotted key and line; overrides, environment variables, relative paths."""

from pathlib import Path

import pytest
from liangrong.core.config.yaml_file import load, parse
from liangrong.core.errors import ConfigError

TEXT = """\
name: mine
data:
  source: synthetic
  options: {seed: 3}
strategy:
  name: quantile
  parameters:
    minimum: 40
account:
  cash: 5_000_000
  lines:
    warn: 1.5
window: {start: 2021-01-04, end: 2021-12-31}
"""


@pytest.fixture
def write(tmp_path):
    def file(text, name="mine.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return file


def message(path, *overrides):
    with pytest.raises(ConfigError) as error:
        load(path, overrides)
    return str(error.value).replace(f"{path.parent}/", "")


def test_a_file_is_read(write):
    config = load(write(TEXT))
    assert config.name == "mine"
    assert config.account.cash == 5_000_000.0
    assert config.account.lines.warn == 1.5
    assert config.strategy.parameters == {"minimum": 40}
    assert config.data.options == {"seed": 3}
    assert str(config.window.start) == "2021-01-04"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("cash: 5_000_000", "cash: -1", "mine.yaml:10: `account.cash`: input should be greater than 0, got -1"),
        ("cash: 5_000_000", "cash: lots", "mine.yaml:10: `account.cash`: input should be a valid number"),
        (
            "warn: 1.5",
            "warn: 150",
            "mine.yaml:12: `account.lines.warn`: should be a maintenance ratio, a fraction above 1 to 10, got 150: "
            "write 1.5 for 150 %",
        ),
        ("warn: 1.5", "warn: 1.1", "mine.yaml:11: `account.lines`: the lines should satisfy instant < call"),
        (
            "  cash:",
            "  cahs:",
            "mine.yaml:10: `account.cahs` is not a known key: did you mean `cash`? known here are ",
        ),
        (
            "account:",
            "acount:",
            "mine.yaml:9: `acount` is not a known key: did you mean `account`? known here are name, ",
        ),
        ("    warn:", "    zzz:", "mine.yaml:12: `account.lines.zzz` is not a known key: known here are warn, call"),
        ("  source: synthetic\n", "", "mine.yaml:2: `data.source` is required and absent"),
        (
            "start: 2021-01-04",
            "start: soon",
            "mine.yaml:13: `window.start`: should be a day, such as 2024-01-31",
        ),
        ("end: 2021-12-31", "end: 2020-12-31", "mine.yaml:13: `window`: `start` 2021-01-04 should not lie after `end`"),
        ("minimum: 40", "minimum: {a: {b: 1}}", "mine.yaml:8: `strategy.parameters.minimum`"),
        (
            "strategy:\n  name: quantile\n",
            "strategy: quantile\nx:\n",
            "mine.yaml:5: `strategy`: input should be a valid",
        ),
    ],
)
def test_errors_name_file_line_and_key(write, old, new, expected):
    assert old in TEXT
    assert expected in message(write(TEXT.replace(old, new)))


def test_all_errors_are_told_at_once(write):
    text = TEXT.replace("cash: 5_000_000", "cash: -1").replace("name: mine", "name: a b")
    assert {line.split(":")[1] for line in message(write(text)).splitlines()} == {"1", "10"}


def test_a_union_is_told_by_its_key_and_not_by_its_branch(write):
    text = TEXT.replace("cash: 5_000_000", "financing_margin_ratio: high")
    told = message(write(text))
    assert told.startswith("mine.yaml:10: `account.financing_margin_ratio`: ")
    nested = TEXT.replace("cash: 5_000_000", "financing_margin_ratio:\n    value: 1\n    overide: true")
    assert "mine.yaml:12: `account.financing_margin_ratio.overide` is not a known key" in message(write(nested))


@pytest.mark.parametrize("value", [".nan", "-.inf"])
def test_a_parameter_that_is_no_finite_number_has_one_answer(write, value):
    told = message(write(TEXT.replace("minimum: 40", f"minimum: {value}")))
    assert (
        told == f"mine.yaml:8: `strategy.parameters.minimum`: should be a finite number, got {value.replace('.', '')}"
    )


def test_what_arrived_is_said_once(write):
    text = TEXT + "market: {board: nasdaq}\n"
    assert message(write(text)).endswith("should be one of main, chinext, star, bse, etf, got 'nasdaq'")
    assert message(write(TEXT.replace("5_000_000", "-5"))).count("got") == 1


def test_invalid_yaml_names_the_line(write):
    assert message(write("name: mine\ndata: {source: synthetic\nstrategy: x\n")).startswith(
        "mine.yaml:3: not valid YAML:"
    )
    assert message(write("name: 'x\n")).startswith("mine.yaml:")
    assert "not valid YAML" in message(write("name: *nobody\n"))
    assert "not valid YAML" in message(write("name: a\tb: c\n\t- d\n"))


def test_a_key_that_occurs_twice_is_refused(write):
    text = TEXT.replace("  lines:", "  cash: 1\n  lines:")
    expected = "mine.yaml:11: `account.cash` occurs twice (first on line 10): keep one"
    assert message(write(text)) == expected


def test_python_objects_are_not_built(write):
    for tag in (
        "!!python/object/apply:os.getcwd []",
        "!!python/name:os.getcwd",
        "!!python/tuple [1]",
        "!!set {a: null}",
    ):
        told = message(write(f"name: {tag}\n"))
        assert told == f"mine.yaml:1: `name`: the tag {tag.split()[0]} has no meaning here: leave it out"


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_file_lacks_everything(write, text):
    told = message(write(text))
    assert "`name`" not in told
    assert "`strategy` is required and absent" in told


def test_the_name_of_the_file_serves_where_it_can(write, tmp_path):
    without = TEXT.replace("name: mine\n", "")
    assert load(write(without)).name == "mine"
    assert load(write(TEXT, "other.yaml")).name == "mine"
    told = "my run.yaml: `name` is required and absent: the name of a file serves where it has only letters, digits"
    assert told in message(write(without, "my run.yaml"))
    with pytest.raises(ConfigError, match="embedded: `name` is required and absent"):
        parse(without, "embedded", tmp_path)


def test_a_list_is_no_configuration(write):
    assert message(write("- name: x\n")) == "mine.yaml: a configuration should be a mapping of keys, got list"


def test_a_missing_file_names_its_neighbours(write, tmp_path):
    write(TEXT)
    with pytest.raises(ConfigError, match=r"no configuration at .*other\.yaml: .* holds mine\.yaml"):
        load(tmp_path / "other.yaml")
    with pytest.raises(ConfigError, match=r"give the path of a YAML file$"):
        load(tmp_path / "nowhere" / "other.yaml")


def test_what_cannot_be_read_is_told(tmp_path):
    with pytest.raises(ConfigError, match="is no configuration but a folder: `liangrong data import"):
        load(tmp_path)
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(ConfigError, match="cannot be read as a configuration"):
        load(tmp_path / "binary.yaml")


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("account.cash=123", lambda c: c.account.cash == 123.0),
        (" account.cash = 123", lambda c: c.account.cash == 123.0),
        ("account.credit_line=null", lambda c: c.account.credit_line is None),
        ("strategy.parameters.every=5", lambda c: c.strategy.parameters == {"minimum": 40, "every": 5}),
        ("strategy.parameters={}", lambda c: c.strategy.parameters == {}),
        ("universe.exclude=[600000.SH, 600001.SH]", lambda c: c.universe.exclude == ["600000.SH", "600001.SH"]),
        ("costs.transfer_fee_rate={value: 0, override: true}", lambda c: c.costs.transfer_fee_rate.override),
        ("window.start=2021-03-01", lambda c: str(c.window.start) == "2021-03-01"),
        ("description=a=b", lambda c: c.description == "a=b"),
    ],
)
def test_overrides(write, override, read):
    assert read(load(write(TEXT), [override]))


def test_the_last_override_wins(write):
    assert load(write(TEXT), ["account.cash=1", "account.cash=2"]).account.cash == 2.0


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("account.cash", "`--set account.cash` should read a.b=c"),
        ("=5", "`--set =5` should read a.b=c"),
        ("...=5", "`--set ...=5` should read a.b=c"),
        ("account.=5", "`--set account.=5` should read a.b=c"),
        ("account.cash=[1", "`--set account.cash=[1`:1: not valid YAML: expected ',' or ']'"),
        ("account.cash.much=1", "`--set account.cash.much=1`: `cash` is a value and has no keys below it"),
        ("account.cash=-5", "--set: `account.cash`: input should be greater than 0, got -5"),
        ("account.cahs=5", "--set: `account.cahs` is not a known key: did you mean `cash`?"),
        ("costs.x.y=5", "--set: `costs.x` is not a known key"),
        ("account.flows=[{amont: 5}]", "--set: `account.flows.0.amont` is not a known key: did you mean `amount`?"),
        ("execution={fil: open}", "--set: `execution.fil` is not a known key: did you mean `fill`?"),
    ],
)
def test_overrides_that_do_not_fit(write, override, expected):
    assert expected in message(write(TEXT), override)


def test_an_override_that_breaks_a_relation_is_named(write):
    text = TEXT[: TEXT.index("account:")]
    told = message(write(text), "account.lines.warn=1.1")
    assert "`account.lines`: the lines should satisfy instant < call" in told
    assert told.startswith("--set: ")


def test_environment_variables(write, monkeypatch):
    text = TEXT.replace("source: synthetic", "source: dataset\n  path: ${DATA_HOME:-../data}/margin")
    path = write(text)
    monkeypatch.delenv("DATA_HOME", raising=False)
    assert load(path).data.path == str(path.parents[1] / "data" / "margin")
    monkeypatch.setenv("DATA_HOME", "/srv")
    assert load(path).data.path == "/srv/margin"
    without = write(text.replace(":-../data", ""))
    monkeypatch.delenv("DATA_HOME")
    assert "the environment variable `DATA_HOME` is not set and ${DATA_HOME} names no default" in message(without)


def test_a_relative_path_starts_at_the_file(write, tmp_path, monkeypatch):
    path = write(TEXT.replace("source: synthetic", "source: dataset\n  path: data/x"))
    monkeypatch.chdir(tmp_path.parent)
    assert load(path).data.path == str(tmp_path / "data" / "x")
    absolute = write(TEXT.replace("source: synthetic", "source: dataset\n  path: /data/x"))
    assert load(absolute).data.path == "/data/x"


def test_parse_takes_text(tmp_path):
    assert parse(TEXT, "embedded", tmp_path).name == "mine"
    with pytest.raises(ConfigError, match="embedded:1: `nam` is not a known key: did you mean `name`"):
        parse(TEXT.replace("name: mine", "nam: mine"), "embedded", tmp_path)


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ("2024-13-45", "should be a day, such as 2024-01-31, got '2024-13-45'"),
        ("2024/1/31", "should be a day, got '2024/1/31': write 2024-01-31"),
        ("2024年1月31日", "should be a day, got '2024年1月31日': write 2024-01-31"),
        ("31.01.2024", "should be a day, got '31.01.2024': write 2024-01-31"),
        ("'2024-01-31T10:30'", "should be a day, got '2024-01-31T10:30': write 2024-01-31"),
        ("20240131", "should be a day, got 20240131: write 2024-01-31"),
        ("20241331", "should be a day, such as 2024-01-31, got 20241331"),
        ("true", "should be a day, such as 2024-01-31, got true"),
    ],
)
def test_what_is_no_day_is_refused_in_words_of_ours(stated, told):
    with pytest.raises(ConfigError) as caught:
        of(f"{LEAST}window: {{start: {stated}}}\n")
    assert str(caught.value).endswith(f"`window.start`: {told}")


@pytest.mark.parametrize("empty", ["window:", "account:", "universe: {exclude: }", "account: {flows: , lines: }"])
def test_a_section_stated_empty_has_its_defaults(empty):
    assert of(f"{LEAST}{empty}\n") == of(LEAST)


def test_a_section_that_is_needed_and_empty_says_what_belongs_below_it():
    with pytest.raises(ConfigError, match=r"`strategy`: should have keys below it \(name, rule, parameters\), and has"):
        of("name: least\ndata: {source: synthetic}\nstrategy:\n")


LEAST = "name: least\ndata: {source: synthetic}\nstrategy: {name: buy_and_hold}\n"


def of(text):
    return parse(text, "x.yaml", Path())
