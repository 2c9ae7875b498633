"""The shell: what stands between a person (or a pipe) and the engine."""
