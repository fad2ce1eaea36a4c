"""The product: who buys, what buyers say, what goes wrong, prices remembered, and a rival."""

from __future__ import annotations

from simulation.inputs import sources as src
from simulation.inputs.declare import Group, parameter
from simulation.inputs.sources import Assumption


class Purchase(Group):
    """Who considers the product, when, and who buys."""

    click_discovery: float = parameter(
        0.015, "probability", (0, 1), "a discovery is followed up", Assumption("as a post")
    )
    click_post: float = parameter(
        0.015,
        "probability",
        (0, 1),
        "a post is followed up",
        Assumption("from paid traffic and tweets; within, set with P1 and P1b in view"),
        (0.005, 0.03),
    )
    click_ad: float = parameter(
        1.0, "probability", (0, 1), "an ad contact is followed up", Assumption("it is a click")
    )
    click_mail: float = parameter(
        0.3,
        "probability",
        (0, 1),
        "a mail is followed up",
        Assumption("per mail read: .09 per mail sent, a personal list; set with P2 in view"),
        (0.1, 0.65),
    )
    click_visit: float = parameter(
        0.1,
        "probability",
        (0, 1),
        "a visit is followed up",
        Assumption("unmeasured; the low end, with P12 in view"),
        (0.1, 0.8),
    )
    click_attachment: float = parameter(
        0.5,
        "log-odds",
        (0, 20),
        "attachment on following up an announcement",
        Assumption("sign only: who cares looks"),
        (0.5, 2),
    )
    click_relevance: float = parameter(
        0.0,
        "log-odds/SD",
        (0, 10),
        "relevance on following up an announcement",
        Assumption("no figure found: attachment carries it"),
    )
    click_wear: float = parameter(
        0.5,
        "share",
        (0, 1),
        "of a click's chance left after each announcement attended by mail or visit",
        src.GETRESPONSE,
        (0.3, 0.7),
    )
    click_again: float = parameter(
        0.3,
        "share",
        (0, 1),
        "of a click's chance left to who was on the page and did not buy",
        Assumption("no figure found"),
        (0.1, 1),
    )
    p_same_day: float = parameter(
        0.8,
        "probability",
        (0, 1),
        "a click leads to the page at once; else after the lag",
        Assumption("the lag is of exposures to a podcast, not of clicks"),
        (0.6, 0.95),
    )
    urgency: float = parameter(
        0.0,
        "log-odds",
        (0, 10),
        "on buying in the last two days before a deadline",
        Assumption("a fifth to half of the sales fall there (skillme.dev); no figure to take over"),
    )
    p_buy: float = parameter(
        0.02,
        "probability",
        (0, 1),
        "the average person buys, once on the product page",
        src.MCMULLEN,
        (0.01, 0.10),
    )
    buy_attachment: float = parameter(
        0.7,
        "log-odds",
        (0, 20),
        "attachment on buying",
        Assumption("elasticity .44 of loyalty (Khamitov et al. 2019) is 2.2 at A = .2, .9 at .5"),
        (0.5, 2.5),
    )
    buy_relevance: float = parameter(
        0.6, "log-odds/SD", (0, 10), "relevance on buying", Assumption("as for moves")
    )
    price_elasticity: float = parameter(
        1.5,
        "-",
        (0, 10),
        "ln(price / reference)",
        Assumption("books -.6 to -4; all goods -2.6 (Bijmolt et al. 2005)"),
        (0.6, 3),
    )
    price_reference: float = parameter(
        20.0,
        "USD",
        (0.01, 1e6),
        "the price people expect at first",
        Assumption("books, 15-25 USD"),
    )
    buy_no_reviews: float = parameter(
        0.4, "log-odds", (0, 10), "lost while there are no reviews", src.SPIEGEL, (0.2, 1.6)
    )
    buy_stars: float = parameter(
        0.4,
        "log-odds/star",
        (0, 10),
        "mean stars above 4.2",
        Assumption("sign by Chevalier and Mayzlin 2006; no coefficient to carry over"),
    )
    buy_buyer_friends: float = parameter(
        0.58, "log-odds", (0, 5), "ln(1 + friends who bought)", src.BAPNA, (0.4, 0.7)
    )
    buy_experience: float = parameter(
        1.0,
        "log-odds",
        (0, 20),
        "on buying, per unit by which the last purchase satisfied more than .7",
        Assumption("sign only: who was content buys the next"),
        (0.5, 2),
    )
    decay_experience: float = parameter(
        0.0013,
        "1/day",
        (0, 1),
        "fading of what the last purchase was like",
        Assumption("half in a year and a half"),
        (0.0009, 0.0038),
    )
    lag_shape: float = parameter(0.375, "-", (0.05, 20), "Weibull shape", src.MAGELLAN)
    lag_scale: float = parameter(39.0, "days", (0.01, 1000), "Weibull scale", src.MAGELLAN)
    days_lag_max: int = parameter(60, "days", (1, 365), "no one comes back later", src.MAGELLAN)


