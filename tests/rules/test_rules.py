"""Every rule of the rulebook: limits, directions, values worked out by hand, bounds, same bits.

The numbers on the right were worked out from the equations of the model description with the
central values typed below, not taken from the code.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

import simulation.rules
from simulation.core import chance
from simulation.core.compiler import HAVE_COMPILER, compiler
from simulation.core.stages import Channel, Complaint, Stage
from simulation.inputs.declare import field_bounds
from simulation.inputs.scenario import Scenario, parameters
from simulation.rules import (
    advocacy,
    attachment,
    community,
    contact,
    effort,
    ladder,
    offers,
    purchase,
    rivalry,
    service,
    waking,
)

MODULES = (
    advocacy, attachment, chance, community, contact, effort, ladder, offers, purchase, rivalry,
    service, waking,
)  # fmt: skip
RULES: dict[str, Callable] = {
    name: function
    for module in MODULES
    for name, function in vars(module).items()
    if inspect.isfunction(function) and function.__module__ == module.__name__
}
STRANGER, FOLLOWER, SUBSCRIBER, MEMBER = Stage
DISCOVERY, POST, AD, REPLY, MAIL, VISIT, FRIEND, SEARCH = Channel
MEAN_FIT = attachment.MEAN_PURPOSE_FIT

#: Central values, typed from section 5 of the model description: all that the rules read, so that
#: no number below moves with a default.
CENTRAL = {
    "rival_day": 365, "p_rival": 0.0, "p_switch": 0.05, "switch_attachment": 3.0,
    "switch_bonds": 0.5, "p_wrong": 0.03, "loss_ignored": 0.4, "g_complaint": 1.0,
    "loss_heard": 0.1, "loss_wrong": 2.0, "answer_repairs": 0.9, "p_review_ignored": 0.15,
    "buy_bad_words": 0.7, "decay_grudge": 0.01, "price_learning": 0.1,
    "buy_experience": 1.0, "decay_experience": 0.01, "price_loss": 1.5, "join_threshold": 2,
    "days_patience": 7, "hours_case": 0.25, "year": 2012.0, "hours_per_week": 10.0,
    "reach_2012": 0.16, "reach_followers": 50_000.0,
    "reach_size_exponent": 0.4, "reach_decay": 0.17, "discovery": 0.1, "p_open": 0.30,
    "reach_talk": 0.3, "odds_talk": 3.0, "search_rate": 0.001, "days_archive_half": 100.0,
    "p_curious_search": 0.05, "p_straight": 0.4,
    "rate_visit_event": 0.3, "usd_per_hour": 40.0, "usd_per_click": 0.7, "n_people": 100_000,
    "ads_exponent": 1.0, "ads_reference": 0.0005,
    "eta_post": 0.1, "eta_ad": 0.1, "eta_reply": 0.2, "eta_mail": 0.2, "eta_visit": 0.3,
    "eta_friend": 0.2, "decay_prominence": 0.028, "decay_self_connection": 0.0026,
    "k_parasocial": 0.01, "k_tie": 0.05, "k_ritual": 0.06, "wear_after": 10.0, "wear_scale": 10.0,
    "k_product": 0.05,
    "days_exposure_half": 14.0, "p_follow": 0.01, "p_curious_post": 0.01, "p_curious_reply": 0.10,
    "p_curious_friend": 0.10, "p_optin": 0.15, "p_join": 0.0033, "b_relevance": 0.6,
    "b_attachment": 2.0, "b_fit": 1.0, "b_member_friends": 0.4, "odds_friend": 2.5,
    "rate_lapse_follower": 5e-4, "rate_lapse_subscriber": 6.8e-4, "rate_lapse_member": 1.7e-3,
    "g_attachment": 1.5, "g_bonds": 0.5, "g_posts": 0.1, "posts_tolerated": 2.0, "p_bond": 0.15,
    "bond_distance": 1.0, "p_triangle": 0.1, "rate_bond_end": 0.002, "decay_novelty": 0.01,
    "novelty_renewed": 0.5, "rate_purpose_drift": 0.002, "click_discovery": 0.01,
    "click_post": 0.01, "click_ad": 1.0, "click_mail": 0.2, "click_visit": 0.3, "p_buy": 0.02,
    "buy_attachment": 3.0, "buy_relevance": 0.6, "price_elasticity": 1.5, "price": 20.0,
    "price_reference": 20.0, "buy_no_reviews": 0.9, "buy_stars": 0.4, "buy_buyer_friends": 0.58,
    "lag_shape": 0.375, "lag_scale": 39.0, "days_lag_max": 60, "quality": 0.7, "match": 0.5,
    "satisfaction_spread": 0.8, "p_review_public": 0.015, "p_review_asked": 0.15,
    "p_recommend_public": 0.29, "p_recommend_member": 0.6, "speak_attachment": 1.0,
    "speak_satisfaction": 2.0, "p_consider_friend": 0.025, "p_consider_member": 0.08,
    "gifts_base": 0.07, "gifts_per_attachment": 0.15, "days_owner_tells": 180,
    "rate_tell_follower": 0.0002, "rate_tell_subscriber": 0.001,
    "rate_tell_member": 0.005,
    "hours_reply": 0.05, "purpose": 0.5, "k_purpose": 0.08, "k_answer": 1.3,
    "days_answer_half": 90.0, "k_bonds": 0.7, "b_identity": 2.0, "novelty_floor": 0.2,
    "k_made": 2.0, "made_size": 0.3, "members_known": 150.0, "p_message": 0.01,
    "writing_activity": 1.0, "visit_rate_median": 0.007, "p_answer": 0.15, "attention": 6.0,
    # off here; below, where they are asked for, on
    "calendar_luck": False, "open_attachment": 0.0, "click_attachment": 0.0,
    "click_relevance": 0.0, "click_wear": 1.0, "click_again": 1.0, "p_same_day": 0.0,
    "urgency": 0.0,
}  # fmt: skip
WORLD = Scenario().replace(**CENTRAL)
PAR = WORLD.numbers()


def par(**changes):
    """Return the numbers of the central world with some of them changed."""
    return WORLD.replace(**changes).numbers()


NEW = par(click_attachment=1.3, click_relevance=0.2, click_wear=0.5, click_again=0.3, urgency=1.0)
ANNOUNCED = ("announce_post", "announce_ad", "announce_mail", "announce_visit")
ALL_ANNOUNCE = SimpleNamespace(**dict.fromkeys(ANNOUNCED, 1), offer=0, offer_depth=0.3)
NONE_ANNOUNCE = SimpleNamespace(**dict.fromkeys(ANNOUNCED, 0), offer=1, offer_depth=0.3)

SATURATING = par(ads_exponent=0.73)

BY_HAND = [
    # contact (4.2)
    (contact.reach(PAR, 50_000.0), 0.16),
    (contact.reach(par(year=2025.0), 500_000.0), 0.006987618),  # .16 10^-.4 e^-2.21
    (contact.reach(PAR, 1.0), 1.0),
    (contact.reach(PAR, 0.0), 1.0),
    (contact.talk_share(3.0, 2, 80.0), 0.776869840),  # 1 - e^-1.5
    (contact.talk_share(3.0, 2, 1.0), 0.393469340),  # one person to answer: 1 - e^-.5
    (contact.talk_share(3.0, 0, 80.0), 0.0),
    (contact.talk_share(0.0, 5, 80.0), 0.0),
    (contact.reach_in_talk(PAR, 0.2, 0.5), 0.23),
    (contact.reach_in_talk(PAR, 0.9, 1.0), 1.0),
    (contact.reach_in_talk(par(reach_talk=0.0), 0.2, 1.0), 0.2),
    (contact.post_chance(0.16, 3), 0.407296),  # 1 - .84^3
    (contact.post_chance(0.16, 0), 0.0),
    (contact.discovery_chance(PAR, 0.16, 2, 10_000.0, 100_000.0), 0.0032),
    (contact.archive_after(par(days_archive_half=1.0), 8.0, 3), 7.0),
    (contact.archive_after(PAR, 10.0, 0), 9.930924954),  # 10 x 2^-.01
    (contact.search_chance(PAR, 40.0), 0.039210561),  # 1 - e^-.04
    (contact.search_chance(PAR, 0.0), 0.0),
    (contact.search_chance(par(search_rate=0.0), 40.0), 0.0),
    (contact.ad_chance(50.0, 1000.0), 0.05),
    (contact.ad_chance(5000.0, 1000.0), 1.0),
    (contact.reply_chance(20.0, 80.0), 0.25),
    (contact.reply_chance(0.3, 0.0), 1.0),
    (contact.reply_chance(0.0, 0.0), 0.0),
    (contact.reply_chance(90.0, 80.0), 1.0),
    (contact.mail_chance(PAR, 2, 0.7), 0.3),
    (contact.mail_chance(PAR, 0, 0.7), 0.0),
    (contact.mail_chance(par(open_attachment=1.0), 1, 0.0), 0.3),
    (contact.mail_chance(par(open_attachment=1.0), 1, 0.5), 0.414037836),  # odds .3/.7 e^.5
    (contact.visit_chance(PAR, 0.03, 0, 1.0, 1.0), 0.029554466),  # 1 - e^-.03
    (contact.visit_chance(PAR, 0.03, 1, 0.5, 2.0), 0.326993304),  # 1 - e^(-2 .33 .6)
    (contact.visit_hazard(PAR, 0.03, 0, 1.0), 0.03),
    (contact.visit_hazard(PAR, 0.03, 1, 0.5), 0.198),  # .33 (.2 + .8 .5)
    (waking.member_clock(0.2, 2.0, 3.0, 0.5, 0.25), 1.85),
    # who wakes: -ln of what is left when all that may happen does not
    (waking.hazard(0.0), 0.0),
    (waking.hazard(0.28), 0.328504067),  # -ln .72
    (waking.hazard(1.0), 36.0),
    (waking.stage_hazard(PAR, STRANGER, 0.1, 0.9, 0.2, 0.9, 0.0, 0.0, 0.9, 0.0), 0.328504067),
    (waking.stage_hazard(PAR, FOLLOWER, 0.9, 0.2, 0.1, 0.9, 0.01, 0.02, 0.0, 0.0), 0.358757071),
    (waking.stage_hazard(PAR, FOLLOWER, 0.9, 0.2, 0.1, 0.9, 0.01, 0.02, 0.5, 0.0), 1.051904251),
    (waking.stage_hazard(PAR, FOLLOWER, 0.9, 0.2, 0.1, 0.9, 0.01, 0.02, 0.0, 0.5), 1.051904251),
    (waking.stage_hazard(PAR, SUBSCRIBER, 0.9, 0.2, 0.1, 0.3, 0.01, 0.02, 0.0, 0.5), 0.715432015),
    (waking.stage_hazard(PAR, MEMBER, 0.9, 0.2, 0.1, 0.3, 0.01, 0.02, 0.0, 0.5), 0.715432015),
    (waking.stage_hazard(par(matched_list=True), SUBSCRIBER, 0, 0, 0, 0, 0, 0, 0, 0), 36.0),
    (waking.stage_hazard(par(matched_list=True), MEMBER, 0, 0, 0, 0, 0, 0, 0, 0), 0.0),
    (waking.wait(0.5), 0.693147181),
    (waking.wait(0.135335283), 2.0),
    (waking.die_of(0.693147181), 0.5),
    (waking.die_of(0.0), 0.0),
    (waking.die_of(float("inf")), 1.0),
    (rivalry.rival_chance(par(p_rival=0.2, rival_day=10), 9), 0.0),
    (rivalry.rival_chance(par(p_rival=0.2, rival_day=10), 10), 0.2),
    (rivalry.switch_chance(PAR, 0.0, 0.0), 0.05),
    (rivalry.switch_chance(PAR, 0.5, 3.0), 0.005837569),
    # complaints (4.8), offers (4.10), rival forms
    (service.wrong_chance(PAR), 0.0),
    (service.wrong_chance(par(can_go_wrong=True)), 0.03),
    (service.repaired(PAR, 0.0), 0.9),
    (service.repaired(PAR, 2.0), 0.729),  # .9^3
    (service.repaired(par(answer_repairs=1.0), 7.0), 1.0),
    (service.kept_after_complaint(PAR, 0.0), 0.6),
    (service.kept_after_complaint(PAR, 0.729), 0.8916),  # 1 - .4 .271
    (service.kept_after_complaint(PAR, 1.0), 1.0),
    (service.grudge(PAR, Complaint.NONE, 9), 0.0),
    (service.grudge(PAR, Complaint.OPEN, 9), 0.0),
    (service.grudge(PAR, Complaint.IGNORED, 0), 1.0),
    (service.grudge(PAR, Complaint.IGNORED, 69), 0.499837026),  # .99^69
    (service.grudge(PAR, Complaint.ANSWERED, 69), 0.0499837026),
    (service.grudge(par(decay_grudge=0.0), Complaint.IGNORED, 900), 1.0),
    (service.one_star_chance(PAR), 0.15),
    (service.words_left(PAR, 2.0, 69), 0.999674052),
    (service.words_left(par(decay_grudge=1.0), 2.0, 1), 0.0),
    (service.word_shift(PAR, 0.0), 0.0),
    (service.word_shift(PAR, 3.0), -0.970406053),  # -.7 ln 4
    (service.kept_after_bad_word(PAR), 0.9),
    (advocacy.experience(0.9), 0.2),
    (service.experience_settled(PAR, 0.2, 0.0), 0.2),
    (service.experience_settled(PAR, -0.460004128, 0.5), -0.230002064),  # .7 but for the loss of 2
    (service.experience_settled(PAR, -0.460004128, 0.9), -0.0460004128),
    (service.experience_settled(PAR, -0.460004128, -1.0), -0.920008256),
    (purchase.experience_shift(PAR, 0.2, 0), 0.2),
    (purchase.experience_shift(par(buy_experience=2.0), -0.9, 69), -0.899706607),  # -1.8 .99^69
    (attachment.own_product(PAR, 0.7), 0.035),
    (ladder.free_hazard(PAR, MEMBER, 0, 1.0), 0.004621079),  # .0017 e
    (ladder.free_hazard(PAR, MEMBER, 0, 0.5), 0.002802826),  # .0017 e^.5
    (ladder.lapse_bound(par(can_go_wrong=True), MEMBER, 0), 0.004621079),
    (ladder.lapse_chance(PAR, MEMBER, 0.5, 3.0, 0, 1.0), 0.001091422),
    (offers.price_paid(PAR, 0.25, True), 15.0),
    (offers.price_paid(PAR, 0.25, False), 20.0),
    (offers.still_holds(1, 1), True),
    (offers.still_holds(1, 0), False),
    (offers.still_holds(0, 1), False),
    (offers.price_shown(PAR, MAIL, ALL_ANNOUNCE), 20.0),
    (offers.price_shown(PAR, MAIL, NONE_ANNOUNCE), 14.0),  # an offer of 30 %, announced or not
    (offers.price_shown(PAR, VISIT, NONE_ANNOUNCE), 0.0),
    (offers.price_remembered(PAR, 20.0, 14.0), 19.4),
    (offers.price_remembered(par(price_learning=0.0), 20.0, 14.0), 20.0),
    (offers.price_shift(PAR, 20.0, 20.0), 0.0),
    (offers.price_shift(PAR, 14.0, 20.0), 0.535012416),  # -1.5 ln .7
    (offers.price_shift(PAR, 20.0, 14.0), -0.802518624),  # 1.5 times as much
    (offers.carries_offer(MAIL, 1), True),
    (offers.carries_offer(DISCOVERY, 1), True),
    (offers.carries_offer(VISIT, 1), False),
    (offers.carries_offer(POST, 0), False),
    (attachment.own_content(PAR, POST, 0, 1), 0.0),
    (attachment.own_content(PAR, VISIT, 2, 1), 0.0976),  # 1 - .96 .94
    (attachment.attachment(par(geometric_attachment=True), 0.2, 0.45), 0.3),
    (attachment.left_after(par(power_forgetting=True), 0.5, 0), 1.0),
    (attachment.left_after(par(power_forgetting=True), 0.5, 1), 0.5),  # half-life one day
    (attachment.left_after(par(power_forgetting=True), 0.5, 3), 0.25),  # (1 + 3)^-1
    (ladder.join_chance(par(threshold_joining=True), MAIL, 0.0, 0.0, MEAN_FIT, 1.0), 0.0),
    (
        ladder.join_chance(par(threshold_joining=True), MAIL, 0.0, 0.0, MEAN_FIT, 5.0),
        ladder.join_chance(PAR, MAIL, 0.0, 0.0, MEAN_FIT, 2.0),
    ),
    (purchase.buy_chance(PAR, 0.0, 0.0, 0.0, 1e4, 4.2, False, 1.5, -0.5, False), 0.052559399),
    # attachment (4.3)
    (attachment.attachment(PAR, 0.3, 0.5), 0.4),
    (attachment.fit_at_birth(0.0, 0.0), 0.377540669),  # L(-.5)
    (attachment.fit_at_birth(1.0, 0.5), 0.622459331),  # L(.5)
    (attachment.left_after(PAR, 0.028, 25), 0.491650656),  # .972^25
    (attachment.left_after(PAR, 0.0026, 270), 0.495140269),
    (attachment.left_after(PAR, 1.0, 0), 1.0),
    (attachment.left_after(PAR, 1.0, 3), 0.0),
    (attachment.exposure_left(PAR, 28), 0.25),
    (attachment.wear_out(PAR, 10.0), 1.0),
    (attachment.wear_out(PAR, 20.0), 0.367879441),
    (attachment.prominence_after(PAR, 0.2, 0.0, MAIL), 0.36),
    (attachment.prominence_after(PAR, 0.2, 20.0, FRIEND), 0.258860711),
    (attachment.self_connection_after(0.1, 0.4, 0.06), 0.1216),
    (attachment.own_content(PAR, POST, 0, 0), 0.01),
    (attachment.own_content(PAR, MAIL, 2, 0), 0.01),
    (attachment.own_content(par(purpose=0.0), VISIT, 2, 0), 0.06),
    (attachment.own_content(PAR, VISIT, 1, 0), 0.04),  # .08 .5
    (attachment.own_content(PAR, VISIT, 0, 0), 0.0),
    (attachment.own_content(PAR, FRIEND, 2, 0), 0.0),
    (attachment.own_content(PAR, SEARCH, 2, 0), 0.01),
    (attachment.own_content(PAR, SEARCH, 0, 1), 0.01),
    # ladder (4.4)
    (ladder.follow_chance(PAR, AD, 0.0, 0.0, MEAN_FIT), 0.01),
    (ladder.leaning(PAR, 1.0, 0.5, MEAN_FIT + 0.1), 0.6 + 1.0 + 0.1),
    (ladder.follow_chance(PAR, FRIEND, 0.0, 0.0, MEAN_FIT), 0.024630542),
    (ladder.follow_chance(PAR, DISCOVERY, 1.0, 0.2, MEAN_FIT), 0.026723631),
    (ladder.follow_chance(PAR, AD, -2.0, 0.0, MEAN_FIT), 0.003033138),
    (ladder.follow_chance(PAR, AD, 0.0, 0.0, MEAN_FIT + 0.25), 0.012803888),
    (ladder.curious_chance(PAR, POST, 0.0, 0.0, 1.0), 0.029411765),  # 3 / 102
    (ladder.curious_chance(PAR, FRIEND, 0.0, 0.0, 1.0), 0.217391304),  # .25 / 1.15
    (ladder.curious_chance(PAR, AD, 0.0, 0.0, 1.0), 0.0),
    (ladder.subscribe_chance(PAR, POST, 0.0, 0.0, MEAN_FIT, 0.0), 0.0015),
    (ladder.subscribe_chance(PAR, POST, 0.0, 0.0, MEAN_FIT, 1.0), 0.004411765),  # .15 x 3 / 102
    (ladder.subscribe_chance(PAR, POST, 0.0, 0.0, MEAN_FIT, 0.5), 0.002970297),  # .15 x 2 / 101
    (ladder.subscribe_chance(PAR, FRIEND, 0.0, 0.0, MEAN_FIT, 1.0), 0.032608696),
    (ladder.subscribe_chance(PAR, REPLY, 0.5, 0.3, MEAN_FIT - 0.2, 1.0), 0.027095674),
    (ladder.follow_chance(PAR, SEARCH, 0.0, 0.0, MEAN_FIT), 0.01),
    (ladder.subscribe_chance(PAR, SEARCH, 0.0, 0.0, MEAN_FIT, 1.0), 0.0075),
    (ladder.straight_chance(PAR, SEARCH, MEAN_FIT, True), 0.4),
    (ladder.straight_chance(PAR, FRIEND, MEAN_FIT + 0.5, True), 0.523616138),  # odds 2/3 e^.5
    (ladder.straight_chance(PAR, SEARCH, MEAN_FIT, False), 0.0),
    (ladder.straight_chance(PAR, AD, MEAN_FIT, True), 0.0),
    (ladder.join_chance(PAR, MAIL, 0.0, 0.0, MEAN_FIT, 3.0), 0.005731616),
    (ladder.join_chance(PAR, FRIEND, -1.0, 0.4, MEAN_FIT + 0.3, 2.0), 0.020738807),
    (ladder.lapse_bound(PAR, STRANGER, 9), 0.0),
    (ladder.lapse_bound(PAR, MEMBER, 2), 0.0017),
    (ladder.lapse_chance(PAR, FOLLOWER, 0.2, 0.0, 1, 0.0), 0.000370409),
    (ladder.lapse_chance(PAR, SUBSCRIBER, 0.0, 0.0, 5, 0.0), 0.000917904),  # 6.8e-4 e^.3
    (ladder.lapse_chance(PAR, MEMBER, 0.5, 3.0, 0, 0.0), 0.000401512),
    # community (4.5)
    (community.drawn_back(PAR, 40_000.0, 0.0, 0.0), 1.0),  # nothing draws
    (community.drawn_back(PAR, 90.0, 0.0, 0.0), 1.65),  # 1 + 1.3 / 2
    (community.drawn_back(PAR, 40_000.0, 1.0, 0.0), 1.485203026),  # 1 + .7 ln 2
    (community.drawn_back(PAR, 0.0, 1.0, 0.4), 5.096023878),  # 2.3 (1 + .7 ln 2) e^.4
    (community.write_chance(PAR, 0.007), 0.01),
    (community.write_chance(PAR, 0.7), 0.502512563),  # odds 100 / 99
    (community.write_chance(par(writing_activity=0.5), 0.7), 0.091743119),
    (community.answer_chance(PAR, 1), 0.15),
    (community.answer_chance(PAR, 90), 0.622850484),  # 1 - .85^6
    (community.bond_chance(PAR, 0.3, 0.3, False, 0.0), 0.15),
    (community.bond_chance(PAR, 1.0, 0.0, False, 150.0), 0.027590958),  # .15 / e / 2
    (community.bond_chance(PAR, 0.0, 0.5, True, 0.0), 0.190979599),
    (community.bond_chance(par(p_bond=0.95), 0.0, 0.0, True, 0.0), 1.0),
    (community.novelty_after(PAR, 0.8, 0, 0, 0.0), 0.792),
    (community.novelty_after(PAR, 0.8, 1, 0, 90.0), 0.896),
    (community.novelty_after(PAR, 0.8, 0, 15, 150.0), 0.829704003),  # .792 + .208 (1 - e^-.2)
    (community.novelty_after(par(evolving=False), 0.8, 1, 99, 90.0), 0.792),
    (community.fit_after(PAR, 0.4, 0.6), 0.4004),
    (community.bond_days(PAR, 0.5), 347),  # ln .5 / ln .998 = 346.2
    (community.bond_days(par(rate_bond_end=1.0), 0.01), 1),
    (community.bond_days(par(rate_bond_end=0.0), 0.99), 1_000_000),
    # purchase (4.6)
    (purchase.click_chance(NEW, MAIL, ALL_ANNOUNCE, 0.0, 0.0, 0, False), 0.2),
    (purchase.click_chance(NEW, MAIL, ALL_ANNOUNCE, 0.5, 1.0, 0, False), 0.369050029),
    (purchase.click_chance(NEW, MAIL, ALL_ANNOUNCE, 0.0, 0.0, 3, False), 0.025),  # .2 .5^3
    (purchase.click_chance(NEW, VISIT, ALL_ANNOUNCE, 0.0, 0.0, 1, True), 0.045),  # .3 .5 .3
    (purchase.click_chance(NEW, POST, ALL_ANNOUNCE, 0.0, 0.0, 3, True), 0.003),  # .01 .3
    (purchase.click_chance(NEW, AD, ALL_ANNOUNCE, 0.5, 1.0, 3, False), 1.0),
    (purchase.heard_after(4, True, False, ALL_ANNOUNCE), 5),
    (purchase.heard_after(4, 1, 1, ALL_ANNOUNCE), 6),
    (purchase.heard_after(4, 1, 1, NONE_ANNOUNCE), 4),
    (purchase.heard_after(254, 1, 1, ALL_ANNOUNCE), 255),
    (purchase.lag_days(par(p_same_day=0.6), 0.59), 0),
    # what is left of the die, (.8 - .6) / .4 = .5, asks the lag
    (purchase.lag_days(par(p_same_day=0.6), 0.8), purchase.lag_days(PAR, 0.5)),
    (purchase.lag_days(par(p_same_day=1.0), 1 - 2**-33), 0),
    (purchase.buy_chance(NEW, 0, 0, 0, 1e4, 4.2, False, 0.0, 0.0, True), 0.052559399),
    (purchase.recommended_chance(PAR, False), 0.025),
    (purchase.recommended_chance(PAR, True), 0.08),
    (purchase.review_shift(PAR, 0.0, 0.0), -0.9),
    (purchase.review_shift(PAR, 3.0, 4.7), -0.131091497),
    (purchase.review_shift(PAR, 10.0, 4.2), -0.032106594),
    (purchase.buy_chance(PAR, 0.0, 0.0, 0.0, 0.0, 0.0, False, 0.0, 0.0, False), 0.008229061),
    (purchase.buy_chance(PAR, 0.0, 0.0, 0.0, 1e4, 4.2, False, 0.0, 0.0, False), 0.02),
    (purchase.buy_chance(PAR, 0.0, 0.0, 0.0, 1e4, 4.2, True, 0.0, 0.0, False), 0.048543689),
    (
        purchase.buy_chance(PAR, 0.0, 0.0, 0.0, 1e4, 4.2, False, -1.5 * np.log(2), 0.0, False),
        0.007163687,
    ),
    (
        purchase.buy_chance(PAR, 0.4, 1.0, 2.0, 3.0, 4.7, False, 0.431523109, 0.0, False),
        0.239723946,
    ),
    # advocacy (4.7)
    (advocacy.tell_rate(PAR, STRANGER), 0.0),
    (advocacy.tell_rate(PAR, FOLLOWER), 0.0002),
    (advocacy.tell_rate(PAR, SUBSCRIBER), 0.001),
    (advocacy.tell_rate(PAR, MEMBER), 0.005),
    (advocacy.satisfaction(PAR, MEAN_FIT, 0.0, False), 0.7),
    (advocacy.satisfaction(PAR, MEAN_FIT, 0.0, True), 0.239995872),  # L(ln(7/3) - 2)
    (advocacy.satisfaction(PAR, MEAN_FIT + 0.2, 1.5, False), 0.929974282),
    (advocacy.satisfaction(PAR, MEAN_FIT - 0.2, -1.0, False), 0.402626096),
    (advocacy.stars_given(0.0), 1),
    (advocacy.stars_given(0.7), 4),
    (advocacy.stars_given(1.0), 5),
    (advocacy.review_chance(PAR, SUBSCRIBER, 0.4, True), 0.208399315),
    (advocacy.review_chance(PAR, SUBSCRIBER, 0.4, False), 0.022213493),
    (advocacy.review_chance(PAR, MEMBER, 0.0, False), 0.15),
    (advocacy.review_chance(PAR, FOLLOWER, 0.0, True), 0.015),
    (advocacy.recommend_chance(PAR, FOLLOWER, 0.5, 0.9), 0.501153986),
    (advocacy.recommend_chance(PAR, MEMBER, 0.4, 0.4), 0.55118633),
    (advocacy.gifts_mean(PAR, 0.4), 0.13),  # .07 + .15 .4
    (advocacy.tells_of_product(PAR, 20, 20, 199), True),
    (advocacy.tells_of_product(PAR, 20, 20, 200), False),
    (advocacy.tells_of_product(PAR, -1, 0, 3), False),
    (advocacy.tells_of_product(PAR, 20, 21, 30), False),  # of the product before
    (advocacy.tells_of_product(par(days_owner_tells=0), 20, 20, 20), False),
    # effort (4.1)
    (effort.hours_by(10.0, 0.7), 1.0),
    (effort.done_by(3.0, 10.0, 0.7, 0.5), 5.0),
    (effort.pieces_on(0.9, 1.1), 1),
    (effort.pieces_on(6 / 7, sum([1 / 7] * 7)), 1),  # seven sevenths make one
    (effort.pieces_on(1.1, 1.9), 0),
    (effort.ad_clicks(PAR, 40.0), 57.142857143),  # 40 / .7
    (effort.ad_clicks(SATURATING, 0.0), 0.0),
    (effort.ad_clicks(SATURATING, 50.0), 71.428571429),  # at the reference: 50 / .7
    (effort.ad_clicks(SATURATING, 100.0), 118.474221),  # 71.428571 x 2^.73, 1.658639
    (effort.ad_clicks(par(ads_exponent=0.73, n_people=200_000), 100.0), 142.857142857),
    (effort.begun(PAR, 0.4), 0.0),
    (effort.begun(par(calendar_luck=True), 0.4), 0.4),
    (effort.spent_on_ads(0.2, 0.25, True, 9.0, 0.0), 0.15),
    (effort.spent_on_ads(0.2, 0.25, False, 9.0, 30.0), 0.5),  # .2 + 9 / 30
    (effort.spent_on_ads(0.2, 0.25, False, 9.0, 0.0), 0.2),
    (effort.hours_unused(PAR, 5, 2, 30.0, 20.0, 0.0, 0.0, 0.0), 1.25),  # 3 (.25) + 10 (.05)
    (effort.hours_unused(PAR, 2, 2, 10.0, 20.0, 4.0, 0.0, 7.0), 0.2),
    (effort.hours_unused(PAR, 2, 2, 10.0, 20.0, 4.0, 9.0, 7.0), 0.3),  # 6 (.05)
    # chance
    (chance.logistic(0.0), 0.5),
    (chance.logistic(-1e9), 0.0),
    (chance.logistic(1e9), 1.0),
    (chance.fixed_point(0.5), 2**39),
    (chance.fixed_point(-1.0), -(2**40)),
    (chance.from_fixed_point(2**39), 0.5),
    (chance.either(0.5, 0.5), 0.75),
]


@pytest.mark.parametrize(("found", "by_hand"), BY_HAND)
def test_rules_give_what_was_worked_out_by_hand(found, by_hand):
    assert found == pytest.approx(by_hand, rel=2e-6, abs=1e-15)


def test_every_rule_was_worked_out_by_hand():
    """In the list above, or in a test of its own."""
    called = set()
    for node in ast.parse(Path(__file__).read_text(encoding="utf-8")).body:
        listed = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "BY_HAND"
        if listed or (isinstance(node, ast.FunctionDef) and node.name.startswith("test_")):
            calls = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
            called |= {func.attr for func in calls if isinstance(func, ast.Attribute)}
    assert not set(RULES) - called


def test_impact_and_click_by_channel():
    eta = [0.1, 0.1, 0.1, 0.2, 0.2, 0.3, 0.2, 0.2]
    assert [attachment.impact(PAR, channel) for channel in Channel] == eta
    clicks = [0.01, 0.01, 1.0, 0.0, 0.2, 0.3, 0.0, 0.0]
    assert [purchase.announced_chance(PAR, c, ALL_ANNOUNCE) for c in Channel] == clicks
    spoken = [DISCOVERY, POST, AD, MAIL, VISIT]
    assert [c for c in Channel if contact.announces(c, ALL_ANNOUNCE)] == spoken
    assert not any(contact.announces(c, NONE_ANNOUNCE) for c in Channel)
    who = (0.7, 1.5, 9, True)  # does not matter while nothing is switched on
    assert [purchase.click_chance(PAR, c, ALL_ANNOUNCE, *who) for c in Channel] == clicks
    assert not any(purchase.click_chance(NEW, c, NONE_ANNOUNCE, *who) for c in Channel)


def test_only_the_right_contacts_move_people():
    carriers = {
        STRANGER: {DISCOVERY, AD, FRIEND, SEARCH},
        FOLLOWER: {POST, REPLY, FRIEND, SEARCH},
        SUBSCRIBER: {MAIL, REPLY, FRIEND},
        MEMBER: set(),
    }
    for stage, channels in carriers.items():
        for channel in Channel:
            q = ladder.move_chance(PAR, stage, channel, 1.0, 0.5, 0.5, 2.0, True, True, 0.5)
            assert (q > 0) == (channel in channels), (stage, channel)
    idle = {FOLLOWER: (False, True), SUBSCRIBER: (True, False)}  # no content; no community
    for stage, (making, may_join) in idle.items():
        for channel in Channel:
            args = (1.0, 0.5, 0.5, 2.0, making, may_join, 0.5)
            assert ladder.move_chance(PAR, stage, channel, *args) == 0.0


# -- what wakes people ----------------------------------------------------------------------------

#: What may happen to someone of each stage in a day, beside members' visits: arguments of
#: `stage_hazard` (model 7.2).
MAY_HAPPEN = {
    STRANGER: ("discovery", "ad", "search"),
    FOLLOWER: ("post", "ad", "lapse", "tell", "rival", "search"),
    SUBSCRIBER: ("post", "ad", "mail", "lapse", "tell", "rival"),
    MEMBER: ("post", "ad", "mail", "lapse", "tell", "rival"),
}


@pytest.mark.parametrize("stage", MAY_HAPPEN)
def test_the_clock_goes_on_by_all_that_may_happen(stage):
    """Each chance alone moves the clock by its hazard, or not at all; together they add up."""
    names = list(inspect.signature(waking.stage_hazard).parameters)[2:]
    chances = dict(zip(names, (0.1, 0.2, 0.3, 0.4, 0.05, 0.6, 0.7, 0.8), strict=True))
    # who cannot lapse or tell is given no chance of it: strangers
    chances |= dict.fromkeys(("lapse", "tell"), 0.0) if stage == STRANGER else {}
    for name in names:
        alone = dict.fromkeys(names, 0.0) | {name: chances[name]}
        expected = -np.log1p(-chances[name]) if name in MAY_HAPPEN[stage] else 0.0
        assert waking.stage_hazard(PAR, stage, **alone) == pytest.approx(expected), name
    left = np.prod([1.0 - chances[name] for name in MAY_HAPPEN[stage]])
    assert np.exp(-waking.stage_hazard(PAR, stage, **chances)) == pytest.approx(left)


def test_the_longest_wait_is_passed_by_what_is_certain():
    """32 bits of luck wait no longer than 33 ln 2, and their die is below 1."""
    longest = waking.wait(0.5 / 2**32)
    assert longest == pytest.approx(33 * np.log(2), 0.0)
    assert longest < waking.LONGEST
    assert waking.die_of(longest) < 1.0 == waking.die_of(waking.LONGEST * 2)
    assert 0.0 < waking.wait(1 - 0.5 / 2**32) < 2e-10


# -- the same by other means ----------------------------------------------------------------------


def test_mean_purpose_fit_is_the_integral():
    """.6 theta + .8 z of two standard normals is one standard normal."""
    mean, _ = integrate.quad(lambda x: special.expit(x - 0.5) * stats.norm.pdf(x), -12, 12)
    assert pytest.approx(mean, abs=1e-12) == MEAN_FIT


def test_shifted_is_the_logit_form_where_that_is_defined():
    p, z, odds = np.meshgrid([1e-6, 0.01, 0.3, 0.999], [-20.0, -0.5, 0.0, 3.0, 20.0], [0.1, 1, 2.5])
    expected = special.expit(special.logit(p) + z + np.log(odds))
    found = np.vectorize(chance.shifted)(p, z, odds)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert chance.shifted(0.0, 400.0, 100.0) == 0.0
    assert chance.shifted(1.0, -400.0, 0.01) == 1.0
    assert chance.shifted(0.5, 0.0, 0.0) == 0.0
    assert chance.shifted(1.0, -1e9, 0.0) == 1.0
    assert chance.logistic(-3.0) == pytest.approx(special.expit(-3.0))


def test_poisson_is_scipys_quantile():
    u = (np.arange(2000) + 0.5) / 2000
    for mean in (0.0, 0.01, 1 / 3, 1.0, 4.0, 20.0):
        found = [chance.poisson(mean, x) for x in u]
        np.testing.assert_array_equal(found, stats.poisson.ppf(u, mean) if mean else 0)
    assert chance.poisson(20.0, 1 - 2**-33) < 100


def test_bond_days_are_scipys_geometric_quantile():
    u = (np.arange(2000) + 0.5) / 2000
    for rate in (0.002, 0.05, 0.3, 0.999):
        numbers = par(rate_bond_end=rate)
        found = np.array([community.bond_days(numbers, x) for x in u])
        np.testing.assert_array_equal(found, stats.geom.isf(u, rate))
        assert found.mean() == pytest.approx(1 / rate, rel=0.01)
    assert community.bond_days(PAR, 0.5 / 2**32) > 10_000


def lags(numbers, u):
    """Return the truncated Weibull lag in whole days by scipy."""
    weibull = stats.weibull_min(numbers.lag_shape, scale=numbers.lag_scale)
    days = np.floor(weibull.ppf(u * weibull.cdf(numbers.days_lag_max)))
    return np.minimum(days, numbers.days_lag_max - 1)


@pytest.mark.parametrize(
    "changes",
    [{}, {"lag_shape": 1.0, "lag_scale": 5.0}, {"lag_shape": 3.0, "lag_scale": 20.0},
     {"lag_shape": 20.0, "lag_scale": 0.01}, {"lag_shape": 0.05}, {"days_lag_max": 1},
     {"lag_shape": 20.0, "lag_scale": 1000.0}],  # all within the declared bounds
)  # fmt: skip
def test_lag_is_scipys_truncated_weibull(changes):
    numbers = par(**changes)
    u = (np.arange(1000) + 0.5) / 1000
    found = np.array([purchase.lag_days(numbers, x) for x in u])
    np.testing.assert_array_equal(found, lags(numbers, u))
    assert purchase.lag_days(numbers, 1 - 2**-33) <= numbers.days_lag_max - 1


def test_pattern_p8_is_in_the_lag():
    u = (np.arange(10_000) + 0.5) / 10_000
    found = np.array([purchase.lag_days(PAR, x) for x in u])
    shares = [(found < days).mean() for days in (1, 7, 30)]
    assert shares == pytest.approx([0.324, 0.591, 0.863], abs=0.001)
    for share, (low, high) in zip(shares, ((0.25, 0.40), (0.50, 0.65), (0.80, 0.92)), strict=True):
        assert low < share < high


# -- directions -----------------------------------------------------------------------------------


#: name, the rule as a function of one thing, from low to high, +1 rising or -1 falling
def click(felt, theta, heard, looked):
    """Return the chance that a mail is followed up, everything switched on."""
    return purchase.click_chance(NEW, MAIL, ALL_ANNOUNCE, felt, theta, heard, looked)


POWER = par(power_forgetting=True)
DIRECTIONS = [
    ("switch, attachment", lambda x: rivalry.switch_chance(PAR, x, 2.0), -1),
    ("switch, bonds", lambda x: rivalry.switch_chance(PAR, 0.3, round(9 * x)), -1),
    ("reach, audience", lambda x: contact.reach(PAR, 1000 + 1e6 * x), -1),
    ("reach, year", lambda x: contact.reach(par(year=2012 + 20 * x), 1e5), -1),
    ("post, posts", lambda x: contact.post_chance(0.1, round(9 * x)), 1),
    ("post, reach", lambda x: contact.post_chance(x, 2), 1),
    ("discovery, fans", lambda x: contact.discovery_chance(PAR, 0.1, 2, 1e4 * x, 1e5), 1),
    ("reply, met", lambda x: contact.reply_chance(5.0, 6 + 100 * x), -1),
    ("hazard", lambda x: waking.hazard(x), 1),
    ("wait", lambda x: waking.wait(0.01 + 0.98 * x), -1),
    ("die", lambda x: waking.die_of(20 * x), 1),
    ("visit hazard, event", lambda x: contact.visit_hazard(PAR, 0.1, round(x), 0.7), 1),
    ("visit, novelty", lambda x: contact.visit_chance(PAR, 0.1, 0, x, 1.0), 1),
    ("visit, rate", lambda x: contact.visit_chance(PAR, x, 0, 0.7, 1.0), 1),
    ("visit, drawn", lambda x: contact.visit_chance(PAR, 0.1, 0, 0.7, 1 + 9 * x), 1),
    ("drawn, days since an answer", lambda x: community.drawn_back(PAR, 365 * x, 1, 0.3), -1),
    ("drawn, bonds", lambda x: community.drawn_back(PAR, 9.0, round(15 * x), 0.3), 1),
    ("drawn, identity", lambda x: community.drawn_back(PAR, 9.0, 2, x), 1),
    ("drawn, purpose", lambda x: community.drawn_back(par(purpose=x), 9.0, 2, 0.3), 1),
    ("writes, often here", lambda x: community.write_chance(PAR, x), 1),
    ("answered, others", lambda x: community.answer_chance(PAR, round(6 * x)), 1),
    ("own clock", lambda x: waking.member_clock(0.3, 2.0, 100 * x, 3.0, 1.0), 1),
    ("fit, relevance", lambda x: attachment.fit_at_birth(x, 0.3), 1),
    ("wear-out", lambda x: attachment.wear_out(PAR, 10 + 50 * x), -1),
    ("fading", lambda x: attachment.left_after(PAR, 0.028, round(100 * x)), -1),
    ("prominence", lambda x: attachment.prominence_after(PAR, x, 0.0, MAIL), 1),
    ("self-connection, fit", lambda x: attachment.self_connection_after(0.2, x, 0.05), 1),
    ("follow, relevance", lambda x: ladder.follow_chance(PAR, AD, 4 * x - 2, 0.2, 0.4), 1),
    ("follow, attachment", lambda x: ladder.follow_chance(PAR, AD, 0.0, x, 0.4), 1),
    ("subscribe, fit", lambda x: ladder.subscribe_chance(PAR, REPLY, 0.0, 0.2, x, 0.5), 1),
    ("subscribe, attachment", lambda x: ladder.subscribe_chance(PAR, POST, 0.0, x, 0.4, 0.5), 1),
    ("subscribe, talk", lambda x: ladder.subscribe_chance(PAR, POST, 0.0, 0.2, 0.4, x), 1),
    ("talk, replies", lambda x: contact.talk_share(5 * x, 2, 80.0), 1),
    ("talk, posts", lambda x: contact.talk_share(5.0, 1 + round(9 * x), 80.0), -1),
    ("talk, people", lambda x: contact.talk_share(5.0, 2, 10 * x), 1),
    ("archive", lambda x: contact.archive_after(PAR, 90 * x, 1), 1),
    ("search, archive", lambda x: contact.search_chance(PAR, 900 * x), 1),
    ("straight, fit", lambda x: ladder.straight_chance(PAR, FRIEND, x, True), 1),
    ("reach, talk", lambda x: contact.reach_in_talk(PAR, 0.1, x), 1),
    ("join, friends", lambda x: ladder.join_chance(PAR, MAIL, 0.0, 0.2, 0.4, 20 * x), 1),
    ("lapse, attachment", lambda x: ladder.lapse_chance(PAR, MEMBER, x, 2.0, 0, 0.0), -1),
    ("lapse, bonds", lambda x: ladder.lapse_chance(PAR, MEMBER, 0.3, round(15 * x), 0, 0.0), -1),
    ("ignored", lambda x: service.kept_after_complaint(par(loss_ignored=x), 0.0), -1),
    ("answered", lambda x: service.kept_after_complaint(PAR, x), 1),
    ("answered late", lambda x: service.repaired(PAR, 9 * x), -1),
    ("answers repair", lambda x: service.repaired(par(answer_repairs=x), 2.0), 1),
    ("grudge fades", lambda x: service.grudge(PAR, Complaint.IGNORED, round(99 * x)), -1),
    ("words fade", lambda x: service.words_left(PAR, 3.0, round(99 * x)), -1),
    ("settled", lambda x: service.experience_settled(PAR, -0.3, 2 * x - 1), 1),
    ("experience", lambda x: purchase.experience_shift(PAR, x - 0.7, 9), 1),
    ("experience fades", lambda x: purchase.experience_shift(PAR, 0.2, round(99 * x)), -1),
    ("own product", lambda x: attachment.own_product(PAR, x), 1),
    ("words", lambda x: service.word_shift(PAR, 5 * x), -1),
    ("buy, words", lambda x: purchase.buy_chance(PAR, 0, 0, 0, 9, 4, False, 0, -3 * x, False), -1),
    ("grudge", lambda x: ladder.lapse_chance(PAR, MEMBER, 0.3, 1, 0, x), 1),
    ("bad word", lambda x: service.kept_after_bad_word(par(loss_heard=x)), -1),
    ("price, depth", lambda x: offers.price_paid(PAR, x, True), -1),
    ("power forgetting", lambda x: attachment.left_after(POWER, 0.028, round(100 * x)), -1),
    (
        "lapse, posts",
        lambda x: ladder.lapse_chance(PAR, FOLLOWER, 0.1, 0, 2 + round(9 * x), 0.0),
        1,
    ),
    ("ads, money", lambda x: effort.ad_clicks(SATURATING, 200 * x), 1),
    ("ads, money for a click", lambda x: effort.ad_clicks(SATURATING, 1 + x) / (1 + x), -1),
    ("bond, distance", lambda x: community.bond_chance(PAR, 0.0, 3 * x, False, 90.0), -1),
    ("bond, members", lambda x: community.bond_chance(PAR, 0.0, 0.5, False, 1e4 * x), -1),
    ("bond days, u", lambda x: community.bond_days(PAR, 0.01 + 0.98 * x), -1),
    ("novelty", lambda x: community.novelty_after(PAR, x, 1, 3, 90.0), 1),
    ("novelty, messages", lambda x: community.novelty_after(PAR, 0.4, 0, round(99 * x), 90.0), 1),
    ("novelty, members", lambda x: community.novelty_after(PAR, 0.4, 0, 9, 1 + 1e4 * x), -1),
    ("open, attachment", lambda x: contact.mail_chance(par(open_attachment=1.0), 1, x), 1),
    ("click, attachment", lambda x: click(x, 0.0, 0, False), 1),
    ("click, relevance", lambda x: click(0.2, x, 0, False), 1),
    ("click, heard", lambda x: click(0.2, 0.0, round(9 * x), False), -1),
    ("click, looked", lambda x: click(0.2, 0.0, 0, x > 0.5), -1),
    ("same day", lambda x: purchase.lag_days(par(p_same_day=x), 0.9), -1),
    (
        "last call",
        lambda x: purchase.buy_chance(par(urgency=x), 0.1, 0, 0, 9, 4.2, False, 0.0, 0.0, True),
        1,
    ),
    ("lag, u", lambda x: purchase.lag_days(PAR, 0.99 * x), 1),
    ("reviews", lambda x: purchase.review_shift(PAR, 20 * x, 4.2), 1),
    ("stars", lambda x: purchase.review_shift(PAR, 5.0, 1 + 4 * x), 1),
    (
        "buy, attachment",
        lambda x: purchase.buy_chance(PAR, x, 0, 0, 9, 4.2, False, 0.0, 0.0, False),
        1,
    ),
    (
        "buy, relevance",
        lambda x: purchase.buy_chance(PAR, 0.1, x, 0, 9, 4.2, False, 0.0, 0.0, False),
        1,
    ),
    (
        "buy, friends",
        lambda x: purchase.buy_chance(PAR, 0.1, 0, 9 * x, 9, 4.2, False, 0.0, 0.0, False),
        1,
    ),
    (
        "buy, price",
        lambda x: purchase.buy_chance(PAR, 0, 0, 0, 9, 4, False, 2 * x - 1, 0.0, False),
        1,
    ),
    ("price", lambda x: offers.price_shift(PAR, 5 + 50 * x, 20.0), -1),
    ("price, expected", lambda x: offers.price_shift(PAR, 20.0, 5 + 50 * x), 1),
    ("price, loss", lambda x: offers.price_shift(par(price_loss=1 + x), 25.0, 20.0), -1),
    ("price, learning", lambda x: offers.price_remembered(par(price_learning=x), 20.0, 14.0), -1),
    ("satisfaction, noise", lambda x: advocacy.satisfaction(PAR, 0.4, 4 * x - 2, False), 1),
    ("satisfaction, fit", lambda x: advocacy.satisfaction(PAR, x, 0.5, True), 1),
    ("review, attachment", lambda x: advocacy.review_chance(PAR, MEMBER, x, True), 1),
    ("recommend, attachment", lambda x: advocacy.recommend_chance(PAR, FOLLOWER, x, 0.7), 1),
    ("gifts, attachment", lambda x: advocacy.gifts_mean(PAR, x), 1),
    ("telling of it", lambda x: int(advocacy.tells_of_product(PAR, 0, 0, round(400 * x))), -1),
    ("recommend, satisfied", lambda x: advocacy.recommend_chance(PAR, FOLLOWER, 0.2, x), 1),
]


@pytest.mark.parametrize(
    ("rule", "sign"), [d[1:] for d in DIRECTIONS], ids=[d[0] for d in DIRECTIONS]
)
def test_rules_rise_and_fall_as_they_should(rule, sign):
    values = np.array([rule(x) for x in np.linspace(0, 1, 8)])
    steps = sign * np.diff(values)
    assert (steps >= 0).all(), values
    assert steps.sum() > 0, "nothing changes"


def test_joining_is_concave_in_member_friends():
    """Pattern P6: every further member friend adds less (Backstrom et al. 2006)."""
    chances = [ladder.join_chance(PAR, MAIL, 0.0, 0.2, 0.4, float(k)) for k in range(12)]
    assert (np.diff(chances, 2) < 0).all()


# -- bounds ---------------------------------------------------------------------------------------


class AnyWorld:
    """A scenario's numbers, each drawn within its declared bounds when a rule first reads it."""

    def __init__(self, data) -> None:
        self._data = data

    def __getattr__(self, name: str) -> float:
        bounds = field_bounds(parameters()[name])  # an on-off switch has none
        value = self._data.draw(st.sampled_from([0.0, 1.0]) if bounds is None else near(*bounds))
        setattr(self, name, value)
        return value


