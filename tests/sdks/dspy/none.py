"""Signal processing: predicts the next sample."""
from signals import Predict

predict = Predict("ar(2)")


def ahead(samples):
    # none
    return predict(samples)
