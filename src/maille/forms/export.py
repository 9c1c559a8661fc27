"""A questionnaire for other tools: one name for each form, the same bytes from the command and from the site."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from maille.errors import UserError
from maille.forms.codebook import codebook_csv, codebook_pdf
from maille.forms.ddi import ddi
from maille.forms.lunatic import lunatic
from maille.forms.papers import blank_pdf
from maille.forms.tabular import table_schema
from maille.specs import Questionnaire, load_questionnaire


class ExportRefused(UserError):
    """A questionnaire that another tool does not take as it is."""


@dataclass(frozen=True)
class Export:
    """A form of a questionnaire: what it is for, the name of its file after the questionnaire's, its media type."""

    title: str
    suffix: str
    media: str
    write: Callable[[Questionnaire, bool], bytes]


def export(path: Path, to: str, *, asked: Questionnaire | None = None, simulated: bool = False) -> bytes:
    """Return the questionnaire of a file in another form, one of ``EXPORTS``.

    ``asked`` is the version wanted, that of the file when it is not given: an XForm is made from the file itself, so it
    has no other. Raises SpecInvalid for a file that is not a questionnaire, ExportRefused when there is no such form.
    """
    written = load_questionnaire(path) if asked is None or to == "xform" else asked
    if to == "xform" and asked is not None and asked.version != written.version:
        message = "le fichier n’est plus dans la version posée : son XForm n’est plus disponible."
        raise ExportRefused(message, where=str(path), got=written.version, expected=asked.version)
    return xform(path) if to == "xform" else EXPORTS[to].write(written, simulated)


def xform(path: Path) -> bytes:
    """Return the ODK XForm of a questionnaire written as ``.md`` or ``.xlsx``; raises ExportRefused on any warning.

    ODK knows no check that only asks for confirmation: soft checks stay in attributes that it carries and ignores.
    """
    try:
        converted = convert(path)
    except PyXFormError as error:
        raise ExportRefused("pyxform ne convertit pas ce questionnaire.", where=str(path), got=str(error)) from error
    if converted.warnings:
        said = " ".join(converted.warnings)
        raise ExportRefused("pyxform a des réserves sur ce questionnaire.", where=str(path), got=said)
    return str(converted.xform).encode()


def _from_its_file(questionnaire: Questionnaire, _simulated: bool) -> bytes:
    raise ExportRefused("un XForm se fait à partir du fichier du questionnaire.", where=questionnaire.id)


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _of(write: Callable[[Questionnaire], bytes]) -> Callable[[Questionnaire, bool], bytes]:
    return lambda questionnaire, _simulated: write(questionnaire)


EXPORTS = {
    "pdf": Export(
        "Le questionnaire à imprimer (PDF)",
        ".pdf",
        "application/pdf",
        lambda questionnaire, simulated: blank_pdf(questionnaire, simulated=simulated),
    ),
    "codebook": Export(
        "Le dictionnaire des variables (PDF)",
        "-dictionnaire.pdf",
        "application/pdf",
        lambda questionnaire, simulated: codebook_pdf(questionnaire, simulated=simulated),
    ),
    "codebook-csv": Export(
        "Le dictionnaire des variables (CSV)", "-dictionnaire.csv", "text/csv; charset=utf-8", _of(codebook_csv)
    ),
    "table-schema": Export(
        "Le schéma d’un fichier de réponses (Table Schema)",
        "-table-schema.json",
        "application/json",
        _of(lambda questionnaire: _json(table_schema(questionnaire))),
    ),
    "xform": Export("Le questionnaire pour ODK (XForm)", "-xform.xml", "application/xml", _from_its_file),
    "lunatic": Export(
        "Le questionnaire pour Lunatic (JSON)",
        "-lunatic.json",
        "application/json",
        _of(lambda questionnaire: _json(lunatic(questionnaire))),
    ),
    "ddi": Export("La description pour les archives (DDI-Codebook 2.5)", "-ddi.xml", "application/xml", _of(ddi)),
}
"""Every form, by the name that the command takes."""
