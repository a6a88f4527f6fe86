"""The site's password hash with few rounds, so that tests are quick."""
from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Quick(PBKDF2PasswordHasher):
    iterations = 2
