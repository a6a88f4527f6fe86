"""History and workflow records say whether their ID is a project's, a subject's or an experiment's: one ID may name one of each."""
from django.db import migrations, models

KINDS = [('project', 'Project'), ('subject', 'Subject'), ('experiment', 'Experiment')]

# A deed on a part (a scan, a file) has the part's type as its kind and the root's ID as its thing; deeds on a project's own parts name it twice.
HISTORY = """
UPDATE records_history h SET root = CASE
    WHEN h.kind = 'site' OR h.kind LIKE 'scanhouse:%' THEN ''
    WHEN h.kind = 'xnat:projectData' THEN 'project'
    WHEN h.kind = 'xnat:subjectData' THEN 'subject'
    WHEN h.project = h.thing AND NOT EXISTS (SELECT 1 FROM records_experiment e WHERE e.id = h.thing AND e.project_id = h.project) THEN 'project'
    WHEN EXISTS (SELECT 1 FROM records_subject s WHERE s.id = h.thing)
        AND NOT EXISTS (SELECT 1 FROM records_experiment e WHERE e.id = h.thing) THEN 'subject'
    ELSE 'experiment' END
"""
WORKFLOWS = """
UPDATE records_workflow w SET kind = CASE
    WHEN EXISTS (SELECT 1 FROM records_experiment e WHERE e.id = w.item) THEN 'experiment'
    WHEN EXISTS (SELECT 1 FROM records_subject s WHERE s.id = w.item) THEN 'subject'
    WHEN EXISTS (SELECT 1 FROM records_project p WHERE p.id = w.item) THEN 'project'
    ELSE 'experiment' END
"""


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0007_surveys'),
    ]

    operations = [
        migrations.AddField(
            model_name='history',
            name='root',
            field=models.CharField(
                blank=True, choices=KINDS, default='', help_text='Which of these: an ID may name one of each. Empty for all else', max_length=10
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='history',
            name='thing',
            field=models.CharField(help_text='ID of the project, subject or experiment that it is or belongs to', max_length=255),
        ),
        migrations.RemoveConstraint(
            model_name='workflow',
            name='records_workflow_once',
        ),
        migrations.AddField(
            model_name='workflow',
            name='kind',
            field=models.CharField(
                choices=KINDS, default='experiment', help_text='What the item is: an ID may name one of each kind', max_length=10
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='workflow',
            name='data_type',
            field=models.CharField(help_text='As the client says', max_length=255),
        ),
        migrations.RunSQL(HISTORY, migrations.RunSQL.noop),
        migrations.RunSQL(WORKFLOWS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='workflow',
            constraint=models.UniqueConstraint(fields=('item', 'kind', 'pipeline_name', 'launch_time'), name='records_workflow_once'),
        ),
    ]
