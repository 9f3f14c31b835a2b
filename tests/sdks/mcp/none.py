"""A workshop: tools are hung on hooks."""
from workshop import Wall

wall = Wall()


# none
@wall.hang
def hammer(weight: int) -> str:
    """A hammer."""
    return str(weight)
