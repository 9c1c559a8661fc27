"""The content of a small report: every kind of block, a figure that is hidden, a note, sentences left out."""

CELL = "domaines.action.communes.ensemble"


def report() -> dict[str, object]:
    """The content that the page and the PDF share, all invented."""
    return {
        "edition": "asco-2025",
        "series": "Premiers résultats",
        "number": "1",
        "date": "2026-11-22",
        "published": "22 novembre 2026",
        "authors": ["Équipe fictive"],
        "simulated": True,
        "title": [
            _said("t", {"text": "En 2024, "}, {"text": "82 %", "cell": CELL}, {"text": " des communes agissent"})
        ],
        "summary": [_prose("r", {"text": "82 %", "cell": CELL, "strong": True}, {"text": " des communes agissent."})],
        "blocks": [
            {"kind": "heading", "level": 2, "sentences": [_said("h1", {"text": "La taille compte"})]},
            _prose("p1", {"text": "82 %", "cell": CELL}, {"text": " ont un CCAS"}, {"text": "", "note": 1}),
            _prose("p2", {"text": "Un chiffre a changé : "}, {"text": "3 points", "cell": "evolutions.a.communes.b"}),
            {"kind": "item", "sentences": [_said("i1", {"text": "Premier point", "emphasis": True})]},
            _chart(1, ["part des communes"]),
            {"kind": "heading", "level": 2, "sentences": [_said("h2", {"text": "La méthode"})]},
            {"kind": "box", "blocks": [_titled("Encadré"), _prose("b1", {"text": "Un échantillon."})]},
            _chart(2, ["part des communes", "part de la population"]),
            _map(),
        ],
        "notes": [[_said("n1", {"text": "Facultatif sous 1 500 habitants."})]],
        "left_out": [{"count": 2, "why": "un chiffre est couvert par le secret statistique"}],
        "sentences": [],
    }


def _said(identity: str, *runs: dict[str, object]) -> dict[str, object]:
    return {"id": identity, "runs": list(runs)}


def _prose(identity: str, *runs: dict[str, object]) -> dict[str, object]:
    return {"kind": "paragraph", "sentences": [_said(identity, *runs)]}


def _titled(text: str) -> dict[str, object]:
    return {"kind": "heading", "level": 3, "sentences": [_said("x", {"text": text})]}


def _mark(kind: str, at: int) -> dict[str, object]:
    if kind == "hidden":
        return {"kind": kind, "value": "secret", "interval": "", "cell": "domaines.logement.population.moins_500"}
    interval = {
        "low": f"{at - 3}%",
        "high": f"{at + 3}%",
        "interval": f"[{at - 3},0 ; {at + 3},0]",
        "imprecise": at > 70,
    }
    return {"kind": kind, "x": f"{at}%", "value": f"{at},0 %", "cell": CELL, **interval}


def _figure(rank: int, series: list[str]) -> dict[str, object]:
    return {
        "rank": rank,
        "title": [_said(f"f{rank}", {"text": f"Conclusion {rank} : "}, {"text": "82 %", "cell": CELL})],
        "reading": [_said(f"l{rank}", {"text": "82 %", "cell": CELL}, {"text": " des communes agissent."})],
        "series": series,
        "unit": "%",
        "alt": f"Figure {rank} en mots.",
        "label": "Au moins une action",
        "where": "",
        "about": {"table": "domaines", "number": "2", "field": "Communes", "version": "1.0", "date": "2026-11-22"},
    }


def _chart(rank: int, series: list[str]) -> dict[str, object]:
    rows = [
        {"label": label, "total": label == "Ensemble", "marks": [_mark(kind, at) for kind in kinds[: len(series)]]}
        for label, at, kinds in (
            ("Moins de 500 habitants", 40, ("interval", "hidden")),
            ("500 à 1 499 habitants", 75, ("interval", "whole")),
            ("Ensemble", 60, ("interval", "interval")),
        )
    ]
    ticks = [{"x": f"{at}%", "label": str(at)} for at in (0, 25, 50, 75, 100)]
    return {"kind": "chart", "first": "Domaine", "rows": rows, "ticks": ticks, **_figure(rank, series)}


def _map() -> dict[str, object]:
    rows = [
        {"label": "Bretagne", "code": "53", "total": False, "marks": [_mark("interval", 60)]},
        {"label": "Corse", "code": "94", "total": False, "marks": [_mark("hidden", 0)]},
        {"label": "Ensemble", "total": True, "marks": [_mark("interval", 50)]},
    ]
    legend = [
        {"css": "c1", "label": "60 et plus", "count": 1, "colour": "#E3EDC8"},
        {"css": "secret", "label": "Secret statistique", "count": 1, "colour": None, "first": True},
        {"css": "absent", "label": "Trop peu de réponses", "count": 16, "colour": None, "first": False},
    ]
    ranks = {"53": "c1", "94": "secret"}
    return {"kind": "map", "first": "Région", "rows": rows, "legend": legend, "ranks": ranks, **_figure(1, ["part"])}
