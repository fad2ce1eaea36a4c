"""The patterns of reality the model is held against, and what was set with an eye on which.

A pattern is weak alone; together they bind (Grimm et al. 2005). Each `Check` names the range, where
it is from, and whether the model imposes it or lets it emerge. The numbers are made in
pattern_worlds.py and judged in validation.py.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Check(NamedTuple):
    """One range that the median over worlds of a number of the model must lie in.

    A range open to one side (an infinite end) leaves out its other end: "> 1" is not met by 1.
    """

    pattern: str  # P1 ... P14
    name: str  # of the measurement
    text: str
    low: float
    high: float
    source: str
    grade: str
    origin: str  # emerges, imposed or partly, and how
    why_not: str = ""  # the sentence said when it is not met

    def met(self, value: float) -> bool:
        """Return whether a number lies in the range; nan does not."""
        if math.isinf(self.low):
            return value < self.high
        if math.isinf(self.high):
            return value > self.low
        return self.low <= value <= self.high

    @property
    def range_text(self) -> str:
        """The range in words: "0.3 to 80", "> 0", "exactly 0"."""
        if math.isinf(self.low):
            return f"< {self.high:g}"
        if math.isinf(self.high):
            return f"> {self.low:g}"
        if self.low == self.high:
            return f"exactly {self.low:g}"
        return f"{self.low:g} to {self.high:g}"

    @property
    def set_with(self) -> list[str]:
        """Parameters that were set with an eye on this pattern; none: it was held out."""
        return [name for name, (seen, _) in SET_TO_MEET.items() if self.pattern in seen.split()]


INF = math.inf
_ARITHMETIC = "Grahl; own arithmetic of reach, clicks and pages"

CHECKS: tuple[Check, ...] = (
    Check("P1", "p1_small", "2012, 4,000 followers, 20 posts: sales per follower", 0.0006, 0.004,
          _ARITHMETIC, "D", "emerges"),
    Check("P1", "p1_middle", "2012, 25,000 followers, 20 posts: sales per follower", 0.0006, 0.004,
          _ARITHMETIC, "D", "emerges"),
    Check("P1", "p1_large", "2012, 160,000 followers, 20 posts: sales per follower", 0.0006, 0.004,
          "Grahl: 160,000 followers, fewer than 400 sales", "D", "emerges"),
    Check("P1", "p1_exponent", "sales per follower against audience: exponent", -0.5, -0.3,
          "Social@Ogilvy 2014, fitted", "C", "partly: reach falls so by its rule, reviews work "
          "against it"),
    Check("P1b", "p1b_copies", "2025, one post to 500,000 followers: copies sold", 0.3, 80.0,
          "arithmetic of reach, clicks and pages", "S", "emerges",
          "so few are reached and look at the page that the median world sells nothing."),
    Check("P2", "p2_ratio", "2012, sales per head: subscriber over follower", 5.0, 30.0,
          "ConvertKit 2013: 16.6", "D", "emerges"),
    Check("P3", "p3_list", "2025, whole launch to a list: sales per subscriber", 0.003, 0.05,
          "MineThatData .008, Barry .028, Substack .05", "D", "emerges"),
    Check("P4", "p4_open", "open community: share of members who write in a month", 0.05, 0.15,
          "Nielsen 2006: 90-9-1", "C", "imposed by the visit rates"),
    Check("P4", "p4_closed", "small closed community: share who write in a month", 0.15, 0.40,
          "1 % rule, ref. 2: .23", "C", "imposed by the visit rates, .1 a day here"),
    Check("P6", "p6_rising", "joining with one member friend over none: ratio", 1.0, INF,
          "Backstrom et al. 2006: rising", "B", "partly: b_member_friends; and friends' words"),
    Check("P6", "p6_concave", "gain by the second member friend over that by the first", -INF, 1.0,
          "Backstrom et al. 2006: concave", "B", "partly: b_member_friends; and friends' words"),
    Check("P7", "p7_one_step", "referred purchases within one step of the seed", 0.8, 1.0,
          "Goel, Watts and Goldstein 2012", "B", "emerges"),
    Check("P7", "p7_branching", "buyers caused per buyer by recommendation", -INF, 1.0,
          "Leskovec et al. 2007; Goel et al. 2016", "B", "emerges"),
    Check("P8", "p8_day_1", "purchases after a click: within a day", 0.25, 0.40,
          "Magellan AI 2026: .33", "C", "imposed by the lag; later buyers see more reviews"),
    Check("P8", "p8_day_7", "purchases after a click: within 7 days", 0.50, 0.65,
          "Magellan AI 2026: .58", "C", "imposed by the lag; later buyers see more reviews"),
    Check("P8", "p8_day_30", "purchases after a click: within 30 days", 0.80, 0.92,
          "Magellan AI 2026: .87", "C", "imposed by the lag; later buyers see more reviews"),
    Check("P9", "p9_skewness", "attachment across those ever reached: skewness", 0.0, INF,
          "Thomson, MacInnis and Park 2005: few strong attachments", "B", "emerges"),
    Check("P10", "p10_public", "reviews per buyer, not asked", 0.01, 0.03,
          "author blogs .01-.02", "D", "partly: p_review_public, and what attachment adds"),
    Check("P10", "p10_asked", "reviews per buyer, asked", 0.10, 0.25,
          "advance readers .15", "D", "partly: p_review_asked, and what attachment adds"),
    Check("P12", "p12_effect", "randomised invitation: effect of joining on buying", -0.10, 0.25,
          "Algesheimer et al. 2010; Manchanda et al. 2015", "A", "emerges",
          "a member meets the product at every visit of the launch and a subscriber only in the "
          "mails, so joining multiplies buying even with the lowest click_visit; the field "
          "experiments measured all spending of people who bought already."),
    Check("P12", "p12_naive", "naive gap of those who joined, less 3 times that effect", 0.0, INF,
          "Dholakia and Durham 2010 against Algesheimer et al. 2010", "B", "emerges",
          "the effect of joining is too large for selection to be three times as large."),
    Check("P13", "p13_following", "following with no later contact: largest difference it makes",
          0.0, 0.0, "John et al. 2017: five experiments, N > 14,000", "A",
          "imposed: no equation mentions it"),
    Check("P14", "p14_fall", "posting-only, one audience: sales with reach of 2012 over 2025", 5.0,
          15.0, "reach .16 to .0165", "C", "emerges: reach falls by its rule, buying follows"),
)  # fmt: skip

#: Parameters that were set, within their ranges, with an eye on patterns: which, and why so.
SET_TO_MEET: dict[str, tuple[str, str]] = {
    "days_window": ("P3", "with 60 days the list bought above its range"),
    "reach_size_exponent": ("P1 P1b", "the low half of its range: large audiences sold too little"),
    "click_post": ("P1 P1b", "with .01 a post to a large audience sold too little"),
    "click_discovery": ("P1 P1b", "as click_post"),
    "buy_no_reviews": ("P1b P8", "with .9 the first buyers were too few and came too late"),
    "click_mail": ("P2", "keeps subscribers ahead after click_post was raised"),
    "buy_attachment": (
        "P3 P12 P14",
        "with 3 joining raised buying fivefold, and sales followed reach too far",
    ),
    "click_visit": ("P12", "the low end: joining raised buying too much"),
    "eta_visit": ("P12", "as a mail: no reason was left to favour visits"),
    "rate_visit_event": ("P12", "members met the product too often"),
    "visit_rate_sigma": ("P4", "chosen for 90-9-1"),
    "p_message": ("P4", "with .2 too many members wrote"),
    "b_member_friends": ("P6", "the coefficient of the study the pattern is from"),
    "p_consider_friend": ("P7", "gives the .01-.10 purchases a recommendation"),
    "lag_shape": ("P8", "fitted to the measured response lag"),
    "lag_scale": ("P8", "fitted to the measured response lag"),
    "p_review_public": ("P10", "the figure the pattern is made of"),
    "p_review_asked": ("P10", "the figure the pattern is made of"),
}
