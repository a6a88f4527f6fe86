"""The settings of the site as a table: name, default, unit, who reads it, and what it is for. Names are XNAT's."""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from scanhouse.dicom.identity import DEFAULT_FILE_NAME


class Readers(Enum):
    """Who may read a setting."""

    PUBLIC = "everybody"
    USERS = "whoever is signed in"
    ADMIN = "administrators"


PUBLIC, USERS, ADMIN = Readers.PUBLIC, Readers.USERS, Readers.ADMIN


@dataclass(frozen=True)
class Setting:
    """One setting. Its type is that of its default: bool, int, str or list (of str)."""

    name: str
    default: Any
    readers: Readers
    help: str
    unit: str = ""

    @property
    def type(self) -> type:
        return type(self.default)

    def typed(self, value: Any) -> Any:
        """`value` as this setting keeps it; texts are understood. Raises ValueError or TypeError."""
        if self.type is bool:
            if isinstance(value, str):
                return _BOOLEANS[value.strip().lower()] if value.strip().lower() in _BOOLEANS else _no()
            return value if isinstance(value, bool) else _no()
        if self.type is int:
            return int(value) if isinstance(value, int | str) and not isinstance(value, bool) else _no()
        if self.type is list:
            return list(_items(value))
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else json.dumps(value)


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False, "": False}


def _no() -> Any:
    raise ValueError


