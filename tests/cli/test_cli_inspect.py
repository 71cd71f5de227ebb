"""`assay inspect` speaks as FACES says: a table, leaks loudly, questions with their option, one JSON document."""

import json
import random
import sqlite3
from contextlib import closing

import pytest

from assay.cli.main import main

DICE = random.Random(1)
HEADER = "customer_no;signed_up;revenue;score;city;closed_on;churned"


def row(i):
    churned = DICE.random() < 0.3
    score = -999 if DICE.random() < 0.09 else DICE.randint(1, 100)
    revenue = f"{DICE.uniform(1, 9) * 1000:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    closed = f"{DICE.randint(1, 28):02}.03.2024" if churned else ""
    city = DICE.choice(["Köln", "KÖLN", "Bonn"])
    cells = (f"K-{i:05}", f"{i % 28 + 1:02}.0{i % 9 + 1}.2023", f"{revenue} €", score, city, closed, "ny"[churned])
    return ";".join(map(str, cells))


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    path = tmp_path_factory.mktemp("inspect") / "orders.csv"
    lines = ["Orders of 2023", HEADER, *(row(i) for i in range(300)), "Total;;;;;;"]
    path.write_bytes("\n".join(lines).encode("latin-1", errors="replace").replace(b"?", "€".encode("cp1252")))
    return path


def said(capsys, *arguments):
    code = main(["inspect", *map(str, arguments)])
    return code, capsys.readouterr()


def test_the_answer_names_leaks_repairs_and_the_command_that_goes_on(orders, capsys):
    code, out = said(capsys, orders, "--target", "churned", "--width", "120")
    assert code == 0
    for text in ("300 rows × 7 columns", "cp1252 · semicolons · decimal comma", "1 title line", "total",
                 "LEAK", "--keep closed_on", "-999 in", "read as numbers: decimal comma, thousands point, € cut off",
                 "not a feature", "--order-by signed_up", f"assay fit {orders} --target churned"):  # fmt: skip
        assert text in out.out, text


def test_the_document_holds_what_the_reference_lists(orders, capsys):
    _, out = said(capsys, orders, "-t", "churned", "--json")
    body = json.loads(out.out)
    assert body["schema"] == "inspect/1"
    assert {"name", "kind", "why", "missing", "levels", "spark", "notes", "repairs"} <= set(body["columns"][0])
    assert body["read"] | {"skipped": []} == {"encoding": "cp1252", "delimiter": ";", "decimal": ",", "skipped": []}
    assert [leak["column"] for leak in body["leaks"] if leak["verdict"] == "proved"] == ["closed_on"]


def test_a_refused_repair_is_not_made(orders, capsys):
    _, out = said(capsys, orders, "-t", "churned", "--raw", "score=missing,revenue=numbers", "--json")
    columns = {c["name"]: c for c in json.loads(out.out)["columns"]}
    assert columns["score"]["missing"] == 0
    assert columns["revenue"]["kind"] != "numeric"


def test_strict_answers_one_where_a_leak_is_proved(orders, capsys):
    assert said(capsys, orders, "-t", "churned", "--strict")[0] == 1
    assert said(capsys, orders, "-t", "churned", "--strict", "--drop", "closed_on")[0] == 0


def test_a_page_is_written_once_and_runs_nothing(orders, capsys, tmp_path):
    page = tmp_path / "orders.html"
    assert said(capsys, orders, "-t", "churned", "--html", page)[0] == 0
    text = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert "<script" not in text
    assert "closed_on" in text
    code, out = said(capsys, orders, "-t", "churned", "--html", page)
    assert code == 2
    assert "--force" in out.err


def test_another_file_is_compared(orders, capsys):
    _, out = said(capsys, orders, "-t", "churned", "--against", orders)
    text = " ".join(out.out.split())
    assert "not told apart" in text
    assert "no column differs beyond chance" in text


def test_narrow_and_plain_outputs_keep_their_words(orders, capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    _, out = said(capsys, orders, "-t", "churned", "--width", "60")
    assert [line for line in out.out.splitlines() if len(line) > 60 and "/" not in line] == []
    assert out.out.isascii() or "Köln" in out.out


def test_the_command_that_goes_on_asks_what_was_asked(orders, tmp_path, capsys):
    _, out = said(capsys, orders, "-t", "churned", "--drop", "city,closed_on", "--kind", "score=category", "--missing",
                  "n/a", "--group", "customer_no", "--metric", "log_loss", "--json")  # fmt: skip
    (command,) = json.loads(out.out)["next"]
    assert command == (
        f"assay fit {orders} --target churned --drop city --drop closed_on --missing n/a --kind score=category "
        "--group customer_no --metric log_loss"
    )


def test_the_command_for_a_database_has_its_query(tmp_path, capsys):
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table orders (a real, b text, y text)")
        connection.executemany(
            "insert into orders values (?, ?, ?)", [(i, "xz"[i % 2], "ny"[i % 3 > 0]) for i in range(60)]
        )
        connection.commit()
    _, out = said(capsys, f"sqlite:///{path}", "-t", "y", "--query", "select * from orders", "--json")
    assert json.loads(out.out)["next"][0].endswith("--target y --query 'select * from orders'")
