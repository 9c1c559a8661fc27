"""The addresses of the public site."""

from django.urls import path, re_path

from maille.web.observatory import (
    about,
    crossings,
    downloads,
    evolutions,
    explorer,
    explorer_files,
    home,
    open_data,
    participation,
    quality,
    report,
    results,
    simulation,
    territories,
    versions,
)

app_name = "observatory"
_TABLE = "resultats/<slug:edition>/<slug:table>/"
_VERSION = r"^resultats/(?P<edition>[\w-]+)/versions/(?P<version>[\d.]+)/"
urlpatterns = [
    path("", home.home, name="home"),
    path("resultats/", results.tables, name="results"),
    re_path(
        r"^resultats/(?P<edition>[\w-]+)/(?P<table>[\w-]+)\.(?P<ending>csv|xlsx|parquet)$",
        downloads.table_file,
        name="download",
    ),
    path("resultats/<slug:edition>/donnees/", open_data.open_data, name="open_data"),
    path("resultats/<slug:edition>/datapackage.json", open_data.open_file, {"file": open_data.PACKAGE}, name="package"),
    path("resultats/<slug:edition>/donnees/<str:file>", open_data.open_file, name="open_file"),
    re_path(r"^catalogue\.(?P<syntax>ttl|jsonld|rdf)$", open_data.dcat_catalogue, name="dcat"),
    path("resultats/<slug:edition>/explorer/", explorer.explorer, name="explorer"),
    re_path(
        r"^resultats/(?P<edition>[\w-]+)/explorer/selection\.(?P<ending>csv|xlsx)$",
        explorer_files.selection_file,
        name="selection_file",
    ),
    re_path(
        r"^resultats/(?P<edition>[\w-]+)/explorer/(?P<what>graphique|carte)\.svg$",
        explorer_files.drawing_file,
        name="drawing_file",
    ),
    path("resultats/<slug:edition>/qualite/", quality.report, name="quality"),
    path("resultats/<slug:edition>/qualite/<str:file>", quality.report_file, name="quality_file"),
    path("resultats/<slug:edition>/versions/", versions.versions, name="versions"),
    re_path(_VERSION + r"(?P<file>[\w.-]+)$", versions.old_file, name="old_file"),
    re_path(_VERSION + r"explorer/$", explorer.explorer, name="explorer"),
    re_path(
        _VERSION + r"explorer/selection\.(?P<ending>csv|xlsx)$", explorer_files.selection_file, name="selection_file"
    ),
    re_path(_VERSION + r"explorer/(?P<what>graphique|carte)\.svg$", explorer_files.drawing_file, name="drawing_file"),
    path(_TABLE + "versions/", versions.versions, name="table_versions"),
    path("resultats/<slug:edition>/codebook/", downloads.codebook, name="codebook"),
    path("resultats/<slug:edition>/evolutions/", evolutions.evolutions, name="evolutions"),
    path("resultats/<slug:edition>/rapport/", report.report, name="report"),
    re_path(
        r"^resultats/(?P<edition>[\w-]+)/rapport/(?P<file>report\.(?:pdf|json))$",
        report.report_file,
        name="report_file",
    ),
    path("resultats/<slug:edition>/croisements/", crossings.crossings, name="crossings"),
    path(_TABLE, results.table, name="table"),
    path(_TABLE + "schema.json", downloads.companion, {"file": "schema.json"}, name="schema"),
    path(_TABLE + "codebook.md", downloads.companion, {"file": "codebook.md"}, name="dictionary"),
    path(_TABLE + "<slug:indicator>/", results.indicator, name="indicator"),
    path(_TABLE + "<slug:indicator>/fil/<slug:measure>/<slug:domain>/", results.figure, name="figure"),
    path("participation/", participation.participation, name="participation"),
    path("territoires/", territories.search, name="territories"),
    path("territoires/<slug:code>/", territories.territory, name="territory"),
    path("methode/", about.method, name="method"),
    path("methode/simulation/", simulation.simulation, name="simulation"),
    path("secret-statistique/", about.secrecy, name="secrecy"),
    path("donnees-personnelles/", about.plain, {"template": "personal"}, name="personal"),
    path("accessibilite/", about.plain, {"template": "accessibility"}, name="accessibility"),
    path("mentions-legales/", about.plain, {"template": "legal"}, name="legal"),
    path("assistance/", about.plain, {"template": "assistance"}, name="assistance"),
]
