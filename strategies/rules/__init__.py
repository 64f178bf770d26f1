"""Rules: claims about margin balances, each a score for every session and security."""

from ...core.ideas.rule import Composed, Rule, parameter
from .activity import BadTimesCovering, FinancingTurnover, MarginVolatility, ShortMarginTrading
from .balance import BalanceRepayDivergence, BalanceStage, BalanceTrend
from .compose import Combine, Gate, IndustryRelative, Lag, Smooth
from .controls import BuyAndHold, EqualWeight, PriceMomentum, PriceReversal, RandomScore
from .crowding import Crowding, ExpiryOverhang, FlowClimax
from .extremes import BalanceRollover, Deleveraging, DipFinancing, TrappedBuying
from .flows import FinancingBuyShare, FinancingToTurnover, ForceBalance, NetBuyDays, NetFinancingRate
from .gauges import Gauge
from .industry import IndustryHeat
from .pressure import Pressure
from .short import DaysToCover, ShortInterestRatio, ShortPressure, ShortToTurnover
from .spread import ShortToFinancing, SpreadLevel, SpreadMomentum, SpreadZscore, TotalMomentum
from .volume import TurnoverRate, VolumeTrend
from .whole_market import Breadth, MarketForce, MarketRegime, MarketShort

CONTROLS: dict[str, type[Rule]] = {
    "equal_weight": EqualWeight,
    "price_momentum": PriceMomentum,
    "price_reversal": PriceReversal,
    "random_score": RandomScore,
    "buy_and_hold": BuyAndHold,
}
"""What every comparison includes: rules that know nothing of margin balances."""

RULES: dict[str, type[Rule]] = {
    "spread_level": SpreadLevel,
    "spread_momentum": SpreadMomentum,
    "spread_zscore": SpreadZscore,
    "balance_trend": BalanceTrend,
    "balance_stage": BalanceStage,
    "balance_repay_divergence": BalanceRepayDivergence,
    "dip_financing": DipFinancing,
    "balance_rollover": BalanceRollover,
    "short_pressure": ShortPressure,
    "short_interest_ratio": ShortInterestRatio,
    "days_to_cover": DaysToCover,
    "financing_to_turnover": FinancingToTurnover,
    "financing_buy_share": FinancingBuyShare,
    "net_financing_rate": NetFinancingRate,
    "force_balance": ForceBalance,
    "expiry_overhang": ExpiryOverhang,
    "crowding": Crowding,
    "net_buy_days": NetBuyDays,
    "deleveraging": Deleveraging,
    "market_regime": MarketRegime,
    "industry_relative": IndustryRelative,
    "combine": Combine,
    "turnover_rate": TurnoverRate,
    "volume_trend": VolumeTrend,
    "short_to_financing": ShortToFinancing,
    "flow_climax": FlowClimax,
    "breadth": Breadth,
    "financing_turnover": FinancingTurnover,
    "short_to_turnover": ShortToTurnover,
    "short_margin_trading": ShortMarginTrading,
    "margin_volatility": MarginVolatility,
    "bad_times_covering": BadTimesCovering,
    "industry_heat": IndustryHeat,
    "market_force": MarketForce,
    "market_short": MarketShort,
    "total_momentum": TotalMomentum,
    "trapped_buying": TrappedBuying,
    "gauge": Gauge,
    "pressure": Pressure,
    "gate": Gate,
    "lag": Lag,
    "smooth": Smooth,
    **CONTROLS,
}
"""The rules that a configuration may name: the claims, what else composes rules, and the controls."""

__all__ = ["CONTROLS", "RULES", "Composed", "Rule", "parameter"]
