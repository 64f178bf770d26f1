"""Every option changes a result or is refused: each is flipped where it must matter, in both engines.

What changes the compiled engine's tables changes backtrader's, since both are the same to the last digit.
"""

import json
from typing import get_args

import pytest
from liangrong.core.config.run import Conditions
from liangrong.core.config.values import Model
from liangrong.core.errors import ConfigError
from liangrong.core.run.compiled import run_compiled
from liangrong.core.run.engines import execute
from run import flip_market
from run.flips import FLIPS, FLOWS, OPENING
from run.random_scenarios import backtrader, images


def models(annotation):
    """Return the models that stand in an annotation, those of lists and alternatives included."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return [annotation]
    return [model for part in get_args(annotation) for model in models(part)]


def options(model, path=()):
    """Yield the dotted name of every option below a model; a section is none itself."""
    for name, field in model.model_fields.items():
        if models(field.annotation) != [field.annotation]:
            yield ".".join((*path, name))
        for inner in dict.fromkeys(models(field.annotation)):
            yield from options(inner, (*path, name))


def test_every_option_is_flipped():
    assert set(FLIPS) == set(options(Conditions))


def made(flip, keys, folder):
    """Return the scenario of a flip under `keys`."""
    (folder / "opening.yaml").write_text(json.dumps(OPENING), encoding="utf-8")  # JSON is YAML
    lines = [
        ",".join(str(row.get(name, "")) for name in ("date", "kind", "symbol", "shares", "amount")) for row in FLOWS
    ]
    (folder / "flows.csv").write_text("\n".join(["date,kind,symbol,shares,amount", *lines, ""]), encoding="utf-8")
    (folder / "endings.csv").write_text(
        f"date,symbol\n{flip_market.DAYS[flip_market.END]},{flip_market.A}\n", encoding="utf-8"
    )
    rights = "date,symbol,cash_per_share,share_ratio,rights_ratio,rights_price\n"
    rights += f"{flip_market.DAYS[9]},{flip_market.A},0,0,0.1,5\n"
    (folder / "rights.csv").write_text(rights, encoding="utf-8")
    keys = {name: value.format(folder=folder) if isinstance(value, str) else value for name, value in keys.items()}
    if flip.orders:
        return flip_market.replayed(keys, folder, flip.orders)
    return flip_market.targeted(keys, folder, flip.rows, flip.lent)


@pytest.mark.parametrize("name", FLIPS)
def test_an_option_changes_a_result_or_is_refused(name, tmp_path):
    flip = FLIPS[name]
    before, after = flip.base, {**flip.base, **flip.keys}
    if flip.refused:
        with pytest.raises(ConfigError, match=flip.refused):
            execute(made(flip, after, tmp_path))
        execute(made(flip, before, tmp_path))
        return
    run = backtrader if flip.orders else run_compiled
    was, now = (images(run(made(flip, keys, tmp_path))) for keys in (before, after))
    assert was != now, f"{name} changes nothing"


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, flip in FLIPS.items() if not flip.orders and not flip.refused])
def test_backtrader_is_changed_in_the_same_way(name, tmp_path):
    scenario = made(FLIPS[name], {**FLIPS[name].base, **FLIPS[name].keys}, tmp_path)
    assert images(backtrader(scenario)) == images(run_compiled(scenario))
