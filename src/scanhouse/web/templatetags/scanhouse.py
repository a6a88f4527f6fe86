"""What templates may ask for: addresses of static files, icons, and numbers in words."""
from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from scanhouse.web import words
from scanhouse.web.sql import ENOUGH
from scanhouse.web.static import shelf

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """Address of a static file. A vendor's file may not have been built: then empty, and the page does without it."""
    return "" if name.startswith("vendor/") and name not in shelf().assets else shelf().url(name)


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """An icon of img/icons.svg, for the eye only: the words beside it say the same."""
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>', extra, shelf().url("img/icons.svg"), name)


@register.simple_tag(takes_context=True)
def token(context: template.Context) -> SafeString:
    """The field of a form that shows it was made on a page of this sign-in. A guest has none and needs none."""
    csrf = context.get("csrf", "")
    return format_html('<input type="hidden" name="csrf" value="{}">', csrf) if csrf else SafeString("")


@register.simple_tag
def badge(state: str) -> SafeString:
    """The badge of a state on the way in."""
    word, kind = words.state(state)
    return format_html('<span class="badge {}">{}</span>', f"badge-{kind}" if kind else "", word)


@register.simple_tag
def quality(name: str) -> SafeString:
    """The badge of a scan's quality; nothing for a usable one, as most are."""
    if not name or name == "usable":
        return SafeString("")
    kind = words.QUALITIES.get(name, "")
    return format_html('<span class="badge {}">{}</span>', f"badge-{kind}" if kind else "", name)


@register.simple_tag
def access(name: str) -> SafeString:
    """The badge of a project's accessibility."""
    word, picture, meaning = words.ACCESS[name]
    return format_html('<span class="badge" title="{}">{} {}</span>', meaning, icon(picture), word)


@register.simple_tag
def when(moment: datetime | None) -> SafeString:
    """A moment as `3 h ago`, with the exact time for machines and for who asks."""
    if moment is None:
        return SafeString("")
    exact = timezone.localtime(moment)
    spoken = words.ago(exact, timezone.localtime())
    return format_html('<time datetime="{}" title="{}">{}</time>', exact.isoformat(), f"{exact:%Y-%m-%d %H:%M:%S %Z}", spoken)


@register.filter
def size(count: int | None) -> str:
    return words.size(count)


@register.filter
def counted(number: int) -> str:
    """A bounded count, as listings make them."""
    return words.bounded(number, ENOUGH)


@register.filter
def many(count: int, noun: str) -> str:
    """`{{ 3|many:"scan" }}`; `{{ n|many:"study,studies" }}` where an s does not do."""
    one, _, more = noun.partition(",")
    return words.many(count or 0, one, more)


@register.filter
def initials(name: str) -> str:
    return "".join(part[0] for part in name.replace(".", " ").split()[:2]) or "?"
