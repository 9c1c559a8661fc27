"""Addresses of the staff's door and of the accounts; of allauth, only what is needed is opened."""

from django.urls import path, re_path

from maille.web.accounts import journal, proconnect, second_factor, staff, views

app_name = "accounts"
urlpatterns = [
    path("connexion/", views.sign_in, name="sign_in"),
    path("deconnexion/", views.sign_out, name="sign_out"),
    path("connexion/mot-de-passe/<uidb64>/<token>/", views.choose_password, name="choose_password"),
    path("connexion/proconnect/", proconnect.begin, name="proconnect"),
    path("connexion/proconnect/retour/", proconnect.come_back, name="proconnect_return"),
    path("gestion/comptes/", staff.people, name="people"),
    path("gestion/comptes/<int:pk>/", staff.person, name="person"),
    re_path(r"^gestion/comptes/(?P<pk>[0-9]+)/(?P<act>role|fermer|facteur|lien)/$", staff.change, name="change"),
    path("gestion/journal/", journal.journal, name="journal"),
    path("gestion/journal.csv", journal.journal_csv, name="journal_csv"),
]

# allauth looks for these names, without a prefix.
allauth_patterns = [
    path("connexion/", views.sign_in, name="account_login"),
    path("connexion/", views.sign_in, name="account_inactive"),
    path("connexion/code/", second_factor.ask, name="mfa_authenticate"),
    path("connexion/second-facteur/", second_factor.set_up, name="mfa_activate_totp"),
    path("connexion/codes-de-secours/", second_factor.recovery_codes, name="mfa_view_recovery_codes"),
]
