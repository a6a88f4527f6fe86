"""From received objects to an archived session: receive, route, prearchive, build, merge, archive."""
