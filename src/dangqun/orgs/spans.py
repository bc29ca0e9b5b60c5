"""Rows that hold from one day to another: first day counted, last day not (half-open)."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from dangqun.kernel.calendars import today
from dangqun.kernel.rules import RuleBroken


class DatedQuerySet(models.QuerySet):
    """Reads of rows with a span."""

    def on(self, day: date) -> Self:
        """Those that hold on that day."""
        return self.filter(during(day))

    def open(self) -> Self:
        """Those without an end."""
        return self.filter(ends_on=None)

    def in_time(self) -> "DatedQuerySet":
        """Oldest first; those since ever come before all, on every database."""
        return self.order_by(F("starts_on").asc(nulls_first=True), "pk")

    def newest_first(self) -> "DatedQuerySet":
        """Newest first; those since ever come last, on every database."""
        return self.order_by(F("starts_on").desc(nulls_last=True), "-pk")

    def after(self, day: date) -> Self:
        """Those that hold on some day from that one on."""
        real = Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gt=F("starts_on"))
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=day)).filter(real)


class Dated(models.Model):
    """A span: `starts_on` null means since ever, `ends_on` null means still; `ends_on` itself no longer counts."""

    starts_on = models.DateField("起", null=True, blank=True)
    ends_on = models.DateField("止", null=True, blank=True)

    class Meta:
        abstract = True

    @staticmethod
    def constraints(name: str) -> tuple[models.CheckConstraint, ...]:
        """Return the constraint that a span does not end before it starts."""
        return (
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                name=f"{name}_ends_after_start",
            ),
        )


def during(day: date, prefix: str = "") -> Q:
    """Return the condition that a span (reached over `prefix`, e.g. "placements__") holds on that day."""
    return (Q(**{f"{prefix}starts_on": None}) | Q(**{f"{prefix}starts_on__lte": day})) & (
        Q(**{f"{prefix}ends_on": None}) | Q(**{f"{prefix}ends_on__gt": day})
    )


def refuse_future(day: date) -> None:
    """Raise RuleBroken for a day that has not come: today's copies (paths, roles) would run ahead of the truth."""
    if day > today():
        raise RuleBroken("日期在今天以后。请到那一天再办，或者改成已经发生的日期。", field="on")


def refuse_before_opening(org: Any, on: date, *, what: str = "日期") -> None:
    """Raise RuleBroken for a day that has not come, or on which an organisation was not yet there; `what` names the day."""
    refuse_future(on)
    if org.opened_on and on < org.opened_on:
        raise RuleBroken(f"“{org}”在 {org.opened_on} 才成立，{what}不能早于它。", field="on")
