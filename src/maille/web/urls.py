"""Every address of the site."""

from django.urls import include, path

from maille.web.accounts.urls import allauth_patterns
from maille.web.demonstration import doors
from maille.web.health import health
from maille.web.observatory import api

urlpatterns = [
    path("", include("maille.web.answers.urls")),
    path("sante/", health, name="health"),
    path("demonstration/", doors, name="demonstration"),
    path("", include("maille.web.accounts.urls")),
    *allauth_patterns,
    path("", include("maille.web.campaigns.urls")),
    path("gestion/verification/", include("maille.web.editing.urls")),
    path("gestion/assistance/", include("maille.web.hotline.urls")),
    path("api/v1/", include((api.patterns(), "api-1"))),
    path("", include("maille.web.researchers.urls")),
    path("", include("maille.web.observatory.urls")),
]

handler400 = "maille.web.failures.bad_request"
handler403 = "maille.web.failures.forbidden"
handler404 = "maille.web.failures.not_found"
handler500 = "maille.web.failures.server_error"
