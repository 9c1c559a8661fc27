"""What two answers, or an answer and the territory, say differently: listed with both sides and what to do."""

from collections.abc import Iterator, Mapping

import polars as pl

from maille.catalogue import Draft, Materials, Variable
from maille.process.drafts import processed
from maille.specs import Questionnaire, edition_editing, load_questionnaire, load_sample
from maille.specs.editing import NUMBERS, Counterpart
from maille.specs.questionnaire import UNIVERSES, Universe, questionnaire_file
from maille.territory.areas import VINTAGE

CODES = f"territory/codes-{VINTAGE}"
KINDS = {
    "counterpart": "la commune et son intercommunalité ne disent pas la même chose",
    "same_answers": "mêmes nombres que ceux d’une autre collectivité",
    "merged": "la commune n’existe plus",
    "dissolved": "l’intercommunalité n’existe plus",
}
CONTRADICTIONS = (
    Variable(name="kind", label="Nature", kind="code", codes=KINDS),
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="unit", label="Collectivité", kind="code"),
    Variable(name="variable", label="Variable", kind="code"),
    Variable(name="value", label="Ce qu’elle dit"),
    Variable(name="other", label="Autre collectivité", kind="code"),
    Variable(name="other_variable", label="Variable de l’autre", kind="code"),
    Variable(name="other_value", label="Ce que dit l’autre"),
    Variable(name="rule", label="Règle"),
    Variable(name="todo", label="Que faire"),
    Variable(name="resolved", label="Résolue par une correction", kind="boolean"),
)
_COLUMNS = [variable.name for variable in CONTRADICTIONS if variable.name != "resolved"]
_ASK = "Rappeler les deux, puis corriger la réponse qui se trompe, ou maintenir les deux avec une raison."
_ENOUGH = 3
"""Different positive numbers that two authorities must share before their answers look copied."""


def find_contradictions(edition: str, materials: Materials) -> list[Draft]:
    """Return the contradictions of the answers as collected; ``resolved`` those that edits have ended.

    A fact that a commune gives of its intercommunalité is compared with what this one gives (``counterparts`` of the
    editing); then answers whose numbers are all those of another authority, communes that the frame's territory no
    longer has. An authority that the sample has twice is refused before (``process.read``).
    """
    editing, sample = edition_editing(materials.specs, edition), materials.inputs[f"collected/{edition}/sample"].table
    questionnaires = {
        universe: load_questionnaire(materials.specs / questionnaire_file(materials.specs, edition, universe))
        for universe in UNIVERSES
    }
    found = {}
    for stage in ("read", "edited"):
        tables = {one: materials.inputs[f"processed/{edition}/{stage}-{one}"].table for one in UNIVERSES}
        parts = [counterparts(pair, tables, sample, questionnaires=questionnaires) for pair in editing.counterparts]
        parts += [same_numbers(tables[one], questionnaires[one]) for one in UNIVERSES]
        found[stage] = pl.concat([_empty(), *parts])
    frames = load_sample(materials.specs / "samples" / f"{edition}.yaml").universes
    left = left_territory(
        sample,
        codes=materials.inputs[CODES].table,
        epci=materials.inputs[frames["epci"].frame.dataset].table,
    )
    keys = [name for name in _COLUMNS if name not in ("value", "other_value", "rule", "todo")]
    still = found["edited"].select(*keys, resolved=pl.lit(False))
    listed = pl.concat([found["read"], left])
    answers = pl.col("kind").is_in(["counterpart", "same_answers"])
    table = listed.join(still, on=keys, how="left", nulls_equal=True, maintain_order="left").with_columns(
        resolved=pl.col("resolved").fill_null(answers)
    )
    title = "Réponses qui se contredisent, doublons, communes disparues"
    return [processed(edition, "contradictions", table, title=title, described=CONTRADICTIONS)]


