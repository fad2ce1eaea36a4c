"""What contacts do: attachment, the ladder, the community."""

from __future__ import annotations

from simulation.inputs import sources as src
from simulation.inputs.declare import Group, parameter
from simulation.inputs.sources import Assumption


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
        0.20, "share", (0, 1), "the same for a visit", Assumption("as a mail: no more is known")
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
        "the same for an exchange: to be answered, to answer",
        Assumption("active members near one half; bonds weaker than identity (Ren 2012)"),
        (0.01, 0.10),
    )
    k_purpose: float = parameter(
        0.08,
        "share",
        (0, 1),
        "the same for a member's visit, times purpose",
        Assumption("with b_identity it meets the doubled visits of Ren et al. 2012"),
        (0.03, 0.15),
    )
    k_product: float = parameter(
        0.0,
        "share",
        (0, 1),
        "of missing C that a purchase adds, times purpose fit and satisfaction",
        Assumption("no figure found: off but in the presets of several launches, .05 there"),
        (0, 0.1),
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
    p_curious_search: float = parameter(
        0.10, "probability", (0, 1), "a piece that is found does", Assumption("as a reply")
    )
    odds_talk: float = parameter(
        1.5,
        "odds ratio",
        (0, 100),
        "to be curious, for posts in conversation",
        Assumption("reply to follow or list was measured by nobody"),
        (1, 3),
    )
    p_optin: float = parameter(
        0.15,
        "probability",
        (0, 1),
        "a look wins the permission",
        Assumption("with curiosity it meets the measured .0006-.007 per contact"),
        (0.02, 0.2),
    )
    p_straight: float = parameter(
        0.5,
        "probability",
        (0, 1),
        "a stranger won by a friend's word or by search subscribes at once",
        Assumption("set with .10-.40 of new subscribers by people in view"),
        (0.2, 0.8),
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
        3.5,
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
        0.003,
        "probability",
        (0, 1),
        "a visitor of median visits writes",
        Assumption("with writing_activity one in ten members of a large room write in a month"),
        (0.002, 0.05),
    )
    writing_activity: float = parameter(
        0.8,
        "-",
        (0, 5),
        "exponent of own over median visit rate in the odds of writing",
        Assumption("a few write most (van Mierlo 2014)"),
        (0.5, 1.5),
    )
    p_answer: float = parameter(
        0.15,
        "probability",
        (0, 1),
        "one visitor who sees a message answers it",
        Assumption("with attention it gives the .61 answered of Joyce and Kraut 2006"),
        (0.08, 0.3),
    )
    attention: float = parameter(
        6.0,
        "visitors",
        (0, 1000),
        "who see a message in time to answer it",
        Assumption("with p_answer .61 are answered where many visit"),
    )
    p_known: float = parameter(
        0.5,
        "probability",
        (0, 1),
        "someone with a bond answers, if one is here, and not just anyone",
        Assumption("pairs meet again"),
        (0.2, 0.9),
    )
    purpose: float = parameter(
        0.5,
        "0-1",
        (0, 1),
        "how distinct and shared the brand's purpose is; 0: it does nothing",
        Assumption("varied in every headline"),
    )
    k_answer: float = parameter(
        1.3,
        "share",
        (0, 20),
        "more visits after being answered",
        Assumption("odds of writing again of Joyce and Kraut 2006, 1.62"),
        (0.6, 2),
    )
    days_answer_half: float = parameter(
        90.0, "days", (1, 10_000), "half-life of that", Assumption("a season")
    )
    k_bonds: float = parameter(
        0.7,
        "share",
        (0, 20),
        "more visits per ln(1 + bonds)",
        Assumption("friends are there; no figure found"),
        (0.3, 1.2),
    )
    b_identity: float = parameter(
        2.7,
        "log-hazard",
        (0, 20),
        "purpose times self-connection on visits",
        Assumption("with k_purpose it meets the doubled visits of Ren et al. 2012"),
        (1, 3),
    )
    novelty_floor: float = parameter(
        0.2, "share", (0, 1), "of visits that need no news", Assumption("habit"), (0, 0.4)
    )
    k_made: float = parameter(
        2.0,
        "-",
        (0, 1000),
        "how fast members' messages renew novelty",
        Assumption("one message a day among 150 renews .013 of what is lost"),
        (1, 4),
    )
    made_size: float = parameter(
        0.3,
        "-",
        (0, 2),
        "exponent of members in the messages that are needed",
        Assumption("more to read in a larger community, not in proportion"),
        (0, 1),
    )
    share_host_answers: float = parameter(
        0.3,
        "share",
        (0, 1),
        "of hosting hours that answer messages; the rest makes events",
        Assumption("one third"),
    )
    p_bond: float = parameter(
        0.4,
        "probability",
        (0, 1),
        "an exchange makes a bond, of people alike in a small room",
        Assumption("unmeasured"),
        (0.15, 0.6),
    )
    members_known: float = parameter(
        150.0,
        "people",
        (1, 1e9),
        "members among whom bonds are half as likely",
        src.GONCALVES,
        (75, 300),
    )
    bond_distance: float = parameter(
        1.0, "SD", (0.01, 100), "scale of likeness in relevance", Assumption("one SD")
    )
    p_triangle: float = parameter(
        0.10, "probability", (0, 1), "more, when they share a bond", Assumption("triads close")
    )
    rate_bond_end: float = parameter(
        0.006, "1/day", (0, 1), "a bond ends, unless renewed", src.BURT, (0.0004, 0.04)
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
