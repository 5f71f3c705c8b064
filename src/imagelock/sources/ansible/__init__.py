"""Tasks of Ansible."""
