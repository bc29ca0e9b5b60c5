"""URLs of this room: the readable permission table."""

from dangqun.ladder import views
from dangqun.orgs.access import PUBLIC, SIGNED_IN, route

BOTH, POST = ("GET", "POST"), ("POST",)
MANAGE = "channels.manage"

urlpatterns = [
    route("", views.channels, needs=MANAGE, name="channels"),
    route("new/<slug:kind>/", views.new, needs=MANAGE, name="channel-new", methods=BOTH),
    route("<id:pk>/", views.channel, needs=MANAGE, name="channel", methods=BOTH),
    route("<id:pk>/try/", views.try_out, needs=MANAGE, name="channel-try", methods=POST),
    route("<id:pk>/switch/", views.switch, needs=MANAGE, name="channel-switch", methods=POST),
    route("messages/", views.messages, needs=MANAGE, name="channel-messages"),
    route("messages/<id:pk>/again/", views.again, needs=MANAGE, name="channel-message-again", methods=POST),
    route("mine/", views.mine, needs=SIGNED_IN, name="me-reminders", methods=BOTH),
    route("mine/address/", views.my_address, needs=SIGNED_IN, name="me-reminders-address", methods=POST),
    route("mine/calendar/", views.my_calendar, needs=SIGNED_IN, name="me-reminders-calendar", methods=POST),
    # No sign-in: calendars of phones cannot. The address holds 256 random bits and can be withdrawn; it shows titles alone.
    route("calendar/<slug:secret>.ics", views.calendar, needs=PUBLIC, name="calendar-feed"),
]
