"""Reads back through MLflow's own client what Ridgeline has sent, and prints it as JSON: a line for each line asked."""
import json
import sys

import mlflow
import pandas as pd
from mlflow import MlflowClient


def read_back(what):
    client = MlflowClient()
    experiment = client.get_experiment_by_name(what["experiment"])
    runs = client.search_runs([experiment.experiment_id], order_by=["start_time"])
    answer = {
        "experimentId": experiment.experiment_id,
        "artifactLocation": experiment.artifact_location,
        "runs": [
            {
                "id": run.info.run_id,
                "name": run.info.run_name,
                "status": run.info.status,
                "startTime": run.info.start_time,
                "endTime": run.info.end_time,
                "params": run.data.params,
                "metrics": run.data.metrics,
                "tags": run.data.tags,
                "datasets": [[i.dataset.name, i.dataset.digest] for i in run.inputs.dataset_inputs],
                "artifacts": sorted(f.path for f in client.list_artifacts(run.info.run_id)),
                "history": {
                    key: [[m.step, m.value] for m in client.get_metric_history(run.info.run_id, key)]
                    for key in run.data.metrics
                },
            }
            for run in runs
        ],
    }
    if "model" in what:
        name, alias = what["model"]["name"], what["model"]["alias"]
        registered = client.get_registered_model(name)
        answer["model"] = {
            "tags": registered.tags,
            "aliases": registered.aliases,
            "versions": [
                {"version": v.version, "run": v.run_id, "source": v.source, "tags": v.tags}
                for v in sorted(client.search_model_versions(f"name='{name}'"), key=lambda v: int(v.version))
            ],
        }
        # JSON has no way to say that 2000 is a double; MLflow wants it said.
        rows = pd.DataFrame(what["model"]["rows"])
        # ... and MLflow 3.17 hands pandas 3's own text columns to onnxruntime, which takes objects only.
        rows = rows.astype({c: float if pd.api.types.is_numeric_dtype(rows[c]) else object for c in rows})
        pyfunc = mlflow.pyfunc.load_model(f"models:/{name}@{alias}")
        answer["model"]["preds"] = pyfunc.predict(rows)["preds"].tolist()
        answer["model"]["signature"] = pyfunc.metadata.signature.inputs.input_names()
        answer["model"]["onnxInputs"] = [i.name for i in mlflow.onnx.load_model(f"models:/{name}@{alias}").graph.input]
    return answer


for line in sys.stdin:
    print(json.dumps(read_back(json.loads(line))), flush=True)
