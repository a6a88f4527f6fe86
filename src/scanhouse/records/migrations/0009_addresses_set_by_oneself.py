"""Accounts whose owners have changed them: their e-mail address may be the one thing that they changed, so it waits for an administrator."""
from django.db import migrations

UNPROVEN = """
UPDATE access_user u SET email_confirmed = false
WHERE EXISTS (SELECT 1 FROM records_history h WHERE h.kind = 'site' AND h.thing = '' AND h.action = 'changed own account' AND h.actor = u.username)
"""


class Migration(migrations.Migration):

    dependencies = [("records", "0008_kinds_of_history_and_workflows"), ("access", "0004_confirmed_addresses")]

    operations = [migrations.RunSQL(UNPROVEN, migrations.RunSQL.noop)]
