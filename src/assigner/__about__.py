"""The version of this library, kept in one place."""

VERSION = "0.1.0"
