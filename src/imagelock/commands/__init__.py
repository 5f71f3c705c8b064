"""What each command does: takes values, returns a result; no terminal, no Typer."""
