"""The addresses of the verification of answers."""

from django.urls import path, re_path

from maille.web.editing import views
from maille.web.editing.deciding import ACTS

app_name = "editing"
_ACT = "|".join(ACTS)
urlpatterns = [
    path("", views.queue, name="queue"),
    path("contradictions/", views.contradictions, name="contradictions"),
    path("recalcul/", views.recalculate, name="recalculate"),
    path("recalcul/<int:pk>/", views.recalculation, name="recalculation"),
    path("versement/", views.deposit, name="deposit"),
    path("<slug:edition>/<slug:code>/", views.record, name="record"),
    re_path(rf"^(?P<edition>[-\w]+)/(?P<code>[0-9A-Z]+)/(?P<act>{_ACT})/$", views.decide, name="decide"),
]