def near(low: float, high: float):
    """Return a strategy for numbers from low to high that often hits the ends."""
    return st.sampled_from([float(low), float(high)]) | st.floats(low, high)


UNIT = near(0.0, 1.0)
OPEN = st.floats(0.5 / 2**32, 1 - 0.5 / 2**32)
THETA = near(-6.5, 6.5)  # a normal by Box and Muller of 32 bits goes no further
FRIENDS = near(0, 65_535)
PEOPLE = near(1, 1e8)
CHANNEL, STAGE = st.sampled_from(list(Channel)), st.sampled_from(list(Stage))
POSTS, FLAG = st.integers(0, 10_000), st.booleans()

#: Every rule that returns a chance or a share, and what its arguments may be.
SHARES: dict[str, tuple] = {
    "attachment": ("par", UNIT, UNIT),
    "fit_at_birth": (THETA, THETA),
    "left_after": ("par", UNIT, st.integers(0, 30_000)),
    "exposure_left": ("par", st.integers(0, 30_000)),
    "wear_out": ("par", near(0, 1e5)),
    "impact": ("par", CHANNEL),
    "own_content": ("par", CHANNEL, st.integers(0, 2), st.integers(0, 1)),
    "own_product": ("par", UNIT),
    "prominence_after": ("par", UNIT, near(0, 1e5), CHANNEL),
    "self_connection_after": (UNIT, UNIT, UNIT),
    "logistic": (near(-1e300, 1e300),),
    "shifted": (UNIT, near(-1e6, 1e6), near(0, 100)),
    "either": (UNIT, UNIT),
    "write_chance": ("par", near(0, 1e6)),
    "answer_chance": ("par", st.integers(0, 100_000)),
    "bond_chance": ("par", THETA, THETA, FLAG, near(0, 1e8)),
    "novelty_after": ("par", UNIT, st.integers(0, 9), st.integers(0, 10**8), near(0, 1e8)),
    "fit_after": ("par", UNIT, UNIT),
    "reach": ("par", near(0, 1e8)),
    "post_chance": (UNIT, POSTS),
    "talk_share": (near(0, 1e6), POSTS, near(0, 1e8)),
    "reach_in_talk": ("par", UNIT, UNIT),
    "search_chance": ("par", near(0, 1e6)),
    "straight_chance": ("par", CHANNEL, UNIT, FLAG),
    "discovery_chance": ("par", UNIT, POSTS, PEOPLE, PEOPLE),
    "ad_chance": (near(0, 1e10), PEOPLE),
    "reply_chance": (near(0, 1e6), near(0, 1e8)),
    "mail_chance": ("par", POSTS, UNIT),
    "die_of": (st.just(float("inf")) | near(0, 1e3),),
    "rival_chance": ("par", st.integers(-100, 1000)),
    "switch_chance": ("par", UNIT, st.integers(0, 15)),
    "visit_chance": ("par", near(0, 1e9), st.integers(0, 9), UNIT, near(1, 1e12)),
    "follow_chance": ("par", CHANNEL, THETA, UNIT, UNIT),
    "curious_chance": ("par", CHANNEL, THETA, UNIT, UNIT),
    "subscribe_chance": ("par", CHANNEL, THETA, UNIT, UNIT, UNIT),
    "join_chance": ("par", CHANNEL, THETA, UNIT, UNIT, FRIENDS),
    "move_chance": ("par", STAGE, CHANNEL, THETA, UNIT, UNIT, FRIENDS, FLAG, FLAG, UNIT),
    "lapse_bound": ("par", STAGE, POSTS),
    "free_hazard": ("par", STAGE, POSTS, UNIT),
    "lapse_chance": ("par", STAGE, UNIT, st.integers(0, 15), POSTS, UNIT),
    "wrong_chance": ("par",),
    "repaired": ("par", near(0, 60)),
    "kept_after_complaint": ("par", UNIT),
    "grudge": ("par", st.sampled_from(list(Complaint)), st.integers(0, 20_000)),
    "one_star_chance": ("par",),
    "kept_after_bad_word": ("par",),
    "carries_offer": (CHANNEL, st.integers(0, 1)),
    "announces": (CHANNEL, st.sampled_from([ALL_ANNOUNCE, NONE_ANNOUNCE])),
    "announced_chance": ("par", CHANNEL, st.sampled_from([ALL_ANNOUNCE, NONE_ANNOUNCE])),
    "click_chance": (
        "par",
        CHANNEL,
        st.sampled_from([ALL_ANNOUNCE, NONE_ANNOUNCE]),
        UNIT,
        THETA,
        st.integers(0, 255),
        FLAG,
    ),
    "begun": ("par", OPEN),
    "still_holds": (st.integers(0, 1), st.integers(0, 1)),
    "recommended_chance": ("par", FLAG),
    "buy_chance": (
        "par",
        UNIT,
        THETA,
        FRIENDS,
        near(0, 1e8),
        near(1, 5),
        FLAG,
        near(-3000, 300),
        near(-250, 0),
        FLAG,
    ),
    "tell_rate": ("par", STAGE),
    "tells_of_product": ("par", *[st.integers(-1, 900)] * 2, st.integers(0, 900)),
    "satisfaction": ("par", UNIT, THETA, FLAG),
    "review_chance": ("par", STAGE, UNIT, FLAG),
    "recommend_chance": ("par", STAGE, UNIT, UNIT),
}
#: Rules that return something else, with the least and the most it may be.
OTHERS: dict[str, tuple] = {
    "archive_after": (0, 1e6 + 10_000, "par", near(0, 1e6), POSTS),
    "visit_hazard": (0, 1e9 + 10, "par", near(0, 1e9), st.integers(0, 9), UNIT),
    "drawn_back": (1, 1e12, "par", near(0, 52_000), st.integers(0, 15), UNIT),
    "member_clock": (0, 2e9, near(0, 1e3), near(1, 1e3), near(0, 1e6), near(0, 1e5), near(0, 1e8)),
    "hazard": (0, 36, UNIT),
    "stage_hazard": (0, 8 * 36, "par", STAGE, *[UNIT] * 8),
    "wait": (0, 22.874, OPEN),  # 33 ln 2 = 22.87386
    "poisson": (0, 1000, near(0, 20), OPEN),
    "fixed_point": (-(2**62), 2**62, near(-1e6, 1e6)),
    "from_fixed_point": (-(2**22), 2**22, st.integers(-(2**62), 2**62)),
    "bond_days": (1, 1_000_000, "par", OPEN),
    "lag_days": (0, 364, "par", OPEN),
    "review_shift": (-42.0, 8.0, "par", near(0, 1e8), near(1, 5)),
    "price_paid": (0, 1e6, "par", near(0, 0.9), FLAG),
    "price_shown": (0, 1e6, "par", CHANNEL, st.sampled_from([ALL_ANNOUNCE, NONE_ANNOUNCE])),
    "price_remembered": (9e-4, 1e6 + 1, "par", near(1e-3, 1e6), near(1e-3, 1e6)),
    "price_shift": (-3000, 300, "par", near(1e-3, 1e6), near(1e-3, 1e6)),
    "words_left": (0, 1e6, "par", near(0, 1e6), st.integers(0, 20_000)),
    "word_shift": (-300, 0, "par", near(0, 1e5)),
    "experience": (-0.7, 0.3 + 1e-9, UNIT),
    "experience_settled": (-1.7, 0.3 + 1e-9, "par", near(-0.7, 0.3), near(-1, 1)),
    "experience_shift": (-34, 6.1, "par", near(-1.7, 0.3), st.integers(0, 20_000)),
    "stars_given": (1, 5, UNIT),
    "leaning": (-1e3, 1e3, "par", THETA, UNIT, UNIT),
    "gifts_mean": (0, 10, "par", UNIT),
    "hours_by": (0, 1000 / 7, near(0, 1000), UNIT),
    "done_by": (0, 2e9, near(0, 1e9), near(0, 1000), UNIT, near(0.001, 1000)),
    "pieces_on": (0, 10, st.just(2.0), near(2.0, 12.0)),
    "heard_after": (0, 255, st.integers(0, 255), FLAG, FLAG, st.just(ALL_ANNOUNCE)),
    "spent_on_ads": (0, 731, UNIT, UNIT, FLAG, near(0, 730), st.integers(0, 2000)),
    "hours_unused": (
        0,
        2.1e6,
        "par",
        st.integers(5, 9),
        st.integers(0, 5),
        near(0, 1e3),
        near(0, 1e3),
        UNIT,
        near(0, 1e3),
        near(0, 1e3),
    ),
    "ad_clicks": (0, 1e14 * 1.001, "par", near(0, 1000 / 7 * 1e4)),  # every head at the dearest
}


