"""URLs of this room: the readable permission table."""

from dangqun.orgs.access import PUBLIC, SIGNED_IN, route
from dangqun.papers import views

urlpatterns = [
    route("made/<id:pk>/", views.making, needs=SIGNED_IN, name="paper-making"),
    route("made/<id:pk>/file/", views.file, needs=SIGNED_IN, name="paper-file"),
    route("<slug:code>/", views.check, needs=PUBLIC, name="paper-check"),
]
