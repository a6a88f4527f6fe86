from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "scanhouse.web"
    label = "web"
