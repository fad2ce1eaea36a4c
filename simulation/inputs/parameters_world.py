"""Who is there, what is launched, and who meets the brand at what effort."""

from __future__ import annotations

from typing import Literal

from simulation.inputs import sources as src
from simulation.inputs.declare import Group, parameter
from simulation.inputs.sources import Assumption

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
    friends_columns: str = parameter(
        "",
        "names",
        None,
        "columns of friends in that file, where it does not tell: source,target or 2,3",
        Assumption("the researcher's own data"),
    )


class Product(Group):
    """The product that is launched."""

    launch_day: int = parameter(
        547, "day", (0, 20_000), "first day of the launch", Assumption("after one and a half years")
    )
    launches: int = parameter(
        1, "products", (1, 100), "launched one after another", Assumption("one, unless asked for")
    )
    days_between_launches: int = parameter(
        365,
        "days",
        (1, 20_000),
        "from each launch day to the next",
        Assumption("a book a year; matters with more than one launch"),
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
        0.33,
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
    reach_talk: float = parameter(
        0.3,
        "share",
        (0, 10),
        "posts in conversation reach further by so much; 0: replies are seen by nobody else",
        src.BUFFER,
        (0.08, 0.42),
    )
    discovery: float = parameter(
        0.1, "contacts", (0, 10), "strangers met per follower met", Assumption("no figure found")
    )
    search_rate: float = parameter(
        3e-6,
        "1/day/piece",
        (0, 1),
        "someone not on the list finds a piece of the archive; 0: nothing is found",
        Assumption("a sixth of new subscribers, as search brought .158 of customers (Custora)"),
        (1e-6, 1e-5),
    )
    days_archive_half: float = parameter(
        365.0,
        "days",
        (1, 10_000),
        "until half as many find a piece",
        Assumption("a year; .38 of visits go to articles that gain with age (HubSpot 2015)"),
        (120, 1000),
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
    open_attachment: float = parameter(
        1.0,
        "log-odds",
        (0, 20),
        "attachment on opening a mail; 0: all open alike",
        Assumption("sign only: segments that care open more"),
        (0.5, 2),
    )
    visit_rate_median: float = parameter(
        0.0016,
        "1/day",
        (0, 10),
        "visits of the median member, whom nothing draws but news",
        Assumption("most members look in a few times a year, a few every day"),
        (0.0005, 0.03),
    )
    visit_rate_sigma: float = parameter(
        2.5,
        "log units",
        (0, 4),
        "spread of visits: a few write most",
        src.VAN_MIERLO,
        (2.1, 3.0),
    )
    rate_visit_event: float = parameter(
        0.1, "1/day", (0, 10), "more visits on the day of an event", Assumption("one in ten come")
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
    hours_case: float = parameter(
        0.25, "h", (0.001, 1000), "effort of one support case", Assumption("a quarter of an hour")
    )
    calendar_luck: bool = parameter(
        True,
        "-",
        None,
        "posts, pieces, events and cases begin with a drawn fraction; false: all with 0",
        Assumption("where a launch falls in the brand's weeks is luck, too"),
    )
    usd_per_hour: float = parameter(
        40.0, "USD/h", (0, 10_000), "what an hour is worth", Assumption("skilled work")
    )
    usd_per_click: float = parameter(
        0.7, "USD", (0.001, 1000), "price of an ad click", src.REFLEX, (0.4, 0.94)
    )
    ads_exponent: float = parameter(
        0.73,
        "-",
        (0, 1),
        "of ad clicks on money: 1 has no bounds to what money buys",
        Assumption("from +15-35 % of cost a doubling (C-), .85 (C-), Bloom & Wild (D)"),
        (0.57, 0.85),
    )
    ads_reference: float = parameter(
        0.0005,
        "USD/day",
        (1e-9, 1000),
        "spent a head on ads, where a click costs usd_per_click",
        Assumption("50 USD a day in a town of 100,000, a small advertiser's campaign"),
        (0.0001, 0.0025),
    )
