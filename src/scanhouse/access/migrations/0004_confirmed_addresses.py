"""Whether the e-mail address of an account stands for its person, or was only set by the account itself."""
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("access", "0003_open_projects")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="email_confirmed",
            field=models.BooleanField(default=True, help_text="An administrator set the address, so it stands for this person"),
        ),
    ]
