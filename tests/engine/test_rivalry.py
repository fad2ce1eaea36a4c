"""Phase 9: the rival, and the emotional switching cost (model 4.9)."""

from __future__ import annotations

import numpy as np

from simulation import Scenario, simulate
from tests.inputs.test_world import ALL_LEVERS, LIVELY

#: Nothing but the rival: nobody moves, lapses or feels anything.
ONLY_RIVAL = {
    "n_people": 20_000, "n_days": 60, "launch_day": 59, "days_warm_up": 0, "graph": "none",
    "share_followers": 0.5, "share_subscribers": 0.3, "share_members": 0.2,
    "rate_lapse_follower": 0.0, "rate_lapse_subscriber": 0.0, "rate_lapse_member": 0.0,
    "rate_tell_follower": 0.0, "rate_tell_subscriber": 0.0, "rate_tell_member": 0.0,
    "relationships": False, "p_rival": 0.05, "p_switch": 0.2, "rival_day": 20,
}  # fmt: skip


def test_without_ties_leaving_is_geometric():
    """40 days at .05 x .2 a day: 1 - .99^40 of 20,000 leave, within 5 sigma; 10 % off would not."""
    run = simulate(
        Scenario().replace(**ONLY_RIVAL, switch_attachment=0.0, switch_bonds=0.0), "do_nothing"
    )
    assert run.table.switched[:20].sum() == 0
    for factor, fits in ((1.0, True), (1.1, False)):
        share = 1 - (1 - 0.05 * 0.2 * factor) ** 40
        sigma = np.sqrt(20_000 * share * (1 - share))
        assert (abs(run.table.switched.sum() - 20_000 * share) < 5 * sigma) == fits


def test_attachment_and_bonds_hold():
    """With the switching cost fewer leave, and least of all the members."""
    lively = LIVELY.replace(p_rival=0.05, p_switch=0.5, n_people=3000)
    held = simulate(lively, ALL_LEVERS, seed=0)
    free = simulate(lively.replace(switch_attachment=0.0, switch_bonds=0.0), ALL_LEVERS, seed=0)
    assert held.table.switched.sum() < free.table.switched.sum()
    rates = held.table.switched.sum(axis=0)[1:] / held.table.n.sum(axis=0)[1:]
    assert rates[2] < rates[0]


def test_who_left_is_gone_for_good():
    """Nobody who left follows, considers or buys again, but what they ordered before is theirs."""
    run = simulate(LIVELY.replace(p_rival=0.1, p_switch=1.0), ALL_LEVERS, seed=1, events=True)
    left = run.events[run.events.event == "switch"].set_index("person").time
    assert len(left) > 50
    later = run.events[run.events.event.isin(["move", "consider", "buy"])]
    later = later[later.person.isin(left.index)]
    after = later[later.time > left.reindex(later.person).to_numpy()]
    assert (after.event == "buy").all()
    assert (after.time == LIVELY["launch_day"]).all()
    clicks = run.events[run.events.event == "consider"].groupby("person").time.min()
    assert (clicks[after.person] <= left[after.person]).all()
    assert not left.index.duplicated().any()


def test_no_rival_changes_nothing():
    """While p_rival is 0, the other parameters of the rival change no number at all."""
    quiet = LIVELY.replace(p_rival=0.0)
    other = quiet.replace(rival_day=0, p_switch=1.0, switch_attachment=0.0)
    runs = [simulate(scenario, ALL_LEVERS, seed=2) for scenario in (quiet, other)]
    assert runs[0].table.tobytes() == runs[1].table.tobytes()
