"""Addresses of the respondent's pages."""

from django.urls import path

from maille.web.answers import (
    burden,
    deciding,
    entry,
    filling,
    guests,
    hub,
    identity,
    invitations,
    links,
    papers,
    publishing,
    rules,
    views,
)

app_name = "answers"
urlpatterns = [
    path("gestion/charge/", burden.burden, name="burden"),
    path("gestion/questionnaires/", publishing.questionnaires, name="questionnaires"),
    path("repondre/", entry.sign_in, name="sign_in"),
    path("repondre/invitation/", guests.invitation_over, name="invitation_over"),
    path("repondre/invitation/<str:token>/", guests.open_invitation, name="invitation"),
    path("repondre/termine/", guests.finish, name="finish"),
    path("repondre/lien/", links.ask_link, name="ask_link"),
    path("repondre/lien/<str:token>/", links.open_link, name="open_link"),
    path("repondre/qui/", identity.who, name="who"),
    path("repondre/invitations/", invitations.invitations, name="invitations"),
    path("repondre/invitations/<int:guest_id>/", invitations.change, name="invitation_change"),
    path("repondre/invitations/<int:guest_id>/renvoyer/", invitations.send_again, name="invitation_again"),
    path("repondre/invitations/<int:guest_id>/retirer/", invitations.take_back, name="invitation_back"),
    path("repondre/regles/<slug:version>.json", rules.questionnaire_rules, name="rules"),
    path("questionnaire/", hub.hub, name="hub"),
    path("questionnaire/envoyer/", views.review, name="review"),
    path("questionnaire/recu/", views.receipt, name="receipt"),
    path("questionnaire/vierge.pdf", papers.own_blank_pdf, name="blank_pdf"),
    path("questionnaire/recu.pdf", papers.own_receipt_pdf, name="receipt_pdf"),
    path("questionnaire/recu-<int:number>.pdf", papers.own_receipt_pdf, name="receipt_pdf"),
    path("enquete/<slug:edition_id>/<slug:universe>/questionnaire/", papers.preview, name="preview"),
    path("enquete/<slug:edition_id>/<slug:universe>/questionnaire/<slug:to>/", papers.form_file, name="form_file"),
    path("enquete/version/<slug:version>.pdf", papers.version_pdf, name="version_pdf"),
    path("questionnaire/quitter/", entry.leave, name="leave"),
    path("repondre/section/<slug:section_id>/", filling.section, name="section"),
    path("repondre/section/<slug:section_id>/presence", filling.presence, name="presence"),
    path("repondre/section/<slug:section_id>/journal", filling.journal, name="journal"),
    path("repondre/section/<slug:section_id>/conflit/", deciding.conflict, name="conflict"),
    path("repondre/section/<slug:section_id>/historique/", deciding.history, name="history"),
]
