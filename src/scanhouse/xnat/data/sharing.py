"""Items in further projects: `{item}/projects[/{P2}]` (xnat-data-api 2.4)."""
from __future__ import annotations

from django.http.response import HttpResponseBase

from scanhouse.errors import Invalid
from scanhouse.records import assessors, projects, sharing
from scanhouse.records.models import Experiment, Subject

from .. import address, envelopes, owners
from ..dialect import Call
from ..routes import Routes

routes = Routes()
ITEMS = ("<subject>/projects", "<experiment>/projects", "<assessor>/projects")
SHARES = tuple(f"{item}/{{destination}}" for item in ITEMS)


@routes.get(*ITEMS)
def listing(call: Call) -> HttpResponseBase:
    """The projects that an item is in, its own first."""
    rows = [(one.label, one.project.id, one.project.secondary_id, one.project.name) for one in sharing.holdings(call.actor, _item(call))]
    return envelopes.table(call, envelopes.Table(("label", "ID", "Secondary_ID", "Name"), rows, title="Projects"))


@routes.put(*SHARES)
def share(call: Call) -> HttpResponseBase:
    """Share into a project, or with `primary=true` give it that project as its own. A new share of an experiment is 201 (Q-076)."""
    item, into = _item(call), projects.find(call.actor, call.name("destination"))
    if call.flag("primary"):
        sharing.move(item, to=into, label=call.get("label") or None, assessors=_along(call, item), by=call.actor, reason=call.why)
        return envelopes.nothing()
    renamed = item.shares.filter(project=into).exists()
    sharing.share(item, into=into, label=call.get("label"), by=call.actor, reason=call.why)
    return envelopes.nothing(201 if isinstance(item, Experiment) and not renamed else 200)


@routes.delete(*SHARES)
def unshare(call: Call) -> HttpResponseBase:
    sharing.unshare(_item(call), out_of=projects.find(call.actor, call.name("destination")), by=call.actor, reason=call.why)
    return envelopes.nothing()


def _along(call: Call, item: Subject | Experiment) -> list[Experiment]:
    """The assessors that `moveAssessors` names, which go along with their session."""
    refs = [ref for ref in address.names(call.get("moveAssessors")) if ref]
    if refs and not isinstance(item, Experiment):
        raise Invalid("moveAssessors goes with a session; subjects have no assessors. Leave it out.")
    return [one for ref in refs for one in assessors.named(call.actor, item, ref)]  # type: ignore[arg-type]


def _item(call: Call) -> Subject | Experiment:
    item = owners.owner(call)
    assert isinstance(item, Subject | Experiment)  # the templates name nothing else
    return item
