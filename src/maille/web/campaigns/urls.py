"""Addresses of the staff's pages about the collection."""

from django.urls import path

from maille.web.campaigns import sample_map, views

app_name = "campaigns"
urlpatterns = [path("gestion/", views.overview, name="overview"), *sample_map.urlpatterns]
