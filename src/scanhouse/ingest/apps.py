from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "scanhouse.ingest"
    label = "ingest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the packages below what they ask the ones above by registry: who names objects, what goes with a project."""
        from scanhouse.ingest import referrers  # noqa: F401
