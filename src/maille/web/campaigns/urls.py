"""Addresses of the staff's pages about the collection."""

from django.urls import path

from maille.web.campaigns import board, sample_map

app_name = "campaigns"
urlpatterns = [
    path("gestion/", board.board, name="overview"),
    path("gestion/suivi.csv", board.board_csv, name="board_csv"),
    path("gestion/relancer.csv", board.calls_csv, name="calls_csv"),
    *sample_map.urlpatterns,
]
