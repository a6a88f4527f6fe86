"""Paths of the registry as SQL: a column, a value of the document, or a value of a list, whose documents multiply rows."""
from __future__ import annotations

from scanhouse.schema.element import Element
from scanhouse.schema.errors import UnknownField
from scanhouse.schema.values import ValueType
from scanhouse.schema.xpath import Path, Step

from . import fragments, kinds
from .fragments import Expression, Sort
from .joins import Joins, Node, known

_RESOURCE_COLUMNS = {
    "label": "label", "format": "format", "content": "content", "description": "description", "note": "note", "uid": "uid",
    "xnat_abstractresource_id": "key",
}
_LISTS = {
    "resources/resource": "", "file": "", "out/file": "out", "in/file": "in",
}
"""Lists whose documents are rows of resources, and their direction."""


class NoSuchField(UnknownField):
    """A path that cannot be listed or compared."""


class Values:
    """Expressions for paths, over the joins of one statement."""

    def __init__(self, joins: Joins) -> None:
        self.joins = joins
        self._lists: dict[tuple[str, str], str] = {}

    def of(self, path: Path, default: Element) -> Expression:
        """The value at a path, from whatever rows its type means. Raises NoSuchField."""
        element = default.registry.get(path.element) if path.element else default
        if element is None:
            raise NoSuchField(path.element or "", path.plain)
        node = self.joins.reach(element)
        if node is None:
            raise NoSuchField(element.name, path.plain)
        found = self.at(node, element, path.steps)
        if element.is_a(node.element.name) and element.name != node.element.name:
            return found.only_where(self.joins.of_type(node, element) or "TRUE")
        return found

    def at(self, node: Node, element: Element, steps: tuple[Step, ...]) -> Expression:
        """The value at steps below an element, of a row that has been reached. Raises NoSuchField."""
        plain = "/".join(step.name for step in steps).lower()
        own = self._own(node, plain)
        if own is not None:
            return own
        for place in range(1, len(steps) + 1):
            path = "/".join(step.name for step in steps[:place])
            field = element.find(path)
            if field is None:
                continue
            if field.repeated:
                return self._in_list(node, element, field.path, steps[place - 1], steps[place:])
            if place == len(steps) and field.kind is not None and not field.node.hidden:
                return fragments.in_document(f"{node.alias}.doc", field.path, field.kind)
        raise NoSuchField(element.name, plain)

    def _own(self, node: Node, plain: str) -> Expression | None:
        """What is a column of the row, or follows from the rows that it hangs on."""
        if plain == "label" and node.label:
            return fragments.column(node.label)
        if plain == "project":
            if node.project:
                return fragments.column(node.project)
            if node.kind in (kinds.SCAN, kinds.RECONSTRUCTION):
                return fragments.column(f"{self.joins._session_of(node).alias}.project_id")
        if node.kind is kinds.EXPERIMENT and plain in ("subject_id", "xnat:subjectassessordata/subject_id"):
            return fragments.column(f"{self.joins.subject_of(node, hidden_too=True).alias}.id")
        if node.kind is kinds.EXPERIMENT and plain in ("imagesession_id", "image_session_id"):
            return fragments.column(f"{self.joins.session_of_assessor(node, hidden_too=True).alias}.id")
        if node.kind in (kinds.SCAN, kinds.RECONSTRUCTION) and plain == "image_session_id":
            return fragments.column(f"{self.joins._session_of(node).alias}.id")
        if node.kind is kinds.PROJECT and plain.startswith("pi/"):
            return self._of_person(node, plain.removeprefix("pi/"))
        make = node.kind.columns.get(plain)
        return make(node.alias) if make is not None else None

    def _of_person(self, node: Node, column: str) -> Expression | None:
        if column not in ("firstname", "lastname", "title", "institution", "department", "email", "phone"):
            return None
        alias = self._list(node, "PI", (
            "LATERAL (SELECT i.* FROM records_project_pi pi JOIN records_investigator i ON i.id = pi.investigator_id "
            f"WHERE pi.project_id = {node.alias}.id ORDER BY i.id LIMIT 1)"
        ))
        return fragments.column(f"nullif({alias}.{column}, '')")

    def _in_list(self, node: Node, element: Element, path: str, step: Step, beyond: tuple[Step, ...]) -> Expression:
        rows = self._rows(node, path, beyond)
        if rows is not None:
            return rows
        item = element.registry.element(element.field(path).default_item or "")
        if element.field(path).rows:
            there = self.joins._from(node, item)  # scans of a session, assessors, experiments of a subject: rows of their own
            if there is None or there is node or not beyond:
                raise NoSuchField(element.name, path)
            return self.at(there, item, beyond)
        inner = item.find("/".join(one.name for one in beyond)) if beyond else None
        if inner is None or inner.kind is None:
            raise NoSuchField(element.name, path)
        document = fragments.literal(path)
        if step.conditions:
            return self._under_conditions(node, item, document, step, inner.path, inner.kind)
        alias = self._list(node, path, f"LATERAL jsonb_array_elements({node.alias}.doc -> {document})", "(doc)")
        return fragments.in_document(f"{alias}.doc", inner.path, inner.kind)

    def _under_conditions(self, node: Node, item: Element, document: str, step: Step, inner: str, kind: ValueType) -> Expression:
        """The value of the one document of a list that has these values: it multiplies nothing."""
        terms = []
        for name, value in step.conditions:
            found = item.find(name)
            if found is None:
                raise NoSuchField(item.name, name)
            terms.append(f"one.doc ->> {fragments.literal(found.path)} = {self.joins.parameters.put(value)}")
        picked = fragments.in_document("one.doc", inner, kind)
        source = f"FROM jsonb_array_elements({node.alias}.doc -> {document}) AS one(doc) WHERE {' AND '.join(terms)} LIMIT 1"
        return Expression(f"(SELECT {picked.text} {source})", f"(SELECT {picked.typed} {source})", picked.sort)

    def _rows(self, node: Node, path: str, beyond: tuple[Step, ...]) -> Expression | None:
        """Values of lists that are rows of their own: shares, aliases, resources."""
        inner = beyond[0].name.lower() if beyond else ""
        if path == "sharing/share" and node.kind.share_table and inner in ("project", "label"):
            seen = known(self.joins.actor, "{alias}.project_id", self.joins.parameters)
            alias = self._list(node, path, f"{node.kind.share_table}", on=f"{{alias}}.{node.kind.share_key} = {node.alias}.key AND {seen}")
            return fragments.column(f"{alias}.project_id" if inner == "project" else f"nullif({alias}.label, '')")
        if path == "aliases/alias" and inner == "alias":
            alias = self._list(node, path, "records_projectalias", on=f"{{alias}}.project_id = {node.alias}.id")
            return fragments.column(f"{alias}.alias")
        if path in _LISTS and inner in (*_RESOURCE_COLUMNS, "file_count", "file_size"):
            key = "id" if node.kind is kinds.PROJECT else "key"
            way = f" AND {{alias}}.direction = '{_LISTS[path]}'" if _LISTS[path] else ""
            alias = self._list(node, path, "records_resource", on=f"{{alias}}.{node.kind.name}_id = {node.alias}.{key}{way}")
            if inner in ("file_count", "file_size"):
                total = "count(*)" if inner == "file_count" else "coalesce(sum(size), 0)::bigint"
                return fragments.column(f"(SELECT {total} FROM records_file WHERE resource_id = {alias}.key)", Sort.NUMBER)
            name = _RESOURCE_COLUMNS[inner]
            return fragments.column(f"{alias}.key", Sort.NUMBER) if name == "key" else fragments.column(f"nullif({alias}.{name}, '')")
        return None

    def _list(self, node: Node, path: str, source: str, names: str = "", *, on: str = "TRUE") -> str:
        """The alias of a list's documents, joined once for all columns that name it."""
        alias = self._lists.get((node.alias, path))
        if alias is None:
            # Several of us may write into one statement, so the alias counts what the statement has, not what we have.
            alias = self._lists[(node.alias, path)] = f"l{len(self.joins.texts)}"
            self.joins.texts.append(f"LEFT JOIN {source} AS {alias}{names} ON {on.format(alias=alias)}")
        return alias
