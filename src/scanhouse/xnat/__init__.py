"""XNAT's wire: /data, /REST, /xapi, /schemas. The only home of its quirks."""
