"""A package of somebody else's that registers a rule, a composed rule, a form and a control."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "acme-margin"
version = "1.0"
"""
BACKEND = """
import zipfile
from pathlib import Path

HEAD = "acme_margin-1.0.dist-info"


def build_wheel(folder, settings=None, metadata=None):
    name = "acme_margin-1.0-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder) / name, "w") as wheel:
        for path in Path("acme_margin").iterdir():
            wheel.write(path)
        wheel.writestr(f"{HEAD}/METADATA", "Metadata-Version: 2.1\\nName: acme-margin\\nVersion: 1.0\\n")
        wheel.writestr(f"{HEAD}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{HEAD}/entry_points.txt", "[liangrong.ideas]\\nacme = acme_margin.ideas\\n")
        wheel.writestr(f"{HEAD}/RECORD", "")
    return name
"""
"""What builds the wheel: nothing that this environment may lack."""
IDEAS = '''
from pathlib import Path

import liangrong as lr
import numpy as np
from acme_margin.helpers import SIGN


class Unloved(lr.Rule):
    """What the crowd has stopped financing.

    Claim: the sellers are gone.
    Formula: sign * z(F, window)
    """

    NEEDS = ("financing_balance",)
    window: int = lr.parameter(20, "sessions of the z-score", low=3)

    def score(self, panel):
        scale = float(Path(__file__).with_name("scale.csv").read_text())
        return SIGN * scale * lr.kernels.rolling_zscore(panel["financing_balance"], self.window)


class Against(lr.Composed):
    """The opposite.

    Claim: none.
    Formula: -score
    """

    def score(self, panel):
        return -self.rules[0].score(panel)


class Top(lr.Form):
    """The best security alone."""

    PARAMETERS = (lr.Parameter("weight", float, 0.5, "fraction of equity", low=0.0, high=1.0),)

    @classmethod
    def check(cls, given, name):
        return lr.TargetStrategy.check.__func__(cls, given, name)

    @classmethod
    def warmup(cls, parameters):
        return 1

    @classmethod
    def targets(cls, setting, parameters):
        score = setting.score[setting.first :]
        best = score == np.nanmax(np.where(np.isnan(score), -np.inf, score), axis=1, keepdims=True)
        weights = np.where(best, parameters["weight"], 0.0)
        weights[np.isnan(score).all(axis=1)] = np.nan
        return weights


class Flat(lr.Rule):
    """A control.

    Claim: none.
    Formula: 1
    """

    NEEDS = ("close",)

    def score(self, panel):
        return np.where(np.isnan(panel["close"]), np.nan, 1.0)


RULES = {"acme_unloved": Unloved, "acme_against": Against}
CONTROLS = {"acme_flat": Flat}
STRATEGIES = {"acme_top": Top}
'''
FILES = {
    "acme_margin/__init__.py": "",
    "acme_margin/ideas.py": IDEAS,
    "acme_margin/helpers.py": "SIGN = -1.0\n",
    "acme_margin/scale.csv": "1.0\n",
}
DATA = {"source": "synthetic", "options": {"securities": 12, "sessions": 120}}


def written(folder, files):
    """Write files into a folder and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def source_tree(folder):
    """Write what pip installs."""
    return written(folder, {"pyproject.toml": PROJECT, "backend.py": BACKEND, **FILES})


def as_installed(folder, files=FILES, name="acme-margin", module="acme_margin.ideas", entry="acme"):
    """Write what `pip install --target` leaves."""
    head = f"{name.replace('-', '_')}-1.0.dist-info"
    meta = {
        f"{head}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{head}/entry_points.txt": f"[liangrong.ideas]\n{entry} = {module}\n",
        f"{head}/top_level.txt": f"{module.partition('.')[0]}\n",
    }
    return written(folder, {**files, **meta})


CLI = """
import sys
from liangrong.core.cli.app import app
from liangrong.core.errors import LiangrongError

for words in sys.argv[1:]:
    try:
        app(words.split())
    except LiangrongError as error:
        print("refused:", error)
    except SystemExit as ended:
        print("ended with", ended.code or 0)
"""


def python(code, *arguments, found=(), cwd, executable=sys.executable):
    """Run a program that finds the packages in the folders `found`; return what it prints, its errors if it fails."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, found)), "COLUMNS": "200"}
    called = [str(executable), "-c", code, *arguments]
    done = subprocess.run(called, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
