from kedro.pipeline import Pipeline, node

from . import nodes


def register_pipelines() -> dict[str, Pipeline]:
    weather = Pipeline(
        [
            node(nodes.ingest, "params:source", "weather", name="ingest"),
            node(nodes.clean, "weather", "clean#date", name="clean"),
            node(nodes.monthly, "clean#date", "monthly#month", name="monthly"),
            node(nodes.kinds, "clean#date", "kinds#weather", name="kinds"),
            node(nodes.hottest, "clean#date", "hottest#date", name="hottest"),
            node(nodes.report, ["monthly#month", "kinds#weather", "hottest#date"], "report#fact", name="report"),
        ]
    )
    return {"__default__": weather}
