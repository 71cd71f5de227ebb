"""Texts of strangers in a brief: in any script and direction, with whatever they hold."""

from dataclasses import replace

import pytest

from assay.core.figure import two_digits
from assay.core.word_views import Excerpt, RowView, Run, WordsView, WordView
from assay.report.brief_page import page
from assay.report.html_page import html
from assay.report.html_parts import document, isolated
from assay.report.markdown import markdown
from assay.report.word_blocks import row_html, row_markdown, words_html, words_markdown
from assay.report.word_text import moved_text
from samples import sample_views

NASTY = '<img src=x onerror="alert(1)"> | `rm` \u202e*bold* [a](http://x) '


def view(text=NASTY, effect=0.7, *, is_class=True):
    excerpt = Excerpt(runs=(Run(text=text), Run(text="مرحبا", effect=effect, label="yes" if is_class else "")))
    word = WordView(label="yes" if is_class else "", column="note", word=text, effect=effect, low=0.6, high=0.8, rows=9,
                    points=7.04 if is_class else None, excerpt=excerpt)  # fmt: skip
    row = RowView(number=4, truth="no", said=text, chance=0.8 if is_class else None, column="note", excerpts=(excerpt,))
    return WordsView(told_by=(3, 5), weight=0.8, is_class=is_class, words=(word,), rows=(row,), looked_at=50,
                     labels_left=0, n_columns=1)  # fmt: skip


def test_a_text_stays_a_text_in_html():
    page = words_html(view()) + row_html(view().rows[0], "won")
    assert "<img" not in page
    assert "&lt;img" in page
    assert page.count('dir="auto"') == 2
    assert "\u202e" not in document("t", stamp="", style="", body=page)


def test_a_text_stays_a_text_in_markdown():
    lines = [*words_markdown(view()), *row_markdown(view().rows[0], "won")]
    body = lines[2]
    assert body.replace("\\|", "").count("|") == len(lines[0].split("|")) - 1
    assert "\\<img" in body
    assert "\\[a\\](" in body
    assert all("\n" not in line for line in lines)


@pytest.mark.parametrize(
    ("text", "shown"), [("# head", "\\# head"), ("1. one", "1\\. one"), ("- a", "\\- a"), ("a-b", "a-b")]
)
def test_no_line_of_a_text_becomes_a_heading_or_a_list(text, shown):
    row = view(text).rows[0]
    quoted = [line for line in row_markdown(row, "won") if line.startswith("> ")]
    assert quoted[0].startswith(f"> {shown}")


@pytest.mark.parametrize(("value", "shown"), [
    (7.04, "+7.0"), (-0.0834, "−0.083"), (1234.5, "+1,200"), (9.96, "+10"), (0.0, "+0"), (31.4, "+31"),
])  # fmt: skip
def test_what_a_piece_does_is_told_with_two_digits_and_what_it_speaks_for(value, shown):
    assert two_digits(value, signed=True) == shown
    assert moved_text(value, "won") == f"won {shown}"
    assert moved_text(value, "") == shown


def test_the_section_stands_between_what_drives_it_and_where_it_errs_in_both_forms():
    brief = sample_views.brief(usage=replace(sample_views.brief().usage, words=view("plain")))
    content = page(brief)
    titles = [section.title for section in content.sections]
    assert titles.index("Words that move it") == titles.index("What drives it") + 1
    for written in (markdown(content), html(content, brief)):
        assert "Words in texts" in written
        assert "+7.0" in written
        assert "(0.80 of the model)" in written
        assert "Row 4 is" in written
        assert "--no-quotes" in written
    assert "Words that move it" not in markdown(page(sample_views.brief()))


def test_without_quotes_no_text_of_a_row_is_left():
    bare = view().without_quotes()
    assert bare.rows == ()
    assert "مرحبا" not in words_html(bare) + "".join(words_markdown(bare))
    assert "for example" not in words_html(bare)


def test_words_that_run_from_right_to_left_do_not_carry_what_is_beside_them_along():
    assert (
        isolated("Of 275 rows called &quot;راض&quot;, 226 are")
        == "Of 275 rows called &quot;<bdi>راض</bdi>&quot;, 226 are"
    )
    assert isolated("مرحبا بك 12") == "<bdi>مرحبا بك</bdi> 12"
    assert isolated("plain") == "plain"
