"""The settings of a project as a table: name, default, unit, and what each is for. Stored ones are in `Project.settings`."""
from __future__ import annotations

from .settings_of_the_site import USERS, Setting

SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("current_arc", "arc001", USERS, "Part of XNAT's folder names in addresses of files"),
        Setting("scan_type_mapping", True, USERS, "Whether scans get the type of others of the same description"),
        Setting("keep_superseded", 0, USERS, "How long replaced and deleted files stay beyond the site's grace period", "hours"),
        Setting("pet_mr", "", USERS, "How PET/MR studies are divided: separate, pet, petmr, or as the site does"),
        Setting("series_import_filter_enabled", False, USERS, "Whether the project's filter of series is used"),
        Setting("anonymization_enabled", False, USERS, "Whether the project's anonymisation script runs"),
    )
}
