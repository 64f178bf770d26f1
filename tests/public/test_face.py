"""The public face: its names, what each takes, and that importing it costs next to nothing."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import liangrong as lr
import pytest
from guide_blocks import blocks

PUBLIC = Path(lr.__file__).parent
FACE = {
    "Board": "class",
    "Composed": "class",
    "ConfigError": "class",
    "DataError": "class",
    "DateError": "class",
    "Form": "class",
    "LiangrongError": "class",
    "LotSizer": "class",
    "LotStrategy": "class",
    "MarginStrategy": "class",
    "OrderKind": "class",
    "Panel": "(*, sessions, symbols, fields, source, imputed, derived, synthetic, industries, adjusted, actions, "
    "endings)",
    "PanelCerebro": "class",
    "Parameter": "(name, kind, default, doc, low, high, choices)",
    "Rule": "class",
    "Setting": "(panel, first, shortable, score)",
    "TargetStrategy": "class",
    "__version__": "text",
    "account_market": "(*, accounts, securities, sessions, seed, start, margin_ratio, feedback, history, "
    "corporate_actions, progress)",
    "account_markets": "(seeds, **options)",
    "analyzers": "module",
    "behaviour": "(data, *, lags, weekly, scale, start, end, out, progress)",
    "check": "(config, overrides)",
    "compare": "(config, overrides, *, workers, out, progress)",
    "credit_broker": "(panel, *, cash, account, costs, market, execution, boards, rulebook, actions, recalls, endings, "
    "carry)",
    "feeds_of": "(panel)",
    "import_data": "(source, paths, to, *, columns, prefer, **options)",
    "kernels": "module",
    "leverage": "(data, symbol, *, on, way, line, fall, truth, page)",
    "load_config": "(config, overrides)",
    "load_run": "(run, folder)",
    "lookahead": "(config, overrides, *, cuts, workers, progress)",
    "market": "(data, *, on, page)",
    "panel_of_frames": "(frames, *, adjusted, source)",
    "parameter": "(default, doc, *, low, high, choices)",
    "read_dataset": "(folder, *, cache)",
    "read_panel": "(config, overrides)",
    "read_truth": "(folder)",
    "read_opening": "(path)",
    "regimes": "(config, overrides, *, margins, days, page, progress)",
    "replicate": "(data, results, *, start, end, page, progress)",
    "run": "(config, overrides, *, out, progress)",
    "runs": "(folder, name)",
    "shock": "(*, fall, margin_ratios, feedback, accounts, securities, before, after, seeds, seed, page, progress)",
    "show": "(data, symbol, *, on, rules, decision, page, run)",
    "speaking": "(language, colours)",
    "study": "(rules, data, *, parameters, target, horizons, focus, quantiles, entry, start, end, out, progress)",
    "study_events": "(events, data, *, before, after, against, estimation, controls, placebos, seed, start, end, out, "
    "progress)",
    "testing": "module",
    "with_leverage": "(panel, fields, way)",
}
"""Name -> what it is. Whoever changes a line changes programs of users: say so in the change."""
TESTING = {
    "ContractError": "class",
    "check_rule": "(rule, panel)",
    "check_source": "(source, paths, **options)",
    "check_strategy": "(strategy, parameters, rule, panel)",
    "sample_panel": "()",
}
SIGNED = {"Panel", "Parameter", "Setting"}
"""Classes that users make objects of themselves."""


def kind(name, found):
    """Return in words what a name is: the parameters of a function, else its sort."""
    if inspect.ismodule(found):
        return "module"
    if isinstance(found, str):
        return "text"
    if isinstance(found, type) and name not in SIGNED:
        return "class"
    signature = inspect.signature(found)
    plain = [p.replace(annotation=p.empty, default=p.empty) for p in signature.parameters.values()]
    return str(inspect.Signature(plain))


def test_the_names_of_the_face_and_what_each_takes():
    assert {name: kind(name, getattr(lr, name)) for name in lr.__all__} == FACE
    assert set(dir(lr)) == set(lr.__all__)
    assert {name: kind(name, getattr(lr.testing, name)) for name in lr.testing.__all__} == TESTING


def test_checkers_and_editors_are_told_the_same_names_from_the_same_modules():
    tree = ast.parse((PUBLIC / "__init__.py").read_text(encoding="utf-8"))
    (told,) = [node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    imports = [node for node in told.body if isinstance(node, ast.ImportFrom)]
    found = {alias.name: node.module for node in imports for alias in node.names}
    expected = {name: module for name, module in lr.FACE.items() if module.rpartition(".")[2] != name}
    modules = {name: module.rpartition(".")[0] or None for name, module in lr.FACE.items() if name not in expected}
    assert found == expected | modules
    assert all(alias.asname == alias.name for node in imports for alias in node.names)  # exported, PEP 484


ALONE = """
import sys
import liangrong as lr
assert "run" in dir(lr) and lr.__version__
print(" ".join(sorted({name.partition(".")[0] for name in sys.modules} | {n for n in sys.modules if "liangrong" in n})))
"""


def test_importing_it_loads_nothing_else():
    loaded = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, check=True, text=True).stdout.split()
    assert not {"numpy", "pandas", "numba", "backtrader", "pydantic", "yaml", "rich"} & set(loaded)
    assert [name for name in loaded if name.startswith("liangrong")] == ["liangrong"]


def test_a_name_that_is_none_is_said_as_of_any_module():
    with pytest.raises(AttributeError, match="module 'liangrong' has no attribute 'backtest'"):
        _ = lr.backtest
    with pytest.raises(ImportError, match="cannot import name 'backtest' from 'liangrong'"):
        exec("from liangrong import backtest")


ROOM = Path(__file__).parents[2] / "core" / "kernels"
NOT_OF_PANELS = {
    *("arrays", "cells", "jit", "prefetch", "windows", "cross_section_moments", "cross_section_sort"),  # their tools
    *("cache_home", "cache_key", "cache_news", "kernel_cache"),
    *("held", "reference", "statistics"),  # of equity, of studies, of the ex-right table
}
INNER = {
    "add_centred_ranks",
    "beyond_limits",
    "limit_prices",
    "limits_of",
    "roll_row",
    "round_cent",
    "round_half_up_scalar",
}
INNER |= {"ticks_per_unit"}


def test_every_documented_function_of_panels_is_in_kernels():
    named = set()
    for path in ROOM.glob("*.py"):
        if path.stem not in NOT_OF_PANELS:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
            named |= {node.name for node in functions if not node.name.startswith("_") and ast.get_docstring(node)}
    found = {name for name in lr.kernels.__all__ if inspect.isfunction(getattr(lr.kernels, name))}
    assert found == named - INNER


DEEPER = ("liangrong.core", "liangrong.strategies", "from .core")


def test_readme_guides_and_starters_use_nothing_deeper():
    root = Path(__file__).parents[2]
    texts = [path.read_text(encoding="utf-8") for path in (root / "README.md", *(PUBLIC / "guides").glob("*.md"))]
    programs = [block.text for text in texts for block in blocks(text) if block.language == "python"]
    starters = [path.read_text(encoding="utf-8") for path in (root / "configs" / "starter").glob("*.py")]
    assert len(programs) > 20
    assert len(starters) == 2
    assert not [text for text in (*programs, *starters) if any(name in text for name in DEEPER)]


def test_type_checkers_find_the_modules_of_the_face():
    names = Path(__file__).parents[2] / ".ci" / "names" / "liangrong"
    assert {path.name for path in names.glob("*.py")} == {path.name for path in PUBLIC.glob("*.py")}
    assert all(path.resolve() == (PUBLIC / path.name).resolve() for path in names.glob("*.py"))