def _items(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith("[") else [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        _no()
    yield from value


_DEFAULT_SCRIPT = """//
// Default site-wide anonymisation script
// Project, subject and session of what arrives are found before this runs; nothing else is changed.
//
version "6.1"
"""

_TABLE = (
    # The site
    Setting("siteId", "XNAT", PUBLIC, "Short name of the site; accession IDs begin with it"),
    Setting("siteUrl", "", PUBLIC, "Address under which users reach the site"),
    Setting("siteHome", "/", PUBLIC, "Page that a visitor is led to"),
    Setting("siteLogoPath", "", PUBLIC, "Address of the logo"),
    Setting("buildInfo", "", PUBLIC, "Version of the software"),
    Setting("siteDescriptionType", "Text", USERS, "Whether the description is a text or a page"),
    Setting("siteDescriptionText", "An archive for research imaging.", USERS, "What the front page says"),
    Setting("siteDescriptionPage", "", USERS, "Page shown instead of the description"),
    Setting("siteLandingLayout", "", USERS, "Layout of the front page"),
    Setting("siteHomeLayout", "", USERS, "Layout of the start page"),
    Setting("siteLoginLanding", "", USERS, "Page after signing in"),
    Setting("siteWideAlertStatus", "Disabled", USERS, "Whether an alert is shown on every page"),
    Setting("siteWideAlertType", "message", USERS, "How the alert looks: message, alert or error"),
    Setting("siteWideAlertMessage", "", USERS, "Text of the alert"),
    Setting("displayHostName", "never", USERS, "When pages name the server"),
    Setting("processingUrl", "", USERS, "Address by which containers reach the site"),
    Setting("adminEmail", "you@yoursite.org", ADMIN, "Where the site's mails come from and go to"),
    Setting("primaryAdminUsername", "admin", ADMIN, "Login in whose name the site acts"),
    Setting("initialized", False, ADMIN, "Whether the site has been set up"),
    # Accounts and signing in
    Setting("requireLogin", True, ADMIN, "Whether visitors must sign in to see public projects"),
    Setting("userRegistration", False, ADMIN, "Whether new accounts are enabled by themselves"),
    Setting("emailVerification", True, ADMIN, "Whether a new account must prove its e-mail address"),
    Setting("par", True, ADMIN, "Whether invitations to projects enable an account"),
    Setting("restrictUserListAccessToAdmins", False, ADMIN, "Whether only administrators see the list of users"),
    Setting("allowDataAdmins", True, ADMIN, "Whether there may be data administrators"),
    Setting("passwordComplexity", "^.*$", ADMIN, "Regular expression that passwords match"),
    Setting("passwordComplexityMessage", "Password is not sufficiently complex.", ADMIN, "What is said of one that does not"),
    Setting("passwordExpirationType", "Interval", ADMIN, "How passwords end: Interval, Date or Disabled"),
    Setting("passwordExpirationInterval", "1 year", ADMIN, "How long a password lasts"),
    Setting("passwordExpirationDate", "", ADMIN, "When passwords end", "date"),
    Setting("passwordReuseRestriction", "None", ADMIN, "Whether old passwords may come back"),
    Setting("passwordHistoryDuration", "1 year", ADMIN, "How long old passwords are remembered"),
    Setting("sessionTimeout", "15 minutes", ADMIN, "How long somebody who does nothing stays signed in"),
    Setting("aliasTokenTimeout", "2 days", ADMIN, "How long an alias token lasts"),
    Setting("concurrentMaxSessions", 1000, ADMIN, "Sign-ins of one user at a time"),
    Setting("maxFailedLogins", 20, ADMIN, "Failed sign-ins before an account is locked; -1: never"),
    Setting("maxFailedLoginsLockoutDuration", "1 hour", ADMIN, "How long it is locked"),
    Setting("inactivityBeforeLockout", "1 year", ADMIN, "How long an account may rest"),
    Setting("enabledProviders", ["localdb"], ADMIN, "Ways to sign in, in the order shown"),
    Setting("securityNewUserRegistrationDisabled", False, ADMIN, "Whether nobody can register"),
    Setting("securityExternalUserParDisabled", False, ADMIN, "Whether invitations by e-mail are off"),
    Setting("securityAllowNonPrivateProjects", True, ADMIN, "Whether projects may be public or protected"),
    Setting("securityChannel", "any", ADMIN, "http, https or any"),
    Setting("enableCsrfToken", True, ADMIN, "Whether changes from browsers need a token of their own"),
    Setting("securityMaxLoginInterval", "", ADMIN, "How long an account may go without signing in"),
    Setting("securityLastModifiedInterval", "", ADMIN, "How long an account may go without a change"),
    Setting("matchSecurityProtocol", False, ADMIN, "Whether links keep the protocol of the request"),
    Setting("emailProjectAccessRequestToAdmin", True, ADMIN, "Whether administrators hear of access requests"),
    # Folders: told to clients that ask; bytes live in the object store
    *(Setting(f"{name}Path", f"/data/xnat/{name}", ADMIN, f"Name of the {name} folder in addresses of files")
      for name in ("archive", "prearchive", "cache", "build", "ftp", "pipeline", "inbox")),
    # What arrives
    Setting("enableDicomReceiver", True, USERS, "Whether DICOM receivers listen"),
    Setting("receivedFileUser", "admin", ADMIN, "Login in whose name DICOM objects are received"),
    Setting("sessionXmlRebuilderInterval", 5, USERS, "How long nothing must arrive before a session is built", "minutes"),
    Setting("sessionXmlRebuilderRepeat", 60000, USERS, "How often sessions to build are looked for", "milliseconds"),
    Setting("sessionXmlRebuilderLockRetryMax", 10, ADMIN, "How often building a busy session is tried again"),
    Setting("sessionArchiveTimeoutInterval", 600, ADMIN, "How long archiving a session may take", "seconds"),
    Setting("defaultProjectAutoArchiveSetting", 4, USERS, "Prearchive code of new projects"),
    Setting("projectAllowAutoArchive", True, USERS, "Whether projects may archive by themselves"),
    Setting("enableDirectArchiveAppend", False, ADMIN, "Whether direct archiving adds to sessions that are there"),
    Setting("dicomFileNameTemplate", DEFAULT_FILE_NAME, USERS, "Names of files made of received objects"),
    Setting("useSopInstanceUidToUniquelyIdentifyDicom", True, ADMIN, "Whether the SOP Instance UID alone says that two files are the same object"),
    Setting("preventCrossModalityMerge", True, ADMIN, "Whether series of another modality stay out of a session"),
    Setting("separateSecondaryDicomOnArchive", True, ADMIN, "Whether secondary DICOM objects get a resource of their own"),
    Setting("failMergeOn", [], USERS, "What stops a merge"),
    Setting("sitewideAnonymizationScript", _DEFAULT_SCRIPT, USERS, "Script for everything that arrives"),
    Setting("enableSitewideAnonymizationScript", True, USERS, "Whether it runs"),
    Setting("rerunProjectAnonOnRename", False, ADMIN, "Whether a project's script runs again when a session gets another name"),
    Setting("sitewideSeriesImportFilter", "", USERS, "Series that are let in or kept out"),
    Setting("sitewideSeriesImportFilterMode", "blacklist", USERS, "blacklist, whitelist or modalityMap"),
    Setting("enableSitewideSeriesImportFilter", False, USERS, "Whether that filter is used"),
    Setting("sitewidePetTracers", "", USERS, "Names of PET tracers, one a line"),
    Setting("sitewidePetMr", "", USERS, "How PET/MR studies are divided: separate, pet or petmr"),
    Setting("sitewideProjectRoutingExpression", "", USERS, "Rule that finds the project of a DICOM object"),
    Setting("sitewideSubjectRoutingExpression", "", USERS, "Rule that finds its subject"),
    Setting("sitewideSessionRoutingExpression", "", USERS, "Rule that finds its session"),
    # The archive
    Setting("checksums", True, USERS, "Whether file lists show MD5 digests"),
    Setting("backupDeletedToCache", False, ADMIN, "Whether deleted files stay for a while"),
    Setting("maintainFileHistory", False, ADMIN, "Whether replaced files stay for a while"),
    Setting("keepDiscarded", 24, ADMIN, "How long bytes that nothing names any more are kept", "hours"),
    Setting("scanTypeMapping", True, USERS, "Whether scans get the type of others of the same description"),
    Setting("zipExtensions", "zip,jar,rar,ear,gar,mrb", USERS, "Archives that can be looked into"),
    Setting("zipCompressionMethod", 0, ADMIN, "Compression of downloads; 0: none"),
    Setting("allowHtmlResourceRendering", False, ADMIN, "Whether HTML files are shown and not only downloaded"),
    Setting("htmlResourceRenderingWhitelist", ["bmp", "gif", "jpeg", "jpg", "png", "tiff", "txt", "xml"], ADMIN, "Files that browsers may show"),
    Setting("maxNumberOfSessionsForJobsWithSharedData", 100000, ADMIN, "Shared sessions of one job"),
    Setting("fileOperationUsedForJobsWithSharedData", "hard_link", ADMIN, "How their files are offered to jobs"),
    Setting("requireChangeJustification", False, ADMIN, "Whether a change needs a reason"),
    Setting("showChangeJustification", False, ADMIN, "Whether pages ask for one"),
    Setting("requireEventName", False, ADMIN, "Whether a change needs a name"),
    Setting("requireImageAssessorLabels", False, ADMIN, "Whether assessors need labels"),
    # Pages and lists
    Setting("uiAllowNonAdminProjectCreation", True, USERS, "Whether every user may create projects"),
    Setting("uiAllowQuarantine", False, USERS, "Whether pages offer quarantine"),
    Setting("uiAllowScanAddition", True, USERS, "Whether pages offer to add scans"),
    Setting("uiAllowSubjectCreateFromExptEdit", True, USERS, "Whether subjects may be made while editing a session"),
    Setting("uiDefaultCompressedUploaderImporter", "DICOM-zip", USERS, "Importer of the upload page"),
    Setting("uiDateFormat", "yyyy-MM-dd", USERS, "How dates are shown"),
    Setting("uiTimeFormat", "HH:mm:ss", USERS, "How times are shown"),
    Setting("uiDateTimeFormat", "yyyy-MM-dd HH:mm:ss", USERS, "How both are shown"),
    Setting("uiDateTimeSecondsFormat", "yyyy-MM-dd HH:mm:ss.SSS", USERS, "How both are shown in full"),
    Setting("imageSessionDisplayNameSingular", "Session", USERS, "What an image session is called"),
    Setting("imageSessionDisplayNamePlural", "Sessions", USERS, "What image sessions are called"),
    Setting("mainPageSearchDatatypeOptions", ["xnat:mrSessionData", "xnat:petSessionData", "xnat:ctSessionData"], ADMIN,
            "Types offered for searching"),
    Setting("addCountFieldsToProjectListings", True, ADMIN, "Whether lists of projects count"),
    Setting("defaultToSortedListings", True, ADMIN, "Whether lists are sorted"),
    Setting("defaultToPagedRestfulLists", False, ADMIN, "Whether lists come in pages"),
    Setting("removeScanAggregateFields", False, ADMIN, "Whether lists of sessions leave scans out"),
)

REGISTRY: dict[str, Setting] = {setting.name: setting for setting in _TABLE}
