"""Charts of Helm: values, templates, dependencies."""
