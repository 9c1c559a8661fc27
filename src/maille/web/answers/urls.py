"""Addresses of the respondent's pages."""

from django.urls import path

from maille.web.answers import entry, guests, hub, views

app_name = "answers"
urlpatterns = [
    path("repondre/", entry.sign_in, name="sign_in"),
    path("repondre/invitation/", guests.invitation_over, name="invitation_over"),
    path("repondre/invitation/<str:token>/", guests.open_invitation, name="invitation"),
    path("repondre/termine/", guests.finish, name="finish"),
    path("questionnaire/", hub.hub, name="hub"),
    path("questionnaire/envoyer/", views.review, name="review"),
    path("questionnaire/recu/", views.receipt, name="receipt"),
    path("questionnaire/quitter/", entry.leave, name="leave"),
    path("questionnaire/<slug:section_id>/", views.section, name="section"),
]
