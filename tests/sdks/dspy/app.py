import dspy

lm = dspy.LM("openai/gpt-4o-mini", max_tokens=200)
dspy.configure(lm=lm)


# prompt: Say whether a review is kind
class Kindness(dspy.Signature):
    """Say whether a review is kind or not, and why."""

    review: str = dspy.InputField(desc="The review of a small hotel")
    kind: bool = dspy.OutputField()


# site: dspy chat model=openai/gpt-4o-mini says=kind_or_not+review_of_a_small_hotel holes=fields
judge = dspy.ChainOfThought(Kindness)


def direct(text: str):
    # site: dspy chat model=openai/gpt-4o-mini cap=200
    return lm(f"Rate this from one to five: {text}")
