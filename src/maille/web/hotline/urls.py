"""The addresses of the hotline."""

from django.urls import path, re_path

from maille.web.hotline import views
from maille.web.hotline.acts import ACTS

app_name = "hotline"
_ACT = "|".join(ACTS)
urlpatterns = [
    path("", views.calls, name="calls"),
    path("fin-appel/", views.hang_up, name="hang_up"),
    path("<slug:code>/", views.case, name="case"),
    path("<slug:code>/appel/", views.call, name="call"),
    re_path(rf"^(?P<code>[0-9A-Z]+)/(?P<what>{_ACT})/$", views.act, name="act"),
]
