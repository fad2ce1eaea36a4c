"""Every parameter of the world, declared once: unit, bounds, meaning, source, likely range.

The groups follow the phases of a day. `scenario.py` puts them together.
"""

from __future__ import annotations

from typing import Literal

from simulation import sources as src
from simulation.declare import Group, parameter
from simulation.sources import Assumption

Graph = Literal["small_world", "scale_free", "block", "random", "complete", "none", "file"]


class World(Group):
    """Who is there, how long, with how much effort, and who knows whom."""

    n_people: int = parameter(
        100_000, "people", (1, 100_000_000), "number of people", Assumption("size of a town")
    )
    n_days: int = parameter(730, "days", (1, 20_000), "horizon", Assumption("two years"))
    year: float = parameter(
        2025.0, "year", (2005, 2040), "calendar year, which sets reach", Assumption("the present")
    )
    hours_per_week: float = parameter(
        10.0,
        "h/week",
        (0, 1000),
        "the brand's effort, the same for every strategy compared",
        Assumption("what one person can give beside the work itself"),
    )
    share_followers: float = parameter(
        0.10, "share", (0, 1), "people who follow at the start", Assumption("chosen by the preset")
    )
    share_subscribers: float = parameter(
        0.02, "share", (0, 1), "people subscribed at the start", Assumption("chosen by the preset")
    )
    share_members: float = parameter(
        0.002, "share", (0, 1), "people in the community at the start", Assumption("by the preset")
    )
    selection: float = parameter(
        0.5,
        "correlation",
        (0, 1),
        "of relevance with the stage people start in",
        Assumption("those who care more are further along: the selection path"),
    )
    days_warm_up: int = parameter(
        365,
        "days",
        (0, 5000),
        "held stages and the common routine before day 0",
        Assumption("longer than the half-life of self-connection"),
    )
    graph: Graph = parameter(
        "small_world",
        "-",
        None,
        "how the everyday friendships are made",
        Assumption("at least three kinds should be tried"),
    )
    mean_degree: float = parameter(
        10.0,
        "friends",
        (0, 1000),
        "friends a person asks for advice",
        Assumption("friends asked for advice, far fewer than friends online"),
        (5, 15),
    )
    rewiring: float = parameter(
        0.1,
        "probability",
        (0, 1),
        "long ties of the small world",
        Assumption("a few long ties among many short ones (Watts and Strogatz 1998)"),
    )
    n_blocks: int = parameter(
        20, "blocks", (1, 100_000), "circles of the block graph", Assumption("a town's circles")
    )
    share_within: float = parameter(
        0.8, "share", (0, 1), "friendships inside one's block", Assumption("strong homophily")
    )
    friends_file: str = parameter(
        "", "path", None, 'edge list, with graph = "file"', Assumption("the researcher's own data")
    )


class Product(Group):
    """The product that is launched."""

    launch_day: int = parameter(
        547, "day", (0, 20_000), "first day of the launch", Assumption("after one and a half years")
    )
    days_window: int = parameter(
        30, "days", (1, 2000), "how long contacts speak of it", Assumption("a month of launch")
    )
    price: float = parameter(
        20.0, "USD", (0.01, 1e6), "price of one copy", Assumption("a book, 15-25 USD"), (15, 25)
    )
    quality: float = parameter(
        0.7, "0-1", (0.01, 0.99), "typical satisfaction", Assumption("a good book")
    )


