"""The language server: findings, hovers and actions in editors."""
