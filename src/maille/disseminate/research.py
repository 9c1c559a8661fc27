"""The files confided to researchers: the only data about one unit that leaves, never open, never in clear."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from maille.catalogue import Confidentiality, Draft, Materials, Variable, sha256
from maille.disseminate import research_columns as columns_of
from maille.disseminate import research_formats as formats
from maille.disseminate.research_columns import Column, category, plain
from maille.disseminate.research_shield import (
    MASKED,
    clustered,
    derived_key,
    even_weights,
    masked,
    numbered,
    pseudonyms,
    replaced,
    smallest_class,
)
from maille.disseminate.research_words import ddi_file, dictionary, readme
from maille.specs import Indicator, Questionnaire, load_indicators, load_questionnaire, load_sample
from maille.specs.questionnaire import UNIVERSES, Universe, questionnaire_file
from maille.specs.research import Research, load_research, research_file
from maille.territory import load_reference

KEY = "MAILLE_RESEARCH_KEY"
SOURCE = "Maille, enquête sur l’action sociale des collectivités locales"
LICENCE = "Licence d’usage des fichiers pour la recherche"
FILES = (
    Variable(name="file", label="Fichier"),
    Variable(name="title", label="Contenu"),
    Variable(name="bytes", label="Taille", kind="integer", unit="octets"),
    Variable(name="sha256", label="Empreinte SHA-256", kind="code"),
)
RISK = (
    Variable(name="measure", label="Mesure", kind="code"),
    Variable(name="label", label="Ce qui est compté"),
    Variable(name="value", label="Nombre", kind="integer"),
)
_LABELS = {
    "size_band": ("tranche", "Tranche de taille"),
    "region": ("region", "Région"),
    "departement": ("departement", "Département"),
    "epci_type": ("type_epci", "Nature de l’intercommunalité"),
    "stratum": ("strate", "Strate de tirage (numéro sans ordre ; 0 : masquée)"),
    "group": ("groupe", "Groupe de réponse (numéro sans ordre ; 0 : masqué)"),
    "epci": ("epci", "Intercommunalité (pseudonyme ; vide : masquée)"),
}


@dataclass(frozen=True)
class Asked:
    """The files wanted of one universe: the plan, what was asked, its indicators, the labels of its size bands."""

    universe: Universe
    plan: Research
    questionnaire: Questionnaire
    indicators: Mapping[str, Indicator]
    bands: Mapping[str, str]


def inputs(edition: str) -> tuple[str, ...]:
    """Return what the files of an edition are made from."""
    by_universe = ("responses", "values", "indicators")
    return (
        f"collected/{edition}/sample",
        f"collected/{edition}/answers",
        f"processed/{edition}/weights",
        *(f"processed/{edition}/{what}-{universe}" for universe in UNIVERSES for what in by_universe),
    )


def outputs(edition: str) -> tuple[str, ...]:
    """Return the datasets of the step: for each universe the files, and what was done against recognition."""
    return tuple(f"research/{edition}/{what}-{universe}" for universe in UNIVERSES for what in ("files", "risk"))


def publish_research(edition: str, materials: Materials) -> Sequence[Draft]:
    """Return, for each universe, the list of its research files (companions) and the report on re-identification.

    Everything stays secret. Raises ResearchUnsafe.
    """
    plan = load_research(materials.specs / research_file(edition))
    sample = load_sample(materials.specs / "samples" / f"{edition}.yaml")
    indicators = load_indicators(materials.specs / "indicators")
    drafts: list[Draft] = []
    for universe in UNIVERSES:
        form = load_questionnaire(materials.specs / questionnaire_file(materials.specs, edition, universe))
        own = {name: item for name, item in indicators.items() if item.universe == universe}
        bands = sample.universes[universe].size_bands.bands
        labels = {band.code: band.label for band in bands}
        drafts.extend(_of_universe(Asked(universe, plan, form, indicators=own, bands=labels), materials))
    return drafts


def _of_universe(asked: Asked, materials: Materials) -> list[Draft]:
    universe, plan, questionnaire = asked.universe, asked.plan, asked.questionnaire
    edition = plan.edition
    key = derived_key(materials.secrets[KEY], edition, plan.version, universe)
    units, original = identified(universe, materials, plan, key=key)
    if units.height < plan.anonymity.units:
        return _too_few(edition, universe)
    columns, joined = file_columns(asked, materials, units)
    risk = risk_report(plan, units, original=original, joined=joined)
    simulated = any(dataset.card.simulated for dataset in materials.inputs.values())
    name = f"{edition.replace('-', '_')}_{universe}"
    title = f"{questionnaire.title} : fichier pour la recherche"
    about = formats.Titled(name, title, plan.date)
    files = {
        f"{name}.parquet": (formats.parquet(columns, about), "Parquet, libellés dans les métadonnées"),
        f"{name}.dta": (formats.stata(columns, about), "Stata 14 et suivants"),
        f"{name}.sav": (formats.spss(columns, about), "SPSS"),
        f"{name}.rda": (formats.rda(columns, about), "R"),
        f"{name}.csv": (formats.csv(columns), "CSV"),
        f"{name}-ddi.xml": (ddi_file(questionnaire, columns, f"{name}.parquet"), "Description DDI-Codebook 2.5"),
        f"{name}-dictionnaire.csv": (dictionary(columns), "Dictionnaire des variables"),
        f"{name}-LISEZ-MOI.md": (
            readme(plan, columns, risk, title=title, name=name, simulated=simulated),
            "À lire d’abord : codes, protection, pondération",
        ),
    }
    listed = pl.DataFrame(
        [
            {"file": file, "title": said, "bytes": len(content), "sha256": sha256(content)}
            for file, (content, said) in files.items()
        ]
    )
    contents = {file: content for file, (content, _said) in files.items()}
    return [
        _draft(f"research/{edition}/files-{universe}", title, listed, described=FILES, files=contents),
        _draft(f"research/{edition}/risk-{universe}", f"Risque de reconnaissance ({universe})", risk, described=RISK),
    ]


def _too_few(edition: str, universe: Universe) -> list[Draft]:
    """Return no file at all: whatever is masked, so few rows would be recognised."""
    listed, risk = (pl.DataFrame(schema=[variable.name for variable in described]) for described in (FILES, RISK))
    return [
        _draft(f"research/{edition}/files-{universe}", "Trop peu de lignes pour un fichier", listed, described=FILES),
        _draft(f"research/{edition}/risk-{universe}", "Trop peu de lignes pour un fichier", risk, described=RISK),
    ]


def identified(
    universe: Universe, materials: Materials, plan: Research, *, key: bytes
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the respondents in the order of their pseudonyms, with identifiers masked, and the same unmasked.

    Both have ``code`` (the unit), ``unit`` (its pseudonym), ``weight`` and the identifiers of the file, as texts.
    """
    edition, of_file = plan.edition, plan.universes[universe]
    sample = materials.inputs[f"collected/{edition}/sample"].table
    weights = materials.inputs[f"processed/{edition}/weights"].table
    known = weights.filter(pl.col("responded") & (pl.col("universe") == universe))
    known = known.select("unit", "stratum", "group", "weight", "population")
    frame = sample.filter(pl.col("universe") == universe).drop("stratum", "weight", "population")
    table = known.join(frame, on="unit", how="inner").rename({"unit": "code"})
    names = pseudonyms(table["code"], key)
    kept = list(of_file.identifiers)
    table = table.with_columns(pl.col(kept).cast(pl.String).fill_null(MASKED))
    table = table.with_columns(unit=pl.col("code").replace_strict(names, return_dtype=pl.String)).sort("unit")
    original = table.select("code", "unit", "population", "weight", *kept)
    covered: dict[str, dict[str, str]] = {
        name: numbered(table[name], derived_key(key.hex(), name)) for name in ("stratum", "group") if name in kept
    }
    if "epci" in kept:
        covered["epci"] = pseudonyms(table["epci"], derived_key(key.hex(), "epci"))
    hidden = replaced(replaced(original.select(kept), of_file.joined), covered)
    if table.height < plan.anonymity.units:
        return original, original
    hidden = clustered(masked(hidden, of_file, plan.anonymity.units), plan.members)
    compared = hidden.select(name for name in kept if name != "epci")
    even = even_weights(original["weight"], compared)
    return original.select("code", "unit").hstack(hidden).with_columns(even), original


