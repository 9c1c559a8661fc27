"""A small survey answered at random, from which research files are made."""

import random
from pathlib import Path

import polars as pl

from maille.catalogue import Card, Confidentiality, Dataset
from maille.disseminate.research import inputs
from maille.process.read import answer_table
from maille.specs import load_indicators, load_questionnaire

SPECS = Path(__file__).parents[1] / "specs"
EDITION = "asco-2025"
BANDS = {"communes": ("moins_500", "500_1499", "1500_4999"), "epci": ("moins_15000", "15000_29999")}
STATES = ("answered", "answered", "answered", "unknown", "empty", "not_applicable")


def dataset(name, table):
    card = Card(
        name=name, title=name, source="", licence="", vintage=EDITION, confidentiality=Confidentiality.SECRET,
        simulated=True, variables=(), rows=table.height, checksum="0",
    )  # fmt: skip
    return Dataset(card, table)


def survey():
    """Three hundred communes and forty EPCI of three régions, that answered at random; the same each time."""
    rng = random.Random(20251122)
    sample, weights, answers, responses, tables = [], [], [], {}, {}
    for universe, count in (("communes", 300), ("epci", 40)):
        questionnaire = load_questionnaire(SPECS / f"questionnaires/{EDITION}-{universe}.md")
        mine = []
        for number in range(count):
            unit = f"{number + 1000:05d}" if universe == "communes" else f"2000{number:05d}"
            band, region = rng.choice(BANDS[universe]), rng.choice(["84", "75", "94"])
            population = rng.randrange(100, 90_000)
            departement = {"84": rng.choice(["69", "01"]), "75": "33", "94": "2A"}[region]
            sample.append(
                (
                    unit,
                    universe,
                    f"Commune {unit}",
                    band,
                    region,
                    departement,
                    population,
                    f"EPCI{number // 4}",
                    rng.choice(["CC", "CA"]),
                    "s",
                    1.0,
                )
            )
            weights.append((unit, universe, f"{band} × {region}", population, True, number % 7, 1 + population / 1000))
            for question in questionnaire.variables():
                state = rng.choice(STATES)
                code = question.choices[rng.randrange(len(question.choices))].code if question.choices else ""
                value = code or ("2020" if question.kind == "year" else str(rng.randrange(0, 400_000)))
                if question.kind == "text":
                    value = f"=secret de {unit}"
                mine.append((unit, universe, question.name, value if state == "answered" else "", state))
        answers += mine
        table = pl.DataFrame(mine, schema=["unit", "universe", "variable", "value", "state"], orient="row")
        responses[universe] = answer_table(table, questionnaire)
        chosen = [item for item in load_indicators(SPECS / "indicators").values() if item.universe == universe]
        units = responses[universe].select("unit")
        tables[f"processed/{EDITION}/responses-{universe}"] = responses[universe]
        tables[f"processed/{EDITION}/indicators-{universe}"] = units.with_columns(
            *(pl.lit(1 if place % 2 else None, pl.Int8).alias(item.id) for place, item in enumerate(chosen))
        )
        state = units.head(3).with_columns(variable=pl.lit("depenses"), state=pl.lit("imputed"))
        tables[f"processed/{EDITION}/values-{universe}"] = state
    columns = [
        "unit",
        "universe",
        "name",
        "size_band",
        "region",
        "departement",
        "population",
        "epci",
        "epci_type",
        "stratum",
        "weight",
    ]
    tables[f"collected/{EDITION}/sample"] = pl.DataFrame(sample, schema=columns, orient="row")
    columns = ["unit", "universe", "stratum", "population", "responded", "group", "weight"]
    tables[f"processed/{EDITION}/weights"] = pl.DataFrame(weights, schema=columns, orient="row")
    columns = ["unit", "universe", "variable", "value", "state"]
    tables[f"collected/{EDITION}/answers"] = pl.DataFrame(answers, schema=columns, orient="row")
    return {name: dataset(name, tables[name]) for name in inputs(EDITION)}
