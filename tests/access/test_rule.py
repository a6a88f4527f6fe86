"""Who may do what: the table of roles, places and kinds of things. r read, n enter, c create, e edit, d delete, m manage."""
from __future__ import annotations

from typing import Any

import pytest
from tests.access.worlds import MR, MR_SCAN, PET, QC, SUBJECT, World, belonging, set_accessibility, share, site_group, user

from scanhouse.access.actions import Action
from scanhouse.access.actors import GUEST, SYSTEM, Actor
from scanhouse.access.models import GroupKind
from scanhouse.access.policy import NotAllowed, Place, allowed, explain, find, missing, require, visible
from scanhouse.errors import NotFound
from scanhouse.records.models import Experiment, Project, Subject

LETTERS = {"r": Action.READ, "n": Action.ENTER, "c": Action.CREATE, "e": Action.EDIT, "d": Action.DELETE, "m": Action.MANAGE}
KINDS = ("project", "project file", "subject", "subject file", "mr", "mr scan", "mr scan file", "pet", "qc", "arrived")
MEMBERS = ("PUB", "PROT", "PRIV")  # the projects that the roles below belong to; nobody belongs to FAR


def role(kind: str, grants: dict[str, str] | None = None) -> Actor:
    return user(*(belonging(project, kind, grants) for project in MEMBERS))


ACTORS = {
    "administrator": user(is_admin=True),
    "system": SYSTEM,
    "all data admin": user(site_group(GroupKind.ALL_DATA_ADMIN)),
    "all data access": user(site_group(GroupKind.ALL_DATA_ACCESS)),
    "owner": role("owner"),
    "member": role("member"),
    "collaborator": role("collaborator"),
    "subject reader": role("custom", {SUBJECT: "r"}),
    "subject manager": role("custom", {SUBJECT: "rced"}),
    "mr reader": role("custom", {MR: "r"}),
    "mr editor": role("custom", {MR: "rce"}),
    "mr manager": role("custom", {MR: "rced"}),
    "mr reader without scans": role("custom", {MR: "r", MR_SCAN: ""}),
    "qc reader": role("custom", {QC: "r"}),
    "outsider": user(),
    "guest": GUEST,
}
# Rights in a private project that the actor belongs to. A part answers "create" as its owner answers "edit".
#                            project  its file subject   its file mr      scan    its file pet     qc      arrived
PRIVATE = {
    "administrator":          "rncedm rcedm    rcedm     rcedm    rcedm   rcedm   rcedm    rcedm   rcedm   rcedm",
    "system":                 "rncedm rcedm    rcedm     rcedm    rcedm   rcedm   rcedm    rcedm   rcedm   rcedm",
    "all data admin":         "rncedm rcedm    rcedm     rcedm    rcedm   rcedm   rcedm    rcedm   rcedm   rcedm",
    "all data access":        "rn     r        r         r        r       r       r        r       r       r",
    "owner":                  "rncedm rcedm    rced      rced     rced    rced    rced     rced    rced    rced",
    "member":                 "rn     r        rce       rce      rce     rce     rce      rce     rce     rced",
    "collaborator":           "rn     r        r         r        r       r       r        r       r       -",
    "subject reader":         "rn     r        r         r        -       -       -        -       -       -",
    "subject manager":        "rn     r        rced      rced     -       -       -        -       -       rced",
    "mr reader":              "rn     r        r         r        r       r       r        -       -       -",
    "mr editor":              "rn     r        r         r        rce     rce     rce      -       -       rced",
    "mr manager":             "rn     r        r         r        rced    rced    rced     -       -       rced",
    "mr reader without scans": "rn    r        r         r        r       -       -        -       -       -",
    "qc reader":              "rn     r        r         r        -       -       -        -       r       -",
    "outsider":               "-      -        -         -        -       -       -        -       -       -",
    "guest":                  "-      -        -         -        -       -       -        -       -       -",
}
ADDED_WHERE_PROTECTED = "r - - - - - - - - -"
ADDED_WHERE_PUBLIC = "rn r r r r r r r r -"


