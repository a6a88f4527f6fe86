"""Rows behind rights: users, groups, grants, the accessibility of projects, sign-ins and alias tokens.

A project is named here by its ID: the project itself lives in `records`, above this package.
"""
from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Lower, Now


class Accessibility(models.TextChoices):
    """Who may see a project without being a member of it. Only its owners change it."""

    PRIVATE = "private", "Private: members only; to others it does not exist"
    PROTECTED = "protected", "Protected: everybody sees the description, members see the data"
    PUBLIC = "public", "Public: everybody may read"


class GroupKind(models.TextChoices):
    """The standard groups of a project have fixed rights; a custom group has `Grant` rows; a site group spans all projects."""

    OWNER = "owner", "Owners"
    MEMBER = "member", "Members"
    COLLABORATOR = "collaborator", "Collaborators"
    CUSTOM = "custom", "Custom"
    ALL_DATA_ADMIN = "all_data_admin", "All data administrators"
    ALL_DATA_ACCESS = "all_data_access", "All data readers"


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """An account. `username` is what XNAT calls the login; it is compared without case."""

    username = models.CharField(max_length=255)
    email = models.EmailField(blank=True)
    email_confirmed = models.BooleanField(default=True, help_text="An administrator set the address, so it stands for this person")
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    enabled = models.BooleanField(default=True)
    verified = models.BooleanField(default=True)
    is_admin = models.BooleanField(default=False, help_text="Site administrator")
    created_at = models.DateTimeField(db_default=Now())
    password_changed_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("username"), name="access_user_username_ci")]

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return self.enabled and self.verified


class UserRole(models.Model):
    """A site role by name (`Administrator` is `User.is_admin`; others, such as `Privileged` or `DataManager`, are kept here)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="access_userrole_once")]


class Group(models.Model):
    """A group of users, of one project (`project` is its ID) or of the site (`project` is null). ID as XNAT forms it: `{P}_owner`."""

    id = models.CharField(primary_key=True, max_length=255)
    display_name = models.CharField(max_length=255)
    project = models.CharField(max_length=255, null=True, db_index=True)
    kind = models.CharField(max_length=20, choices=GroupKind.choices, default=GroupKind.CUSTOM)
    members = models.ManyToManyField(User, through="Membership", related_name="groups")


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "group"], name="access_membership_once")]


class Grant(models.Model):
    """What a custom group may do to one element of its project, such as `xnat:mrSessionData`."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="grants")
    element = models.CharField(max_length=255)
    read = models.BooleanField(default=False)
    create = models.BooleanField(default=False)
    edit = models.BooleanField(default=False)
    remove = models.BooleanField(default=False)
    activate = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "element"], name="access_grant_once")]


class ProjectAccess(models.Model):
    """The accessibility of one project."""

    project = models.CharField(primary_key=True, max_length=255)
    accessibility = models.CharField(max_length=10, choices=Accessibility.choices, default=Accessibility.PRIVATE)

    class Meta:
        indexes = [models.Index(fields=["accessibility", "project"], name="access_open_projects")]


class AccessRequest(models.Model):
    """A wish to join a project, by its user, or an invitation by e-mail (XNAT: PAR)."""

    project = models.CharField(max_length=255, db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE)
    email = models.EmailField(blank=True)
    group = models.ForeignKey(Group, null=True, on_delete=models.CASCADE)
    approved = models.BooleanField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)


class SignIn(models.Model):
    """A signed-in browser or script: what the cookie stands for. The database alone does not give the cookie's value away.

    `digest` finds the row; `sealed` is the value itself under the site's secret, because ending sign-ins answers their IDs.
    """

    digest = models.BinaryField(primary_key=True, max_length=32)
    sealed = models.BinaryField(max_length=16)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sign_ins")
    csrf = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(db_index=True)
    address = models.GenericIPAddressField(null=True)
    alias = models.UUIDField(null=True, help_text="The alias token that opened it and without which it ends; null: login and password")


class AliasToken(models.Model):
    """A stand-in for login and password, with an end. The secret is kept as a digest only."""

    alias = models.UUIDField(primary_key=True, db_default=RandomUUID())
    secret_digest = models.BinaryField(max_length=32)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="alias_tokens")
    single_use = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()


class Guess(models.Model):
    """Failed attempts to sign in, by a digest of login and address (so that no password typed as a login is kept)."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    failures = models.IntegerField()
    last_at = models.DateTimeField(db_index=True)
    free_at = models.DateTimeField(help_text="No further attempt is looked at before")
