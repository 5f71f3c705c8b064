"""The workflows that `imagelock init` writes: text, which the forges run.

`make docs` copies them to `integrations/`, where they can be read and copied.
"""