def test_every_rule_is_in_the_tables_of_bounds():
    assert set(SHARES) | set(OTHERS) == set(RULES)


@pytest.mark.parametrize("name", [*SHARES, *OTHERS])
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_rules_stay_within_their_bounds_for_all_allowed_parameters(name, data):
    low, high, *kinds = OTHERS.get(name) or (0.0, 1.0, *SHARES[name])
    args = [AnyWorld(data) if kind == "par" else data.draw(kind) for kind in kinds]
    value = RULES[name](*args)
    assert isfinite(value)
    assert low <= value <= high


# -- what a rule may know -------------------------------------------------------------------------


def test_rules_import_nothing_but_arithmetic():
    allowed = {"__future__", "math"}
    known = ("chance", "compiled", "elementary", "stages")
    allowed |= {f"simulation.core.{name}" for name in known}
    folder = Path(simulation.rules.__file__).parent
    files = sorted(folder.glob("*.py"))
    names = {module.__name__.split(".")[-1] for module in MODULES} - {"chance"}
    assert {file.stem for file in files} == names | {"__init__"}
    for file in [*files, Path(chance.__file__)]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file.name}: relative import"
                names = [node.module]
            for name in names:
                assert name in allowed or name.startswith("simulation.rules."), (file.name, name)


def test_every_rule_says_what_it_returns():
    for name, function in RULES.items():
        text = inspect.getdoc(function) or ""
        assert text.startswith("Return "), name