class Advocacy(Group):
    """What buyers and fans say and give."""

    match: float = parameter(
        0.5, "per unit fit", (0, 5), "purpose fit on satisfaction", Assumption("made for me")
    )
    satisfaction_spread: float = parameter(
        0.8, "log-odds", (0, 5), "spread of satisfaction", Assumption("4 stars, mostly")
    )
    p_review_public: float = parameter(
        0.015, "probability", (0, 1), "a buyer reviews unasked", src.REVIEW_RATES, (0.001, 0.042)
    )
    p_review_asked: float = parameter(
        0.15, "probability", (0, 1), "an asked buyer reviews", src.ARC, (0.10, 0.50)
    )
    p_recommend_public: float = parameter(
        0.29, "probability", (0, 1), "a buyer recommends", src.TEXAS_TECH, (0.10, 0.83)
    )
    p_recommend_member: float = parameter(
        0.60, "probability", (0, 1), "a member who bought does", Assumption("they promote")
    )
    speak_attachment: float = parameter(
        1.0, "log-odds", (0, 20), "attachment on speaking", Assumption("sign by Thomson 2005")
    )
    speak_satisfaction: float = parameter(
        2.0, "log-odds", (0, 20), "satisfaction above .7 on recommending", Assumption("sign only")
    )
    more_friends: float = parameter(
        2.0, "friends", (0, 20), "recommended to, beyond the first", src.LESKOVEC, (0, 4)
    )
    p_consider_friend: float = parameter(
        0.6,
        "probability",
        (0, 1),
        "a friend's recommendation of the product is looked at",
        Assumption(
            "with the page it gives the .01-.10 purchases a recommendation of Leskovec 2007"
        ),
        (0.1, 0.6),
    )
    p_consider_member: float = parameter(
        0.7,
        "probability",
        (0, 1),
        "a member's recommendation is",
        Assumption("they know us"),
        (0.1, 0.8),
    )
    gifts_base: float = parameter(
        0.07,
        "copies",
        (0, 5),
        "given by a buyer with no attachment",
        Assumption("gifts are .11 to .24 of books (Nielsen, C), most of them for other reasons"),
        (0, 0.2),
    )
    gifts_per_attachment: float = parameter(
        0.3,
        "copies",
        (0, 5),
        "given beyond that by a fully attached buyer",
        Assumption("no figure found"),
        (0.05, 0.6),
    )
    gifts_speak: bool = parameter(
        True,
        "-",
        None,
        "who is given a copy meets the brand by the giver, and may review",
        Assumption("a gift is a word, too"),
    )
    days_owner_tells: int = parameter(
        180,
        "days",
        (0, 20_000),
        "from a purchase on, telling a friend of the brand carries the product",
        Assumption("half a year of talk"),
    )
    rate_tell_follower: float = parameter(
        0.0002, "1/day", (0, 1), "a follower tells a friend", Assumption("once in 14 years")
    )
    rate_tell_subscriber: float = parameter(
        0.001, "1/day", (0, 1), "a subscriber tells a friend", Assumption("once in three years")
    )
    rate_tell_member: float = parameter(
        0.005, "1/day", (0, 1), "a member tells a friend", Assumption("twice a year")
    )


