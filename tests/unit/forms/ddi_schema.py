"""What DDI-Codebook 2.5 allows in the elements that we write: their children in order, how many, and their attributes.

Noted by hand from the official schema (``codebook.xsd`` 2.5, DDI Alliance, 17 January 2012): an element or an attribute
that is not noted here is a fault, even where the schema would take it. ``?`` is none or one, ``*`` any number, ``+`` at
least one; an empty model is text alone.
"""

import re
from collections.abc import Iterator

from lxml import etree

NAMESPACE = "{ddi:codebook:2_5}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

# fmt: off
TEXTS = (
    "titl", "IDNo", "version", "abstract", "timePrd", "nation", "anlyUnit", "universe", "dataKind", "collMode", "labl",
    "txt", "security", "qstnLit", "ivuInstr", "catValu", "catStat", "codInstr", "concept", "varFormat", "notes",
    "fileName", "caseQnty", "varQnty", "sumStat", "item",
)
# fmt: on
CONTENT = {
    "codeBook": "docDscr* stdyDscr+ fileDscr* dataDscr* otherMat*",
    "docDscr": "citation? guide? docStatus? docSrc* controlledVocabUsed* notes*",
    "stdyDscr": "citation+ studyAuthorization* stdyInfo* studyDevelopment* method* dataAccs* othrStdyMat* notes*",
    "citation": "titlStmt rspStmt? prodStmt? distStmt? serStmt* verStmt* biblCit? holdings* notes*",
    "titlStmt": "titl subTitl* altTitl* parTitl* IDNo*",
    "verStmt": "version? verResp? notes*",
    "stdyInfo": "studyBudget* subject* abstract* sumDscr* qualityStatement? notes* exPostEvaluation*",
    "sumDscr": "timePrd* collDate* nation* geogCover* geogUnit* geoBndBox? boundPoly? anlyUnit* universe* dataKind*",
    "method": "dataColl* notes* anlyInfo? stdyClas? dataProcessing* codingInstructions*",
    "dataColl": "timeMeth* dataCollector* collectorTraining* frequenc* sampProc* sampleFrame* targetSampleSize*"
    " deviat* collMode* resInstru* instrumentDevelopment* sources? collSitu* actMin* ConOps* weight* cleanOps*",
    "fileDscr": "fileTxt* locMap? notes*",
    "fileTxt": "fileName? fileCitation? fileCont? fileStrc? dimensns? fileType? format? filePlac? dataChck* ProcStat?"
    " dataMsng? software* verStmt?",
    "dimensns": "caseQnty* varQnty* logRecL* recPrCas* recNumTot*",
    "dataDscr": "varGrp* nCubeGrp* var* nCube* notes*",
    "varGrp": "labl* txt* concept* defntn? universe? notes*",
    "var": "location* labl* imputation? security? embargo? respUnit? anlysUnit? qstn* valrng* invalrng* undocCod*"
    " universe* TotlResp? sumStat* txt* stdCatgry* catgryGrp* catgry* codInstr* verStmt* concept* derivation?"
    " varFormat? geoMap* catLevel* notes*",
    "catgry": "catValu? labl* txt* catStat* mrow?",
    "qstn": "qstnLit* ivuInstr*",
    "invalrng": "item+ key? notes*",
    **dict.fromkeys(TEXTS, ""),
}
GROUPS = "section|multipleResp|grid|display|repetition|subject|version|iteration|analysis|pragmatic|record|file|other"
ATTRIBUTES = {
    "codeBook": {"version": r"2\.5"},
    "IDNo": {"agency": ".+"},
    "timePrd": {"event": "start|end|single", "date": r"\d{4}(-\d\d){0,2}"},
    "nation": {"abbr": ".+"},
    "universe": {"clusion": "I|E"},
    "varGrp": {"type": GROUPS, "var": "IDREFS"},
    "var": {"name": ".+", "files": "IDREFS", "intrvl": "contin|discrete"},
    "qstn": {"seqNo": ".+"},
    "item": {"VALUE": ".+"},
    "catgry": {"missing": "Y|N"},
    "catStat": {"type": "freq|percent|crosstab|other"},
    "sumStat": {"type": "mean|medn|mode|vald|invd|min|max|stdev|other"},
    "varFormat": {"type": "character|numeric"},
    "notes": {"type": ".+"},
}
REQUIRED = {"var": {"name"}, "item": {"VALUE"}, "sumStat": {"type"}}
NAME = r"[A-Za-z_][\w.-]*"


def faults(document: bytes) -> list[str]:
    """Return what the standard would refuse in a document, each with the line of its element."""
    root = etree.fromstring(document)
    names = [element.get("ID") for element in root.iter() if element.get("ID")]
    twice = sorted({name for name in names if names.count(name) > 1})
    elements = (f"ligne {at.sourceline} : {fault}" for at in root.iter() for fault in _of(at, set(names)))
    start = [] if root.tag == f"{NAMESPACE}codeBook" else [f"racine {root.tag}"]
    return [*start, *(f"identifiant en double {name}" for name in twice), *elements]


def _of(element: etree._Element, names: set[str]) -> Iterator[str]:
    tag = element.tag.removeprefix(NAMESPACE)
    model = CONTENT.get(tag)
    if model is None:
        yield f"élément {tag} inconnu"
        return
    children = "".join(f"{child.tag.removeprefix(NAMESPACE)} " for child in element)
    pattern = "".join(f"({re.sub('[?*+]$', '', part)} ){part[len(part.rstrip('?*+')) :]}" for part in model.split())
    if not re.fullmatch(pattern, children):
        yield f"{tag} contient « {children.strip()} », attendu « {model} »"
    if model and (element.text or "").strip():
        yield f"{tag} contient du texte"
    yield from _attributes(element, tag, names)


def _attributes(element: etree._Element, tag: str, names: set[str]) -> Iterator[str]:
    allowed = {"ID": NAME, LANGUAGE: "[a-z]{2}"} | ATTRIBUTES.get(tag, {})
    for missing in REQUIRED.get(tag, set()) - set(element.attrib):
        yield f"{tag} n’a pas d’attribut {missing}"
    for name, value in element.attrib.items():
        rule = allowed.get(name)
        if rule == "IDREFS":
            yield from (f"{tag} renvoie à {one}, qui n’est pas là" for one in value.split() if one not in names)
        elif rule is None or not re.fullmatch(rule, value):
            yield f"{tag} a l’attribut {name} = « {value} »"
