"""Tables of the members of indices: whole lists of a day, or days of entry and of leaving."""

from .layout import Layout

_COLUMNS = {
    "con_code": "code",
    "品种代码": "code",
    "成分券代码": "code",
    "成份券代码": "code",
    "成分券代码constituentcode": "code",
    "成份券代码constituentcode": "code",
    "日期date": "date",
    "updatedate": "date",
    "in_date": "entered",
    "纳入日期": "entered",
    "out_date": "left",
    "剔除日期": "left",
    "调出日期": "left",
}
_IGNORED = (
    *("name", "code_name", "con_name", "index_name", "is_new", "weight", "权重", "权重(%)weight", "品种名称"),
    *(
        "指数名称",
        "指数英文名称",
        "成分券名称",
        "成份券名称",
        "成分券英文名称",
        "成份券英文名称",
        "交易所",
        "交易所英文名称",
    ),
    *("指数名称indexname", "指数英文名称indexname(eng)", "交易所exchange", "交易所英文名称exchange(eng)"),
    *(f"成{sign}券名称constituentname" for sign in "分份"),
    *(f"成{sign}券英文名称constituentname(eng)" for sign in "分份"),
)

LAYOUTS = (
    Layout(
        name="index_members",
        description="Members of indices: lists by day (tushare index_weight, CSI's lists), or in_date and out_date",
        source="table of index members",
        columns={
            **_COLUMNS,
            "index_code": "index",
            "指数代码": "index",
            "指数代码indexcode": "index",
        },
        required=("code", "index"),
        ignored=_IGNORED,
        table="members",
    ),
    Layout(
        name="akshare_index_stock_cons",
        description="akshare index_stock_cons: the members of today; index and day in the file name or by --option",
        source="table of index members",
        columns=_COLUMNS,
        required=("code",),
        marks=("品种代码", "纳入日期"),
        ignored=_IGNORED,
        table="members",
    ),
    Layout(
        name="index_list",
        description="Codes that are members of one index; which, and the day, in the file name or by --option",
        source="table of index members",
        columns=_COLUMNS,
        required=("code",),
        ignored=_IGNORED,
        table="members",
        is_told=False,
    ),
)