class Contact(Group):
    """Who meets the brand, and what that costs in effort."""

    reach_2012: float = parameter(
        0.16, "share", (0, 1), "of followers a post reaches in 2012", src.EDGERANK, (0.12, 0.16)
    )
    reach_followers: float = parameter(
        50_000.0, "people", (1, 1e9), "audience at which reach_2012 holds", Assumption("mid-size")
    )
    reach_size_exponent: float = parameter(
        0.4,
        "-",
        (0, 2),
        "fall of reach with audience size",
        Assumption("fit to Social@Ogilvy 2014 by size of page"),
        (0.3, 0.47),
    )
    reach_decay: float = parameter(
        0.17,
        "1/year",
        (0, 2),
        "fall of reach since 2012",
        Assumption("log-linear fit to the reach of 2012 to 2025"),
        (0.1, 0.43),
    )
    discovery: float = parameter(
        0.1, "contacts", (0, 10), "strangers met per follower met", Assumption("no figure found")
    )
    days_going_on: int = parameter(
        30,
        "days",
        (1, 1000),
        "content counts as made, and a community as hosted, from a piece or event on",
        Assumption("a month of silence and it is asleep"),
    )
    p_open: float = parameter(
        0.3,
        "probability",
        (0, 1),
        "a mail is read",
        Assumption("true attention: below the inflated .355 of now, above the .227 of 2019"),
        (0.17, 0.45),
    )
    visit_rate_median: float = parameter(
        0.03,
        "1/day",
        (0, 10),
        "visits of the median member",
        Assumption("chosen to give 90-9-1 (Nielsen 2006)"),
        (0.02, 0.1),
    )
    visit_rate_sigma: float = parameter(
        1.5,
        "log units",
        (0, 4),
        "spread of visits: 90-9-1",
        Assumption("chosen to give 90-9-1 (Nielsen 2006)"),
    )
    rate_visit_event: float = parameter(
        0.3, "1/day", (0, 10), "more visits on the day of an event", Assumption("one in four come")
    )
    hours_post: float = parameter(
        0.5, "h", (0.001, 1000), "effort of one post", Assumption("with its picture")
    )
    hours_reply: float = parameter(
        0.05, "h", (0.001, 1000), "effort of one reply", Assumption("three minutes")
    )
    hours_piece: float = parameter(
        4.0, "h", (0.001, 1000), "effort of one piece of content", Assumption("half a day")
    )
    hours_event: float = parameter(
        3.0, "h", (0.001, 1000), "effort of one hosted event", Assumption("prepare, host, tidy up")
    )
    usd_per_hour: float = parameter(
        40.0, "USD/h", (0, 10_000), "what an hour is worth", Assumption("skilled work")
    )
    usd_per_click: float = parameter(
        0.7, "USD", (0.001, 1000), "price of an ad click", src.REFLEX, (0.4, 0.94)
    )


class Attachment(Group):
    """How contacts build prominence and self-connection, and how both fade."""

    eta_post: float = parameter(
        0.10, "share", (0, 1), "of missing prominence a post adds", Assumption("a glance")
    )
    eta_ad: float = parameter(
        0.10, "share", (0, 1), "the same for an ad click", Assumption("as a post")
    )
    eta_reply: float = parameter(
        0.20, "share", (0, 1), "the same for a reply", Assumption("as a mail: addressed to me")
    )
    eta_mail: float = parameter(0.20, "share", (0, 1), "the same for a mail", Assumption("read"))
    eta_visit: float = parameter(
        0.30, "share", (0, 1), "the same for a visit", Assumption("time spent there")
    )
    eta_friend: float = parameter(
        0.20, "share", (0, 1), "the same for a friend's word", Assumption("as a mail")
    )
    eta_equal: float = parameter(
        0.20, "share", (0, 1), "every contact, under equal_impact", Assumption("the middle value")
    )
    decay_prominence: float = parameter(
        0.028, "1/day", (0, 1), "fading of prominence", src.ADSTOCK, (0.02, 0.05)
    )
    decay_self_connection: float = parameter(
        0.0026,
        "1/day",
        (0, 1),
        "fading of self-connection",
        Assumption("half-life 270 days, no source"),
        (0.001, 0.0077),
    )
    k_parasocial: float = parameter(
        0.01,
        "share",
        (0, 1),
        "of missing self-connection that own content adds",
        Assumption("subscribers settle below one tenth"),
        (0.004, 0.02),
    )
    k_tie: float = parameter(
        0.05,
        "share",
        (0, 1),
        "the same for a fan's answer",
        Assumption("active members near one half; bonds weaker than identity (Ren 2012)"),
        (0.01, 0.10),
    )
    k_ritual: float = parameter(
        0.06,
        "share",
        (0, 1),
        "the same for an event attended",
        Assumption("at least as strong as bonds: identity doubles visits (Ren et al. 2012)"),
        (0.02, 0.1),
    )
    wear_after: float = parameter(
        10.0, "contacts", (0, 1000), "recent contacts before wear-out", src.SCHMIDT_EISEND
    )
    wear_scale: float = parameter(
        10.0, "contacts", (0.01, 1000), "how fast wear-out bites", Assumption("as wear_after")
    )
    days_exposure_half: float = parameter(
        14.0, "days", (0.1, 1000), "half-life of the count of contacts", Assumption("two weeks")
    )


