"""A herbarium: modules of several predictors, and tools."""
import dspy

cheap = dspy.LM("openai/gpt-4o-mini", max_tokens=300)
dspy.configure(lm=cheap)


def flora(latin: str) -> str:
    """What the flora says of a plant."""
    return latin


class Describe(dspy.Module):
    def __init__(self):
        super().__init__()
        self.family = dspy.Predict("notes -> family")
        self.search = dspy.ReAct("family, notes -> species: str", tools=[flora], max_iters=4)

    def forward(self, notes: str):
        # site: dspy chat model=openai/gpt-4o-mini says=notes_->_family
        family = self.family(notes=notes).family
        # site: dspy chat model=openai/gpt-4o-mini tools=flora loop=max_turns:4
        return self.search(family=family, notes=notes)
