"""Speakers of transcripts: found in many texts of any script, and what each says."""

import numpy as np
import pytest

from assay.core.block.columns import TextBlock
from assay.core.contract import FittedEncoder
from assay.core.errors import DataError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry
from assay.features.speakers import Speakers, labels_of
from assay.testing.tables import transcripts
from each import each


def talk(*lines: str, n: int = 12) -> list[str]:
    return ["\n".join([*lines, f"{lines[0]} {i}"]) for i in range(n)]


def texts_table(texts: list[str]) -> Table:
    block = np.empty((len(texts), 1), dtype=object)
    block[:, 0] = texts
    return Table.of(text=TextBlock(block, ("call",)))


def fit(name: str, texts: list[str], **params: object) -> FittedEncoder:
    return registry.build(Step.of(name, **params)).fit(texts_table(texts), None, seeds=Seeds(0))


def figures(texts: list[str], *new: str) -> list[dict[str, float]]:
    out = fit("text_turns", texts).transform(texts_table(list(new)))
    return [dict(zip(out.numeric_names, row.tolist(), strict=True)) for row in out.numeric]


@each(("first", "second", "labels"), [
    ("REP: hi", "LEAD: yes", ("REP", "LEAD")), ("[Agent] hi", "[Customer] well", ("Agent", "Customer")),
    ("Kunde - hallo", "Berater - ja, bitte", ("Kunde", "Berater")), ("العميل: نعم", "الوكيل: لا", ("العميل", "الوكيل")),
    ("客户：你好", "客服：您好", ("客户", "客服")), ("ग्राहक: हाँ", "एजेंट: नहीं", ("ग्राहक", "एजेंट")),
    ("00:12 Agent: hi", "[00:15] Caller: yes", ("Agent", "Caller")), ("**Bot**: hi", "**Me:** yes", ("Bot", "Me")),
    ("Speaker 1 (00:10): x", "Speaker 2 (00:12): y", ("Speaker 1", "Speaker 2")),
    ("<me> hi", "<you> no", ("me", "you")),
])  # fmt: skip
def test_labels_are_found_in_the_forms_that_transcripts_have(first: str, second: str, labels: tuple[str, ...]) -> None:
    assert labels_of(talk(first, second)) == labels
    turns = Speakers(labels).turns(f"{first}\n{second}\nand on\n{first}")
    assert [turn.speaker for turn in turns] == [0, 1, 0]
    assert turns[1].lines[-1] == "and on"
    assert not any(label in line for turn in turns for line in turn.lines for label in labels)


@pytest.mark.parametrize("texts", [
    talk("REP: hi", "LEAD: yes", n=3),
    ["Name: Ann\nTown: Bonn\nPlan: A"] * 40,
    talk("Agent: hi", "well"),
    ["REP: hi\nLEAD: yes\nREP: so"] * 12 + ["no labels at all"] * 60,
    [f"Anna{i}: hi\nBert{i}: yes\nAnna{i}: so" for i in range(40)],
    ["see http://x.org: fine", "at 12:30 - again", ""] * 20,
    talk("well: you know", *["and so on and on"] * 5, "but: no"),
    [],
], ids=["three texts", "forms", "one speaker", "few texts", "names", "no lines", "few lines", "none"])  # fmt: skip
def test_what_is_no_transcript_has_no_speakers(texts: list[str]) -> None:
    assert labels_of(texts) == ()


def test_case_and_time_do_not_make_another_speaker() -> None:
    texts = talk("REP: hi", "LEAD: yes", "rep: so", n=20)
    assert labels_of(texts) == ("REP", "LEAD")
    assert [turn.speaker for turn in Speakers(("REP", "LEAD")).turns("12:01 rep: a\nLead : b")] == [0, 1]


PLAIN = talk("A: hello there you", "B: yes", "A: do you want it?", "B: no thanks, we have got one -", "A: really")

VARIED = [*PLAIN, *talk("A: one", "B: two"), *talk("B: so we -", "A: what?"), *talk("B: no", "A: hm...", "B: a b c d")]


def test_turns_words_questions_and_cuts_are_counted_by_speaker() -> None:
    (one,) = figures(VARIED, "A: one two three\nA: four\nB: no?\nA: so we -\nB: five six seven eight")
    assert one["call:turns"] == 4
    assert (one["call:A words"], one["call:B words"]) == (6, 5)
    assert one["call:A share"] == pytest.approx(6 / 11)
    assert one["call:A longest turn"] == 4


def test_figures_that_do_not_vary_are_left_out() -> None:
    names = set(fit("text_turns", PLAIN).transform(texts_table(PLAIN)).numeric_names)
    assert "call:turns" not in names
    assert "call:A begins" not in names


def test_who_begins_ends_and_is_cut_off_is_told() -> None:
    cut, short, empty = figures(VARIED, "B: so we …\nA: what", "A: a\nB: b\nA: a b c", "")
    assert (cut["call:B begins"], cut["call:A begins"], cut["call:A ends"]) == (1, 0, 1)
    assert (cut["call:B cut off"], cut["call:A cut off"]) == (1, 0)
    assert short["call:A short turns"] == pytest.approx(0.5)
    assert (empty["call:turns"], empty["call:A words"]) == (0, 0)
    assert np.isnan([empty["call:A share"], empty["call:A begins"]]).all()


def test_where_turns_end_with_marks_one_without_is_cut_off() -> None:
    texts = [*talk("A: one.", "B: two!", "A: so we", "B: no."), *talk("A: yes.", "B: fine.")]
    (one,) = figures(texts, "A: so we\nB: stop.\nA: at the end")
    assert one["call:A cut off"] == 0.5, "the last turn is cut off by nobody"


def test_what_each_speaker_says_becomes_a_column_of_texts() -> None:
    out = fit("speaker_texts", PLAIN).transform(texts_table(["A: one\nB: two\nthree\nA: four", "", "nobody"]))
    assert out.text_names == ("call", "call:A", "call:B")
    assert out.text[:, 1:].tolist() == [["one\nfour", "two\nthree"], ["", ""], ["", ""]]
    alone = fit("speaker_texts", PLAIN, keep=False).transform(texts_table(PLAIN))
    assert alone.text_names == ("call:A", "call:B")


def test_later_steps_read_speakers_apart() -> None:
    table = texts_table(transcripts()[:, 0].tolist())
    apart = registry.build(Step.of("speaker_texts")).fit(table, None, seeds=Seeds(0)).transform(table)
    style = registry.build(Step.of("text_style", columns=["call:Kunde"])).fit(apart, None, seeds=Seeds(0))
    assert "call:Kunde:word count" in style.transform(apart).numeric_names


@pytest.mark.parametrize("name", ["text_turns", "speaker_texts"])
def test_texts_without_speakers_stay_as_they_are_and_unknown_columns_are_refused(name: str) -> None:
    table = texts_table(["late order", "early order"] * 20)
    out = fit(name, table.text[:, 0].tolist()).transform(table)
    assert (out.text_names, out.numeric_names) == (("call",), ())
    with pytest.raises(DataError, match=f"'{name}' names the column 'note'"):
        fit(name, ["a"], columns=["note"])
