"""Addresses of the researchers: public, restricted, and those of the methodologists."""

from django.urls import path

from maille.web.researchers import area, asking, deciding

app_name = "researchers"
urlpatterns = [
    path("chercheurs/", asking.about, name="about"),
    path("chercheurs/demande/", asking.ask, name="ask"),
    path("chercheurs/demande/<str:token>/", asking.confirm, name="confirm"),
    path("chercheurs/espace/", area.home, name="home"),
    path("chercheurs/espace/<int:pk>/licence/", area.sign, name="sign"),
    path("chercheurs/espace/<int:pk>/fichiers/<slug:universe>/<str:file>", area.download, name="download"),
    path("chercheurs/espace/<int:pk>/sorties/", area.outputs, name="outputs"),
    path("chercheurs/espace/sorties/<int:pk>/", area.output, name="output"),
    path("chercheurs/espace/sorties/<int:pk>/sortie.csv", area.take_out, name="take_out"),
    path("gestion/chercheurs/", deciding.requests, name="requests"),
    path("gestion/chercheurs/<int:pk>/", deciding.access, name="access"),
    path("gestion/chercheurs/<int:pk>/retirer/", deciding.revoke, name="revoke"),
    path("gestion/chercheurs/sorties/<int:pk>/", deciding.judge_output, name="judge_output"),
]
