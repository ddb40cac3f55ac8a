"""What may be recorded of tasks, contributions and models: shapes, states and moves."""
