"""A paper says what it was given, to eyes and to screen readers, and nothing that is written becomes a command."""

from importlib.util import find_spec
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from maille.forms import PageInvalid, displayable, typeset
from maille.forms.typesetting import FONTS

PAGE = """#import "house.typ": *
#let given = data("given")
#show: paper.with(title: "Essai", foot: given.text, simulated: given.simulated)
= Un essai
*Gras*, _italique_, et :
#given.text
"""
FRENCH = "Œuvre sociale à l’été : « 12\u202f345,6\u202f€ », cœur, ç, ÿ, Ÿ, −3\u202f%\u202f!"
NASTY = [
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.0"',
    "$x^2$ @label <label> `code` *gras* _ital_ = titre \\ \\u{1F600} // rien /* rien */ ~ -- ...",
    "#panic() #{ while true {} }",
    "]#pagebreak()[",
    "<script>alert(1)</script>",
    "'\"\\n{}[]()",
]


def paper(text: str, *, simulated: bool = False) -> PdfReader:
    return PdfReader(BytesIO(typeset(PAGE, inputs={"given": {"text": text, "simulated": simulated}})))


def read(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def fonts(reader: PdfReader) -> dict[str, bool]:
    """Names of the fonts of a paper, and whether each is inside it."""
    found = {}
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            described = font["/DescendantFonts"][0]["/FontDescriptor"]
            found[font["/BaseFont"].split("+")[1]] = bool({"/FontFile2", "/FontFile3"} & set(described))
    return found


def test_what_is_written_in_french_comes_out_of_the_paper():
    # A font that has no narrow space draws it with its space, narrowed.
    assert FRENCH.replace("\u202f", " ") in read(paper(FRENCH)).replace("\u202f", " ")


def test_every_font_travels_with_the_paper():
    assert set(fonts(paper(FRENCH)).values()) == {True}


@pytest.mark.skipif(find_spec(FONTS[0]) is None, reason="the fonts of the house are not installed")
def test_papers_have_the_fonts_of_the_site():
    assert {name.split("-")[0] for name in fonts(paper(FRENCH))} == {"PublicSans", "SourceSerif4Roman"}


def test_a_screen_reader_finds_the_language_the_title_and_the_headings():
    reader = paper(FRENCH)
    catalogue = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"].startswith("fr")
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Essai"
    assert "/H1" in tags(catalogue["/StructTreeRoot"])


def tags(node) -> list[str]:
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [tag for child in node for tag in tags(child)]
    if not hasattr(node, "get"):
        return []
    return [node.get("/S"), *tags(node.get("/K"))]


@pytest.mark.parametrize("text", NASTY)
def test_nothing_that_is_written_becomes_a_command(text):
    reader = paper(text)
    assert len(reader.pages) == 1
    assert text in read(reader)


@pytest.mark.parametrize("text", ["😀", "漢字", "a\x00b", "\x01", "\u202ea", "\uffff", "\ud800", "👨\u200d👩"])
def test_what_no_font_shows_does_not_stop_the_paper(text):
    assert "\ufffd" in read(paper(text))


@settings(max_examples=150, deadline=None)
@given(st.text())
def test_any_text_makes_a_paper(text):
    assert len(paper(text).pages) >= 1


def test_every_sign_let_through_can_be_shown():
    signs = [chr(code) for code in range(0x20, 0x10000) if displayable(chr(code)) == chr(code)]
    assert len(signs) > 2000
    assert paper(" ".join(signs)).pages


def test_simulated_papers_say_so_and_others_do_not():
    assert "Données simulées." in read(paper("", simulated=True))
    assert "simulées" not in read(paper(""))


def test_pages_are_numbered():
    numbered = paper("mot " * 3000)
    assert [f"{rank}/{len(numbered.pages)}" in read(numbered) for rank in (1, 2)] == [True, True]


def test_the_same_paper_is_the_same_bytes():
    given = {"given": {"text": FRENCH, "simulated": True}}
    assert typeset(PAGE, inputs=given) == typeset(PAGE, inputs=given)


def test_a_page_that_is_not_typst_is_our_fault_and_says_where():
    with pytest.raises(PageInvalid, match="composée"):
        typeset("#rien()")


def test_a_page_opens_no_file_outside_its_folder():
    with pytest.raises(PageInvalid):
        typeset('#set document(title: "x")\n#read("/../typesetting.py")')
