"""How rows of one kind reach rows of another: a tree of joins below the rows that are listed.

Parents are one (the subject of a session), children multiply rows as an outer join does (the scans of a session). Joined rows are
those that the actor may read; a parent that may not be read is empty.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.access.rule import Matter
from scanhouse.records.types import REGISTRY
from scanhouse.schema.element import Element

from . import kinds
from .fragments import Parameters
from .kinds import Kind

ASSESSOR, DERIVED = "xnat:imageAssessorData", "xnat:derivedData"
MAX_JOINS = 12
"""Joins of one statement: more types than that are no listing."""


@dataclass
class Node:
    """Rows in the statement: their kind, alias, and the type that they are limited to."""

    kind: Kind
    alias: str
    element: Element
    label: str = ""
    """Expression of the label where it is another than the row's own, in a project that shares it."""
    project: str = ""
    parents: dict[str, Node] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)


class Joins:
    """The joins of a statement, made when a column asks for them."""

    def __init__(self, root: Node, actor: Actor, parameters: Parameters, project: str | None) -> None:
        self.root, self.actor, self.parameters, self.project = root, actor, parameters, project
        self.texts: list[str] = []

    def reach(self, element: Element) -> Node | None:
        """The rows of a type as seen from the rows listed; None where no way leads there."""
        return self._from(self.root, element)

    def _from(self, node: Node, element: Element) -> Node | None:
        related = element.is_a(node.kind.element) or node.element.is_a(element.name)
        if related and not (node.kind is kinds.EXPERIMENT and self._crosses(node, element)):
            return node
        match node.kind.name:
            case "subject":
                return self._from_subject(node, element)
            case "experiment":
                return self._from_experiment(node, element)
            case "scan" | "reconstruction":
                session = self._session_of(node)
                return self._parent_project(session) if element.is_a("xnat:projectData") else self._from(session, element)
        return None

    def _crosses(self, node: Node, element: Element) -> bool:
        """Sessions and their assessors are rows of one table: a column of the one, asked of the other, is a join."""
        if element.is_a(DERIVED):
            return node.element.is_a("xnat:subjectAssessorData")
        return element.is_a("xnat:subjectAssessorData") and node.element.is_a(DERIVED)

    def _from_subject(self, node: Node, element: Element) -> Node | None:
        if element.is_a("xnat:projectData"):
            return self._parent_project(node)
        if element.is_a(DERIVED):
            return self._child(self._sessions_of(node, REGISTRY.element("xnat:imageSessionData")), element, "session_id")
        if element.is_a("xnat:experimentData"):
            return self._sessions_of(node, element)
        if element.is_a(kinds.SCAN.element) or element.is_a(kinds.RECONSTRUCTION.element):
            return self._from(self._sessions_of(node, REGISTRY.element("xnat:imageSessionData")), element)
        return None

    def _sessions_of(self, node: Node, element: Element) -> Node:
        """Experiments of a subject; a general type takes the join of a special one that is there already."""
        known = next((child for child in node.children.values() if child.element.is_a(element.name)), None)
        return known or self._child(node, element, "subject_id")

    def _from_experiment(self, node: Node, element: Element) -> Node | None:
        if element.is_a("xnat:projectData"):
            return self._parent_project(node)
        if element.is_a(kinds.SUBJECT.element):
            return self.subject_of(node)
        if element.is_a(kinds.SCAN.element) or element.is_a(DERIVED) or element.is_a(kinds.RECONSTRUCTION.element):
            return self._child(node, element, "session_id")
        if element.is_a("xnat:subjectAssessorData"):
            return self.session_of_assessor(node)
        return None

    def subject_of(self, node: Node, *, hidden_too: bool = False) -> Node:
        """The subject of a session, or of an assessor's session. `hidden_too`: for its ID, which the session tells anyway."""
        name = "subject, hidden too" if hidden_too else "subject"
        known = node.parents.get(name)
        if known is not None:
            return known
        link = f"{node.alias}.subject_id"
        if not node.element.is_a("xnat:subjectAssessorData"):
            session = self.session_of_assessor(node, hidden_too=True)
            link = f"coalesce({node.alias}.subject_id, {session.alias}.subject_id)"
        made = self._new(kinds.SUBJECT, REGISTRY.element(kinds.SUBJECT.element))
        seen = "TRUE" if hidden_too else self.visible(made)
        self.texts.append(f"LEFT JOIN records_subject {made.alias} ON {made.alias}.key = {link} AND {seen}")
        if self.project is not None and not hidden_too:
            share = f"{made.alias}_share"
            self.texts.append(
                f"LEFT JOIN records_subjectshare {share} ON {share}.subject_id = {made.alias}.key AND {share}.project_id = "
                f"{self.parameters.put(self.project)}"
            )
            made.label = f"coalesce(nullif({share}.label, ''), {made.alias}.label)"
        node.parents[name] = made
        return made

    def session_of_assessor(self, node: Node, *, hidden_too: bool = False) -> Node:
        name = "session, hidden too" if hidden_too else "session"
        if name not in node.parents:
            made = self._new(kinds.EXPERIMENT, REGISTRY.element("xnat:imageSessionData"))
            seen = "TRUE" if hidden_too else self.visible(made)
            self.texts.append(f"LEFT JOIN records_experiment {made.alias} ON {made.alias}.key = {node.alias}.session_id AND {seen}")
            node.parents[name] = made
        return node.parents[name]

    def _session_of(self, node: Node) -> Node:
        if "session" not in node.parents:
            made = self._new(kinds.EXPERIMENT, REGISTRY.element("xnat:imageSessionData"))
            self.texts.append(f"LEFT JOIN records_experiment {made.alias} ON {made.alias}.key = {node.alias}.session_id AND {self.visible(made)}")
            node.parents["session"] = made
        return node.parents["session"]

    def _parent_project(self, node: Node) -> Node:
        if "project" not in node.parents:
            made = self._new(kinds.PROJECT, REGISTRY.element("xnat:projectData"))
            self.texts.append(f"LEFT JOIN records_project {made.alias} ON {made.alias}.id = {node.alias}.project_id AND {self.visible(made)}")
            node.parents["project"] = made
        return node.parents["project"]

    def _child(self, node: Node, element: Element, link: str) -> Node:
        known = node.children.get(element.name)
        if known is not None:
            return known
        kind = next(kind for kind in (kinds.SCAN, kinds.RECONSTRUCTION, kinds.EXPERIMENT) if element.is_a(kind.element))
        made = self._new(kind, element)
        terms = [f"{made.alias}.{link} = {node.alias}.key", self.visible(made, owner=node), self.of_type(made, element)]
        self.texts.append(f"LEFT JOIN {kind.table} {made.alias} ON {' AND '.join(term for term in terms if term)}")
        node.children[element.name] = made
        return made

    def _new(self, kind: Kind, element: Element) -> Node:
        assert len(self.texts) < MAX_JOINS * 2, "columns were bounded before"
        return Node(kind, f"j{len(self.texts)}", element)

    def of_type(self, node: Node, element: Element) -> str:
        """The condition that rows are of a type; empty where all of the table are."""
        if element.name == node.kind.element or not node.kind.typed_rows:
            return ""
        names = sorted(one.name for one in REGISTRY.descendants(element.name))
        return f"{node.alias}.element = ANY({self.parameters.put(names)})"

    def visible(self, node: Node, *, owner: Node | None = None) -> str:
        """The condition that the actor may read these rows. Parts are asked for with the session that they are of as `owner`."""
        of = node
        part = None
        if node.kind in (kinds.SCAN, kinds.RECONSTRUCTION):
            assert owner is not None  # parts are only reached from their session
            of, part = owner, f"{node.alias}.element"
        return visible(self.actor, of, self.parameters, part=part)


