from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("access", "0002_guesses")]

    operations = [
        migrations.AddIndex(
            model_name="projectaccess",
            index=models.Index(fields=["accessibility", "project"], name="access_open_projects"),
        ),
    ]
