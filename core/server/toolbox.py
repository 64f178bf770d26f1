"""All tools, as clients read of them; `workshop` carries them out."""

from dataclasses import dataclass
from typing import Any

from .arguments import Argument, schema_of


@dataclass(frozen=True)
class Tool:
    """One tool.

    Parameters
    ----------
    name, doc : str
    arguments : tuple of Argument
    writes : bool
        Whether it adds to the folders of results.
    """

    name: str
    doc: str
    arguments: tuple[Argument, ...] = ()
    writes: bool = False

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of its arguments."""
        return schema_of(self.arguments)


_VERDICT = " The answer's `verdict` says what is known of luck and look-ahead: repeat it with the figures."

_CONFIG = (
    Argument(
        "configuration", "YAML text, or its keys; see the tool `schema`. Either this or `file`.", ("string", "object")
    ),
    Argument("file", "A YAML file below the folder of the server."),
    Argument("set", 'Dotted keys to change: {"account.cash": 5000000}.', ("object",)),
)
_LANG = Argument("lang", "Language of pages and texts.", default="en", choices=("en", "zh"))
_NAME = Argument("name", "Its name.", is_required=True)
_FOLDER = Argument("folder", "A dataset folder, see `list_datasets`.", is_required=True)

_DATASET = Argument("dataset", "A dataset folder; else a configuration, of which the data count.")
_WINDOW = (Argument("start", "First session, such as 2015-01-05."), Argument("end", "Last session."))

_ALL = (
    Tool("list_rules", "List the rules: claims about margin balances, each a score of securities."),
    Tool("explain_rule", "Explain a rule: claim, formula, parameters, fields, example.", (_NAME,)),
    Tool("list_strategies", "List the strategies that turn scores into a portfolio."),
    Tool("explain_strategy", "Explain a strategy: parameters, fields, example.", (_NAME,)),
    Tool(
        "guide",
        "Return a guide as Markdown, or list the guides.",
        (Argument("topic", "Such as ledger, luck, my_data; all are listed where absent."), _LANG),
    ),
    Tool(
        "schema",
        "Return the JSON schema of a configuration, with every key, unit and default.",
        (Argument("of", "Of a run or a comparison.", default="run", choices=("run", "compare")),),
    ),
    Tool("list_datasets", "List the datasets below the folder of the server."),
    Tool("data_info", "Return what a dataset holds, and when each field is public.", (_FOLDER,)),
    Tool("data_audit", "Audit a dataset: what cannot be, what has to be known.", (_FOLDER,)),
    Tool(
        "list_runs",
        "List the runs that are kept, the newest first." + _VERDICT,
        (
            Argument("name", "Only runs of this name."),
            Argument("limit", "At most so many.", ("integer",), default=20, low=1, high=500),
        ),
    ),
    Tool(
        "show_run",
        "Return the figures of a run that is kept." + _VERDICT,
        (Argument("run", "NAME (its newest), NAME/STAMP, or the beginning of a stamp.", is_required=True),),
    ),
    Tool("check", "Return what a configuration comes to: every key, data, dated rules, warnings.", _CONFIG),
    Tool("run", "Run a backtest and keep its result." + _VERDICT, (*_CONFIG, _LANG), writes=True),
    Tool(
        "compare",
        "Run many configurations on one panel, rank them against controls and judge luck. What is finished is kept: "
        "the same call goes on where it stopped." + _VERDICT,
        (
            *_CONFIG,
            Argument("most_trials", "Refuse more.", ("integer",), default=1000, low=1, high=100_000),
            _LANG,
        ),
        writes=True,
    ),
    Tool(
        "study",
        "Study how well rules foretell returns before costs, or crash risk." + _VERDICT,
        (
            Argument(
                "rules",
                "A rule, a composed one as lag(RULE), its keys, a list, or `all`.",
                ("string", "object", "array"),
                is_required=True,
            ),
            _DATASET,
            *_CONFIG,
            Argument("parameters", "Of a single rule.", ("object",)),
            Argument(
                "target",
                "crash: NCSKEW, DUVOL, left tail; above 0 high scores crash more.",
                default="return",
                choices=("return", "crash"),
            ),
            Argument("focus", "Horizon of the verdict, sessions.", ("integer",), low=1, high=250),
            Argument("entry", "Open of the next session, or close of the decision's.", choices=("open", "close")),
            *_WINDOW,
            Argument("name", "Of the folder, of several rules.", default="comparison"),
            _LANG,
        ),
        writes=True,
    ),
    Tool(
        "study_behaviour",
        "Study who trades after what: net financing and short sales after rises and after falls." + _VERDICT,
        (
            _DATASET,
            *_CONFIG,
            Argument("lags", "Sessions or weeks before a flow, such as 1,2,3-5."),
            Argument("weekly", "By week in the place of the session.", ("boolean",), default=False),
            Argument("scale", "What a flow is over.", default="balance", choices=("balance", "float_cap", "turnover")),
            *_WINDOW,
            _LANG,
        ),
        writes=True,
    ),
    Tool(
        "study_events",
        "Study what followed events: abnormal returns, balances and flows of the market." + _VERDICT,
        (
            Argument(
                "events",
                "lists: entries to and exits from lists; rulebook: changes of margin ratios; or a CSV file below the "
                "folder of the server: date[,symbol][,kind].",
                is_required=True,
            ),
            _DATASET,
            *_CONFIG,
            Argument("before", "Sessions of the window before.", ("integer",), default=10, low=1, high=120),
            Argument("after", "Sessions of the window after.", ("integer",), default=20, low=1, high=250),
            Argument(
                "against",
                "What returns are measured against; matched, or what the data allow, where absent.",
                choices=("equal", "industry", "matched"),
            ),
            *_WINDOW,
            _LANG,
        ),
        writes=True,
    ),
    Tool(
        "lookahead",
        "Check that no decision of a configuration knew the future; its runs carry the verdict from then on.",
        (*_CONFIG, Argument("cuts", "Sessions that are tested.", ("integer",), default=40, low=1, high=5000)),
        writes=True,
    ),
)

TOOLS = {tool.name: tool for tool in _ALL}
"""By name, in the order of the list."""

INNER = {
    "list_resources": Tool("list_resources", "", (Argument("start", "", ("integer",), default=0, low=0),)),
    "read_resource": Tool("read_resource", "", (Argument("uri", "", is_required=True),)),
}
"""What the server itself asks for."""