class Rivalry(Group):
    """A rival, and what holds people back from leaving for it. Off while p_rival is 0."""

    rival_day: int = parameter(
        365, "day", (0, 20_000), "first day of the rival", Assumption("when the brand is settled")
    )
    p_rival: float = parameter(
        0.0, "1/day", (0, 1), "a fan meets the rival", Assumption("no rival unless asked for")
    )
    p_switch: float = parameter(
        0.05,
        "probability",
        (0, 1),
        "who meets it leaves, with no attachment and no bonds",
        Assumption("no figure found"),
    )
    switch_attachment: float = parameter(
        3.0, "log-odds", (0, 20), "attachment holds", Assumption("as on buying; sign only")
    )
    switch_bonds: float = parameter(
        0.5, "log-odds", (0, 5), "ln(1 + bonds) holds", Assumption("as on lapses; sign only")
    )


class Service(Group):
    """What goes wrong after a purchase, and the answer. Off unless `can_go_wrong` is true."""

    can_go_wrong: bool = parameter(
        False, "-", None, "purchases can go wrong", Assumption("no complaints unless asked for")
    )
    p_wrong: float = parameter(
        0.03, "probability", (0, 1), "a purchase goes wrong", Assumption("no figure found")
    )
    days_patience: int = parameter(
        7, "days", (1, 60), "then an unanswered complaint is ignored", Assumption("a week")
    )
    loss_ignored: float = parameter(
        0.4,
        "share",
        (0, 1),
        "of self-connection an ignored complaint costs",
        Assumption("as advocacy falls by .43 (Baer 2016); another quantity"),
    )
    g_complaint: float = parameter(
        1.0, "log-hazard", (0, 10), "an ignored complaint drives away", Assumption("sign only")
    )
    loss_heard: float = parameter(
        0.1, "share", (0, 1), "of P and C a friend's bad word costs", Assumption("no figure found")
    )
    loss_wrong: float = parameter(
        2.0,
        "log-odds",
        (0, 20),
        "of satisfaction what goes wrong costs",
        Assumption("from four stars to two"),
        (0, 3),
    )
    answer_repairs: float = parameter(
        0.9,
        "share",
        (0, 1),
        "of the harm an answer repairs, once for each day from the purchase on",
        Assumption("most, not all: 'in almost all cases not entirely' (Knox and van Oest 2014)"),
        (0.7, 1),
    )
    p_review_ignored: float = parameter(
        0.15,
        "probability",
        (0, 1),
        "who is ignored gives one star",
        Assumption("as who is asked for a review"),
        (0, 0.5),
    )
    buy_bad_words: float = parameter(
        0.7,
        "log-odds",
        (0, 20),
        "ln(1 + bad words heard), against buying",
        Assumption("one takes .11 of a chance of .43 (East, Hammond and Lomax 2008)"),
        (0, 1.5),
    )
    decay_grudge: float = parameter(
        0.0077,
        "1/day",
        (0, 1),
        "fading of bad words, and of what a complaint drives away",
        Assumption("half in 90 days: soon normal for who stays (Knox and van Oest 2014)"),
        (0, 0.023),
    )


class Offers(Group):
    """What people remember of prices: offers train them to expect less."""

    price_learning: float = parameter(
        0.1,
        "share",
        (0, 1),
        "of the way to a price seen that the price expected goes",
        Assumption("that prices are remembered: Kalyanaram and Winer 1995 (sign)"),
        (0.05, 0.3),
    )
    price_loss: float = parameter(
        1.5,
        "times",
        (1, 10),
        "a price above the one expected weighs more than one below",
        src.NEUMANN,
        (1, 2),
    )