def rights(actor: Actor, world: World, project: str) -> dict[str, set[Action]]:
    """Actions on each kind, leaving aside ENTER where it means the same as READ."""
    return {
        kind: {
            action for action in Action
            if (kind == "project" or action is not Action.ENTER) and allowed(actor, action, world[project, kind])
        }
        for kind in KINDS
    }


def table(*rows: str) -> dict[str, set[Action]]:
    columns = zip(KINDS, *(row.split() for row in rows), strict=True)
    return {kind: {LETTERS[letter] for letter in "".join(cells) if letter != "-"} for kind, *cells in columns}


@pytest.mark.parametrize("name", ACTORS)
def test_rights_in_a_private_project(world: World, name: str) -> None:
    assert rights(ACTORS[name], world, "PRIV") == table(PRIVATE[name])


@pytest.mark.parametrize("name", ACTORS)
def test_a_protected_project_shows_everybody_its_description_and_no_more(world: World, name: str) -> None:
    assert rights(ACTORS[name], world, "PROT") == table(PRIVATE[name], ADDED_WHERE_PROTECTED)


@pytest.mark.parametrize("name", ACTORS)
def test_everybody_reads_a_public_project(world: World, name: str) -> None:
    assert rights(ACTORS[name], world, "PUB") == table(PRIVATE[name], ADDED_WHERE_PUBLIC)


@pytest.mark.parametrize("name", ["owner", "member", "collaborator", "mr manager"])
def test_a_role_in_other_projects_gives_nothing(world: World, name: str) -> None:
    assert rights(ACTORS[name], world, "FAR") == table(PRIVATE["outsider"])


def test_what_came_for_no_project_is_for_those_who_see_all_data(world: World) -> None:
    assert allowed(ACTORS["administrator"], Action.EDIT, world.unassigned)
    assert allowed(ACTORS["all data access"], Action.READ, world.unassigned)
    assert not allowed(ACTORS["owner"], Action.READ, world.unassigned)


@pytest.mark.parametrize(
    ("action", "within", "may"),
    [
        (Action.READ, None, True), (Action.READ, "PRIV", True), (Action.READ, "FAR", False),
        (Action.EDIT, None, False), (Action.EDIT, "PRIV", False),
        (Action.DELETE, None, False), (Action.DELETE, "PRIV", True), (Action.DELETE, "FAR", False),
    ],
)
def test_an_owner_reads_what_is_shared_in_and_may_take_it_out_again_but_not_change_it(
    world: World, action: Action, within: str | None, may: bool
) -> None:
    share(world["FAR", "mr"], "PRIV")
    assert allowed(ACTORS["owner"], action, world["FAR", "mr"], within=within) == may


def test_the_parts_of_a_shared_session_are_read_with_it(world: World) -> None:
    share(world["FAR", "mr"], "PRIV")
    for part in ("mr scan", "mr scan file", "mr reconstruction"):
        assert allowed(ACTORS["collaborator"], Action.READ, world["FAR", part])
    assert not allowed(ACTORS["collaborator"], Action.READ, world["FAR", "qc"]), "an assessor is shared on its own"
    assert not allowed(ACTORS["collaborator"], Action.READ, world["FAR", "subject"])


def test_whoever_edits_in_both_projects_edits_a_shared_thing_in_either(world: World) -> None:
    share(world["FAR", "mr"], "PRIV")
    actor = user(belonging("FAR", "member"), belonging("PRIV", "member"))
    assert allowed(actor, Action.EDIT, world["FAR", "mr"], within="PRIV")
    assert not allowed(user(belonging("FAR", "member")), Action.EDIT, world["FAR", "mr"], within="PRIV")


def test_a_thing_is_nowhere_that_it_does_not_belong(world: World) -> None:
    assert not allowed(ACTORS["administrator"], Action.READ, world["FAR", "mr"], within="PRIV")


