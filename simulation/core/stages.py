"""The four stages of emotional connection, the contacts, and the touchpoints of a purchase."""

from __future__ import annotations

from enum import IntEnum


class Stage(IntEnum):
    """Where a person stands on the continuum."""

    STRANGER = 0
    FOLLOWER = 1
    SUBSCRIBER = 2
    MEMBER = 3


class Channel(IntEnum):
    """What carries a contact, in the order in which the contacts of one day are weighed.

    What came to a person is weighed first; what they found themselves, by search, last.
    """

    DISCOVERY = 0
    POST = 1
    AD = 2
    REPLY = 3
    MAIL = 4
    VISIT = 5
    FRIEND = 6
    SEARCH = 7


class Touchpoint(IntEnum):
    """What carried a sale: the channel whose contact led to it, or a gift.

    Numbered like the channels, but for SEARCH: what is found is older than the launch and speaks of
    no product, so that it carries no sale.
    """

    DISCOVERY = 0
    POST = 1
    AD = 2
    REPLY = 3
    MAIL = 4
    VISIT = 5
    FRIEND = 6
    GIFT = 7
    NONE = 8


class Complaint(IntEnum):
    """What became of a purchase that went wrong."""

    NONE = 0
    OPEN = 1
    ANSWERED = 2
    IGNORED = 3


STAGES: tuple[str, ...] = tuple(stage.name.lower() for stage in Stage)
CHANNELS: tuple[str, ...] = tuple(channel.name.lower() for channel in Channel)
TOUCHPOINTS: tuple[str, ...] = tuple(t.name.lower() for t in Touchpoint if t != Touchpoint.NONE)

#: Every change by one stage, and the name of the flow that counts it. One more is possible: a
#: stranger may go straight to the list (ladder.straight_chance), which counts in both flows up.
ALLOWED_MOVES: dict[tuple[Stage, Stage], str] = {
    (Stage.STRANGER, Stage.FOLLOWER): "moves_to_follower",
    (Stage.FOLLOWER, Stage.SUBSCRIBER): "moves_to_subscriber",
    (Stage.SUBSCRIBER, Stage.MEMBER): "moves_to_member",
    (Stage.FOLLOWER, Stage.STRANGER): "lapses_to_stranger",
    (Stage.SUBSCRIBER, Stage.FOLLOWER): "lapses_to_follower",
    (Stage.MEMBER, Stage.SUBSCRIBER): "lapses_to_subscriber",
}
