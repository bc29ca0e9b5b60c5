"""URLs of this room: the readable permission table."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
