"""liangrong: backtests of A-share margin trading (融资融券) in a credit account (信用账户).

``import liangrong as lr`` gives the names below. Each is imported when it is asked for, so that the import of the
package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import kernels as kernels
    from . import testing as testing
    from .behaviours import behaviour as behaviour
    from .core.broker import analyzers as analyzers
    from .core.broker.cerebro import PanelCerebro as PanelCerebro
    from .core.broker.easy import credit_broker as credit_broker
    from .core.broker.feed import feeds_of as feeds_of
    from .core.broker.lot_strategy import LotStrategy as LotStrategy
    from .core.broker.sizers import LotSizer as LotSizer
    from .core.errors import ConfigError as ConfigError
    from .core.errors import DataError as DataError
    from .core.errors import DateError as DateError
    from .core.errors import LiangrongError as LiangrongError
    from .core.ideas.form import Form as Form
    from .core.ideas.parameters import Parameter as Parameter
    from .core.ideas.rule import Composed as Composed
    from .core.ideas.rule import Rule as Rule
    from .core.ideas.rule import parameter as parameter
    from .core.ideas.strategy import MarginStrategy as MarginStrategy
    from .core.ideas.target_strategy import Setting as Setting
    from .core.ideas.target_strategy import TargetStrategy as TargetStrategy
    from .core.pages.language import speaking as speaking
    from .core.panel.data_frames import panel_of_frames as panel_of_frames
    from .core.panel.leverage import with_leverage as with_leverage
    from .core.panel.panel import Panel as Panel
    from .core.statement.account_file import read_opening as read_opening
    from .core.types import Board as Board
    from .core.types import OrderKind as OrderKind
    from .crowd_markets import account_market as account_market
    from .crowd_markets import account_markets as account_markets
    from .crowd_markets import read_truth as read_truth
    from .crowd_markets import shock as shock
    from .data_views import leverage as leverage
    from .data_views import market as market
    from .data_views import show as show
    from .event_studies import study_events as study_events
    from .functions import check as check
    from .functions import compare as compare
    from .functions import import_data as import_data
    from .functions import load_config as load_config
    from .functions import lookahead as lookahead
    from .functions import read_dataset as read_dataset
    from .functions import read_panel as read_panel
    from .functions import run as run
    from .functions import study as study
    from .kept_runs import load_run as load_run
    from .kept_runs import runs as runs
    from .regime_views import regimes as regimes
    from .replications import replicate as replicate

    __version__: str

FACE = {
    "Board": "core.types",
    "Composed": "core.ideas.rule",
    "ConfigError": "core.errors",
    "DataError": "core.errors",
    "DateError": "core.errors",
    "Form": "core.ideas.form",
    "LiangrongError": "core.errors",
    "LotSizer": "core.broker.sizers",
    "LotStrategy": "core.broker.lot_strategy",
    "MarginStrategy": "core.ideas.strategy",
    "OrderKind": "core.types",
    "Panel": "core.panel.panel",
    "PanelCerebro": "core.broker.cerebro",
    "Parameter": "core.ideas.parameters",
    "Rule": "core.ideas.rule",
    "Setting": "core.ideas.target_strategy",
    "TargetStrategy": "core.ideas.target_strategy",
    "account_market": "crowd_markets",
    "account_markets": "crowd_markets",
    "analyzers": "core.broker.analyzers",
    "behaviour": "behaviours",
    "check": "functions",
    "compare": "functions",
    "credit_broker": "core.broker.easy",
    "feeds_of": "core.broker.feed",
    "import_data": "functions",
    "kernels": "kernels",
    "leverage": "data_views",
    "load_config": "functions",
    "load_run": "kept_runs",
    "lookahead": "functions",
    "market": "data_views",
    "panel_of_frames": "core.panel.data_frames",
    "parameter": "core.ideas.rule",
    "read_dataset": "functions",
    "read_panel": "functions",
    "read_truth": "crowd_markets",
    "read_opening": "core.statement.account_file",
    "regimes": "regime_views",
    "replicate": "replications",
    "run": "functions",
    "runs": "kept_runs",
    "shock": "crowd_markets",
    "show": "data_views",
    "speaking": "core.pages.language",
    "study": "functions",
    "study_events": "event_studies",
    "testing": "testing",
    "with_leverage": "core.panel.leverage",
}
"""Name -> the module below this package that has it; a module of that very name is itself what is given."""

__all__ = [*FACE, "__version__"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Return a name of the face, imported when it is first asked for."""
    if name == "__version__":
        from importlib.metadata import version

        return version("liangrong")
    if name not in FACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{FACE[name]}")
    found = module if FACE[name].rpartition(".")[2] == name else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the names of the face."""
    return sorted(__all__)
