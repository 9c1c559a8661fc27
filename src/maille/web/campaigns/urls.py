"""Addresses of the staff's pages about the collection."""

from django.urls import path, re_path

from maille.web.campaigns import board, contact_pages, extension, purge_page, reminders, sample_map, survey_page

app_name = "campaigns"
_RELANCES = "gestion/relances/"
urlpatterns = [
    path("gestion/", board.board, name="overview"),
    path("gestion/suivi.csv", board.board_csv, name="board_csv"),
    path("gestion/relancer.csv", board.calls_csv, name="calls_csv"),
    path(_RELANCES, reminders.index, name="reminders"),
    path(_RELANCES + "journal/", reminders.log, name="log"),
    path(_RELANCES + "contacts/", contact_pages.contacts, name="contacts"),
    path(_RELANCES + "contacts/fichier/", contact_pages.upload, name="contacts_upload"),
    path(_RELANCES + "contacts/decision/", contact_pages.decide, name="contacts_decide"),
    path(_RELANCES + "contacts/retours/", contact_pages.bounces, name="bounces"),
    re_path(rf"^{_RELANCES}contacts\.(?P<ending>csv|xlsx)$", contact_pages.export, name="contacts_export"),
    path(_RELANCES + "prolonger/", extension.extension, name="extension"),
    path(_RELANCES + "effacer/", purge_page.purge_page, name="purge"),
    path(_RELANCES + "<slug:edition>/creer/", reminders.plan, name="plan"),
    path(_RELANCES + "<slug:edition>/calendrier/", reminders.edit, name="calendar"),
    path(_RELANCES + "envoi/<int:pk>/", reminders.event_page, name="event"),
    path(_RELANCES + "envoi/<int:pk>.csv", reminders.event_csv, name="event_csv"),
    path(_RELANCES + "envoi/<int:pk>/envoyer/", reminders.send_event, name="send"),
    path(_RELANCES + "envoi/<int:pk>/<str:name>", reminders.letters_file, name="letters"),
    path(_RELANCES + "en-cours/<int:pk>/", reminders.mailing_page, name="mailing"),
    path(_RELANCES + "en-cours/<int:pk>/reprendre/", reminders.resume, name="resume"),
    path("enquete/", survey_page.survey, name="survey"),
    path("enquete/relais/", survey_page.relay, name="relay"),
    path("enquete/affiche.pdf", survey_page.poster, name="poster"),
    *sample_map.urlpatterns,
]
