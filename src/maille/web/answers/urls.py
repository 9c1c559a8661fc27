"""Addresses of the respondent's pages."""

app_name = "answers"
urlpatterns: list[object] = []
