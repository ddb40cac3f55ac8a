"""The client: ``Bench`` and what its verbs return. It knows the server only over HTTP."""
