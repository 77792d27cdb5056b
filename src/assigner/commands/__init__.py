"""The commands of the command line, one module for those that belong together.

`rules` gathers what is under `assigner rules`, and `assigner.cli` gathers all. What a command needs is imported when it
runs, so that help loads none of it.
"""