def known(actor: Actor, project: str, parameters: Parameters) -> str:
    """The condition that the actor may know of the project that this expression names: what is shared into others is not told."""
    text, values = policy.sql_visible(actor, element_sql="'xnat:projectData'", project_sql=project, matter=Matter.RECORD)
    return parameters.embed(text, values)


def visible(
    actor: Actor, node: Node, parameters: Parameters, *, part: str | None = None, action: Action = Action.READ, wide: bool = False
) -> str:
    """The policy's condition on rows of a project, subject or experiment. `wide`: nothing else leaves few of them."""
    kind, more = node.kind, dict[str, Any]()
    if kind.share_table and wide:
        more["shares_sql"] = f"SELECT {kind.share_key}, project_id FROM {kind.share_table}"
        more["key_sql"] = f"{node.alias}.key"
    elif kind.share_table:
        more["shares_sql"] = f"SELECT project_id FROM {kind.share_table} WHERE {kind.share_key} = {node.alias}.key"
    if kind is kinds.PROJECT:
        more["matter"] = Matter.RECORD
    project = f"{node.alias}.id" if kind is kinds.PROJECT else f"{node.alias}.project_id"
    text, values = policy.sql_visible(actor, action, element_sql=kind.type_sql(node.alias), project_sql=project, part_sql=part, **more)
    return parameters.embed(text, values)
