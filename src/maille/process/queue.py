"""The editing queue: the doubted answers, ranked by what their correction would do to a published figure."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from maille.catalogue import Draft, Materials, Variable
from maille.process.drafts import processed
from maille.process.edit import EDITED, FORCED, KEY, collected_texts
from maille.process.impute_tables import Asked
from maille.process.queue_effects import Counted, effects
from maille.process.queue_findings import KINDS, expected_values, findings, with_names
from maille.process.read import former_answers
from maille.specs import edition_editing, load_bands, load_indicators, load_questionnaire
from maille.specs.editing import UniverseEditing
from maille.specs.path_columns import find_columns
from maille.specs.questionnaire import UNIVERSES, Universe, questionnaire_file
from maille.stats.editing import global_scores, local_scores, ranked

STATES = {
    "open": "à décider",
    EDITED: "corrigée",
    FORCED: "maintenue",
    "returned": "renvoyée à la collectivité",
    "accepted": "rien à faire",
}
QUEUE = (
    Variable(name="rank", label="Rang", kind="integer"),
    Variable(name="unit", label="Collectivité", kind="code"),
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="name", label="Nom"),
    Variable(name="departement", label="Département", kind="code"),
    Variable(name="size_band", label="Tranche de taille", kind="code"),
    Variable(name="variable", label="Variable", kind="code"),
    Variable(name="section", label="Section du questionnaire", kind="code"),
    Variable(name="kind", label="Pourquoi", kind="code", codes=KINDS),
    Variable(name="message", label="Constat"),
    Variable(name="rule", label="Règle"),
    Variable(name="reason", label="Raison donnée par la collectivité", kind="code"),
    Variable(name="remark", label="Précision donnée par la collectivité"),
    Variable(name="collected", label="Valeur collectée"),
    Variable(name="used", label="Valeur employée"),
    Variable(name="expected", label="Valeur attendue"),
    Variable(
        name="expected_from",
        label="D’où vient la valeur attendue",
        kind="code",
        codes={"previous": "édition précédente", "size": "collectivités semblables", "other": "l’autre collectivité"},
    ),
    Variable(name="local_score", label="Poids × écart à l’attendu / total", kind="number"),
    Variable(name="table", label="Tableau", kind="code"),
    Variable(name="indicator", label="Indicateur", kind="code"),
    Variable(name="measure", label="Mesure", kind="code"),
    Variable(name="domain_type", label="Type de domaine", kind="code"),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="estimate", label="Chiffre publié", kind="number"),
    Variable(name="figure_unit", label="Unité du chiffre"),
    Variable(name="standard_error", label="Erreur type du chiffre", kind="number"),
    Variable(name="effect", label="Ce que la correction changerait au chiffre", kind="number"),
    Variable(name="score", label="Effet, en erreurs types", kind="number"),
    Variable(name="global_score", label="Plus grand effet des réponses de la collectivité", kind="number"),
    Variable(name="covered", label="Part de la correction attendue, jusqu’ici", kind="number"),
    Variable(name="state", label="Où en est la décision", kind="code", codes=STATES),
)
_KINDS = {"integer": pl.Int64, "number": pl.Float64, "code": pl.String, "text": pl.String}
SCHEMA = {variable.name: _KINDS[variable.kind] for variable in QUEUE}


def rank_findings(edition: str, materials: Materials) -> list[Draft]:
    """Return the doubted answers of an edition, those that would move a published figure most first.

    The score of an answer is the largest |effect| / standard error among the figures that it counts in, the effect
    being that of the expected value put in its place (of the correction, once decided); the score of an authority is
    the largest of its answers (``stats.editing``). What nothing foretells has no score and comes last.
    """
    tables = [_queue(edition, universe, materials) for universe in UNIVERSES]
    table = _ranked(pl.concat(tables))
    title = "Réponses à vérifier, les plus lourdes de conséquences d’abord"
    return [processed(edition, "editing-queue", table, title=title, described=QUEUE)]


def _queue(edition: str, universe: Universe, materials: Materials) -> pl.DataFrame:
    inputs = {name.rsplit("/", 1)[-1]: one.table for name, one in materials.inputs.items() if f"/{edition}/" in name}
    asked = _asked(edition, universe, materials)
    doubts = _doubts(asked, inputs)
    if doubts.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    indicators = load_indicators(materials.specs / "indicators")
    counted = Counted(
        questionnaire=asked.questionnaire,
        responses=inputs[f"responses-{universe}"],
        units=inputs["weights"].join(inputs["sample"].select("unit", "departement", "name"), on="unit", how="left"),
        indicators={name: one for name, one in indicators.items() if one.universe == universe},
        estimates=inputs["estimates"].filter(pl.col("universe") == universe),
    )
    doubts = _moving(doubts, counted).with_columns(_locals(doubts, counted))
    reasons = inputs["answers"].select(*KEY, "reason", "remark")
    bands = asked.plan.size_bands.assign(asked.units["population"]).alias("size_band")
    about = asked.units.select("unit", "name", "departement").with_columns(bands)
    described = doubts.join(reasons, on=KEY, how="left", maintain_order="left")
    described = described.join(about, on="unit", how="left", maintain_order="left").with_columns(
        universe=pl.lit(universe),
        section=pl.col("variable").replace_strict(dict(asked.questionnaire.section_of), return_dtype=pl.String),
        **dict.fromkeys(("rank", "global_score", "covered"), pl.lit(None)),
    )
    return described.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def _doubts(asked: Asked, inputs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the doubted answers with what was collected, used, expected and decided."""
    contradictions, decided = inputs["contradictions"], _decided(inputs.get("edits"), asked.universe)
    doubts = findings(
        asked.universe,
        checks=_standing(asked, inputs["checks"], decided),
        outliers=inputs["outliers"],
        contradictions=contradictions,
        decided=decided,
    )
    read, used = inputs[f"read-{asked.universe}"], inputs[f"responses-{asked.universe}"]
    texts = collected_texts(used, asked.questionnaire, doubts).rename({"collected": "used"})
    for more in (
        collected_texts(read, asked.questionnaire, doubts),
        texts,
        expected_values(asked, doubts, contradictions),
        decided.select(*KEY, "before", "state"),
    ):
        doubts = doubts.join(more, on=KEY, how="left", maintain_order="left")
    holds = pl.col("before").fill_null("") == pl.col("collected").fill_null("")
    return doubts.with_columns(state=pl.when(holds).then("state").fill_null("open")).with_row_index("key")