def file_columns(asked: Asked, materials: Materials, units: pl.DataFrame) -> tuple[list[Column], list[tuple[str, int]]]:
    """Return the columns of the file, in order, and how many values of each number were joined at the top."""
    universe, plan = asked.universe, asked.plan
    edition = plan.edition

    def rows(what: str) -> pl.DataFrame:
        table = materials.inputs[f"processed/{edition}/{what}-{universe}"].table
        return units.select(unit="code").join(table, on="unit", how="left", maintain_order="left")

    answers = materials.inputs[f"collected/{edition}/answers"].table.filter(pl.col("universe") == universe)
    why = columns_of.reasons(answers, units["code"])
    drop = plan.universes[universe].drop
    answered = list(columns_of.questions(asked.questionnaire, rows("responses"), why, drop=drop))
    values = materials.inputs[f"processed/{edition}/values-{universe}"].table
    flags = list(columns_of.flags(answered, values, units["code"]))
    coarser, joined = columns_of.coarsened(answered, units["weight"], plan.numbers)
    measured = columns_of.indicators(rows("indicators"), asked.indicators)
    return [*_identifiers(units, asked.bands), *coarser, *flags, *measured], joined


def _identifiers(units: pl.DataFrame, bands: Mapping[str, str]) -> list[Column]:
    reference = load_reference()
    known = {
        "size_band": bands,
        "region": dict(zip(reference.regions["code"], reference.regions["name"], strict=True)),
        "departement": dict(zip(reference.departements["code"], reference.departements["name"], strict=True)),
        "epci_type": {"CC": "Communauté de communes", "CA": "Communauté d’agglomération", "CU": "Communauté urbaine",
                      "METRO": "Métropole ou communauté urbaine"},
    }  # fmt: skip
    found = [plain("unite", "Unité (pseudonyme propre à ce fichier)", units["unit"])]
    for name, (short, label) in _LABELS.items():
        if name not in units.columns:
            continue
        codes = units[name]
        if name in known:
            used = {code: said for code, said in known[name].items() if code in set(codes)}
            found.append(category(short, label, codes, labels=used))
        elif name == "epci":
            found.append(plain(short, label, codes.replace(MASKED, None)))
        else:
            found.append(plain(short, label, codes.replace(MASKED, "0").cast(pl.Int64)))
    return [*found, plain("poids", "Poids final, moyen par classe d’identifiants", units["weight"])]


