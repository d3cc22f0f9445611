"""Tables as inputs and outputs of Snakemake: `storage.doltflow("doltflow://clean.csv?key=id")`.

A rule sees a file in the format that the query's extension says. Its checksum and its time come from the table's content, so that the
same content runs nothing again, whichever commit holds it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from snakemake_interface_storage_plugins.io import IOCacheStorageInterface, Mtime
from snakemake_interface_storage_plugins.settings import StorageProviderSettingsBase
from snakemake_interface_storage_plugins.storage_object import StorageObjectGlob, StorageObjectRead, StorageObjectWrite
from snakemake_interface_storage_plugins.storage_provider import (
    ExampleQuery,
    Operation,
    QueryType,
    StorageProviderBase,
    StorageQueryValidationResult,
)

from doltflow import Database
from doltflow.errors import NotFoundError

_QUERY = re.compile(
    r"doltflow://(?P<table>[^?]+?)\.(?P<format>csv|tsv|jsonl|json|parquet|arrow|xlsx)(?P<gz>\.gz)?(?:\?(?P<options>.*))?"
)
# What the record of a rule's own save says.
_OURS = {"manager": "snakemake"}
_OPTIONS = frozenset({"key", "branch", "at", "mode", "schema"})


@dataclass
class StorageProviderSettings(StorageProviderSettingsBase):
    db: str | None = field(
        default=None,
        metadata={
            "help": "The database: a path, dolt:FOLDER or mysql://user@host:3306/db. Default: DOLTFLOW_DB, else the nearest doltflow.db",
            "env_var": False,
            "required": False,
        },
    )
    branch: str | None = field(
        default=None,
        metadata={
            "help": "What is loaded from and saved to. Default: DOLTFLOW_BRANCH, else main",
            "env_var": False,
            "required": False,
        },
    )


class StorageProvider(StorageProviderBase):
    settings: StorageProviderSettings

    def __post_init__(self) -> None:
        self.database = Database(self.settings.db, branch=self.settings.branch)

    @classmethod
    def example_queries(cls) -> list[ExampleQuery]:
        return [
            ExampleQuery("doltflow://clean.csv?key=id", "a table, as CSV; its first save pins the key", QueryType.ANY),
            ExampleQuery(
                "doltflow://raw.parquet?at=v1", "a table as it was at a tag, commit, branch or date", QueryType.INPUT
            ),
        ]

    def rate_limiter_key(self, query: str, operation: Operation) -> Any:
        return "doltflow"

    def default_max_requests_per_second(self) -> float:
        return 100.0

    def use_rate_limiter(self) -> bool:
        return False

    @classmethod
    def is_valid_query(cls, query: str) -> StorageQueryValidationResult:
        found = _QUERY.fullmatch(query)
        if found is None:
            reason = (
                "a query is doltflow://TABLE.EXT?key=COLUMN, with csv, tsv, jsonl, json, parquet, arrow or xlsx as EXT"
            )
            return StorageQueryValidationResult(query=query, valid=False, reason=reason)
        unknown = [name for name, _ in parse_qsl(found["options"] or "") if name not in _OPTIONS]
        if unknown:
            reason = f"there is no option {unknown[0]}. There are: {', '.join(sorted(_OPTIONS))}"
            return StorageQueryValidationResult(query=query, valid=False, reason=reason)
        return StorageQueryValidationResult(query=query, valid=True)


class StorageObject(StorageObjectRead, StorageObjectWrite, StorageObjectGlob):
    provider: StorageProvider

    def __post_init__(self) -> None:
        found = _QUERY.fullmatch(self.query)
        assert found is not None, self.query
        self._table = found["table"]
        self._extension = f"{found['format']}{found['gz'] or ''}"
        self._options: dict[str, str] = dict(parse_qsl(found["options"] or ""))
        # What the table was when it was looked at; a rule asks many times.
        self._seen: dict[str, Any] | None = None

    async def inventory(self, cache: IOCacheStorageInterface) -> None:
        key = self.cache_key()
        if key in cache.exists_in_storage:
            return
        exists = self.exists()
        cache.exists_in_storage[key] = exists
        if exists:
            cache.mtime[key] = Mtime(storage=self.mtime())
            cache.size[key] = self.size()

    def get_inventory_parent(self) -> str | None:
        return None

    def local_suffix(self) -> str:
        """Another ref of the same table is another file."""
        place = "@".join(self._options[name] for name in ("branch", "at") if name in self._options)
        return f"{self._table}{'@' + re.sub(r'[^A-Za-z0-9._-]', '_', place) if place else ''}.{self._extension}"

    def cleanup(self) -> None:
        pass

    def exists(self) -> bool:
        return self._look() is not None

    def mtime(self) -> float:
        """When the table changed last, or a rule made it last: also if that changed nothing, or it would stay older than what it is made of.

        What others save that changes nothing doesn't count.
        """
        return float(self._known()["saved"])

    def size(self) -> int:
        """About how many bytes."""
        return int(self._known()["size"])

    def checksum(self) -> str:
        return f"sha256:{hashlib.sha256(str(self._known()['hash']).encode()).hexdigest()}"

    def local_footprint(self) -> int:
        return self.size()

    def retrieve_object(self) -> None:
        path = self.local_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.provider.database.load(self._table, path, **self._ref(), format=self._extension)

    def store_object(self) -> None:
        if "at" in self._options:
            raise ValueError(f"{self.query} can't be an output: `at` names a state of the past. Leave it out.")
        options: dict[str, Any] = {
            name: self._options[name] for name in ("branch", "mode", "schema") if name in self._options
        }
        if "key" in self._options:
            options["key"] = self._options["key"].split(",")
        # Snakemake has emptied the file's place before: what the rule made is the table, whatever was loaded there.
        self.provider.database.save(
            self._table, self.local_path(), format=self._extension, on_head=True, data=_OURS, **options
        )
        self._seen = None

    def remove(self) -> None:
        """Nothing: Snakemake removes outputs before it runs their rule, and a table's history is what the next save is compared with."""

    def list_candidate_matches(self) -> Iterable[str]:
        tail = self.query[self.query.index("://") + 3 + len(self._table) :]
        return [f"doltflow://{one.name}{tail}" for one in self.provider.database.tables(**self._ref())]

    def _ref(self) -> dict[str, str]:
        ref = self._options.get("at", self._options.get("branch"))
        return {} if ref is None else {"at": ref}

    def _known(self) -> dict[str, Any]:
        found = self._look()
        if found is None:
            raise FileNotFoundError(f"There is no table {self._table} ({self.query}).")
        return found

    def _look(self) -> dict[str, Any] | None:
        if self._seen is None:
            self._seen = self._asked()
        return self._seen

    def _asked(self) -> dict[str, Any] | None:
        database = self.provider.database
        try:
            [table] = [one for one in database.tables(**self._ref()) if one.name == self._table] or [None]
        except NotFoundError:
            return None
        if table is None:
            return None
        saved = datetime.fromisoformat(str(table["last_commit"]["date"]).replace("Z", "+00:00"))
        if "at" not in self._options:
            branch = self._options.get("branch", self.provider.settings.branch)
            times = [
                datetime.fromisoformat(one.started_at.replace("Z", "+00:00"))
                for one in database.actions(table=self._table)
                if one.kind == "save" and one.data == _OURS and branch in (None, one.branch)
            ]
            saved = max([saved, *times])
        schema = database.schema(self._table, **self._ref())
        columns = len(schema["columns"]) if schema else 1
        return {"hash": table["hash"], "saved": saved.timestamp(), "size": int(table["rows"]) * columns * 8}
