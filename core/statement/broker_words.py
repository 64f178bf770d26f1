"""The words of brokers' exports: headers and business words of delivery orders (交割单), debt queries (合约查询)."""

from collections.abc import Mapping
from types import MappingProxyType

from ..types import OrderKind

ORDER_FIGURES = ("commission", "stamp_duty", "transfer_fee", "interest")
"""What one order cost at the broker, CNY; columns of the result's `fills`."""

LINE_FIGURES = ("value", "net", "balance", "other_fees", "shares_left")
"""What a delivery order prints beside each line: traded value, change of the cash and cash after it, fees that the
ledger does not have, CNY; shares of the security after it."""

ACCOUNT_FIGURES = ("cash", "principal", "accrued", "maintenance_ratio", "available_margin")
"""The account at the close, CNY and a fraction; columns of the result's `equity`."""

ACCOUNT = "account"
"""The kind of a row that is no order and carries figures of the account."""

NUMBERS = ("shares", "amount", "price", *ORDER_FIGURES, *LINE_FIGURES, *ACCOUNT_FIGURES)
_READ = ("date", "symbol", "kind", *NUMBERS)
_UNREAD = (
    *("note", "备注", "证券名称", "股票名称", "合约编号", "合同编号", "委托编号", "成交编号", "成交时间", "发生时间"),
    *(
        "股东代码",
        "股东账户",
        "股东帐户",
        "股东账号",
        "交易市场",
        "市场",
        "市场名称",
        "币种",
        "货币类型",
        "流水号",
        "序号",
    ),
    *("委托数量", "委托价格", "委托时间", "资金账号", "资金帐号", "客户号", "交收日期", "清算日期"),
)
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in _READ},
        **dict.fromkeys(("日期", "成交日期", "发生日期", "交易日期", "业务日期"), "date"),
        **dict.fromkeys(("证券代码", "股票代码"), "symbol"),
        **dict.fromkeys(("业务", "业务名称", "业务类型", "业务标志", "操作", "摘要", "交易类别"), "kind"),
        **dict.fromkeys(("买卖标志", "买卖方向", "买卖"), "side"),
        **dict.fromkeys(("数量", "成交数量", "成交股数", "发生数量"), "shares"),
        **dict.fromkeys(("价格", "成交价格", "成交均价", "成交价"), "price"),
        "金额": "amount",
        "成交金额": "value",
        **dict.fromkeys(("发生金额", "清算金额", "收付金额", "资金发生数"), "net"),
        **dict.fromkeys(("资金余额", "剩余金额", "资金本次余额", "后资金额", "本次金额", "可用余额"), "balance"),
        **dict.fromkeys(("股份余额", "证券余额", "股票余额", "剩余数量"), "shares_left"),
        **dict.fromkeys(("佣金", "手续费", "净佣金"), "commission"),
        "印花税": "stamp_duty",
        "过户费": "transfer_fee",
        **dict.fromkeys(("其他费用", "其他费", "其它费用", "其他杂费", "附加费", "结算费"), "other_fees"),
        **dict.fromkeys(("利息", "息费"), "interest"),
        "现金": "cash",
        "融资本金": "principal",
        "未付息费": "accrued",
        "维持担保比例": "maintenance_ratio",
        "保证金可用余额": "available_margin",
        **dict.fromkeys(_UNREAD, ""),
    }
)
"""Header -> meaning; "" = known and not read. `side` stands in for a kind that is not there."""

KINDS: Mapping[str, OrderKind | None] = MappingProxyType(
    {
        **{kind.name.lower(): kind for kind in OrderKind},
        **dict.fromkeys(("担保品买入", "普通买入", "信用买入", "担保物买入", "证券买入", "买入"), OrderKind.BUY),
        **dict.fromkeys(("担保品卖出", "普通卖出", "信用卖出", "担保物卖出", "证券卖出", "卖出"), OrderKind.SELL),
        **dict.fromkeys(("融资买入", "信用融资买入", "融资开仓"), OrderKind.MARGIN_BUY),
        **dict.fromkeys(("卖券还款", "信用卖券还款", "融资平仓"), OrderKind.SELL_TO_REPAY),
        **dict.fromkeys(("直接还款", "现金还款", "归还融资款"), OrderKind.REPAY),
        **dict.fromkeys(("融券卖出", "信用融券卖出", "融券开仓"), OrderKind.SHORT_SELL),
        **dict.fromkeys(("买券还券", "信用买券还券", "融券平仓"), OrderKind.BUY_TO_RETURN),
        **dict.fromkeys(("直接还券", "现券还券"), OrderKind.RETURN_SHARES),
        ACCOUNT: None,
        "账户": None,
    }
)
"""Name -> kind, None for a row of the account: the names of the rules and those of brokers' order forms."""

FORCED_KINDS: Mapping[str, OrderKind | None] = MappingProxyType(
    {
        **{f"forced_{kind.name.lower()}": kind for kind in (OrderKind.SELL_TO_REPAY, OrderKind.BUY_TO_RETURN)},
        **dict.fromkeys(("强制平仓", "强平", "平仓"), None),
        **dict.fromkeys(("强制平仓卖出", "强平卖出", "平仓卖出", "强平卖券还款"), OrderKind.SELL_TO_REPAY),
        **dict.fromkeys(("强制平仓买入", "强平买入", "平仓买入", "强平买券还券"), OrderKind.BUY_TO_RETURN),
    }
)
"""Name of the broker's own order -> kind, None where the side or the sign of the shares tells it."""

BOUGHT_SIDE = ("买入", "买", "b", "buy", "证券买入")

FLOW_NAMES: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in ("deposit", "withdrawal", "transfer_in", "transfer_out")},
        **dict.fromkeys(("银行转证券", "银证转入", "银行转存", "资金转入", "入金"), "deposit"),
        **dict.fromkeys(("证券转银行", "银证转出", "银行转取", "资金转出", "出金"), "withdrawal"),
        **dict.fromkeys(("担保品划入", "担保物划入", "担保品转入"), "transfer_in"),
        **dict.fromkeys(("担保品划出", "担保物划出", "担保品转出", "担保品返还"), "transfer_out"),
    }
)
"""Name -> kind of a flow."""

BOOKINGS: Mapping[str, str] = MappingProxyType(
    {
        **FLOW_NAMES,
        **dict.fromkeys(
            ("dividend", "红利入账", "股息入账", "红利发放", "股息红利", "现金红利", "红利到账"), "dividend"
        ),
        **dict.fromkeys(("interest_received", "利息归本", "利息入账", "批量利息归本", "结息"), "interest_received"),
    }
)
"""Name -> what a line books that is no order: a flow, a dividend, interest on cash."""
