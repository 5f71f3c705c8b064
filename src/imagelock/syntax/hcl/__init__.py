"""HCL and its JSON form: text to trees that know every place."""
