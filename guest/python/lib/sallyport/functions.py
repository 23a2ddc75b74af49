"""The functions that the host gives. They are builtins, too."""
