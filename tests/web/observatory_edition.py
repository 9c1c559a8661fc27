"""A small published edition: twelve indicators, some secret cells, some bands observed whole, all invented."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from maille.catalogue import Confidentiality, Draft, Store, Variable, sha256

from .observatory_report import report

EDITION = "asco-2025"
BANDS = {
    "general": {
        "moins_500": "Moins de 500 habitants",
        "500_1499": "500 à 1 499 habitants",
        "1500_4999": "1 500 à 4 999 habitants",
        "5000_9999": "5 000 à 9 999 habitants",
        "10000_plus": "10 000 habitants et plus",
    },
    "abs": {
        "moins_1500": "Moins de 1 500 habitants",
        "10000_29999": "10 000 à 29 999 habitants",
        "30000_plus": "30 000 habitants et plus",
    },
}
SHARES = {
    "action": ("Au moins une action sociale", 82.4),
    "personnes_agees": ("Action pour les personnes âgées", 66.1),
    "jeunesse_famille": ("Action pour la jeunesse et la famille", 39.2),
    "pauvrete": ("Action contre la pauvreté et l'exclusion", 37.3),
    "logement": ("Action pour le logement", 21.8),
    "prestation": ("Au moins un type de prestation", 74.0),
    "nature": ("Aide en nature", 63.2),
    "secours": ("Secours non remboursable", 54.1),
    "avances": ("Aide remboursable", 10.2),
    "cap": ("Chèque d'accompagnement personnalisé", 5.1),
    "abs_faite": ("Analyse des besoins sociaux déjà faite", 15.3),
    "epci_action": ("Au moins une action sociale intercommunale", 71.0),
}
TABLES = {
    "domaines": ("1", "general", ["action", "personnes_agees", "jeunesse_famille", "pauvrete", "logement"]),
    "prestations": ("2", "general", ["prestation", "nature", "secours", "avances", "cap"]),
    "abs": ("3", "abs", ["abs_faite"]),
    "epci": ("4", "epci", ["epci_action"]),
}
CONCLUSIONS = {
    "domaines": "Huit communes sur dix mènent au moins une action sociale",
    "prestations": "Trois communes sur quatre aident directement leurs habitants",
    "abs": "Une commune sur six a analysé les besoins sociaux de ses habitants",
    "epci": "Sept intercommunalités sur dix mènent une action sociale",
}
SECRET = ("logement", "moins_500", "population")
WHOLE = ("10000_plus", "30000_plus")


def publish(home: Path) -> Store:
    """Write the whole edition in a store and return it."""
    store = Store(home / "datasets")
    for draft, parents, lowers in (*_chain(), *_published()):
        made_by = {"step": draft.name.split("/")[-1], "code_version": "0.1.0+fiction", "specs": [_SPEC]}
        store.write(draft, parents=parents, lowers=lowers, made_by=made_by)
    return store


def write(store: Store, name: str, rows: list[dict[str, object]], **card: object) -> None:
    """Write one dataset without history, open unless told otherwise."""
    store.write(_draft(name, rows, **card))


def cells() -> list[dict[str, object]]:
    """The cells of all tables, with what ``figures`` adds."""
    return [cell for table in TABLES for cell in _table(table)]


_SPEC = {"name": "publications/asco-2025.yaml", "checksum": "c" * 64}
_LONG = ["table", "indicator", "measure", "domain_type", "domain"]
_LONG += ["estimate", "standard_error", "ci_low", "ci_high", "respondents", "status"]


def _draft(name: str, rows: list[dict[str, object]], **card: object) -> Draft:
    table = pl.DataFrame(rows, infer_schema_length=None)
    variables = tuple(Variable(name=column, label=column.replace("_", " ")) for column in table.columns)
    known = {"title": name, "source": "Maille, enquête fictive", "vintage": EDITION, "simulated": True}
    return Draft(name=name, table=table, variables=variables, **{**known, **card})  # type: ignore[arg-type]


def _chain() -> Iterator[tuple[Draft, list[str], bool]]:
    secret = {"confidentiality": Confidentiality.SECRET}
    edition = f"collected/{EDITION}"
    yield (
        _draft("territory/communes-2026", [{"code": "69149"}], title="Les communes en 2026", simulated=False),
        [],
        False,
    )
    yield _draft(f"{edition}/sample", _sample(), title="L'échantillon", **secret), ["territory/communes-2026"], False
    yield (
        _draft(f"{edition}/allocation", _allocation(), title="La répartition", **secret),
        ["territory/communes-2026"],
        False,
    )
    precision = _design()
    yield _draft(f"{edition}/precision", precision, title="La précision attendue", **secret), [], False
    shown = [row for row in precision if row["domain_type"] != "region"]
    yield _draft(f"{edition}/design", shown, title="Le plan de sondage"), [], False
    yield (
        _draft(f"{edition}/answers", [{"unit": "69149"}], title="Les réponses", **secret),
        [f"{edition}/sample"],
        False,
    )
    weights = f"processed/{EDITION}/weights"
    yield _draft(weights, [{"unit": "69149"}], title="Les poids", **secret), [f"{edition}/answers"], False
    estimates = f"analysed/{EDITION}/estimates"
    yield _draft(estimates, [{"cell": 1}], title="Les estimations", **secret), [weights], False
    opened = _draft(f"protected/{EDITION}/cells", cells(), title="Les cases", confidentiality=Confidentiality.OPEN)
    yield opened, [estimates], True


def _published() -> Iterator[tuple[Draft, list[str], bool]]:
    parents = [f"protected/{EDITION}/cells"]
    for table, rows in ((table, _table(table)) for table in TABLES):
        long = [{key: row[key] for key in _LONG} for row in rows]
        text = pl.DataFrame(long, infer_schema_length=None).write_csv().encode()
        files = {f"{table}.csv": text, f"{table}.xlsx": b"PK classeur", f"{table}.parquet": b"PAR1"}
        files |= {"schema.json": b"{}", "codebook.md": b"# Dictionnaire\n"}
        yield _draft(f"disseminated/{EDITION}/{table}", long, title=CONCLUSIONS[table], files=files), parents, False
    yield _draft(f"disseminated/{EDITION}/figures", cells(), title="Les chiffres"), parents, False
    words = {"publication.json": json.dumps(_words()).encode()}
    yield _draft(f"disseminated/{EDITION}/catalogue", _catalogue(), title="Le catalogue", files=words), parents, False
    yield _draft(f"disseminated/{EDITION}/participation", participation(), title="La participation"), parents, False
    yield _draft(f"disseminated/{EDITION}/evolutions", _evolutions(), title="Les évolutions"), parents, False
    yield _crossings(), parents, False
    yield _open_data(), parents, False
    yield _quality(), parents, False
    words = {"report.json": json.dumps(report()).encode(), "report.pdf": b"%PDF-1.7 rapport"}
    yield (
        _draft(f"disseminated/{EDITION}/report", [{"sentence": "s1"}], title="Le rapport", files=words),
        parents,
        False,
    )


def _crossings() -> Draft:
    """Indicators by three classes of départements: a clear gap, a secret class and no gap, an imprecise amount."""
    labels = ("Le tiers qui dépense le moins", "Le tiers du milieu", "Le tiers qui dépense le plus")
    known = {"crossing": "departements", "measure": "communes", "kind": "share", "unit": "%", "decimals": 1}
    rows: list[dict[str, object]] = []
    for key, shares in {"action": (88.0, 82.0, 75.0), "secours": (None, 52.0, 55.0)}.items():
        for place, (label, share) in enumerate(zip(labels, shares, strict=True), start=1):
            row = {**known, "indicator": key, "row": "class", "domain": f"classe_{place}", "label": label}
            row |= {"class_low": 400.0 + 100 * place, "class_high": 490.0 + 100 * place, "territories": 34}
            told = {"estimate": share, "standard_error": 1.5, "respondents": 120}
            told |= {"ci_low": share and share - 3, "ci_high": share and share + 3, "status": "value"}
            hidden = {**dict.fromkeys(told), "status": "secret"}
            rows.append({**row, **(told if share else hidden), "p_value": None, "flag": None})
        gap = {**known, "indicator": key, "row": "difference", "domain": "difference", "label": "Écart", "flag": None}
        gap |= dict.fromkeys(("class_low", "class_high", "territories", "respondents"))
        clear = {"estimate": -13.0, "standard_error": 2.1, "ci_low": -17.2, "ci_high": -8.8, "p_value": 0.0}
        said = {**clear, "status": "value"} if key == "action" else {**dict.fromkeys(clear), "status": "secret"}
        rows.append({**gap, **said})
    rows += [_amount(row) for row in rows if row["indicator"] == "action"]
    source = {"title": "Dépense inventée", "producer": "Maille", "url": "", "licence": "Licence Ouverte 2.0"}
    text = {"id": "departements", "number": "C1", "title": "L’action sociale selon la dépense du département"}
    text |= {
        "question": "Les communes agissent-elles plus là où le département dépense moins ?",
        "unit": "€ par habitant",
    }
    text |= {"field": "Communes.", "note": "Une précaution.", "ecological": True}
    text |= {
        "indicators": {key: SHARES[key][0] for key in ("action", "secours")} | {"depenses": "Dépenses par habitant"}
    }
    text |= {"sources": [{**source, "simulated": True, "limits": "Aucune."}]}
    files = {"crossings.json": json.dumps({"crossings": [text]}).encode(), "crossings.csv": b"crossing"}
    return _draft(f"disseminated/{EDITION}/crossings", rows, title="Les croisements", files=files)


def _amount(row: dict[str, object]) -> dict[str, object]:
    known = {"indicator": "depenses", "measure": "amounts", "kind": "ratio", "unit": "euros par habitant"}
    return row | known | {"flag": "low_precision"}


def _quality() -> Draft:
    """A report of one heading, with one secret number."""
    runs = [{"text": "Le taux de réponse est de 52,5 %.", "strong": False}]
    rows = [["ont répondu", "5 886"], ["ont refusé", "secret"]]
    table = {"title": "Issue de la collecte", "head": ["", "Issue"], "note": "Une définition.", "rows": rows}
    heading = {"code": "13", "title": "Exactitude et fiabilité", "blocks": [{"kind": "paragraph", "runs": runs}]}
    report = {"edition": EDITION, "title": "Rapport qualité", "headings": [{**heading, "tables": [table]}]}
    files = {"quality.json": json.dumps(report).encode(), "quality.md": b"# Rapport", "method.md": b"# Note"}
    row = {"measure": "response_rate", "value": 52.5, "status": "value"}
    return _draft(f"disseminated/{EDITION}/quality-report", [row], title="Rapport qualité", files=files)


def _evolutions() -> list[dict[str, object]]:
    known = {"measure": "communes", "domain_type": "total", "domain": "ensemble", "year_before": 2014}
    known |= {"year_after": 2024, "precision": "after_only", "source": "ER995"}
    shown = {"before": 82.0, "after": 82.4, "difference": 0.4, "ci_low": -0.8, "ci_high": 1.6, "status": "value"}
    hidden = dict.fromkeys(("after", "difference", "ci_low", "ci_high"))
    return [
        {**known, **shown, "indicator": "action", "before_status": "derived", "break": None},
        {**known, **shown, "indicator": "abs_faite", "before_status": "published", "break": "La loi a changé en 2015."},
        {
            **known,
            **shown,
            **hidden,
            "indicator": "cap",
            "before_status": "published",
            "break": None,
            "status": "secret",
        },
    ]


def _open_data() -> Draft:
    files = {"datapackage.json": b"{}", "structure.xml": b"<xml/>", f"maille-{EDITION}.zip": b"PK archive"}
    files |= {f"{table}.sdmx.csv": b"STRUCTURE,STRUCTURE_ID" for table in TABLES}
    rows = [
        {"file": name, "title": f"Le fichier {name}", "bytes": len(content), "sha256": sha256(content)}
        for name, content in sorted(files.items())
    ]
    return _draft(f"disseminated/{EDITION}/open-data", rows, title="Les fichiers ouverts", files=files)


def _words() -> dict[str, object]:
    indicators = {
        key: {
            "title": f"{label} dans l'année",
            "label": label,
            "sentences": {
                measure: "{part} de la mesure répond : " + label.lower() + ". Entre {bas} et {haut}."
                for measure in ("communes", "population")
            },
            "question": "Votre commune a-t-elle mené cette action ?",
            "rule": f"{key} = 'oui'",
            "among": None,
        }
        for key, (label, _) in SHARES.items()
    }
    domains = {table: BANDS.get(bands, {}) | {"ensemble": "Ensemble"} for table, (_, bands, _) in TABLES.items()}
    measures = {
        "communes": "part des communes (%)",
        "population": "part de la population couverte (%)",
        "epci": "part des intercommunalités (%)",
    }
    return {
        "indicators": indicators,
        "domains": domains,
        "measures": measures,
        "tables": {table: keys for table, (_, _, keys) in TABLES.items()},
    }


def _catalogue() -> list[dict[str, object]]:
    return [
        {
            "table": table,
            "number": number,
            "title": f"Le tableau des {table}",
            "conclusion": CONCLUSIONS[table],
            "universe": "epci" if table == "epci" else "communes",
            "bands": scheme,
            "measures": " ".join(_measures(table)),
            "version": "1",
            "date": "2026-11-22",
            "note": "Communes de France, collectivités d'outre-mer exclues.",
        }
        for table, (number, scheme, _) in TABLES.items()
    ]


def _measures(table: str) -> tuple[str, str]:
    return ("epci" if table == "epci" else "communes", "population")


def _table(table: str) -> list[dict[str, object]]:
    _, scheme, keys = TABLES[table]
    domains = [("size_band", band) for band in BANDS.get(scheme, {})] + [("total", "ensemble")]
    return [
        _figure(table, indicator, measure, domain_type, domain)
        for indicator in keys
        for measure in _measures(table)
        for domain_type, domain in domains
    ]


def _figure(table: str, indicator: str, measure: str, domain_type: str, domain: str) -> dict[str, object]:
    shift = list(BANDS["general"] | BANDS["abs"] | {"ensemble": ""}).index(domain)
    estimate = min(99.0, SHARES[indicator][1] + (0 if domain_type == "total" else 2.5 * (shift % 5) - 4))
    estimate = estimate if measure != "population" else min(99.5, estimate + 12)
    whole, secret = domain in WHOLE, (indicator, domain, measure) == SECRET
    status = "secret" if secret else "zero" if estimate <= 1.2 else "value"
    numbers = {
        "estimate": round(max(estimate, 0), 2),
        "standard_error": 0.0 if whole else 1.3,
        "ci_low": round(max(estimate - 2.6, 0), 2),
        "ci_high": round(min(estimate + 2.6, 100), 2),
        "respondents": 400 + shift,
    }
    keys = {"table": table, "indicator": indicator, "measure": measure, "domain_type": domain_type, "domain": domain}
    extra = {
        "design_effect": 1.42,
        "weight_min": 1.0,
        "weight_max": 18.5,
        "universe_size": 9000 + shift,
        "sampled": 800,
    }
    return (
        keys
        | (dict.fromkeys(numbers) if secret else numbers)
        | {"status": status}
        | (dict.fromkeys(extra) if secret else extra)
        | {"all_observed": None if secret else whole}
    )


def participation() -> list[dict[str, object]]:
    """One row a département, one secret, and the whole."""
    codes = [f"{n:02d}" for n in range(1, 96) if n != 20] + ["2A", "2B", "971", "972", "973", "974", "976"]
    rows: list[dict[str, object]] = []
    for rank, code in enumerate(sorted(codes)):
        secret = code == "75"
        sampled = 60 + rank
        responded = None if secret else round(sampled * (0.35 + (rank * 37 % 40) / 100))
        rate = None if responded is None else round(100 * responded / sampled, 1)
        status = "secret" if secret else "value"
        rows.append(_answered("departement", code, f"Département {code}", sampled, responded, rate, status))
    rows.append(_answered("ensemble", "ensemble", "Ensemble", 10900, 5886, 54.0, "value"))
    return rows


def _answered(
    level: str, code: str, name: str, sampled: int, responded: int | None, rate: float | None, status: str
) -> dict[str, object]:
    keys = {"level": level, "code": code, "name": name, "region": None}
    sampled_or_none = None if status == "secret" else sampled
    return keys | {"sampled": sampled_or_none, "responded": responded, "rate": rate, "status": status}


def _design() -> list[dict[str, object]]:
    domains = [("size_band", band) for band in BANDS["general"]] + [("region", "84"), ("total", "ensemble")]
    rows = [("communes", kind, domain, 34742, 10900, 5500) for kind, domain in domains]
    rows.append(("epci", "total", "ensemble", 1254, 1100, 600))
    names = ["universe", "domain_type", "domain", "frame", "sample", "expected_respondents"]
    return [
        dict(zip(names, row, strict=True)) | {"expected_standard_error": 0.6, "expected_half_width": 1.2}
        for row in rows
    ]


def _sample() -> list[dict[str, object]]:
    communes = (
        ("69123", "Lyon", True),
        ("69243", "Tarare", True),
        ("69010", "L'Arbresle", False),
        ("97411", "Saint-Denis", True),
    )
    return [
        {
            "unit": code,
            "universe": "communes",
            "name": name,
            "size_band": "10000_plus" if take_all else "5000_9999",
            "region": "04" if code.startswith("97") else "84",
            "departement": code[:3] if code.startswith("97") else code[:2],
            "population": 12000,
            "epci": "200046977",
            "stratum": "10000_plus-84" if take_all else "5000_9999-84",
            "stratum_size": 100,
            "stratum_sample": 100 if take_all else 25,
            "probability": 1.0 if take_all else 0.25,
            "weight": 1.0 if take_all else 4.0,
            "take_all": take_all,
        }
        for code, name, take_all in communes
    ]


def _allocation() -> list[dict[str, object]]:
    return [
        {
            "universe": "communes",
            "stratum": f"{band}-84",
            "stratum_size": 100,
            "stratum_sample": 100 if band == "10000_plus" else 25,
            "population": 12000,
            "take_all": band == "10000_plus",
            "expected_respondents": 12.5,
        }
        for band in BANDS["general"]
    ]
