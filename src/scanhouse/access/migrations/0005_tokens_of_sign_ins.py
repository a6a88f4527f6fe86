"""Sign-ins that an alias token opened end with it. Those of before live for a week at most, as they did."""
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("access", "0004_confirmed_addresses")]

    operations = [
        migrations.AddField(
            model_name="signin",
            name="alias",
            field=models.UUIDField(
                help_text="The alias token that opened it and without which it ends; null: login and password", null=True
            ),
        ),
    ]
