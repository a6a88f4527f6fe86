"""The web application for granian or any WSGI server."""
import gc
import os
import sys

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

# What pydicom takes along where it is installed: to download test data, and to decode pixels. Pictures are made in processes of their own
# (dicomweb/studio.py), so here it is 25 MB in each worker for nothing, and decoders do not lie beside what answers everybody.
for unused in ("requests", "PIL", "gdcm", "pylibjpeg"):
    sys.modules.setdefault(unused, None)  # type: ignore[arg-type]  # None is how Python says that a module shall not be had
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scanhouse.config.settings")
django_application = get_wsgi_application()

from scanhouse.config.front import Front  # noqa: E402  # its models need Django set up
from scanhouse.ops.endings import end_when_the_store_stops  # noqa: E402

# All doors are loaded before the first request, which would wait for them; and what is loaded now stays for good, so the garbage
# collector need not look through it again and again.
get_resolver().url_patterns  # noqa: B018
application = Front(django_application)
end_when_the_store_stops()
gc.collect()
gc.freeze()