# -- compiled and plain ---------------------------------------------------------------------------


def contact_values(par, x, today):
    """Return what the rules of contact and attachment give for the random numbers x."""
    rho = contact.reach(par, 1e5 * x[0])
    talk = contact.talk_share(9.0 * x[1], int(5 * x[2]), 90.0 * x[3])
    drawn = community.drawn_back(par, 900.0 * x[0], float(int(15 * x[1])), x[2])
    visit = contact.visit_chance(par, x[2], int(2 * x[3]), x[4], drawn)
    exposure = 40.0 * x[5]
    p = attachment.prominence_after(par, x[6], exposure, int(8 * x[7]))
    k = attachment.own_content(par, int(8 * x[1]), int(3 * x[2]), int(2 * x[5]))
    c = attachment.self_connection_after(x[0], x[4], k)
    return (
        contact.archive_after(par, 90.0 * x[5], int(3 * x[6])), contact.search_chance(par, x[7]),
        rho, talk, contact.reach_in_talk(par, rho, talk),
        waking.stage_hazard(par, int(4 * x[0]), x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[0]),
        waking.hazard(x[0]), waking.wait(x[1]), waking.die_of(9 * x[2]),
        contact.visit_hazard(par, x[2], int(2 * x[3]), x[4]), drawn,
        waking.member_clock(x[0], 1 + x[1], 90 * x[2], 9 * x[3], x[4]),
        rivalry.rival_chance(par, 400), rivalry.switch_chance(par, x[0], 3.0),
        contact.post_chance(rho, int(5 * x[1])), contact.mail_chance(par, int(2 * x[4]), x[1]),
        visit, contact.discovery_chance(par, rho, int(5 * x[1]), 1e5 * x[0], 2e5),
        contact.ad_chance(100.0 * x[2], 2000.0), contact.reply_chance(30.0 * x[3], 90.0 * x[4]), p,
        c, attachment.attachment(par, p, c), attachment.fit_at_birth(6 * x[1] - 3, 6 * x[2] - 3),
        attachment.left_after(par, x[3], int(900 * x[4])), attachment.wear_out(par, exposure),
        attachment.exposure_left(par, int(900 * x[5])), attachment.impact(par, int(8 * x[6])), k,
    )  # fmt: skip


