"""What inspect says of columns of texts: languages, sizes, repeats, shared passages, and texts that name a class."""

import numpy as np
import pandas as pd
import pytest

from assay.core.inspection import advice_on_kept
from assay.core.seed import Seeds
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.inspect.inspect_table import inspect_table
from assay.inspect.label_in_text import label_in_text
from assay.inspect.text_language import languages_of, scripts_of
from assay.inspect.text_views import shared_passages, text_view
from assay.report.inspection_text import leak_lines, twins_text
from assay.report.text_column import text_parts
from assay.search.suspicious_columns import suspicions_of, with_suspicions
from assay.testing.tables import strange_texts
from each import each

SENTENCES = {
    "English": "The order was late and we have not been told when it will be there.",
    "German": "Die Bestellung war zu spät und wir haben nicht gehört, wann sie noch kommt.",
    "French": "La commande est en retard et nous ne savons pas si elle est dans le dépôt.",
    "Spanish": "El pedido llega tarde y no sabemos por qué ha sido así con todos los envíos.",
    "Italian": "Il pacco non è arrivato e non sappiamo perché la consegna sia in ritardo da giorni.",
    "Portuguese": "A encomenda não chegou e eu já não sei quando ela vai ser entregue na minha casa.",
    "Dutch": "De bestelling is te laat en wij hebben niet gehoord wanneer het pakket er zal zijn.",
    "Polish": "Paczka się spóźniła i nie wiem, co mam robić, bo już jest po terminie, a to był prezent.",
    "Swedish": "Paketet är sent och vi har inte hört när det ska komma till oss eller om det finns.",
    "Turkish": "Sipariş çok geç geldi ve bu kadar beklemek için bir sebep var mı diye sordum.",
    "Russian": "Заказ опоздал, и мы не знаем, когда он будет у нас, но это уже не важно.",
    "Ukrainian": "Замовлення спізнилося, і ми не знаємо, коли воно буде, але це вже не так важливо.",
    "Greek": "Η παραγγελία άργησε και δεν ξέρουμε πότε θα είναι στο σπίτι μας από την εταιρεία.",
    "Japanese": "注文が遅れています。いつ届きますか？",
    "Chinese": "订单迟到了，我们不知道什么时候会送到。",
    "Korean": "주문이 늦어서 언제 도착할지 모르겠습니다.",
    "Hebrew": "ההזמנה איחרה ואיננו יודעים מתי תגיע.",
}


@each("language", SENTENCES)
def test_a_language_is_told_by_its_usual_words_or_its_script(language: str) -> None:
    assert languages_of([SENTENCES[language]] * 6) == ((language, 1.0),)


def test_two_languages_are_named_with_their_shares_and_scripts_with_those_of_their_letters() -> None:
    texts = [SENTENCES["English"]] * 3 + [SENTENCES["Russian"]]
    assert languages_of(texts) == (("English", 0.75), ("Russian", 0.25))
    assert [script for script, _ in scripts_of(texts)] == ["Latin", "Cyrillic"]


@pytest.mark.parametrize("texts", [["iPhone 13 Pro 128 GB", "Galaxy S21 Ultra"], ["كان الطلب متأخراً"], ["", "!?"], []])
def test_what_no_words_tell_is_not_told(texts: list[str]) -> None:
    assert languages_of(texts) == ()


def test_texts_whose_language_is_not_told_are_no_share_of_one_that_is() -> None:
    arabic = "اشتريت المنتج أمس وكان السعر مرتفعا جدا ولم يعجبني"
    texts = [f"{SENTENCES['English']} {i}" for i in range(6)] + [f"{arabic} {i}" for i in range(4)] + ["ok"] * 5
    assert languages_of(texts) == (("English", 0.6),)
    said = text_parts(text_view(texts, seeds=Seeds(0)))[0]
    assert said.startswith("English 60 %, not told 40 %")


def test_a_shared_beginning_end_and_line_are_found_to_the_end_of_a_word() -> None:
    texts = [
        f"Dear customer, order {i} is late\nThis call may be recorded\nno {i * 7}, Yours sincerely, Ann"
        for i in range(40)
    ]
    found = {one.place: one for one in shared_passages(texts)}
    assert found["beginning"].text == "Dear customer, order "
    assert found["end"].text == ", Yours sincerely, Ann"
    assert (found["line"].text, found["line"].share) == ("This call may be recorded", 1.0)
    assert shared_passages([f"{i} order late" for i in range(40)]) == ()


def test_strange_texts_are_viewed_and_put_into_words() -> None:
    texts = [text for text in strange_texts()[:, 0] if text]
    view = text_view(texts, seeds=Seeds(0))
    assert view.controls > 0
    assert view.html > 0
    assert view.longest == max(map(len, texts))
    assert all(text_parts(view))
    assert text_parts(text_view([], seeds=Seeds(0))) == ()


