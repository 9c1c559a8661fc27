"""The smallest folder of specifications that is valid, to be spoilt one line at a time."""

from pathlib import Path

QUESTIONNAIRE = """# Un petit questionnaire

| survey | type | name | label | required | relevant | constraint | constraint_message | bind::maille:unknown_code |
|---|---|---|---|---|---|---|---|---|
| | hidden | population | | | | | | |
| | begin_group | section_action | Action | | | | | |
| | select_one oui_non | action | Agissez-vous ? | yes | | | | |
| | select_multiple domaines | domaines | Où ? | yes | ${action} = 'oui' | | | |
| | integer | montant | Combien ? | | ${action} = 'oui' | . < ${population} | Trop. | inconnu |
| | end_group | | | | | | | |

| choices | list_name | name | label | maille_exclusive |
|---|---|---|---|---|
| | oui_non | oui | Oui | |
| | oui_non | non | Non | |
| | domaines | logement | Logement | |
| | domaines | pauvrete | Pauvreté | |
| | domaines | aucun | Aucun | yes |

| settings | form_title | form_id | attribute::maille:universe | attribute::maille:reference_year |
|---|---|---|---|---|
| | Petit | petit | communes | 2024 |
"""

BANDS = """schemes:
  - id: deux
    title: Deux tranches
    source: pour essayer
    bands:
      - {code: petites, label: Moins de 500, lower: 0, upper: 500}
      - {code: "500_plus", label: 500 ou plus, lower: 500, upper: null}
"""

DISCLOSURE = """cells: {threshold: 3, since: 2026-01-01, source: essai}
participation: {threshold: 3, since: 2026-01-01, source: essai}
protection: {minimum: 3, since: 2026-01-01, source: essai}
amounts: {contributors: 1, share: 0.85, percent: 10, coalition: 1, since: 2026-01-01, source: essai}
groups: {zeros: publish, everybody: publish, since: 2026-01-01, source: essai}
precision: {rounding: 5, contributors: 3, since: 2026-01-01, source: essai}
"""

INDICATOR = """id: action
universe: communes
title: Au moins une action
label: Action
sentences:
  communes: "{part} agissent."
  population: "{part} vivent là."
numerator: "${action} = 'oui'"
among: "${population} > 0"
question: action
concept: action
"""

SAMPLE = """edition: petite
title: Petite enquête
reference_year: 2024
seed: 1
universes:
  communes:
    frame: {dataset: territory/communes-2026, units: 34869}
    size_bands: deux
    strata: [size_band, region]
    total: 50
    take_all_from: 500
    allocation: {kind: power, power: 0.5, minimum: 2}
    merge: {below: 2, within: size_band, pooled: autres}
    expected_response: {petites: 0.5, "500_plus": 0.6}
    anticipated_indicator: action
    anticipated_share: {petites: 0.5, "500_plus": 0.6}
    response_groups: {by: [size_band], minimum_respondents: 5}
    calibration:
      method: raking
      margins:
        - {by: size_band, totals: [units]}
"""

TARGETS = """edition: ancienne
title: Ancienne édition
sources: {ER1: Étude}
targets:
  - id: A1
    label: Action
    indicator: action
    scheme: deux
    bands: ["500_plus"]
    measure: communes
    value: 82
    tolerance: 2
    status: published
    source: ER1
frame:
  - {scheme: deux, band: petites, communes: 10, population: 100}
"""

PUBLICATION = """id: actions
edition: petite
number: "1"
title: Actions
conclusion:
  template: "{Fraction} agissent"
  indicator: action
  measure: communes
  domain: petites
universe: communes
field: Communes
bands: deux
indicators:
  - action
measures: [communes, population]
identities:
  - {total: ensemble, parts: [action, action]}
note: À lire
source: Essai
release: {version: "1.0", date: 2026-12-01}
"""

PRECISION = "\n".join(
    f"{name}: {{limit: 10, since: 2026-01-01, source: Essai}}"
    for name in ("half_width", "variation", "giants", "respondents")
)
PRECISION += "\nsimulated: {since: 2026-01-01, source: Essai, figures: {action: {communes: [petites]}}}"

FILES = {
    "questionnaires/petit.md": QUESTIONNAIRE,
    "bands.yaml": BANDS,
    "disclosure.yaml": DISCLOSURE,
    "precision.yaml": PRECISION,
    "indicators/action.yaml": INDICATOR,
    "samples/petite.yaml": SAMPLE,
    "targets/ancienne.yaml": TARGETS,
    "publications/petite/actions.yaml": PUBLICATION,
}


def write_specs(folder: Path) -> Path:
    """Write the smallest valid folder of specifications, and return it."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def spoil(folder: Path, name: str, *, old: str, new: str) -> int:
    """Replace a text that occurs once in a file, and return its line."""
    path = folder / name
    before = path.read_text(encoding="utf-8")
    assert before.count(old) == 1, f"« {old} » occurs {before.count(old)} times in {name}"
    path.write_text(before.replace(old, new), encoding="utf-8")
    return before[: before.index(old)].count("\n") + 1
