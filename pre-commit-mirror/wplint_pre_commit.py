"""Nothing: the package that pre-commit installs only asks for the wheel of wplint."""
