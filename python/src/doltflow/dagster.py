"""Dagster: assets are tables, each materialization is a commit, and data versions come from the tables' content.

from dagster import Definitions, asset
from doltflow.dagster import TableIOManager

@asset(metadata={"doltflow/key": "id"})
def clean(raw: pd.DataFrame) -> pd.DataFrame: ...

defs = Definitions(assets=[raw, clean], resources={"io_manager": TableIOManager(db="pipeline.db")})
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetKey,
    AssetMaterialization,
    AssetRecordsFilter,
    ConfigurableIOManager,
    DataVersion,
    InputContext,
    MetadataValue,
    OutputContext,
    TableColumn,
    TableRecord,
    TableSchema,
    asset_check,
)

from .database import Database
from .errors import UsageError
from .results import Action

__all__ = ["TableIOManager", "table_checks"]

_KEY, _TABLE, _PARTITION = "doltflow/key", "doltflow/table", "doltflow/partition"
_COMMIT = "doltflow/commit"
# What a function's annotation says of a frame, by the package that it is from.
_FRAMES = {"pandas": "pandas", "polars": "polars", "pyarrow": "pyarrow"}


class TableIOManager(ConfigurableIOManager):  # type: ignore[misc]
    """Keeps assets as tables. What a downstream asset reads is exactly the commit that was materialized.

    An asset's metadata may say: `doltflow/key` (its key: a column, or a list of them), `doltflow/table` (default: the asset's key,
    joined by `_`), `doltflow/partition` (the column that holds the partition's key: of a partitioned asset each materialization is
    an upsert).

    Args:
        db: a path or URL. Default: DOLTFLOW_DB, else the nearest doltflow.db.
        branch: what is saved to and loaded from. Default: DOLTFLOW_BRANCH, else main.
    """

    db: str | None = None
    branch: str | None = None

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Saves what an asset gave, as a commit of the run and the step."""
        if obj is None:
            return
        metadata = context.definition_metadata or {}
        options: dict[str, Any] = {
            "run": context.run_id,
            "step": _step_of(context),
            "source": f"dagster:{_name_of(context)}",
        }
        if _KEY in metadata:
            options["key"] = _plain(metadata[_KEY])
        if self.branch is not None:
            options["branch"] = self.branch
        if context.has_asset_partitions:
            _require_partition(context, metadata)
            options["mode"] = "upsert"
        action = self._database().save(self._table(context), obj, **options)
        context.add_output_metadata(self._described(action))
        if not context.has_asset_partitions:
            # An upsert's table holds other partitions, too: its hash says nothing of this one.
            _set_data_version(context, str(action.table_hash))

    def load_input(self, context: InputContext) -> Any:
        """Loads the table at the commit that the upstream asset materialized last; of a partitioned one the partitions that are asked for."""
        upstream = context.upstream_output
        if upstream is None:
            raise UsageError("USAGE", "An input without an upstream asset has no table. Load it by doltflow.Database.")
        table = self._table(upstream)
        frame = _frame_of(context)
        recorded: dict[str, Any] = {
            "run": _run_of(context),
            "step": _step_of(context),
            "source": f"dagster:{_name_of(upstream)}",
        }
        commit = _materialized(context, self._database(), table)
        place: dict[str, Any] = (
            {"at": commit} if commit is not None else ({} if self.branch is None else {"branch": self.branch})
        )
        # Dagster keeps what is told of an input by its partition, and of several it refuses.
        if not context.has_asset_partitions or len(set(context.asset_partition_keys)) == 1:
            context.add_input_metadata({_COMMIT: commit or self.branch or "main"})
        database = self._database()
        if not context.has_asset_partitions or _PARTITION not in (upstream.definition_metadata or {}):
            return database.load(table, frame=frame, **place, **recorded)
        column = str(_plain((upstream.definition_metadata or {})[_PARTITION]))
        keys = set(context.asset_partition_keys)
        at = place.get("at") or place.get("branch") or database.default_branch
        query, types = _query(database, table, column, keys, at)
        return _where(database.load(query, frame=frame, types=types, **place, **recorded), column, keys)

    def _database(self) -> Database:
        return _opened(self.db)

    def _table(self, context: OutputContext) -> str:
        metadata = context.definition_metadata or {}
        return str(_plain(metadata[_TABLE])) if _TABLE in metadata else _name_of(context)

    def _described(self, action: Action) -> Mapping[str, Any]:
        table = str(action.table)
        database = self._database()
        schema = database.schema(table, at=str(action.to_commit))
        columns = [] if schema is None else [TableColumn(one["name"], one["type"]) for one in schema["columns"]]
        counts = {
            f"doltflow/{name}": action[name]
            for name in ("added", "modified", "removed")
            if action.get(name) is not None
        }
        return {
            "dagster/row_count": database.row_count(table, at=str(action.to_commit)),
            "dagster/column_schema": TableSchema(columns=columns),
            "dagster/table_name": table,
            _COMMIT: str(action.to_commit),
            "doltflow/hash": str(action.table_hash),
            "doltflow/changed": action.changed,
            **counts,
        }


def table_checks(
    asset: str | Sequence[str] | AssetKey, *, db: str | None = None, branch: str | None = None
) -> list[AssetChecksDefinition]:
    """An asset check for each check that the database has for an asset's table. A check of the level `warn` doesn't fail a run."""
    key = asset if isinstance(asset, AssetKey) else AssetKey(asset)
    table = "_".join(key.path)
    return [_asset_check(key, one, db, branch) for one in _opened(db).checks() if one["table"] == table]


