"""Dates as people write them in languages that are not English."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from assay.data.date_words import zones_said
from assay.data.dates import DATE_FORMATS, DateReader, date_formats
from assay.data.kind_guess import describe
from assay.data.month_names import MONTH_NUMBER
from each import each

DAYS = [date(2022, 1, 3) + timedelta(days=11 * i) for i in range(90)]
RUSSIAN, TURKISH, POLISH, SWEDISH, CZECH = (
    names.split()
    for names in (
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "januari februari mars april maj juni juli augusti september oktober november december",
        "ledna února března dubna května června července srpna září října listopadu prosince",
    )
)


def read(texts):
    column = describe("when", pd.Series(texts))
    assert column.kind == "datetime", column
    return column, [DateReader(column)(text) for text in texts]


@each(
    "form",
    [
        lambda day: f"{day.year}年{day.month}月{day.day}日",
        lambda day: f"{day.year}年{day.month:02}月{day.day:02}日",
        lambda day: f"{day.year}년 {day.month}월 {day.day}일",
        lambda day: f"{day.year}. {day.month}. {day.day}.",
        lambda day: f"{day.day} {RUSSIAN[day.month - 1]} {day.year}",
        lambda day: f"{day.day} {RUSSIAN[day.month - 1]} {day.year} г.",
        lambda day: f"{day:%d.%m.%Y} г.",
        lambda day: f"{day.day} {TURKISH[day.month - 1]} {day.year}",
        lambda day: f"{day.day} {TURKISH[day.month - 1].upper()} {day.year}",
        lambda day: f"{day.day} {POLISH[day.month - 1]} {day.year}",
        lambda day: f"{day.day} {SWEDISH[day.month - 1]} {day.year}",
        lambda day: f"{day.day}. {CZECH[day.month - 1]} {day.year}",
        lambda day: f"{day:%d/%b/%Y}",
        lambda day: f"{day.day} {day:%B}, {day.year}",
    ],
)
def test_dates_of_other_languages_are_dates(form):
    column, found = read([form(day) for day in DAYS])
    assert found == [(day - date(1970, 1, 1)).days for day in DAYS]
    assert not column.notes


def test_months_of_chinese_and_japanese_tables_are_their_first_days():
    _, found = read([f"{day.year}年{day.month}月" for day in DAYS])
    assert found == [(day.replace(day=1) - date(1970, 1, 1)).days for day in DAYS]


def test_zones_behind_iso_dates_are_read_or_left_out_and_said():
    texts = [f"{day} 12:30 {('CET', 'CEST')[i % 2]}" for i, day in enumerate(DAYS)]
    column, found = read(texts)
    np.testing.assert_allclose(found, [(day - date(1970, 1, 1)).days + 12.5 / 24 for day in DAYS])
    assert column.notes == zones_said(texts) != ()
    column, found = read([f"{day} 12:30:00 UTC+2" for day in DAYS])
    assert column.zone == "+02:00"
    np.testing.assert_allclose(found, [(day - date(1970, 1, 1)).days + 12.5 / 24 for day in DAYS])


def test_every_format_reads_what_it_writes():
    for form in DATE_FORMATS:
        if "%V" not in form and "%q" not in form:
            assert date_formats([day.strftime(form) for day in DAYS])[1] == 1.0, form


def test_names_of_months_have_twelve_numbers():
    assert set(MONTH_NUMBER.values()) == set(range(1, 13))
    assert MONTH_NUMBER["maja"] == MONTH_NUMBER["мая"] == 5
