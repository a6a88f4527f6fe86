from django.db import migrations, models


def end_all(apps, schema_editor):
    """Sign-ins from before cannot be sealed: their owners sign in again."""
    apps.get_model("access", "SignIn").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [("access", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Guess",
            fields=[
                ("digest", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("failures", models.IntegerField()),
                ("last_at", models.DateTimeField(db_index=True)),
                ("free_at", models.DateTimeField(help_text="No further attempt is looked at before")),
            ],
        ),
        migrations.RunPython(end_all, migrations.RunPython.noop),
        migrations.AddField(
            model_name="signin",
            name="sealed",
            field=models.BinaryField(max_length=16, default=b""),
            preserve_default=False,
        ),
    ]
