"""Dates with the names of months as Germans, French, Spaniards, Italians, Portuguese and Dutch write them."""

import numpy as np
import pandas as pd
import pytest

from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions

N = 120
DAYS = pd.date_range("2021-01-03", periods=N, freq="9D")
NAMES = {
    "German": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "German, short": "Jan. Feb. Mrz. Apr. Mai Jun. Jul. Aug. Sept. Okt. Nov. Dez.",
    "French": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "Spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "Italian": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "Portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "Dutch": "januari februari maart april mei juni juli augustus september oktober november december",
}
FORMS = {
    "German": "{}. {} {}",
    "German, short": "{}. {} {}",
    "Spanish": "{} de {} de {}",
    "Portuguese": "{} de {} de {}",
}


@pytest.mark.parametrize("language", NAMES)
def test_dates_with_names_of_months_are_dates(language):
    names = NAMES[language].split()
    cells = [FORMS.get(language, "{} {} {}").format(day.day, names[day.month - 1], day.year) for day in DAYS]
    frame = pd.DataFrame({"day": cells, "y": np.arange(N) % 2})
    schema = infer_schema(frame, TaskOptions(target="y"))
    assert schema["day"].kind == "datetime"
    expected = ((DAYS - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)).to_numpy()
    np.testing.assert_array_equal(encode_frame(schema, frame).dates[:, 0], expected)
    np.testing.assert_array_equal(encode_rows(schema, frame.to_dict("records")).dates[:, 0], expected)