class Ladder(Group):
    """The chances to move up a stage, and the hazards to lapse."""

    p_follow: float = parameter(
        0.01,
        "probability",
        (0, 1),
        "a contact makes the average stranger follow",
        Assumption("no measured value found"),
        (0.004, 0.03),
    )
    p_curious_post: float = parameter(
        0.01,
        "probability",
        (0, 1),
        "a post makes a follower look at the site",
        Assumption("click rate on a link per person reached"),
        (0.005, 0.03),
    )
    p_curious_reply: float = parameter(
        0.10, "probability", (0, 1), "a reply does", Assumption("ten times a post")
    )
    p_curious_friend: float = parameter(
        0.10, "probability", (0, 1), "a friend's word does", Assumption("as a reply")
    )
    p_optin: float = parameter(
        0.15,
        "probability",
        (0, 1),
        "a look wins the permission",
        Assumption("with curiosity it meets the measured .0006-.007 per contact"),
        (0.02, 0.2),
    )
    p_join: float = parameter(
        0.0033,
        "probability",
        (0, 1),
        "a contact makes the average subscriber join",
        Assumption("5 % of a list joined in 90 days (Dholakia and Durham 2010), per contact"),
        (0.0009, 0.011),
    )
    b_relevance: float = parameter(
        0.6, "log-odds/SD", (0, 10), "relevance on moves", Assumption("selection"), (0.3, 1)
    )
    b_attachment: float = parameter(
        2.0, "log-odds", (0, 20), "attachment on moves", Assumption("no source; null: 0"), (0, 5)
    )
    b_fit: float = parameter(
        1.0, "log-odds", (0, 20), "purpose fit on moves", Assumption("shared purpose"), (0, 2)
    )
    b_member_friends: float = parameter(
        0.4,
        "log-odds",
        (0, 5),
        "ln(1 + friends who are members)",
        Assumption("rising and concave (Backstrom et al. 2006): the shape only"),
        (0.2, 0.7),
    )
    odds_friend: float = parameter(
        2.5,
        "odds ratio",
        (0, 100),
        "a friend carried it",
        Assumption("between none and the 4 of Nielsen; 1.5 for friends who adopt (Bapna 2015)"),
        (1.5, 4),
    )
    rate_lapse_follower: float = parameter(
        0.0005,
        "1/day",
        (0, 1),
        "lapse of a follower",
        Assumption("below the 30 % of ties gone in 9 months of Kivran-Swaine 2011"),
        (0.0001, 0.00135),
    )
    rate_lapse_subscriber: float = parameter(
        6.8e-4, "1/day", (0, 1), "lapse of a subscriber", src.WORLDMETRICS, (4e-4, 9e-4)
    )
    rate_lapse_member: float = parameter(
        1.7e-3, "1/day", (0, 1), "lapse of a member", src.CHURN, (6.6e-4, 2.7e-3)
    )
    g_attachment: float = parameter(
        1.5, "log-hazard", (0, 20), "attachment keeps", Assumption("exit barrier"), (0, 3)
    )
    g_bonds: float = parameter(
        0.5,
        "log-hazard",
        (0, 5),
        "ln(1 + bonds) keeps",
        Assumption("support keeps members (Wang, Kraut and Levine 2012): the sign only"),
        (0, 1),
    )
    g_posts: float = parameter(
        0.1,
        "log-hazard/post",
        (0, 5),
        "posts beyond what is tolerated drive away",
        Assumption("bursts make people unfollow (Kwak et al. 2011): direction only"),
    )
    posts_tolerated: float = parameter(
        2.0, "posts/day", (0, 1000), "before they annoy", Assumption("above the usual .7 a day")
    )


