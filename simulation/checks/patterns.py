"""The patterns of reality the model is held against, and what was set with an eye on which.

A pattern is weak alone; together they bind (Grimm et al. 2005). Each `Check` names the range, where
it is from, and whether the model imposes it or lets it emerge. Ranges are committed before anything
is fitted to them. The numbers are made in pattern_worlds.py and community_worlds.py and judged in
validation.py.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Check(NamedTuple):
    """One range that a number of the model, the median over worlds, must lie in.

    A range open to one side (an infinite end) leaves out its other end: "> 1" is not met by 1. A
    range open to both sides is none: the number is reported, and met by nothing. An order is a
    number, too: its smallest step, which must be above 0.
    """

    pattern: str  # P1 ... P25
    name: str  # of the measurement
    text: str
    low: float
    high: float
    source: str
    grade: str
    origin: str  # emerges, imposed or partly, and how
    why_not: str = ""  # the sentence said when it is not met, or not measured
    pooled: bool = False  # the number is of all worlds together: their counts are added first
    not_yet: bool = False  # the model has no such thing yet: no number is not a miss

    @property
    def ranged(self) -> bool:
        """Whether there is a range; without one the number is only reported."""
        return math.isfinite(self.low) or math.isfinite(self.high)

    @property
    def set_aside(self) -> bool:
        """Whether nothing may be fitted to its pattern."""
        return self.pattern in SET_ASIDE

    def met(self, value: float) -> bool:
        """Return whether a number lies in the range; nan does not, and nothing lies in none."""
        if not self.ranged:
            return False
        if math.isinf(self.low):
            return value < self.high
        if math.isinf(self.high):
            return value > self.low
        return self.low <= value <= self.high

    @property
    def range_text(self) -> str:
        """The range in words: "0.3 to 80", "> 0", "exactly 0"."""
        if not self.ranged:
            return "none"
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


#: Patterns that nothing may be fitted to: measured at the end, and reported as they come.
SET_ASIDE = ("P9", "P13", "P18", "P25")

INF = math.inf
_INVITED = "Algesheimer et al. 2010; Manchanda et al. 2015"
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
    Check("P5", "p5_30", "newcomer's first message answered over not: odds of writing again in 30 "
          "days", 1.3, 2.0, "Joyce and Kraut 2006: .56 against .44, odds 1.6", "B", "emerges",
          "an answer builds self-connection, and self-connection brings nobody back: visits do not "
          "ask for it."),
    Check("P5", "p5_90", "the same in 90 days", 1.3, 2.0,
          "Joyce and Kraut 2006: .56 against .44, odds 1.6", "B", "emerges",
          "as in 30 days."),
    Check("P6", "p6_rising", "joining with one member friend over none: ratio", 1.0, INF,
          "Backstrom et al. 2006: rising", "B", "partly: b_member_friends; and friends' words"),
    Check("P6", "p6_concave", "gain by the second member friend over that by the first", -INF, 1.0,
          "Backstrom et al. 2006: concave", "B", "partly: b_member_friends; and friends' words"),
    Check("P7", "p7_one_step", "referred purchases within one step of the seed", 0.8, 1.0,
          "Goel, Watts and Goldstein 2012", "B", "emerges"),
    Check("P7", "p7_branching", "buyers caused per buyer by recommendation", -INF, 1.0,
          "Leskovec et al. 2007; Goel et al. 2016", "B", "emerges"),
    Check("P8", "p8_day_1", "purchases after a click: within a day", 0.25, 0.40,
          "Magellan AI 2026: .33", "C", "imposed by the lag and p_same_day",
          "most who click are on the page the same day, as the shape of a launch (P19) asks; the "
          "lag that was measured is that of listeners of a podcast, who cannot click."),
    Check("P8", "p8_day_7", "purchases after a click: within 7 days", 0.50, 0.65,
          "Magellan AI 2026: .58", "C", "imposed by the lag and p_same_day", "as within a day."),
    Check("P8", "p8_day_30", "purchases after a click: within 30 days", 0.80, 0.92,
          "Magellan AI 2026: .87", "C", "imposed by the lag and p_same_day", "as within a day."),
    Check("P9", "p9_skewness", "attachment across those ever reached: skewness", 0.0, INF,
          "Thomson, MacInnis and Park 2005: few strong attachments", "B", "emerges"),
    Check("P10", "p10_public", "reviews per buyer, not asked", 0.01, 0.03,
          "author blogs .01-.02", "D", "partly: p_review_public, and what attachment adds"),
    Check("P10", "p10_asked", "reviews per buyer, asked", 0.10, 0.25,
          "advance readers .15", "D", "partly: p_review_asked, and what attachment adds"),
    Check("P11", "p11_gifts", "community, whole run: gifts over copies sold", 0.08, 0.25,
          "Nielsen 2009 to 2015: .11-.15 US, .22-.24 UK", "C",
          "partly: gifts_per_attachment; attachment emerges",
          "only attachment makes people give; most gifts are given by people who have little."),
    Check("P12", "p12_effect", "hollow forum, randomised invitation: effect of joining on buying",
          -0.10, 0.25, _INVITED, "A", "emerges", pooled=True),
    Check("P12", "p12_naive", "hollow forum: naive gap of those who joined, less 3 times that "
          "effect", 0.0, INF, "Dholakia and Durham 2010 against Algesheimer et al. 2010", "B",
          "emerges", pooled=True),
    Check("P12", "p12_default", "hosted town with a long list: effect of joining", -INF, INF,
          "nobody measured it", "-", "emerges", pooled=True),
    Check("P12", "p12_warm", "warm room, 300 members and 400 on the list: effect of joining", -INF,
          INF, "nobody measured it", "-", "emerges", pooled=True),
    Check("P13", "p13_following", "following with no later contact: largest difference it makes",
          0.0, 0.0, "John et al. 2017: five experiments, N > 14,000", "A",
          "imposed: no equation mentions it"),
    Check("P14", "p14_fall", "posting-only, one audience: sales with reach of 2012 over 2025", 5.0,
          15.0, "reach .16 to .0165", "C", "emerges: reach falls by its rule, buying follows"),
    Check("P15", "p15_purpose", "closed community, purpose on over off: visits a member", 1.6, 2.4,
          "Ren et al. 2012: 2 (identity, field experiment)", "A", "emerges",
          "what purpose builds and draws is too little."),
    Check("P16", "p16_relationships", "the same, relationships on over off", 1.1, 1.5,
          "1.3: derived from bonds being weaker than identity (Ren et al. 2012)", "S", "emerges",
          "answers and bonds bring members back too little, or too much."),
    Check("P17", "p17_top_1", "open community, whole run: messages by the top 1 % of ever-members",
          0.40, 0.80, "van Mierlo 2014: .75", "B", "partly: visit_rate_sigma",
          "visit rates are spread too little."),
    Check("P17", "p17_top_10", "the same by the top 10 %", 0.75, 0.99,
          "van Mierlo 2014: .99; Rubicon 2008: .80", "B", "partly: visit_rate_sigma",
          "who visits often also writes when there, and hardly anybody else is left to write."),
    Check("P18", "p18_again", "pairs that exchanged in a month do so again in the next", 0.10, 0.40,
          "Viswanath et al. 2009: .30", "B", "emerges",
          "those with a bond answer each other too seldom, or too often."),
    Check("P19", "p19_day_0", "launch told to a list: day 0 over the first 30 days", 0.20, 0.45,
          "EN Publishing, 50 campaigns: .33", "D", "emerges",
          "the plan of the launch spreads its mails too evenly, or too little."),
    Check("P19", "p19_week_1", "the same: week 1 over the first 30 days", 0.50, 0.85,
          "Carless 2020, 100 games: .68", "C", "emerges", "as for day 0."),
    Check("P19", "p19_week_2", "the same: week 2 over week 1", 0.25, 0.95,
          "falls of .50 to .75; The Testaments .89", "C-", "emerges", "as for day 0."),
    Check("P20", "p20_friend", "community, whole run: share of copies a friend's word carried",
          0.10, 0.25, "Nielsen 2013, asked of book buyers: .21", "C", "emerges",
          "so few buyers speak, to so few, that their word carries little."),
    Check("P21", "p21_friend", "new subscribers whom a friend's word brought: share", 0.10, 0.40,
          "Substack, Morning Brew: .10-.40", "C", "partly: p_straight",
          "fans tell a friend too seldom, and a word rarely leads to the list."),
    Check("P22", "p22_exponent", "sales on ad spend, 1 to 4 times: exponent", 0.57, 0.85,
          "cost per result +.15 to +.35 per doubling", "C-", "emerges",
          "buyers leave reviews, and these sell beyond what the clicks do."),
    Check("P23", "p23_discount", "a list trained by two years of offers over one untrained, less "
          "1: bought at a discount", -1.0, 0.0, "Anderson and Simester 2004: established buy less",
          "A", "partly: price_learning, price_loss",
          "an offer draws those it trained more than those it did not."),
    Check("P23", "p23_full", "the same at full price", -1.0, 0.0,
          "Anderson and Simester 2004: established buy less", "A",
          "partly: price_learning, price_loss"),
    Check("P24", "p24_fast", "next purchase: no trouble less complaint answered fast", 0.0, 1.0,
          "Knox and van Oest 2014: an answer offsets most, not all", "B",
          "partly: buy_experience, answer_repairs"),
    Check("P24", "p24_order", "next purchase, smallest step of: answered fast > late > ignored",
          0.0, INF, "Knox and van Oest 2014", "B", "partly: buy_experience, answer_repairs",
          "fast answers go to those who buy late, when few wait, and they care less: the step "
          "from fast to late is within luck; ignored is clearly last."),
    Check("P25", "p25_fall", "hosting stops: change a month in the log of visits a member, the "
          "slower of a small and a large room", -INF, 0.0,
          "Raban, Moldovan and Jones 2010: groups need messages to live", "B",
          "partly: decay_novelty",
          "what members write keeps the room new, and those who are drawn to it build more "
          "self-connection at each visit: a room that lives needs no host to go on."),
    Check("P25", "p25_small", "the same: small room less large room, beyond luck", -INF, -0.02,
          "Raban, Moldovan and Jones 2010", "B", "emerges",
          "as for the fall: both live on by what their members write."),
)  # fmt: skip

#: Parameters that were set, within their ranges, with an eye on patterns: which, and why so.
SET_TO_MEET: dict[str, tuple[str, str]] = {
    "days_window": ("P3", "with 60 days the list bought above its range"),
    "reach_size_exponent": ("P1 P1b", "the low half of its range: large audiences sold too little"),
    "click_post": (
        "P1 P1b P2",
        "with .018 a small audience of 2012 bought too much, with .008 "
        "nobody bought after one post",
    ),
    "click_discovery": ("P1 P1b", "as click_post"),
    "buy_no_reviews": ("P1b P8", "with .9 the first buyers were too few and came too late"),
    "click_mail": (
        "P2",
        "keeps subscribers ahead after click_post was raised; the presets' splits were chosen with "
        "P2 in view, too: with more posts followers bought too much beside subscribers",
    ),
    "buy_attachment": ("P1 P14", "with 1.5 to 2 sales followed reach too far"),
    "click_attachment": ("P1 P14", "the low end, as buy_attachment"),
    "click_visit": ("P12", "the low end: joining raised buying too much"),
    "eta_visit": ("P12", "as a mail: no reason was left to favour visits"),
    "rate_visit_event": ("P12", "members met the product too often"),
    "k_purpose": ("P15", "the value of the trial; with b_identity it doubles visits or nearly"),
    "b_identity": ("P15", "with 2 to 2.5 purpose brought members back too little"),
    "k_answer": ("P5", "the value of the trial"),
    "k_bonds": ("P16", "the value of the trial"),
    "visit_rate_sigma": ("P4 P17", "a few write most"),
    "visit_rate_median": ("P4 P17", "with .007 the many wrote too much beside the few"),
    "p_message": ("P4 P17", "as visit_rate_median"),
    "writing_activity": (
        "P17",
        "with 1 the top tenth wrote all, without it the top hundredth too little",
    ),
    "b_member_friends": ("P6", "the coefficient of the study the pattern is from"),
    "p_consider_friend": ("P7 P20", "with .25 a friend's word carried too little"),
    "p_consider_member": ("P20", "as p_consider_friend"),
    "odds_friend": ("P20 P14", "with 2.5 a friend's word carried too little, with 4 P14 was lost"),
    "more_friends": ("P20", "with 1 a friend's word carried too little"),
    "p_straight": (
        "P21",
        "with 0 people brought too few subscribers; the presets' splits were chosen with P21 in "
        "view, too: with more posts these brought most",
    ),
    "lag_shape": ("P8", "fitted to the measured response lag"),
    "lag_scale": ("P8", "fitted to the measured response lag"),
    "p_same_day": (
        "P19",
        "the middle of its range; the presets' plan of a launch was chosen with P19 in view, too",
    ),
    "p_review_public": ("P10", "the figure the pattern is made of"),
    "p_review_asked": ("P10", "the figure the pattern is made of"),
    "gifts_base": ("P11", "the value of the trial"),
}
