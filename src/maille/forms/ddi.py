"""The questionnaire as DDI-Codebook 2.5 (XML): what an archive needs to describe the file of answers.

The order of the elements is that of the schema ``codebook.xsd`` of version 2.5, https://ddialliance.org.
"""

from typing import cast

from lxml import etree

from maille.forms.codebook import Entry, entries
from maille.specs import Grid, Question, Questionnaire, Section

NAMESPACE = "ddi:codebook:2_5"
_FIELD = {
    "communes": ("Communes", "Communes de France"),
    "epci": ("Intercommunalités", "Intercommunalités à fiscalité propre de France"),
}
_NUMBERS = ("integer", "decimal", "year")

Element = etree._Element

_PREFIX = cast("dict[str, str]", {None: NAMESPACE})


def ddi(questionnaire: Questionnaire) -> bytes:
    """Return the codebook of a questionnaire as a DDI-Codebook 2.5 document, UTF-8."""
    root = study(questionnaire, f"Dictionnaire : {questionnaire.title}")
    data = under(root, "dataDscr")
    for section in questionnaire.sections:
        _groups(data, section)
    for entry in entries(questionnaire):
        _variable(data, questionnaire.question(entry.name), entry)
    return written(root)


def written(root: Element) -> bytes:
    """Return a document as XML, UTF-8."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def study(questionnaire: Questionnaire, title: str) -> Element:
    """Return a document that describes itself (``title``) and the study; what follows is the caller's."""
    root = etree.Element(f"{{{NAMESPACE}}}codeBook", attrib={"version": "2.5"}, nsmap=_PREFIX)
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "fr")
    _citation(under(root, "docDscr"), questionnaire, title)
    _study(under(root, "stdyDscr"), questionnaire)
    return root


def under(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """Add an element with its text and attributes; return it."""
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
    child.text = text
    return child


def _citation(parent: Element, questionnaire: Questionnaire, title: str) -> None:
    citation = under(parent, "citation")
    titles = under(citation, "titlStmt")
    under(titles, "titl", title)
    under(titles, "IDNo", questionnaire.id, agency="Maille")
    under(under(citation, "verStmt"), "version", questionnaire.version)


def _study(study: Element, questionnaire: Questionnaire) -> None:
    _citation(study, questionnaire, questionnaire.title)
    unit, universe = _FIELD[questionnaire.universe]
    information = under(study, "stdyInfo")
    if questionnaire.notice:
        under(information, "abstract", questionnaire.notice)
    summary = under(information, "sumDscr")
    year = str(questionnaire.reference_year)
    under(summary, "timePrd", year, event="single", date=year)
    under(summary, "nation", "France", abbr="FR")
    under(summary, "anlyUnit", unit)
    under(summary, "universe", universe)
    under(summary, "dataKind", "Données d’enquête")
    collection = under(under(study, "method"), "dataColl")
    under(
        collection,
        "collMode",
        "Questionnaire autoadministré : internet, classeur ou papier ; téléphone avec l’assistance",
    )


def _groups(data: Element, section: Section) -> None:
    group = under(data, "varGrp", ID=f"section_{section.id}", type="section", var=_references(section.questions))
    under(group, "labl", f"{section.letter}. {section.title}")
    if section.intro:
        under(group, "txt", section.intro)
    for grid in section.grids:
        _grid(data, section, grid)


def _grid(data: Element, section: Section, grid: Grid) -> None:
    rows = tuple(question for question in section.questions if question.grid == grid.id)
    group = under(data, "varGrp", ID=f"grille_{section.id}_{grid.id}", type="grid", var=_references(rows))
    under(group, "labl", f"{grid.number}. {grid.label}")
    if grid.hint:
        under(group, "txt", grid.hint)


def _references(questions: tuple[Question, ...]) -> str:
    return " ".join(f"v_{question.name}" for question in questions)


def _variable(data: Element, question: Question, entry: Entry) -> None:
    interval = "contin" if question.kind in ("integer", "decimal") else "discrete"
    variable = under(data, "var", ID=f"v_{entry.name}", name=entry.name, intrvl=interval)
    under(variable, "labl", entry.label)
    under(variable, "security", entry.confidentiality)
    asked = under(variable, "qstn", ID=f"q_{entry.name}", seqNo=entry.number)
    under(asked, "qstnLit", entry.label)
    if_any(asked, "ivuInstr", entry.hint)
    if question.unknown_code:
        under(under(variable, "invalrng"), "item", VALUE=question.unknown_code)
    if_any(variable, "universe", entry.relevance and f"Question posée si {entry.relevance}.", clusion="I")
    if_any(variable, "txt", f"Période : {entry.period}.")
    for code, label in entry.choices:
        category = under(variable, "catgry")
        under(category, "catValu", code)
        under(category, "labl", label)
    if_any(variable, "codInstr", entry.several and "Réponses multiples : codes séparés par un espace.")
    if_any(variable, "concept", entry.concept)
    numeric = "numeric" if question.kind in _NUMBERS else "character"
    under(variable, "varFormat", entry.unit or None, type=numeric)
    for check in entry.checks:
        under(variable, "notes", check, type="contrôle")
    if_any(variable, "notes", entry.same_as, type="même variable")


def if_any(parent: Element, tag: str, text: str | bool, **attributes: str) -> None:
    """Add an element when there is a text for it."""
    if text:
        under(parent, tag, str(text), **attributes)
