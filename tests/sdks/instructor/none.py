"""A gym: instructors come from providers."""
from gym import from_provider

coach = from_provider("north")


def lesson():
    # none
    return coach.create(hour=9)