def test_a_change_of_accessibility_holds_at_once(world: World) -> None:
    assert allowed(GUEST, Action.READ, world["PUB", "mr"])
    set_accessibility({"PUB": "private"})
    assert not allowed(GUEST, Action.READ, world["PUB", "mr"])


def test_one_may_ask_about_what_is_not_there_yet(world: World) -> None:
    assert allowed(ACTORS["mr editor"], Action.CREATE, Place("PRIV", MR))
    assert not allowed(ACTORS["mr editor"], Action.CREATE, Place("PRIV", PET))
    assert allowed(ACTORS["member"], Action.CREATE, Experiment(project_id="PRIV", element=PET))
    assert {project.id for project in visible(ACTORS["mr editor"], Project.objects.all(), Action.CREATE, element=MR)} == set(MEMBERS)


def test_missing_and_hidden_look_alike(world: World) -> None:
    def answer(subject: str) -> str:
        with pytest.raises(NotFound) as error:
            find(ACTORS["owner"], Subject.objects.filter(id=subject))
        return f"{type(error.value).__name__} {error.value}"

    hidden = answer(world["FAR", "subject"].id)  # type: ignore[attr-defined]
    assert hidden == answer("S999")
    with pytest.raises(NotFound, match="no such subject") as error:
        require(ACTORS["owner"], Action.DELETE, world["FAR", "subject"])
    assert hidden.endswith(str(error.value)) and str(missing(Subject)) == str(error.value)


def test_what_is_seen_but_not_allowed_is_refused_in_words(world: World) -> None:
    with pytest.raises(NotAllowed, match=r"may see this subject, but not delete it\. Ask an owner") as error:
        require(ACTORS["member"], Action.DELETE, world["PRIV", "subject"])
    assert (error.value.action, error.value.noun) == (Action.DELETE, "subject")
    with pytest.raises(NotAllowed):
        find(ACTORS["collaborator"], Subject.objects.filter(project="PRIV"), Action.EDIT)
    with pytest.raises(NotAllowed, match="see what is inside"):
        require(ACTORS["outsider"], Action.ENTER, world["PROT", "project"])


@pytest.mark.parametrize(
    ("name", "thing", "reason"),
    [
        ("administrator", ("FAR", "mr"), "administrators of the site may do everything"),
        ("all data access", ("FAR", "mr"), "ALL_DATA_ACCESS reads the data of all projects"),
        ("member", ("PRIV", "mr"), "they belong to the group PRIV_member of project PRIV"),
        ("mr reader", ("PRIV", "mr scan file"), "the group PRIV_custom of project PRIV gives that on xnat:mrSessionData"),
        ("outsider", ("PUB", "mr"), "public"),
        ("guest", ("PROT", "project"), "protected"),
        ("outsider", ("PRIV", "mr"), "jane may not see this experiment: jane is in no group of PRIV"),
        ("qc reader", ("PRIV", "mr"), "what is given by PRIV_custom does not reach that far"),
        ("owner", ("FAR", "mr"), "is in no group of FAR"),
    ],
)
def test_an_explanation_names_what_decided(world: World, name: str, thing: tuple[str, str], reason: str) -> None:
    assert reason in explain(ACTORS[name], Action.READ, world[thing]).reason


def test_an_explanation_names_the_share_by_which_a_thing_is_seen(world: World) -> None:
    share(world["FAR", "mr"], "PRIV")
    answer = explain(ACTORS["collaborator"], Action.READ, world["FAR", "mr"])
    assert answer.allowed and answer.claim is not None and answer.claim.project == "PRIV"


def test_lists_hold_what_may_be_read(world: World, django_assert_num_queries: Any) -> None:
    share(world["FAR", "pet"], "PRIV")
    with django_assert_num_queries(1):
        found = {experiment.id for experiment in visible(user(belonging("PRIV", "collaborator")), Experiment.objects.all())}
    assert found == {"mr0", "pet0", "qc0", "mr2", "pet2", "qc2", "pet3"}
