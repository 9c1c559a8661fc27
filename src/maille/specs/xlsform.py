"""The three sheets of an XLSForm in Maille's profile: their columns, their rows, and where each cell is written.

An XLSForm reader drops the columns that it does not know without a word; this one refuses them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from maille.specs.problem import Place, SpecProblem, nearest_or_list

SURVEY_COLUMNS = {
    "type": "genre de la ligne (voir les types)",
    "name": "nom de la variable, ou de la section",
    "label": "question posée, ou titre de la section",
    "hint": "aide affichée sous la question",
    "required": "« yes » si une réponse est attendue",
    "relevant": "règle : la question est posée si elle est vraie",
    "constraint": "règle : la réponse est refusée si elle est fausse",
    "constraint_message": "phrase affichée quand la réponse est refusée",
    "bind::maille:intro": "phrase d’introduction d’une section",
    "bind::maille:minutes": "durée estimée d’une section, en minutes",
    "bind::maille:format": "« year » pour une année",
    "bind::maille:unit": "unité d’un nombre",
    "bind::maille:unknown_code": "code de « Je ne peux pas donner ce nombre » ; vide si ce choix n’est pas offert",
    "bind::maille:soft_check": "règle : la réponse est à confirmer si elle est fausse",
    "bind::maille:soft_message": "question posée quand la réponse est à confirmer",
    "bind::maille:concept": "concept mesuré, commun aux questionnaires et aux indicateurs",
    "bind::maille:severity": "« warn » si un motif est demandé, « info » si le contrôle souple informe seulement",
    "bind::maille:section_owner": "service à qui revient une section : social, finance, hr ou general",
    "bind::maille:prefill": "réponse proposée : « frame:population », ou « asco-2020:variable »",
    "bind::maille:reference_period": "période ou date sur laquelle porte la question",
    "bind::maille:sdc": "confidentialité de la réponse : public, suppress ou confidential",
    "bind::maille:since": "première édition où la question est posée, par son année",
    "bind::maille:until": "dernière édition où la question est posée, par son année",
    "bind::maille:same_as": "ancien nom de la variable, ou variable d’une autre édition (« asco-2020:variable »)",
}
CHOICES_COLUMNS = {
    "list_name": "liste à laquelle appartient la modalité",
    "name": "code de la modalité",
    "label": "libellé de la modalité",
    "maille_exclusive": "« yes » si la modalité exclut toutes les autres",
}
SETTINGS_COLUMNS = {
    "form_title": "titre du questionnaire",
    "form_id": "identifiant du questionnaire",
    "default_language": "langue des libellés",
    "namespaces": "déclaration de l’espace de noms « maille »",
    "attribute::maille:universe": "univers interrogé : « communes » ou « epci »",
    "attribute::maille:reference_year": "année sur laquelle portent les questions",
    "attribute::maille:notice": "avertissement affiché avec le questionnaire",
}
SHEETS = {"survey": SURVEY_COLUMNS, "choices": CHOICES_COLUMNS, "settings": SETTINGS_COLUMNS}


@dataclass(frozen=True)
class Cell:
    """The text of a cell and where it starts."""

    text: str
    place: Place


@dataclass(frozen=True)
class Row:
    """A row of a sheet: where it is, and its cells by column."""

    start: Place
    cells: dict[str, Cell]

    def text(self, column: str) -> str:
        """Return the text of a cell, empty when the column is absent."""
        return self.cells[column].text if column in self.cells else ""

    def place(self, column: str) -> Place:
        """Return where a cell starts, or the row when the cell is absent."""
        cell = self.cells.get(column)
        return cell.place if cell else self.start


@dataclass
class Sheet:
    """A table: its name, where it starts, its columns and its rows."""

    name: str
    start: Place
    columns: tuple[Cell, ...]
    rows: list[Row] = field(default_factory=list)


class SheetReader:
    """Gather the sheets of a questionnaire row by row, noting what is not in the profile."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.sheets: dict[str, Sheet] = {}
        self.problems: list[SpecProblem] = []

    def open(self, name: Cell, columns: Sequence[Cell]) -> Sheet:
        """Begin a sheet with its header."""
        if name.text not in SHEETS:
            self.refuse(name.place, f"tableau inconnu « {name.text} ».", nearest_or_list(name.text, SHEETS))
        if name.text in self.sheets:
            self.refuse(name.place, f"le tableau « {name.text} » est écrit deux fois.")
        sheet = Sheet(name.text, name.place, tuple(columns))
        self.sheets[name.text] = sheet
        self._check_columns(sheet)
        return sheet

    def _check_columns(self, sheet: Sheet) -> None:
        known, seen = SHEETS.get(sheet.name, {}), set()
        for column in sheet.columns:
            if known and column.text not in known:
                hint = nearest_or_list(column.text, known)
                self.refuse(column.place, f"colonne inconnue « {column.text} ».", hint)
            if column.text in seen:
                self.refuse(column.place, f"la colonne « {column.text} » est écrite deux fois.")
            seen.add(column.text)

    def append(self, sheet: Sheet, start: Place, values: Sequence[Cell]) -> None:
        """Take the next row of a sheet in; an empty row says nothing."""
        if len(values) != len(sheet.columns):
            wanted = f"{len(sheet.columns)} cellules attendues, {len(values)} trouvées"
            self.refuse(start, f"cette ligne n’a pas le bon nombre de cellules : {wanted}.")
            return
        named = {column.text: cell for column, cell in zip(sheet.columns, values, strict=True) if cell.text}
        if named:
            sheet.rows.append(Row(start, named))

    def refuse(self, place: Place, message: str, hint: str | None = None) -> None:
        """Note something wrong."""
        self.problems.append(place.problem(self.file, message, hint))

    def missing(self) -> Iterator[SpecProblem]:
        """Yield a problem for each of the three sheets that is not there."""
        for name in SHEETS:
            if name not in self.sheets:
                hint = "Les trois tableaux sont obligatoires."
                yield SpecProblem(self.file, 1, None, f"le tableau « {name} » manque.", hint)
