"""Answer one visit from the saved model, as a service would: python answer_one.py"""

import pandas as pd

from assay import load

model = load("visits-model")
note = "Pressure drops every other day. no leak found at the pump, topped up for now. customer asks if this will hold"
visit = pd.DataFrame([{"years": 14, "contract": "no", "minutes": 40, "note": note}])
print(f"{model.predict(visit)[0]}, with probability {model.predict_proba(visit)[0].max():.2f}")
