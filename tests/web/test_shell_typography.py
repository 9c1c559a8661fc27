import pytest

from maille.web.typography import french, french_html, number, of_place, percent

NARROW, NO_BREAK = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Est-ce exact ?", f"Est-\u2060ce exact{NARROW}?"),
        ("Il reste : deux", f"Il reste{NO_BREAK}: deux"),
        ("« oui »", f"«{NO_BREAK}oui{NO_BREAK}»"),
        ("12 345,6 %", f"12{NARROW}345,6{NARROW}%"),
        ("9 070 €", f"9{NARROW}070{NARROW}€"),
        ("à 14 h 32", f"à 14{NO_BREAK}h{NO_BREAK}32"),
        ("n° 3", f"n°{NO_BREAK}3"),
        ("le 1 mars 2027, pas le 21 mai", f"le 1er{NO_BREAK}mars 2027, pas le 21 mai"),
        ("45 minutes", f"45{NO_BREAK}minutes"),
        ("l'enquête, aujourd&#x27;hui", "l’enquête, aujourd’hui"),
        ("de -4,2 points", f"de \u22124,2{NO_BREAK}points"),
        ("de 2015-2023", "de 2015-2023"),
        ("04 00 00 00 00", "04 00 00 00 00"),
        ("en 2025 400 communes", "en 2025 400 communes"),
    ],
)
def test_it_writes_french_spaces_and_signs(typed, wanted):
    assert french(typed) == wanted


def test_it_never_touches_tags_fields_and_code():
    html = '<a title="oui ?" href="/x?y=1">Oui ?</a><textarea>38 400 €</textarea><code>a ? b</code><!-- c ? -->'
    assert french_html(html) == html.replace("Oui ?", f"Oui{NARROW}?")


def test_it_is_the_same_twice():
    once = french("Ce montant a triplé : 12 500 € en 2023. Est-ce exact ? « Oui »")
    assert french(once).replace("\u2060", "") == once.replace("\u2060", "")


def test_numbers_are_written_as_in_french():
    assert number(12345.6, 1) == f"12{NARROW}345,6"
    assert number(-3) == "\u22123"
    assert percent(34.62) == f"34,6{NARROW}%"
    assert number(None) == percent(None) == "—"


def test_de_follows_the_name_of_the_place():
    names = ("Tarare", "Amplepuis", "Le Mans", "Les Abymes", "L’Arbresle", "CA de l’Ouest Rhodanien", "Étampes")
    assert [of_place(name) for name in names] == [
        "de Tarare",
        "d’Amplepuis",
        "du Mans",
        "des Abymes",
        "de L’Arbresle",
        "de la CA de l’Ouest Rhodanien",
        "d’Étampes",
    ]
