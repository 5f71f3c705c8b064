"""Read the lockfiles of many repositories, and ask which of them lock what.

Exit codes: 0 done, 2 usage, 3 a repository could not be read.
"""
