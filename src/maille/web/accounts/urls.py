"""Addresses of the staff's door."""

from django.urls import path

from maille.web.accounts import views

app_name = "accounts"
urlpatterns = [
    path("connexion/", views.sign_in, name="sign_in"),
    path("deconnexion/", views.sign_out, name="sign_out"),
]