def _asset_check(key: AssetKey, check: Mapping[str, Any], db: str | None, branch: str | None) -> AssetChecksDefinition:
    name, level = str(check["name"]), check["level"]

    @asset_check(asset=key, name="".join(sign if sign.isalnum() else "_" for sign in name))  # type: ignore[untyped-decorator]
    def found() -> AssetCheckResult:
        [result] = _opened(db).run_checks(name=name, **({} if branch is None else {"at": branch}))
        failure = result["failure"]
        severity = AssetCheckSeverity.WARN if level == "warn" else AssetCheckSeverity.ERROR
        if failure is None:
            return AssetCheckResult(passed=True, severity=severity)
        records = [TableRecord({column: _cell(value) for column, value in row.items()}) for row in failure["rows"]]
        shown = {"rows": MetadataValue.table(records)} if records else {}
        metadata = {"reason": failure["reason"], "total": failure["total"] or 0, **shown}
        return AssetCheckResult(passed=False, severity=severity, metadata=metadata)

    return found


@functools.cache
def _opened(db: str | None) -> Database:
    return Database(db)


def _name_of(context: OutputContext) -> str:
    path: Iterable[str] = context.asset_key.path if context.has_asset_key else (context.step_key, context.name)
    return "_".join(path)


def _require_partition(context: OutputContext, metadata: Mapping[str, Any]) -> None:
    if _PARTITION in metadata and _KEY in metadata:
        return
    name = _name_of(context)
    raise UsageError(
        "OPTION_INVALID",
        f"The asset {name} has partitions, so its metadata must name the column of the partition's key and the table's key: "
        f'metadata={{"{_PARTITION}": "day", "{_KEY}": ["day", "id"]}}.',
        data={"asset": name},
    )


def _set_data_version(context: OutputContext, version: str) -> None:
    try:
        step = context.step_context
    except Exception:  # noqa: BLE001 - a context that a test built has none
        return
    step.set_data_version(context.asset_key, DataVersion(version))


def _materialized(context: InputContext, database: Database, table: str) -> str | None:
    """The commit of the last materialization; None if there is none, such as of an asset that another program saved.

    Of several partitions, each of which has one, it is the newest in the table's history: it has all of them.
    """
    if not context.has_asset_partitions:
        event = context.instance.get_latest_materialization_event(context.asset_key)
        return _commit_of(event.asset_materialization if event else None)
    commits = set()
    for key in context.asset_partition_keys:
        wanted = AssetRecordsFilter(asset_key=context.asset_key, asset_partitions=[key])
        records = context.instance.fetch_materializations(wanted, limit=1).records
        commits.add(_commit_of(records[0].asset_materialization if records else None))
    known = [commit for commit in commits if commit is not None]
    if len(known) < 2:
        return known[0] if known else None
    order = [one.hash for one in database.log(table)]
    return min(known, key=lambda commit: order.index(commit) if commit in order else len(order))


def _commit_of(materialization: AssetMaterialization | None) -> str | None:
    found = materialization.metadata.get(_COMMIT) if materialization else None
    return None if found is None else str(found.value)


def _frame_of(context: InputContext) -> Any:
    """As the function's annotation says; rows for a list; else what is installed."""
    kind = context.dagster_type.typing_type
    if kind is list or getattr(kind, "__origin__", None) is list:
        return "rows"
    return _FRAMES.get(str(getattr(kind, "__module__", "")).split(".")[0])


def _query(database: Database, table: str, column: str, keys: set[str], at: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What reads the rows of some partitions alone, in the order of the key, with the types of the table's columns."""
    schema = database.schema(table, at=at)
    types = {} if schema is None else {str(one["name"]): str(one["type"]) for one in schema.columns}
    query = f"SELECT * FROM {_quoted(table)}"
    spelt = _spelt(types.get(column, ""), keys)
    if spelt is not None:
        query += f" WHERE {_quoted(column)} IN ({', '.join('?' * len(spelt))})"
    if schema is not None and schema.key:
        query += f" ORDER BY {', '.join(map(_quoted, schema.key))}"
    return {"sql": query, **({} if spelt is None else {"parameters": spelt})}, types


def _spelt(type: str, keys: set[str]) -> list[str | int] | None:
    """The cells of a column that are some partitions' keys, and maybe some more; None if all are to be looked at."""
    if type.startswith("timestamp"):
        return [f"{key}{end}" for key in sorted(keys) for end in ("", "T00:00:00", "T00:00:00Z", " 00:00:00")]
    if type in ("any", "text", "date") or type.startswith("integer"):
        numbers: list[str | int] = [int(key) for key in sorted(keys) if re.fullmatch(r"0|-?[1-9]\d{0,17}", key)]
        return sorted(keys) + numbers
    return None


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _where(frame: Any, column: str, keys: set[str]) -> Any:
    """The rows of some partitions, whose keys are texts, whatever the column's type is."""
    if isinstance(frame, list):
        return [row for row in frame if str(row[column]) in keys]
    kind = type(frame).__module__.split(".")[0]
    if kind == "pandas":
        return frame[frame[column].astype(str).isin(keys)].reset_index(drop=True)
    if kind == "polars":
        return frame.filter(frame[column].cast(str).is_in(sorted(keys)))
    return frame.filter([str(value) in keys for value in frame[column].to_pylist()])


def _run_of(context: InputContext) -> str | None:
    try:
        return str(context.step_context.run_id)
    except Exception:  # noqa: BLE001 - a context that a test built has none
        return None


def _step_of(context: InputContext | OutputContext) -> str | None:
    try:
        return str(context.step_context.step.key)
    except Exception:  # noqa: BLE001 - a context that a test built has none
        return None


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, MetadataValue) else value


def _cell(value: Any) -> str | int | float | bool | None:
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