def ladder_values(par, x, today):
    """Return what the rules of the ladder and of the community give."""
    stage, channel, theta, a, fit = int(4 * x[0]), int(8 * x[1]), 6 * x[2] - 3, x[3], x[4]
    k, posts = float(int(9 * x[5])), int(6 * x[6])
    making, may_join = x[7] < 0.7, x[5] < 0.7
    return (
        ladder.follow_chance(par, channel, theta, a, fit),
        ladder.curious_chance(par, channel, theta, a, x[7]),
        ladder.subscribe_chance(par, channel, theta, a, fit, x[7]),
        ladder.join_chance(par, channel, theta, a, fit, k),
        ladder.straight_chance(par, channel, fit, making),
        ladder.move_chance(par, stage, channel, theta, a, fit, k, making, may_join, x[7]),
        ladder.lapse_bound(par, stage, posts), ladder.lapse_chance(par, stage, a, k, posts, x[7]),
        ladder.free_hazard(par, stage, posts, x[5]),
        community.bond_chance(par, theta, 6 * x[7] - 3, making, 900 * x[0]),
        community.answer_chance(par, int(9 * x[0])), community.write_chance(par, x[1]),
        community.bond_days(par, x[5]),
        community.novelty_after(par, x[6], posts, int(40 * x[7]), 900 * x[0]),
        community.fit_after(par, fit, a),
    )  # fmt: skip