def messages(n: int = 400) -> tuple[list[str], np.ndarray]:
    rng = np.random.default_rng(0)
    words = ["order", "late", "win", "free", "call", "prize", "home", "spam", "hamper", "now"]
    return [" ".join(rng.choice(words, 8)) for _ in range(n)], rng.integers(0, 2, n)


@each("form", ["{label}: {text}", "[{label}] {text}", "{text} ({label})", "x y. Kind = {label}. {text}"])
@each("classes", [("ham", "spam"), ("not spam", "spam"), ("0", "1")])
def test_texts_that_name_their_class_are_suspected_with_an_example(form: str, classes: tuple[str, str]) -> None:
    texts, own = messages()
    said = [form.format(label=classes[k].upper(), text=text) for text, k in zip(texts, own, strict=True)]
    found = label_in_text("note", said, own, classes, target="kind")
    assert found is not None
    assert (found.code, found.do, found.verdict) == ("leak/label-in-text", "--drop note", "suspected")
    assert "400 of 400 rows" in found.what
    assert "100 % of these are of that class" in found.what


def test_one_class_that_is_named_is_enough() -> None:
    texts, own = messages()
    said = [f"SPAM {text}" if k else text.replace("spam", "") for text, k in zip(texts, own, strict=True)]
    assert label_in_text("note", said, own, ("ham", "spam"), target="kind") is not None


@pytest.mark.parametrize("classes", [("ham", "spam"), ("late", "free"), ("0", "1"), ("", "?")])
def test_words_that_are_no_answer_are_not_suspected(classes: tuple[str, str]) -> None:
    texts, own = messages()
    assert label_in_text("note", texts, own, classes, target="kind") is None


def test_a_word_that_half_of_a_class_has_by_its_subject_is_not_suspected() -> None:
    texts, own = messages(600)
    subject = [
        f"{text} sports club" if k and i % 3 == 0 else text for i, (text, k) in enumerate(zip(texts, own, strict=True))
    ]
    assert label_in_text("note", subject, own, ("politics", "sports"), target="topic") is None


def table(texts: list[str], labels: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"note": texts, "size": np.arange(len(texts)) % 7, "kind": labels})


def test_inspect_views_columns_of_texts_and_warns_of_labels_in_them() -> None:
    texts, own = messages()
    labels = ["spam" if k else "ham" for k in own]
    rng = np.random.default_rng(1)
    notes = [f"{label.upper()}: {text}, {SENTENCES['English']} {rng.integers(10**6)}"
             for text, label in zip(texts, labels, strict=True)]  # fmt: skip
    found = inspect_table(read_table(table(notes, labels)), TaskOptions(target="kind"))
    note, size = found.columns
    assert size.text is None
    assert note.text is not None
    assert note.text.languages == (("English", 1.0),)
    assert [leak.column for leak in found.leaks if leak.code == "leak/label-in-text"] == ["note"]
    kept = inspect_table(read_table(table(notes, labels)), TaskOptions(target="kind", keep=("note",)))
    assert not [leak for leak in kept.leaks if leak.code == "leak/label-in-text"]
    assert inspect_table(read_table(table(notes, labels)), TaskOptions(target="size")).leaks == ()


def test_a_fit_says_before_it_begins_that_texts_name_their_class() -> None:
    texts, own = messages()
    labels = ["spam" if k else "ham" for k in own]
    notes = [f"[{label}] {text} {i}" for i, (text, label) in enumerate(zip(texts, labels, strict=True))]
    options = TaskOptions(target="kind")
    prepared = with_suspicions(prepare(read_table(table(notes, labels)), options), options)
    said = {notice.code: notice for notice in suspicions_of(prepared.task)}
    assert said["leak/label-in-text"].do == "--drop note"
    told = [" ".join(leak_lines(leak)) for leak in inspect_table(read_table(table(notes, labels)), options).leaks]
    assert any(advice_on_kept("leak/label-in-text") in one for one in told)
    assert advice_on_kept("leak/label-in-text") in said["leak/label-in-text"].message
    plain = [f"{text} {i}" for i, text in enumerate(texts)]
    prepared = with_suspicions(prepare(read_table(table(plain, labels)), options), options)
    assert suspicions_of(prepared.task) == ()


def test_inspect_says_of_texts_sent_again_in_other_words_what_fit_does_with_them() -> None:
    rng = np.random.default_rng(0)
    words = sorted({word for text in SENTENCES.values() for word in text.split()})
    letters = [" ".join(rng.choice(words, 12, replace=False)) for _ in range(30)]
    kind = rng.integers(0, 30, 600)
    notes = [f"{letters[k]} {word}" for k, word in zip(kind, rng.choice(words, 600), strict=True)]
    frame = pd.DataFrame({"note": notes, "x": rng.normal(size=600), "y": np.where(kind % 2, "yes", "no")})
    said = twins_text(inspect_table(read_table(frame), TaskOptions(target="y")))
    assert "but x and a few words of note" in said
    assert said.endswith("they are kept in one fold")
