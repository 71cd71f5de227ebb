"""Names of months, in small letters, by their number."""

_NAMES = (
    "jan january januar janvier janv enero ene gennaio gen janeiro januari январь января янв січня ocak oca stycznia "
    "sty ledna ianuarie január",
    "feb february februar février fevrier févr fevr febrero febbraio fevereiro fev februari февраль февраля фев февр "
    "лютого şubat subat şub lutego lut února februarie február",
    "mar march märz maerz mär mrz mars marzo março marco maart mrt март марта мар березня mart marca března marts "
    "maret martie március",
    "apr april avril avr abril abr aprile апрель апреля апр квітня nisan nis kwietnia kwi dubna aprilie április",
    "may mai mayo maggio mag maio mei май мая травня mayıs mayis maj maja května május",
    "jun june juni juin junio giugno giu junho июнь июня июн червня haziran haz czerwca cze června iunie június",
    "jul july juli juillet juil julio luglio lug julho июль июля июл липня temmuz tem lipca lip července iulie július",
    "aug august août aout agosto ago augustus август августа авг серпня ağustos agustos ağu sierpnia sie srpna augusti "
    "augusztus",
    "sep september septembre sept septiembre settembre set setembro сентябрь сентября сен сент вересня eylül eylul eyl "
    "września wrz září septembrie szeptember",
    "oct october oktober okt octobre octubre ottobre ott outubro out октябрь октября окт жовтня ekim eki października "
    "paź října octombrie október",
    "nov november novembre noviembre novembro ноябрь ноября ноя нояб листопада kasım kasim kas listopada lis listopadu "
    "noiembrie",
    "dec december dezember dez décembre decembre déc diciembre dicembre dic dezembro декабрь декабря дек грудня aralık "
    "aralik ara grudnia gru prosince decembrie desember",
)
"""In English, German, French, Spanish, Italian, Portuguese, Dutch, Russian, Ukrainian, Turkish, Polish, Czech, the
Nordic languages, Romanian, Hungarian and Indonesian.
"""
MONTH_NUMBER = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
"""1 to 12; no name is one of two months."""
