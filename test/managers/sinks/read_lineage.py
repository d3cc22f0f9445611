"""Reads events of OpenLineage with the official client: each facet must be one of its classes, and give the same document back."""

import importlib
import json
import pkgutil
import sys

from openlineage.client import generated
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.serde import Serde

FACETS = {}
for module in pkgutil.iter_modules(generated.__path__):
    for thing in vars(importlib.import_module(f"{generated.__name__}.{module.name}")).values():
        get_schema = getattr(thing, "_get_schema", None)
        if isinstance(thing, type) and get_schema:
            FACETS[get_schema()] = thing


def read(facets):
    return {name: facet(given) for name, given in facets.items()}


def facet(given):
    given = dict(given)
    producer, schema = given.pop("_producer"), given.pop("_schemaURL")
    made = FACETS[schema](**given)
    made._producer = producer
    return made


def dataset(cls, given, kind):
    own = {kind: read(given[kind])} if kind in given else {}
    return cls(namespace=given["namespace"], name=given["name"], facets=read(given["facets"]), **own)


def plain(document):
    """Without what a client writes for nothing: empty objects and lists."""
    if isinstance(document, dict):
        return {name: plain(value) for name, value in document.items() if value not in ({}, [], None)}
    if isinstance(document, list):
        return [plain(value) for value in document]
    return document


count = 0
for line in open(sys.argv[1], encoding="utf-8"):
    given = json.loads(line)
    run, job = given["run"], given["job"]
    event = RunEvent(
        eventType=RunState[given["eventType"]],
        eventTime=given["eventTime"],
        run=Run(run["runId"], read(run["facets"])),
        job=Job(job["namespace"], job["name"], read(job["facets"])),
        producer=given["producer"],
        inputs=[dataset(InputDataset, one, "inputFacets") for one in given["inputs"]],
        outputs=[dataset(OutputDataset, one, "outputFacets") for one in given["outputs"]],
    )
    again = json.loads(Serde.to_json(event))
    assert plain(again) == plain(given), f"{plain(again)}\n{plain(given)}"
    count += 1
print(count)
