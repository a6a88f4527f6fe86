from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "scanhouse.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """What mending set aside is needed and goes with its project: whoever discards bytes or deletes projects must know of it."""
        from scanhouse.records import mending  # noqa: F401