def counterparts(
    pair: Counterpart,
    tables: Mapping[Universe, pl.DataFrame],
    sample: pl.DataFrame,
    *,
    questionnaires: Mapping[Universe, Questionnaire],
) -> pl.DataFrame:
    """Return the communes that say otherwise than their intercommunalité, in the columns of CONTRADICTIONS.

    A code that one of the two questions does not have (« ne sait pas ») contradicts nothing.
    """
    asked = questionnaires["communes"].question(pair.communes), questionnaires["epci"].question(pair.epci)
    shared = set(asked[0].codes()) & set(asked[1].codes())
    communes = tables["communes"].select("unit", value=pl.col(pair.communes))
    epci = tables["epci"].select(other=pl.col("unit"), other_value=pl.col(pair.epci))
    home = sample.filter(pl.col("universe") == "communes").select("unit", other="epci")
    both = communes.join(home, on="unit", maintain_order="left").join(epci, on="other", maintain_order="left")
    apart = both.filter(
        pl.col("value").is_in(shared), pl.col("other_value").is_in(shared), pl.col("value") != pl.col("other_value")
    )
    rule = f"{pair.label} : même réponse de la commune et de son intercommunalité"
    return _listed(
        apart.with_columns(variable=pl.lit(pair.communes), other_variable=pl.lit(pair.epci)),
        kind="counterpart",
        universe="communes",
        rule=rule,
        todo=_ASK,
    )


def same_numbers(table: pl.DataFrame, questionnaire: Questionnaire) -> pl.DataFrame:
    """Return the authorities whose numbers are all those of another one, at least ``_ENOUGH`` positive and different.

    Year of answering, population and time spent apart, two authorities never share all their numbers by chance.
    """
    numbers = [
        one.name
        for one in questionnaire.variables()
        if one.kind in NUMBERS and one.name != "temps_reponse" and not (one.prefill or "").startswith("frame:")
    ]
    if not numbers:
        return _empty()
    values = table.select("unit", given=pl.concat_list(pl.col(name).cast(pl.Float64) for name in numbers))
    positive = pl.col("given").list.eval(pl.element().filter(pl.element() > 0)).list.n_unique()
    rich = values.filter(positive >= _ENOUGH).with_columns(
        seal=pl.col("given").list.eval(pl.element().cast(pl.String).fill_null("")).list.join(" ")
    )
    groups = rich.with_columns(other=pl.col("unit").first().over("seal")).filter(pl.col("unit") != pl.col("other"))
    return _listed(
        groups,
        kind="same_answers",
        universe=questionnaire.universe,
        rule="tous les nombres sont ceux d’une autre collectivité",
        todo="Demander à chacune si cette réponse est la sienne : une a pu être saisie à la place de l’autre.",
    )


def left_territory(sample: pl.DataFrame, *, codes: pl.DataFrame, epci: pl.DataFrame) -> pl.DataFrame:
    """Return the sampled communes that another one took over, and the sampled EPCI that the territory does not have.

    ``codes`` is the table of codes of the territory, ``epci`` that of today's intercommunalités.
    """
    now = codes.filter(pl.col("valid_until").is_null()).select(unit="code", other="commune")
    communes = sample.filter(pl.col("universe") == "communes").select("unit")
    moved = communes.join(now, on="unit", how="left", maintain_order="left")
    gone = moved.filter(pl.col("other").is_null() | (pl.col("other") != pl.col("unit")))
    alone = sample.filter(pl.col("universe") == "epci").select("unit")
    alone = alone.join(epci, left_on="unit", right_on="siren", how="anti", maintain_order="left")
    todo = "Donner l’issue « hors champ » à l’ancienne, ou rapprocher sa réponse de celle qui lui succède."
    return pl.concat(
        [
            _listed(gone, kind="merged", universe="communes", rule="existe dans le territoire de la base", todo=todo),
            _listed(alone, kind="dissolved", universe="epci", rule="existe dans le territoire de la base", todo=todo),
        ]
    )


def _listed(table: pl.DataFrame, **fixed: str) -> pl.DataFrame:
    def column(name: str) -> pl.Expr:
        known = pl.col(name) if name in table.columns and name not in fixed else pl.lit(fixed.get(name))
        return known.cast(pl.String).alias(name)

    return table.select([column(name) for name in _COLUMNS]) if table.height else _empty()


def _empty() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(_COLUMNS, pl.String))


def sides(table: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the contradictions between answers seen from each side: unit, universe, variable, other_value, rule."""
    open_ones = table.filter(pl.col("kind") == "counterpart", ~pl.col("resolved"))
    yield open_ones.select("unit", "universe", "variable", "other", "other_value", "rule")
    yield open_ones.select(
        unit="other", universe=pl.lit("epci"), variable="other_variable", other="unit", other_value="value", rule="rule"
    )
