"""URLs of this room: the readable permission table."""

from dangqun.accounts import factor_views, privacy_views, views
from dangqun.orgs.access import PUBLIC, SIGNED_IN, route

BOTH = ("GET", "POST")

urlpatterns = [
    route("sign-in/", views.sign_in, needs=PUBLIC, name="sign-in", methods=BOTH),
    route("sign-in/code/", factor_views.door, needs=PUBLIC, name="sign-in-code", methods=BOTH),
    route("sign-in/set-up/", factor_views.door_set_up, needs=PUBLIC, name="sign-in-set-up", methods=BOTH),
    route("sign-out/", views.sign_out, needs=SIGNED_IN, name="sign-out", methods=("POST",)),
    route("me/devices/", views.devices, needs=SIGNED_IN, name="me-devices"),
    route(
        "me/devices/<id:pk>/not-me/", views.not_me, needs=SIGNED_IN, name="me-devices-end", methods=("POST",)
    ),
    route("me/password/", views.password, needs=SIGNED_IN, name="me-password", methods=BOTH),
    route("me/second-factor/", factor_views.begin, needs=SIGNED_IN, name="me-second-factor", methods=BOTH),
    route(
        "me/second-factor/set-up/",
        factor_views.set_up,
        needs=SIGNED_IN,
        name="me-second-factor-set-up",
        methods=BOTH,
    ),
    route(
        "me/second-factor/codes/",
        factor_views.codes,
        needs=SIGNED_IN,
        name="me-second-factor-codes",
        methods=BOTH,
    ),
    route(
        "me/second-factor/off/", factor_views.off, needs=SIGNED_IN, name="me-second-factor-off", methods=BOTH
    ),
    route(
        "me/second-factor/fresh/",
        factor_views.fresh,
        needs=SIGNED_IN,
        name="me-second-factor-fresh",
        methods=BOTH,
    ),
    route("privacy/", privacy_views.door, needs=PUBLIC, name="privacy"),
    route("me/privacy/", privacy_views.mine, needs=SIGNED_IN, name="me-privacy", methods=BOTH),
    route("view/", views.door_view, needs=PUBLIC, name="view", methods=("POST",)),
    route("me/view/", views.view, needs=SIGNED_IN, name="me-view", methods=BOTH),
]
