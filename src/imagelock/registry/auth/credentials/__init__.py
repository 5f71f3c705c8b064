"""Registry credentials that other programs have stored."""