def purchase_values(par, x, today):
    """Return what the rules of purchase, advocacy, effort and chance give."""
    stage, a, theta, stars = int(4 * x[0]), x[1], 6 * x[2] - 3, 1 + 4 * x[3]
    satisfied = advocacy.satisfaction(par, x[4], theta, x[0] < 0.5)
    done = effort.done_by(x[5], 40 * x[6], x[7], 0.01 + x[0])
    reviews, friends = float(int(30 * x[5])), float(int(5 * x[6]))
    return (
        purchase.announced_chance(par, int(8 * x[7]), today),
        purchase.click_chance(par, int(8 * x[7]), today, a, theta, int(9 * x[3]), x[4] < 0.5),
        purchase.heard_after(int(260 * x[0]), x[1] < 0.5, x[2] < 0.5, today),
        offers.still_holds(int(2 * x[0]), int(2 * x[1])), effort.begun(par, x[1]),
        effort.spent_on_ads(x[0], x[1], x[2] < 0.5, 9 * x[3], int(30 * x[4])),
        effort.hours_unused(
            par, 9, int(9 * x[0]), 90 * x[1], 90 * x[2], x[3], 90 * x[4], 90 * x[5]
        ),
        purchase.recommended_chance(par, x[0] < 0.5), satisfied, done,
        purchase.lag_days(par, x[2]), purchase.review_shift(par, reviews, stars),
        purchase.buy_chance(
            par, a, theta, friends, reviews, stars, x[7] < 0.5,
            offers.price_shift(par, offers.price_paid(par, 0.9 * x[3], x[7] < 0.3), 1 + 40 * x[4]),
            service.word_shift(par, service.words_left(par, 9 * x[1], int(99 * x[2]))),
            x[6] < 0.4,
        ),
        offers.price_shown(par, int(8 * x[7]), today), contact.announces(int(8 * x[7]), today),
        offers.price_remembered(par, 40 * x[1], 40 * x[2]),
        offers.carries_offer(int(8 * x[7]), int(2 * x[0])),
        service.wrong_chance(par), service.repaired(par, 9 * x[1]), service.one_star_chance(par),
        service.kept_after_complaint(par, x[2]), service.kept_after_bad_word(par),
        service.experience_settled(par, advocacy.experience(satisfied), 2 * x[2] - 1),
        purchase.experience_shift(par, x[1] - 0.7, int(99 * x[2])),
        attachment.own_product(par, satisfied),
        service.grudge(par, int(4 * x[3]), int(99 * x[4])),
        advocacy.tell_rate(par, stage), advocacy.stars_given(satisfied),
        advocacy.review_chance(par, stage, a, x[5] < 0.5),
        advocacy.recommend_chance(par, stage, a, satisfied), advocacy.gifts_mean(par, a),
        advocacy.tells_of_product(par, int(99 * x[0]) - 9, 0, int(300 * x[1])),
        effort.hours_by(40 * x[6], x[7]), effort.pieces_on(x[5], done),
        effort.ad_clicks(par, 500.0 * x[3]), chance.logistic(theta),
        chance.shifted(a, theta, 3 * x[4]), chance.poisson(8 * x[1], x[2]),
        chance.fixed_point(theta), chance.from_fixed_point(12345),
        ladder.leaning(par, theta, a, x[1]), chance.either(a, x[1]),
    )  # fmt: skip