def risk_report(
    plan: Research, units: pl.DataFrame, *, original: pl.DataFrame, joined: Sequence[tuple[str, int]]
) -> pl.DataFrame:
    """Return what was done against recognition, counted: before, after, masked, joined; columns of ``RISK``."""
    names = [name for name in original.columns if name not in ("code", "unit", "population", "weight")]
    compared = [name for name in names if name != "epci"]
    exact = [*compared, "population"]
    rows: list[tuple[str, str, int]] = [
        ("rule", "Lignes qui doivent partager les mêmes identifiants, au moins", plan.anonymity.units),
        ("alone_before", "Lignes seules de leur espèce avant masquage, population exacte comprise",
         smallest_class(original, exact)[2]),
    ]  # fmt: skip
    least, classes, alone = smallest_class(units, compared)
    rows += [
        ("alone_after", "Lignes seules de leur espèce dans le fichier", alone),
        ("smallest_after", "Lignes de la plus petite classe du fichier", least),
        ("classes_after", "Classes d’identifiants dans le fichier", classes),
    ]
    for name in names:
        label = _LABELS[name][1].split(" (")[0]
        rows.append((f"masked_{name}", f"Lignes où est masqué : {label}", int((units[name] == MASKED).sum())))
    rows.append(("joined", "Nombres remplacés par la moyenne des plus grands", sum(count for _name, count in joined)))
    return pl.DataFrame(rows, schema=[variable.name for variable in RISK], orient="row")


def _draft(
    name: str,
    title: str,
    table: pl.DataFrame,
    *,
    described: tuple[Variable, ...],
    files: dict[str, bytes] | None = None,
) -> Draft:
    return Draft(
        name=name,
        table=table,
        title=title,
        variables=described,
        source=SOURCE,
        licence=LICENCE,
        vintage=name.split("/")[1],
        confidentiality=Confidentiality.SECRET,
        files=files or {},
    )
