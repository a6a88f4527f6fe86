"""Kept results know with which rights they were found and of what their rows are. Those of before live for a day at most: they go."""
import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('search', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL('TRUNCATE search_keptresult, search_keptrow', migrations.RunSQL.noop),
        migrations.AddField(
            model_name='keptresult',
            name='rights',
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), default=list, help_text='Groups and grants with which it was found', size=None
            ),
        ),
        migrations.AddField(
            model_name='keptrow',
            name='thing',
            field=models.TextField(blank=True, default='', help_text="Key of the row's thing, of the kind that the root is"),
            preserve_default=False,
        ),
    ]
