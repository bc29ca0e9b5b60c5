"""URLs of the gallery: every component and the shell with invented data. The product has no such page."""

from django.urls import path

from tests.gallery import pages

handler404 = "django.views.defaults.page_not_found"

urlpatterns = [
    path("", pages.show, {"name": "components"}, name="todo"),
    path("search/", pages.show, {"name": "components"}, name="search"),
    path("me/", pages.show, {"name": "components"}, name="me"),
    path("me/view/", pages.show, {"name": "components"}, name="me-view"),
    path("view/", pages.show, {"name": "door"}, name="view"),
    path("sign-in/", pages.door, name="sign-in"),
    path("activate/", pages.door, name="activate"),
    path("g/<slug:name>/", pages.show, name="gallery"),
]
