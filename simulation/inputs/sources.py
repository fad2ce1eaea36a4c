"""Where a number comes from: a published source with its grade, or an assumption with its reason.

Grades: A peer-reviewed and causal; B peer-reviewed, correlational or a meta-analysis; C an industry
benchmark; D one practitioner's case; S a derivation or an assumption. A minus marks a weaker case.
"""

from __future__ import annotations

from typing import NamedTuple


class Source(NamedTuple):
    """One published source of one number."""

    author: str
    year: int | None  # None where the evidence gives none
    title: str
    where: str
    grade: str

    def __str__(self) -> str:
        when = "" if self.year is None else f" {self.year}"
        return f"{self.author}{when}, {self.title}, {self.where} (grade {self.grade})"


class Assumption(NamedTuple):
    """A number nobody measured, and why it is what it is."""

    reason: str
    grade: str = "S"

    def __str__(self) -> str:
        return f"assumption: {self.reason}"


EDGERANK = Source("EdgeRank Checker", 2012, "organic reach of a page", "e-strategyblog.com", "C")
MCMULLEN = Source("McMullen", None, "book pages, 100+ ads", "chrismcmullen.com", "D")
WORLDMETRICS = Source("Mailchimp via worldmetrics", 2023, "list churn", "worldmetrics.org", "C-")
CHURN = Source("churnrecovery", None, "exit from paid communities", "churnrecovery.com", "C-")
GONCALVES = Source(
    "Goncalves, Perra and Vespignani", 2011, "Dunbar on Twitter", "PLOS ONE 6(8)", "B"
)
GETRESPONSE = Source("GetResponse", 2013, "300 million mails by place in a sequence",
                     "marketingcharts.com", "C")  # fmt: skip
BUFFER = Source("Buffer", 2026, "posts of accounts when they reply", "buffer.com", "C")
BURT = Source("Burt", 2002, "bridge decay", "Social Networks 24(4)", "B")
VAN_MIERLO = Source("van Mierlo", 2014, "the 1 % rule", "JMIR 16(2):e33", "B")
JOYCE_KRAUT = Source("Joyce and Kraut", 2006, "continued participation", "JCMC 11(3)", "B")
BAPNA = Source("Bapna and Umyarov", 2015, "do your friends make you buy?", "Mgmt Sci 61(8)", "A")
SPIEGEL = Source("Spiegel", None, "first reviews and purchase", "Northwestern", "C")
MAGELLAN = Source("Magellan AI", 2026, "response lag after exposure", "ppc.land", "C")
SCHMIDT_EISEND = Source("Schmidt and Eisend", 2015, "ad repetition", "J Advertising 44(4)", "B")
ADSTOCK = Source("grokipedia", None, "adstock half-life of 2-5 weeks", "grokipedia", "C-")
NEUMANN = Source("Neumann and Böckenholt", 2014, "loss aversion", "J Retailing 90(2)", "B")
LESKOVEC = Source("Leskovec et al.", 2007, "dynamics of viral marketing", "ACM Trans Web 1(1)", "B")
TEXAS_TECH = Source("Texas Tech", None, "83 % willing, 29 % do", "vendor pages", "C-")
REVIEW_RATES = Source("ealake, eviegaughan", None, "reviews per copy sold", "author blogs", "D")
ARC = Source("E.N. Chanting", None, "advance readers who review", "payhip.com", "D")
REFLEX = Source("reflexagency", None, "Facebook cost per click", "reflexagency.online", "C")