def _standing(asked: Asked, checks: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """Return the findings that other corrections have not ended, and those on answers that were decided."""
    found = find_columns(asked.questionnaire, with_names(asked))
    units = asked.table["unit"]
    still = pl.DataFrame(
        [(units[row], finding.question) for row, finding in found], schema=dict.fromkeys(KEY, pl.String), orient="row"
    )
    kept = pl.concat([still, decided.select(KEY)]).unique().rename({"variable": "question"})
    moved = pl.col("rule").str.starts_with("écart avec")
    return pl.concat(
        [
            checks.filter(moved),
            checks.filter(~moved).join(kept, on=["unit", "question"], how="semi", maintain_order="left"),
        ]
    )


def _asked(edition: str, universe: Universe, materials: Materials) -> Asked:
    """Return what foretells the answers of a universe, read as imputation reads it, from the values as edited."""
    editing = edition_editing(materials.specs, edition)
    sample = materials.inputs[f"collected/{edition}/sample"].table
    table = materials.inputs[f"processed/{edition}/edited-{universe}"].table
    bands = next(iter(load_bands(materials.specs / "bands.yaml").values()))
    return Asked(
        universe=universe,
        questionnaire=load_questionnaire(materials.specs / questionnaire_file(materials.specs, edition, universe)),
        table=table,
        units=table.select("unit").join(
            sample.filter(pl.col("universe") == universe), on="unit", how="left", maintain_order="left"
        ),
        plan=editing.universes.get(universe) or UniverseEditing(size_bands=bands),
        seed=editing.seed,
        previous=former_answers(edition, materials),
    )


def _decided(edits: pl.DataFrame | None, universe: str) -> pl.DataFrame:
    """Return the last decision on each answer of a universe, undone ones apart."""
    names = (*KEY, "universe", "before", "state")
    if edits is None:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    last = edits.filter(pl.col("universe") == universe).sort("number").unique(KEY, keep="last", maintain_order=True)
    return last.filter(pl.col("state").is_in(list(STATES))).select(names)


def _moving(doubts: pl.DataFrame, counted: Counted) -> pl.DataFrame:
    """Add the figure that each answer moves most: to what is expected, or by the correction that was decided."""
    done = pl.col("state") == EDITED
    after = pl.when(done).then("collected").otherwise("expected")
    changes = doubts.select("key", *KEY, after=after).filter(pl.col("after").is_not_null())
    moved = doubts.join(effects(counted, changes), on="key", how="left", maintain_order="left")
    return moved.with_columns(effect=pl.when(done).then(-pl.col("effect")).otherwise("effect"))


def _locals(doubts: pl.DataFrame, counted: Counted) -> pl.Series:
    """Return weight × |value − expected| over the weighted total of the variable, null where it means nothing."""
    weighted = counted.units.select("unit", "weight")
    weights = doubts.select("unit").join(weighted, on="unit", maintain_order="left")["weight"]
    values = doubts.select(pl.col("collected", "expected").cast(pl.Float64, strict=False)).to_numpy()
    gaps = local_scores(values[:, :1], expected=values[:, 1:], weights=weights, totals=[1.0])[:, 0]
    whole = counted.responses.join(weighted, on="unit", maintain_order="left")
    totals = {
        name: float((whole[name].cast(pl.Float64) * whole["weight"]).sum() or 0.0)
        for name in doubts["variable"].unique()
        if name in whole.columns and whole[name].dtype.is_numeric()
    }
    known = doubts["variable"].replace_strict(totals, default=None, return_dtype=pl.Float64)
    return pl.Series("local_score", gaps) / pl.select(pl.when(known > 0).then(known)).to_series()


def _ranked(table: pl.DataFrame) -> pl.DataFrame:
    """Rank authorities by their largest effect, and their answers among them; tell what the first ones cover."""
    left = pl.when(pl.col("state") == "open").then(pl.col("score").fill_null(0.0)).otherwise(0.0)
    units = table.group_by("universe", "unit", maintain_order=True).agg(scores=left, shown=pl.col("score").max())
    if units.is_empty():
        return table
    width = max(len(scores) for scores in units["scores"])
    local = np.array([[*scores, *[0.0] * (width - len(scores))] for scores in units["scores"].to_list()])
    order = ranked(global_scores(local), corrections=global_scores(local))
    covered = np.empty(len(local))
    covered[order.order] = order.covered
    scored = units.select(
        "universe", "unit", "shown", covered=pl.Series(covered), global_score=pl.Series(global_scores(local))
    )
    whole = table.drop("global_score", "covered").join(scored, on=["universe", "unit"], maintain_order="left")
    by = ["global_score", "shown", "universe", "unit", "score", "variable"]
    down = [True, True, False, False, True, False]
    return whole.sort(by, descending=down, nulls_last=True).drop("rank").with_row_index("rank", offset=1)
