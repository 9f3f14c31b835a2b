from baml_client import b


def bed(wish):
    # site: baml chat model=gpt-4o-mini provider=openai cap=300 holes=wish schema=yes says=flower_beds_for_shade
    return b.PlanBed(wish)
