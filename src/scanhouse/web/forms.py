"""Forms of the pages: they check what a person typed before a use case sees it; the rules themselves are below."""
from __future__ import annotations

from django import forms

from scanhouse.web import words

ACCESSIBILITIES = [(value, name, icon, meaning) for value, (name, icon, meaning) in words.ACCESS.items()]
PREARCHIVE_CODES = [
    ("0", "Keep in the prearchive", "Somebody looks at each session and archives it."),
    ("4", "Archive by itself", "A session that conflicts with an archived one stops in the prearchive."),
    ("5", "Archive by itself, newest wins", "Files that are there already are replaced."),
]
ROLES = [
    ("owner", "Owner", "Everything, including who else may."),
    ("member", "Member", "Adds and corrects data."),
    ("collaborator", "Collaborator", "Reads data."),
]
PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class SignIn(forms.Form):
    login = forms.CharField(max_length=255)
    password = forms.CharField(max_length=4096, strip=False)
    next = forms.CharField(required=False, max_length=2000)


class NewProject(forms.Form):
    name = forms.CharField(label="Title", max_length=255, required=False, widget=forms.TextInput({"autocomplete": "off"}))
    id = forms.RegexField(
        r"^[A-Za-z0-9_-]+\Z", label="Project ID", max_length=100, widget=forms.TextInput(PLAIN),
        help_text="Letters, digits, _ and -. It is part of every address and cannot be changed later.",
        error_messages={"invalid": "Letters, digits, _ and - only."},
    )  # fmt: skip
    description = forms.CharField(label="Description", max_length=4000, required=False, widget=forms.Textarea({"rows": 3}))
    accessibility = forms.ChoiceField(choices=[(row[0], row[1]) for row in ACCESSIBILITIES], initial="private")


class ProjectSettings(forms.Form):
    name = forms.CharField(label="Title", max_length=255, widget=forms.TextInput({"autocomplete": "off"}))
    description = forms.CharField(label="Description", max_length=4000, required=False, widget=forms.Textarea({"rows": 3}))
    accessibility = forms.ChoiceField(choices=[(row[0], row[1]) for row in ACCESSIBILITIES])
    prearchive_code = forms.ChoiceField(choices=[(row[0], row[1]) for row in PREARCHIVE_CODES])


class Member(forms.Form):
    login = forms.CharField(label="User name", max_length=255, widget=forms.TextInput(PLAIN))
    role = forms.ChoiceField(choices=[("", ""), *((row[0], row[1]) for row in ROLES)], required=False, initial="member")


class Password(forms.Form):
    old = forms.CharField(label="Present password", strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}))
    new = forms.CharField(
        label="New password", strip=False, help_text="At least 8 characters, and not one that many people use.",
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(label="New password again", strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"}))

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new"):
            raise forms.ValidationError("The two new passwords differ.")
        return again


class Upload(forms.Form):
    """What an upload from the page begins with."""

    project = forms.CharField(max_length=255)
    subject = forms.CharField(max_length=64, required=False)
    session = forms.CharField(max_length=64, required=False)
    then = forms.ChoiceField(choices=[("", ""), ("archive", ""), ("wait", "")], required=False)
