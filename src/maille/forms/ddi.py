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
    root = etree.Element(f"{{{NAMESPACE}}}codeBook", attrib={"version": "2.5"}, nsmap=_PREFIX)
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "fr")
    _citation(_under(root, "docDscr"), questionnaire, f"Dictionnaire : {questionnaire.title}")
    _study(_under(root, "stdyDscr"), questionnaire)
    data = _under(root, "dataDscr")
    for section in questionnaire.sections:
        _groups(data, section)
    for entry in entries(questionnaire):
        _variable(data, questionnaire.question(entry.name), entry)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _under(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
    child.text = text
    return child


def _citation(parent: Element, questionnaire: Questionnaire, title: str) -> None:
    citation = _under(parent, "citation")
    titles = _under(citation, "titlStmt")
    _under(titles, "titl", title)
    _under(titles, "IDNo", questionnaire.id, agency="Maille")
    _under(_under(citation, "verStmt"), "version", questionnaire.version)


def _study(study: Element, questionnaire: Questionnaire) -> None:
    _citation(study, questionnaire, questionnaire.title)
    unit, universe = _FIELD[questionnaire.universe]
    information = _under(study, "stdyInfo")
    if questionnaire.notice:
        _under(information, "abstract", questionnaire.notice)
    summary = _under(information, "sumDscr")
    year = str(questionnaire.reference_year)
    _under(summary, "timePrd", year, event="single", date=year)
    _under(summary, "nation", "France", abbr="FR")
    _under(summary, "anlyUnit", unit)
    _under(summary, "universe", universe)
    _under(summary, "dataKind", "Données d’enquête")
    collection = _under(_under(study, "method"), "dataColl")
    _under(
        collection,
        "collMode",
        "Questionnaire autoadministré : internet, classeur ou papier ; téléphone avec l’assistance",
    )


def _groups(data: Element, section: Section) -> None:
    group = _under(data, "varGrp", ID=f"section_{section.id}", type="section", var=_references(section.questions))
    _under(group, "labl", f"{section.letter}. {section.title}")
    if section.intro:
        _under(group, "txt", section.intro)
    for grid in section.grids:
        _grid(data, section, grid)


def _grid(data: Element, section: Section, grid: Grid) -> None:
    rows = tuple(question for question in section.questions if question.grid == grid.id)
    group = _under(data, "varGrp", ID=f"grille_{section.id}_{grid.id}", type="grid", var=_references(rows))
    _under(group, "labl", f"{grid.number}. {grid.label}")
    if grid.hint:
        _under(group, "txt", grid.hint)


def _references(questions: tuple[Question, ...]) -> str:
    return " ".join(f"v_{question.name}" for question in questions)


def _variable(data: Element, question: Question, entry: Entry) -> None:
    interval = "contin" if question.kind in ("integer", "decimal") else "discrete"
    variable = _under(data, "var", ID=f"v_{entry.name}", name=entry.name, intrvl=interval)
    _under(variable, "labl", entry.label)
    _under(variable, "security", entry.confidentiality)
    asked = _under(variable, "qstn", ID=f"q_{entry.name}", seqNo=entry.number)
    _under(asked, "qstnLit", entry.label)
    _if_any(asked, "ivuInstr", entry.hint)
    if question.unknown_code:
        _under(_under(variable, "invalrng"), "item", VALUE=question.unknown_code)
    _if_any(variable, "universe", entry.relevance and f"Question posée si {entry.relevance}.", clusion="I")
    _if_any(variable, "txt", f"Période : {entry.period}.")
    for code, label in entry.choices:
        category = _under(variable, "catgry")
        _under(category, "catValu", code)
        _under(category, "labl", label)
    _if_any(variable, "codInstr", entry.several and "Réponses multiples : codes séparés par un espace.")
    _if_any(variable, "concept", entry.concept)
    numeric = "numeric" if question.kind in _NUMBERS else "character"
    _under(variable, "varFormat", entry.unit or None, type=numeric)
    for check in entry.checks:
        _under(variable, "notes", check, type="contrôle")
    _if_any(variable, "notes", entry.same_as, type="même variable")


def _if_any(parent: Element, tag: str, text: str | bool, **attributes: str) -> None:
    if text:
        _under(parent, tag, str(text), **attributes)
