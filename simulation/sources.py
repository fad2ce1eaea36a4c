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
OGILVY = Source("Social@Ogilvy", 2014, "reach by size of page", "smartbrief.com", "C")
MAILCHIMP = Source("Mailchimp", 2019, "e-mail benchmarks", "mailchimp.com", "C")
CONVERTKIT = Source("Barry", 2013, "what an e-mail subscriber is worth", "convertkit.com", "D")
MCMULLEN = Source("McMullen", None, "book pages, 100+ ads", "chrismcmullen.com", "D")
KIVRAN_SWAINE = Source("Kivran-Swaine et al.", 2011, "breaking ties", "CHI 2011", "B")
WORLDMETRICS = Source("Mailchimp via worldmetrics", 2023, "list churn", "worldmetrics.org", "C-")
CHURN = Source("churnrecovery", None, "exit from paid communities", "churnrecovery.com", "C-")
DHOLAKIA = Source(
    "Dholakia and Durham", 2010, "one cafe chain's Facebook experiment", "HBR March 2010", "B"
)
JOYCE_KRAUT = Source("Joyce and Kraut", 2006, "continued participation", "JCMC 11(3)", "B")
BACKSTROM = Source("Backstrom et al.", 2006, "group formation", "KDD 2006", "B")
WANG_KRAUT = Source("Wang, Kraut and Levine", 2012, "to stay or leave?", "CSCW 2012", "B")
REN = Source("Ren et al.", 2012, "building member attachment", "MIS Quarterly 36(3)", "A")
NIELSEN_2006 = Source("Nielsen", 2006, "participation inequality 90-9-1", "nngroup.com", "C")
SCHMITT = Source("Schmitt et al.", 2011, "referral programs", "J Marketing 75(1)", "A-")
NIELSEN_4X = Source("Nielsen", None, "referred sells 4 times cold", "via djohncarlsonesq.com", "C-")
BAPNA = Source("Bapna and Umyarov", 2015, "do your friends make you buy?", "Mgmt Sci 61(8)", "A")
SPIEGEL = Source("Spiegel", None, "first reviews and purchase", "Northwestern", "C")
CHEVALIER = Source("Chevalier and Mayzlin", 2006, "word of mouth on sales", "JMR 43(3)", "A-")
BIJMOLT = Source("Bijmolt et al.", 2005, "price elasticity, 1,851 estimates", "JMR 42(2)", "B")
MAGELLAN = Source("Magellan AI", 2026, "response lag after exposure", "ppc.land", "C")
PARK = Source("Park et al.", 2010, "brand attachment", "J Marketing 74(6)", "B")
SCHMIDT_EISEND = Source("Schmidt and Eisend", 2015, "ad repetition", "J Advertising 44(4)", "B")
ADSTOCK = Source("grokipedia", None, "adstock half-life of 2-5 weeks", "grokipedia", "C-")
LESKOVEC = Source("Leskovec et al.", 2007, "dynamics of viral marketing", "ACM Trans Web 1(1)", "B")
TEXAS_TECH = Source("Texas Tech", None, "83 % willing, 29 % do", "vendor pages", "C-")
REVIEW_RATES = Source("ealake, eviegaughan", None, "reviews per copy sold", "author blogs", "D")
ARC = Source("E.N. Chanting", None, "advance readers who review", "payhip.com", "D")
EMAIL_OPTIN = Source("quizconvert", None, "landing page opt-in", "quizconvert.io", "C-")
WORDSTREAM = Source("WordStream", 2025, "Facebook cost per click", "reflexagency.online", "C")
WATTS = Source("Watts and Strogatz", 1998, "small-world networks", "Nature 393", "B")
UGANDER = Source("Ugander et al.", 2011, "anatomy of the social graph", "arXiv:1111.4503", "B")
SOCIAL_PLUS = Source("social.plus", 2025, "organic reach of a page", "social.plus", "C")
