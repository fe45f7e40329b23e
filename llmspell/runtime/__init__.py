"""From a script to its outcome. The only package that builds the others."""
