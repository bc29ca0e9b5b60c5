"""URLs of this room: the readable permission table."""

from dangqun.accounts import views
from dangqun.orgs.access import PUBLIC, SIGNED_IN, route

BOTH = ("GET", "POST")

urlpatterns = [
    route("sign-in/", views.sign_in, needs=PUBLIC, name="sign-in", methods=BOTH),
    route("sign-out/", views.sign_out, needs=SIGNED_IN, name="sign-out", methods=("POST",)),
    route("me/devices/", views.devices, needs=SIGNED_IN, name="me-devices"),
    route(
        "me/devices/<id:pk>/not-me/", views.not_me, needs=SIGNED_IN, name="me-devices-end", methods=("POST",)
    ),
    route("me/password/", views.password, needs=SIGNED_IN, name="me-password", methods=BOTH),
    route("view/", views.door_view, needs=PUBLIC, name="view", methods=("POST",)),
    route("me/view/", views.view, needs=SIGNED_IN, name="me-view", methods=BOTH),
]