VALUES = (contact_values, ladder_values, purchase_values)


def random_numbers(rng, n: int) -> list:
    """Return scenarios' numbers drawn within their bounds or near the central values."""
    found = []
    for j in range(n):
        flat = PAR._asdict()
        for name in flat:
            low, high = field_bounds(parameters()[name]) or (0.0, 1.0)
            value = rng.uniform(low, high) if j % 2 else flat[name] * rng.uniform(0.5, 1.5)
            flat[name] = float(np.clip(value, low, high))
        found.append(PAR._replace(**flat))
    return found


@pytest.mark.skipif(not HAVE_COMPILER, reason="nothing is compiled here")
def test_compiled_and_plain_rules_give_the_same_bits():
    numba = compiler()

    called = {name for function in VALUES for name in function.__code__.co_names}
    assert set(RULES) <= called, "every rule is compared"
    rng = np.random.default_rng(0)
    dtype = np.dtype([(name, np.float64) for name in PAR._fields])
    today = np.array(
        [tuple(vars(ALL_ANNOUNCE).values())], [(name, float) for name in vars(ALL_ANNOUNCE)]
    ).view(np.recarray)
    for function in VALUES:
        fast = numba.njit(function)
        for numbers in random_numbers(rng, 40):
            record = np.array([tuple(numbers)], dtype).view(np.recarray)[0]
            for x in rng.random((50, 8)):
                plain = np.array(function(numbers, x.tolist(), ALL_ANNOUNCE), float)
                quick = np.array(fast(record, x, today[0]), float)
                assert plain.tobytes() == quick.tobytes(), (function.__name__, plain - quick)