class Community(Group):
    """What happens among members."""

    p_message: float = parameter(
        0.2,
        "probability",
        (0, 1),
        "a visitor writes",
        Assumption("chosen to give 90-9-1 (Nielsen 2006)"),
    )
    p_answer: float = parameter(
        0.61, "probability", (0, 1), "a fan answers", src.JOYCE_KRAUT, (0.4, 0.9)
    )
    p_bond: float = parameter(
        0.15, "probability", (0, 1), "an answer makes a bond", Assumption("unmeasured"), (0.05, 0.3)
    )
    bond_distance: float = parameter(
        1.0, "SD", (0.01, 100), "scale of likeness in relevance", Assumption("one SD")
    )
    p_triangle: float = parameter(
        0.10, "probability", (0, 1), "more, when they share a bond", Assumption("triads close")
    )
    rate_bond_end: float = parameter(
        0.002, "1/day", (0, 1), "a bond ends", Assumption("half-life one year"), (0.001, 0.005)
    )
    decay_novelty: float = parameter(
        0.01, "1/day", (0, 1), "novelty fades", Assumption("half-life ten weeks")
    )
    novelty_renewed: float = parameter(
        0.5, "share", (0, 1), "of lost novelty an event renews", Assumption("no figure found")
    )
    rate_purpose_drift: float = parameter(
        0.002, "1/day", (0, 1), "fit drifts to the members' mean", Assumption("half in a year")
    )


class Purchase(Group):
    """Who considers the product, when, and who buys."""

    click_discovery: float = parameter(
        0.01, "probability", (0, 1), "a discovery is followed up", Assumption("as a post")
    )
    click_post: float = parameter(
        0.01,
        "probability",
        (0, 1),
        "a post is followed up",
        Assumption("from paid traffic and tweets"),
        (0.005, 0.03),
    )
    click_ad: float = parameter(
        1.0, "probability", (0, 1), "an ad contact is followed up", Assumption("it is a click")
    )
    click_mail: float = parameter(
        0.2,
        "probability",
        (0, 1),
        "a mail is followed up",
        Assumption("per mail read: .06 per mail sent, between a generic and a personal list"),
        (0.1, 0.65),
    )
    click_visit: float = parameter(
        0.30, "probability", (0, 1), "a visit is followed up", Assumption("unmeasured"), (0.1, 0.8)
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
        3.0, "log-odds", (0, 20), "attachment on buying", Assumption("Park 2010: sign"), (0, 7)
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
        20.0, "USD", (0.01, 1e6), "the price people expect", Assumption("books, 15-25 USD")
    )
    buy_no_reviews: float = parameter(
        0.9, "log-odds", (0, 10), "lost while there are no reviews", src.SPIEGEL, (0.2, 1.6)
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
        1.0, "friends", (0, 20), "recommended to, beyond the first", src.LESKOVEC, (0, 4)
    )
    p_consider_friend: float = parameter(
        0.25,
        "probability",
        (0, 1),
        "a friend's recommendation of the product is looked at",
        Assumption(
            "with the page it gives the .01-.10 purchases a recommendation of Leskovec 2007"
        ),
        (0.1, 0.6),
    )
    p_consider_member: float = parameter(
        0.4,
        "probability",
        (0, 1),
        "a member's recommendation is",
        Assumption("they know us"),
        (0.1, 0.8),
    )
    gifts_per_attachment: float = parameter(
        0.15, "copies", (0, 5), "given by a fully attached buyer", Assumption("none"), (0.05, 0.30)
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


class Arms(Group):
    """Switches that keep the answer honest (nulls, ablations, randomised invitation)."""

    selection_only: bool = parameter(
        False,
        "-",
        None,
        "attachment moves nobody up and sells nothing (it still keeps)",
        Assumption("null"),
    )
    equal_impact: bool = parameter(
        False, "-", None, "every contact adds the same prominence", Assumption("null")
    )
    matched_list: bool = parameter(
        False, "-", None, "subscribers get a member's contacts, no ties", Assumption("null")
    )
    share_invited: float = parameter(
        1.0, "share", (0, 1), "of people who may ever join", Assumption("randomised invitation")
    )
    relationships: bool = parameter(
        True, "-", None, "members answer each other and bond", Assumption("ablation")
    )
    purpose: bool = parameter(
        True, "-", None, "members grow alike in purpose", Assumption("ablation")
    )
    evolving: bool = parameter(
        True, "-", None, "events renew the community's novelty", Assumption("ablation")
    )


GROUPS: dict[str, type[Group]] = {
    "world": World,
    "product": Product,
    "contact": Contact,
    "attachment": Attachment,
    "ladder": Ladder,
    "community": Community,
    "purchase": Purchase,
    "advocacy": Advocacy,
    "rivalry": Rivalry,
    "arms": Arms,
}
