"""The interface for programs: concerns in, schemas and health out."""
