"""Quiz: questions in YAML, a machine that asks them, and the answers found by running commands, never stored."""
