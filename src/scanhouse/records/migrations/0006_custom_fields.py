from django.db import migrations

TABLES = ("project", "subject", "experiment", "scan")


class Migration(migrations.Migration):
    """Things with custom fields are found by the names of these: whether a form has answers is one look-up. Most things have none."""

    dependencies = [("records", "0005_types_and_forms")]
    operations = [
        migrations.RunSQL(
            f"CREATE INDEX records_{table}_custom_fields ON records_{table} USING gin ((doc -> 'custom_fields')) WHERE doc ? 'custom_fields'",
            f"DROP INDEX records_{table}_custom_fields",
        )
        for table in TABLES
    ]
