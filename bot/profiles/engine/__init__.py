"""The side of profiles that needs the extra `profile`: spooling rows, and Ibis expressions run by an engine."""
