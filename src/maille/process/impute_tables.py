"""What imputation reads of a universe, and the columns of what it writes."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from maille.catalogue import Variable
from maille.specs import TOTAL, Questionnaire
from maille.specs.editing import METHODS, UniverseEditing
from maille.specs.previous import is_repeated, source
from maille.specs.previous_columns import numbers_before
from maille.specs.questionnaire import Question, Universe
from maille.stats.arrays import Codes, Floats

WHOLE = TOTAL
SEPARATOR = " × "

VALUES = (
    Variable(name="unit", label="Collectivité", kind="code"),
    Variable(name="variable", label="Variable", kind="code"),
    Variable(name="collected", label="Valeur collectée"),
    Variable(name="used", label="Valeur employée"),
    Variable(
        name="state",
        label="Ce que la valeur est devenue",
        kind="code",
        codes={
            "edited": "corrigée",
            "forced": "confirmée contre la règle",
            "imputed": "imputée",
            "missing": "demandée, manquante et laissée manquante",
        },
    ),
    Variable(name="rule", label="Règle ou classe"),
    Variable(name="who", label="Par qui"),
    Variable(name="when", label="Quand"),
    Variable(name="method", label="Méthode", kind="code", codes=METHODS),
    Variable(name="reason", label="Pourquoi"),
)
LINKS = (
    Variable(name="variable", label="Variable", kind="code"),
    Variable(name="role", label="Rôle", kind="code", codes={"recipient": "reçoit", "donor": "prête"}),
    Variable(name="unit", label="Collectivité", kind="code"),
    Variable(name="pool", label="Réunion de donneuses", kind="integer"),
    Variable(name="coefficient", label="Facteur de qui reçoit, part de qui prête", kind="number"),
    Variable(name="spread", label="Variance de la valeur autour du modèle de sa classe", kind="number"),
)
SUMMARY = (
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="variable", label="Variable", kind="code"),
    Variable(name="class", label="Classe (la plus large des classes de l’imputation, ou l’ensemble)", kind="code"),
    Variable(name="method", label="Méthode", kind="code", codes=METHODS),
    Variable(name="asked", label="Collectivités à qui le nombre a été demandé", kind="integer"),
    Variable(name="missing", label="Nombres manquants avant imputation", kind="integer"),
    Variable(name="imputed", label="Nombres imputés par cette méthode", kind="integer"),
    Variable(name="donors", label="Donneuses possibles", kind="integer"),
    Variable(name="widened", label="Imputés dans une classe élargie", kind="integer"),
    Variable(name="left", label="Encore manquants après cette méthode", kind="integer"),
    Variable(name="rate", label="Part imputée", kind="number"),
    Variable(name="rate_weighted", label="Part imputée, pondérée par les poids de sondage", kind="number"),
    Variable(name="contradictory", label="Nombres imputés qu’une règle du questionnaire signale", kind="integer"),
)
OUTLIERS = (
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="unit", label="Collectivité", kind="code"),
    Variable(name="variable", label="Variable", kind="code"),
    Variable(name="against", label="Comparée à", kind="code"),
    Variable(name="class", label="Classe", kind="code"),
    Variable(name="value", label="Valeur", kind="number"),
    Variable(name="reference", label="Valeur de comparaison", kind="number"),
    Variable(name="ratio", label="Rapport", kind="number"),
    Variable(name="effect", label="Effet d’Hidiroglou et Berthelot", kind="number"),
    Variable(name="low", label="Borne basse de l’effet", kind="number"),
    Variable(name="high", label="Borne haute de l’effet", kind="number"),
)


@dataclass(frozen=True)
class Asked:
    """What one universe is imputed from: the answers used so far, what is known of each unit, and what is to be done.

    ``table`` one row a respondent; ``units`` the sample's rows of the same units, in the same order; ``previous`` comes
    from ``former_answers``. ``told`` is what other sources say of the same units: a number by name, and, where it is
    cut, its class (``class_column``).
    """

    universe: Universe
    questionnaire: Questionnaire
    table: pl.DataFrame
    units: pl.DataFrame
    plan: UniverseEditing
    seed: int
    previous: pl.DataFrame | None = None
    told: pl.DataFrame | None = None

    def classes(self, by: tuple[str, ...], answers: pl.DataFrame) -> pl.Series:
        """Return the class (n,) of each respondent: the crossing of levels of the sample or single choices."""
        if not by:
            return pl.Series("class", [WHOLE]).new_from_index(0, self.units.height)
        known = self.units.with_columns(self.plan.size_bands.assign(self.units["population"]).alias("size_band"))
        if self.told is not None:
            known = known.with_columns(self.told[class_column(name)].alias(name) for name in self._cut)
        columns = [(known if name in known.columns else answers)[name].cast(pl.String).fill_null("") for name in by]
        return pl.DataFrame(columns).select(pl.concat_str(pl.all(), separator=SEPARATOR).alias("class")).to_series()

    @property
    def _cut(self) -> list[str]:
        return [name for name, measure in self.plan.sources.items() if measure.count]

    def nested(self, by: tuple[str, ...], answers: pl.DataFrame) -> list[pl.Series]:
        """Return the classes of the crossing of all of ``by``, then without the last, and so on, down to the whole."""
        return [self.classes(by[:kept], answers) for kept in range(len(by), -1, -1)]

    def numbers(self, names: tuple[str, ...], answers: pl.DataFrame) -> Floats:
        """Return numbers (n, q), ``population``, answers or what sources say, NaN where they are not known."""
        known = answers if self.told is None else answers.with_columns(self.told[name] for name in self.plan.sources)
        columns = [known[name].cast(pl.Float64).to_numpy().astype(np.float64) for name in names]
        return np.column_stack(columns) if columns else np.zeros((len(self.units), 0))

    def before(self, question: Question) -> Floats:
        """Return what each unit answered (n,) to the edition that a question takes up, NaN where nothing is known."""
        survey, variable = source(question)
        if self.previous is None or not is_repeated(question):
            return np.full(self.units.height, np.nan)
        told = self.previous.filter(pl.col("survey") == survey, pl.col("variable") == variable)
        number = numbers_before(question, told).with_columns(pl.col("before").cast(pl.Float64))
        joined = self.table.select("unit").join(number, on="unit", how="left", maintain_order="left")
        return joined["before"].to_numpy().astype(np.float64)


def class_column(name: str) -> str:
    """Return the column that has the class of what a source says."""
    return f"{name} (classe)"


def numbered(classes: pl.Series) -> Codes:
    """Return the codes (n,), from zero, of some classes."""
    return classes.rank("dense").to_numpy().astype(np.int64) - 1
