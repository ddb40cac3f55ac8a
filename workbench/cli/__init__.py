"""The terminal's door: the verbs of ``Bench``, ``--json`` on each."""
