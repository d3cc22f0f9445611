"""What MLflow's own client sees of a run."""

import json
import sys

import mlflow

mlflow.set_tracking_uri(sys.argv[1])
run = mlflow.get_run(sys.argv[2])
print(
    json.dumps(
        {
            "tags": {name: value for name, value in run.data.tags.items() if name.startswith("doltflow.")},
            "datasets": [
                {
                    "name": one.dataset.name,
                    "digest": one.dataset.digest,
                    "source": json.loads(one.dataset.source),
                    "profile": json.loads(one.dataset.profile) if one.dataset.profile else None,
                    "columns": [c["name"] for c in json.loads(one.dataset.schema)["mlflow_colspec"]] if one.dataset.schema else None,
                    "context": [tag.value for tag in one.tags],
                }
                for one in run.inputs.dataset_inputs
            ],
        }
    )
)
