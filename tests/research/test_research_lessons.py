"""Lessons: pooled tries of moves, what they say, when they are withdrawn, and that the researcher goes by them."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.contract import Observation
from assay.core.hint import Hint, Wish
from assay.core.study import Leaning, StudyNote
from assay.research import moves_by_credit
from assay.research.lesson_table import lessons, lessons_of
from assay.research.lessons import BOLDNESS, UNSCORED, Beliefs, MovePrior, Trial, trials
from assay.research.move_priors import STUDY_LASTS, priors_of
from assay.research.moves import catalogue
from assay.research.moves_by_credit import Moves
from samples.told_tries import FAMILIES, START, Adds, told, view_of


def tried(move, effects, *, family="ash", begin=10):
    """Experiments that tried a move on a family, each with a recipe of its own."""
    parent = 1 + FAMILIES.index(family)
    return tuple(
        told(begin + i, family, gain=effect, move=move, parents=(parent,), steps=(f"{move}{i}",),
             status="failed" if effect is None else "dropped")
        for i, effect in enumerate(effects)
    )  # fmt: skip


def beliefs_of(tries, priors, now=50):
    return Beliefs.of(tries, priors, now=now)


ONE = {"a": MovePrior(mean=0.5)}


def test_tries_are_paired_with_the_best_of_their_parents():
    history = (*START, told(3, "birch", gain=1.0), told(4, "ash", gain=2.5, move="a", parents=(1, 3)))
    (one,) = trials(view_of(history), ("a", "b"))
    assert one == Trial(number=4, move="a", family="birch", effect=1.5, parent=3)


def test_a_failure_counts_as_a_loss_and_what_has_no_score_says_nothing():
    history = (*START, *tried("a", [None]), told(30, "ash", gain=None, move="a", parents=(1,)))
    assert [(one.effect, one.unscored) for one in trials(view_of(history), ("a",))] == [(UNSCORED["failed"], "failed")]


def test_what_was_stopped_early_teaches_that_it_loses_though_it_has_no_score():
    """Its move would be tried on every parent in turn otherwise, as one that nothing is known of."""
    stopped = [
        told(10 + i, "ash", gain=None, move="a", parents=(1,), steps=(f"a{i}",), status="stopped early")
        for i in range(3)
    ]
    tries = trials(view_of((*START, *stopped)), ("a",))
    assert [one.unscored for one in tries] == ["stopped early"] * 3
    (mine,) = (one for one in lessons_of(tries, ONE, now=20) if one.over == "move")
    assert (mine.says, mine.stopped, mine.failed) == ("lowers", 3, 0)


FAILURE = Trial(number=40, move="a", family="ash", effect=UNSCORED["failed"], unscored="failed")


@given(
    st.lists(st.tuples(st.floats(-6, 6), st.sampled_from(["ash", "birch"])), max_size=8), st.floats(-3, 3),
    st.integers(1, 4),
)  # fmt: skip
def test_a_failure_never_raises_the_move_that_failed(effects, prior, n_failures):
    tries = [Trial(number=10 + i, move="a", family=f, effect=effect) for i, (effect, f) in enumerate(effects)]
    priors = {"a": MovePrior(mean=prior)}
    before = beliefs_of(tries, priors)
    after = beliefs_of([*tries, *[FAILURE] * n_failures], priors)
    assert after.of_pair("a", ("ash",)).mean <= before.of_pair("a", ("ash",)).mean + 1e-9


def test_failures_of_a_move_known_to_harm_leave_it_where_it_was():
    tries = [Trial(number=10 + i, move="a", family="ash", effect=-3.0) for i in range(4)]
    before, after = beliefs_of(tries, ONE), beliefs_of([*tries, FAILURE, FAILURE], ONE)
    assert after.of_pair("a", ("ash",)).mean <= before.of_pair("a", ("ash",)).mean < -1


def test_a_move_that_always_fails_is_said_to_lower():
    """With a gain of 0 it would say nothing for ever, and be drawn before all that lose a little."""
    found = lessons_of(trials(view_of((*START, *tried("a", [None] * 4))), ("a",)), ONE, now=20)
    (mine,) = (one for one in found if one.over == "move")
    assert mine.says == "lowers"
    assert mine.failed == mine.n == 4


def test_slots_are_not_spent_on_what_fails_or_harms(monkeypatch):
    """Twelve planted moves: four always fail, four harm by 2 σ and fail half of the time, four help by 1 σ."""
    truth = {f"{kind}{i}": kind for kind in ("fails", "harms", "helps") for i in range(4)}
    monkeypatch.setattr(moves_by_credit, "catalogue", lambda: tuple(map(Adds, truth)))
    shares = []
    for seed in range(4):
        rng, history = np.random.default_rng(seed), list(START)
        for number in range(3, 83):
            (one,) = Moves(seed=seed, widens=False).ask(view_of(history, next_number=number), n=1)
            kind = truth[one.move]
            failed = kind == "fails" or (kind == "harms" and rng.random() < 0.5)
            gain = {"helps": 1.0, "harms": -2.0, "fails": 0.0}[kind] + rng.normal()
            history.append(told(
                number, one.recipe.model.name, gain=None if failed else gain, move=one.move, parents=one.parents,
                steps=(f"s{number}",), status="failed" if failed else "dropped",
            ))  # fmt: skip
        late = Counter(truth[past.experiment.move] for past in history[42:])
        shares.append(late["helps"] / late.total())
    assert np.mean(shares) > 0.7


def test_the_luck_of_a_parent_is_not_held_against_its_children():
    """Eight moves tried once on a parent whose score was lucky all seem to lose; on eight parents they do lose."""
    names = "abcdefgh"
    priors = {name: MovePrior(mean=0.0) for name in names}
    one, each = (
        beliefs_of([Trial(number=10 + i, move=name, family="ash", effect=-1.5, parent=parent or i + 1)
                    for i, name in enumerate(names)], priors)
        for parent in (1, 0)
    )  # fmt: skip
    assert each.of_move("a").mean < -0.3
    assert each.of_move("a").mean < one.of_move("a").mean - 0.2


def test_before_any_try_a_move_is_expected_to_gain_its_prior():
    found = beliefs_of((), ONE)
    assert found.of_move("a").mean == 0.5
    assert found.of_pair("a", ("ash",)).mean == 0.5
    assert found.of_pair("a", ("ash",)).sigma > found.of_move("a").sigma


@given(st.lists(st.floats(-6, 6), min_size=1, max_size=8))
def test_a_belief_lies_between_the_prior_and_what_was_seen_and_is_surer(effects):
    tries = [Trial(number=10 + i, move="a", family="ash", effect=effect) for i, effect in enumerate(effects)]
    found, mean = beliefs_of(tries, ONE), float(np.mean(effects))
    for belief in (found.of_move("a"), found.of_pair("a", ("ash",))):
        low, high = sorted((0.5, max(min(mean, max(effects)), min(effects))))
        assert min(low, *effects) - 1e-9 <= belief.mean <= max(high, *effects) + 1e-9
    assert found.of_pair("a", ("ash",)).sigma < beliefs_of((), ONE).of_pair("a", ("ash",)).sigma
    assert abs(found.of_pair("a", ("ash",)).mean - mean) <= abs(found.of_move("a").mean - mean) + 0.2


def test_a_try_says_most_of_its_family_less_of_others_and_a_little_of_moves_on_the_same_columns():
    priors = {
        name: MovePrior(mean=0.0, columns=kind) for name, kind in (("a", "texts"), ("b", "texts"), ("c", "dates"))
    }
    tries = [Trial(number=10 + i, move="a", family="ash", effect=3.0) for i in range(4)]
    found = beliefs_of(tries, priors)
    own, other = found.of_pair("a", ("ash",)).mean, found.of_pair("a", ("birch",)).mean
    assert own > other > found.of_move("b").mean > 0.05
    assert found.of_move("c").mean == 0.0
    assert found.of_columns("texts").mean > 0


def test_a_branch_inherits_what_was_seen_on_its_ancestors():
    tries = [Trial(number=10 + i, move="a", family="ash", effect=-3.0) for i in range(4)]
    found = beliefs_of([*tries, Trial(number=20, move="a", family="birch", effect=3.0)], ONE)
    child, stranger = found.of_pair("a", ("oak", "ash")), found.of_pair("a", ("oak",))
    assert found.of_pair("a", ("ash",)).mean < child.mean < stranger.mean


def test_old_tries_fade():
    tries = [Trial(number=1, move="a", family="ash", effect=4.0)]
    means = [beliefs_of(tries, ONE, now=now).of_move("a").mean for now in (2, 200, 900)]
    assert means[0] > means[1] > means[2] > 0.5


def test_draws_have_the_mean_and_spread_of_the_belief():
    tries = [Trial(number=10 + i, move="a", family="ash", effect=2.0) for i in range(3)]
    found, rng = beliefs_of(tries, {"a": MovePrior(mean=0.0, columns="texts")}), np.random.default_rng(0)
    drawn = [found.draw(rng).gain("a", ("ash",)) for _ in range(4000)]
    belief = found.of_pair("a", ("ash",))
    assert np.mean(drawn) == pytest.approx(belief.mean, abs=0.05)
    assert np.std(drawn) == pytest.approx(BOLDNESS * belief.sigma, rel=0.05)


def test_a_lesson_says_what_it_is_from_and_is_withdrawn_when_evidence_turns():
    good = [Trial(number=10 + i, move="a", family="ash", effect=2.5) for i in range(3)]
    bad = [Trial(number=20 + i, move="a", family="ash", effect=-3.0) for i in range(2)]
    (whole, *_), later = lessons_of(good, ONE, now=14), lessons_of([*good, *bad], ONE, now=23)
    assert whole.says == "raises"
    assert whole.experiments == (10, 11, 12)
    assert whole.since == 11
    turned = [one for one in later if one.over == "family"]
    assert [(one.says, one.ended) for one in turned] == [("", "turned")]
    assert turned[0].since == 11
    assert turned[0].withdrawn in (20, 21)


def test_a_lesson_that_nothing_renews_fades():
    good = [Trial(number=10 + i, move="a", family="ash", effect=1.2) for i in range(2)]
    found = {one.over: one for one in lessons_of(good, {"a": MovePrior(mean=0.0)}, now=1400)}
    assert found["family"].says == ""
    assert found["family"].ended == "faded"
    assert found["family"].expires < 1400


def test_one_try_is_no_lesson():
    assert all(not one.says for one in lessons_of([Trial(number=9, move="a", family="ash", effect=6.0)], ONE, now=10))


# ── who leans to a move ─────────────────────────────────────────────────────────────────────────────────────────────

MOVES = {name: Adds(name) for name in ("a", "b")}


def prior(view, name="a", tries=()):
    return priors_of(MOVES, view, tries)[name].mean


def study(factor, *, at=3, move="a"):
    return StudyNote(
        number=1, kind="k", question="?", at_experiment=at, leanings=(Leaning(move=move, factor=factor, why="."),)
    )


def test_what_other_labs_measured_stands_in_place_of_a_moves_own_prior():
    view = view_of(priors=(("a", -0.25),))
    assert prior(view) == -0.25
    assert prior(view, "b") == 0.5


def test_a_study_raises_a_move_while_it_is_fresh():
    assert prior(view_of(studies=(study(3.0),))) == 1.5
    assert prior(view_of(studies=(study(3.0),)), "b") == 0.5
    assert prior(view_of(studies=(study(3.0),), next_number=4 + STUDY_LASTS)) == 0.5


def test_a_study_that_tries_contradict_is_not_followed():
    view = view_of(studies=(study(3.0),))
    against = [Trial(number=5 + i, move="a", family="ash", effect=-2.0) for i in range(2)]
    assert prior(view, tries=against) == 0.5
    assert prior(view, tries=[replace(one, number=1) for one in against]) == 1.5
    lowered = view_of(studies=(study(0.2),))
    assert prior(lowered) == pytest.approx(0.1)
    assert prior(lowered, tries=[replace(one, effect=4.0) for one in against]) == 0.5


def test_a_person_leans_as_before():
    hint = Hint(number=1, wish=Wish(kind="avoid", subject="move", names=("a",), strength=2))
    assert prior(view_of(hints=(hint,))) == 0.125


# ── the researcher ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def planted(monkeypatch):
    """A catalogue of eight moves alone."""
    found = tuple(Adds(name) for name in "abcdefgh")
    monkeypatch.setattr(moves_by_credit, "catalogue", lambda: found)
    return found


def proposed(view, n=150):
    """Move and family of the first proposal, over many seeds."""
    found = [Moves(seed=seed).ask(view, n=1)[0] for seed in range(n)]
    return Counter((one.move, one.recipe.model.name) for one in found)


def test_a_move_that_helps_one_family_and_harms_another_is_proposed_on_that_one(planted):
    history = (*START, *tried("a", [3.0] * 3), *tried("a", [-3.0] * 3, family="birch", begin=20))
    found = proposed(view_of(history))
    assert found["a", "ash"] > 8 * max(found["a", "birch"], 1)
    assert found.most_common(1)[0][0] == ("a", "ash")


def test_asked_for_several_it_proposes_each_recipe_once_and_is_the_same_again(planted):
    view = view_of()
    first = Moves(seed=1).ask(view, n=16)
    assert len({one.recipe.key for one in first}) == len(first) == 16
    assert [one.number for one in first] == list(range(3, 19))
    assert Moves(seed=1).ask(view, n=16) == first
    assert Moves(seed=1).ask(replace(view, asked=frozenset(one.recipe.key for one in first)), n=16) == ()


def test_a_false_prior_is_overcome_within_ten_tries(monkeypatch):
    monkeypatch.setattr(
        moves_by_credit, "catalogue", lambda: tuple(Adds(f"{a}{b}".strip()) for a in "abcdef" for b in " 123456")
    )
    history, tries = list(START), 0
    rng = np.random.default_rng(0)
    for number in range(3, 60):
        view = view_of(history, priors=(("a", 4.0),), studies=(study(3.0),), next_number=number)
        (one,) = Moves(seed=0, widens=False).ask(replace(view, asked=frozenset(p.experiment.key for p in history)), n=1)
        tries += one.move == "a"
        effect = -2.0 if one.move == "a" else 0.5
        gain = round(2 * (effect + rng.normal())) / 2
        history.append(Observation(experiment=one, status="kept", z=0.0, gain=gain, weight=0.1, wall_seconds=1.0))
        if number == 40:
            before = tries
    assert tries <= 10
    assert tries - before <= 2


def test_every_real_move_says_which_columns_it_reads():
    found = {move.name: move.traits.columns for move in catalogue()}
    assert found["pairs"] == ("categories",)
    assert found["groups"] == ("numbers", "categories")
    assert set().union(*found.values()) <= {"numbers", "categories", "dates", "texts"}


def test_lessons_are_a_function_of_the_view_alone():
    view = view_of((*START, *tried("a", [2.0, 2.5, 3.0])))
    assert lessons(MOVES, view) == lessons(MOVES, view)
    assert lessons(MOVES, view)[0].says == "raises"
    assert lessons(MOVES, view_of()) == ()
