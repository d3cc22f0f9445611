"""The words of dolt-integrations, and of the article that it came with, over doltflow.

    load(db="pipeline.db", tablename="foo", filename="foo.csv", branch_conf=SerialBranch("c1"))

Each call gives the mapping that an `Action` was there, or what `meta_conf` makes of it.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Union

from .database import Database
from .errors import UsageError
from .results import Action as Record

__all__ = [
    "Action",
    "AppendBranch",
    "Branch",
    "CallbackMeta",
    "DoltMeta",
    "MergeBranch",
    "Meta",
    "NewBranch",
    "Remote",
    "SerialBranch",
    "load",
    "save",
]

# What was the default branch's name there.
_OLD_DEFAULT = "master"


class Branch:
    """Where a load reads, and a save goes."""


@dataclass
class SerialBranch(Branch):
    """A branch that is saved to, one after the other; a load may name any ref."""

    branch: str = _OLD_DEFAULT


# The article's name.
AppendBranch = SerialBranch


@dataclass
class NewBranch(Branch):
    """A branch that the save makes, if there is none of that name."""

    branch: str


@dataclass
class MergeBranch(Branch):
    """A save that builds on one ref and is merged into another branch."""

    branch_from: str
    merge_to: str


@dataclass
class Action:
    """What was done, in the old words."""

    from_commit: str | None
    to_commit: str | None
    branch: str | None
    filename: str
    timestamp: datetime.datetime
    context_id: str | None = None
    tablename: str | None = None
    sql: str | None = None
    kind: str | None = "load"
    meta: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class Meta:
    """Where an action goes; this one gives it back."""

    def create(self, action: Action) -> Any:
        return action.to_dict()


@dataclass
class CallbackMeta(Meta):
    """Calls a function with each action."""

    fn: Callable[[dict[str, Any]], Any]

    def create(self, action: Action) -> Any:
        return self.fn(action.to_dict())


@dataclass
class DoltMeta(Meta):
    """Keeps each action as a row of a table. (doltflow keeps all of them by itself: `Database.actions`.)"""

    db: Any
    tablename: str
    branch_config: Branch | None = None

    def create(self, action: Action) -> Any:
        row = {name: value for name, value in action.to_dict().items() if name != "meta"}
        row["timestamp"] = action.timestamp.isoformat()
        database = _database(self.db)
        options = _save_options(database, self.branch_config or SerialBranch())
        key = ["kind", "to_commit", "tablename", "timestamp"]
        row["tablename"] = row["tablename"] or ""
        database.save(self.tablename, [row], key=key, mode="upsert", source="doltflow.compat", **options)
        return action.to_dict()


@dataclass
class Remote:
    """Pulled before, and after a save pushed to. Nothing is ever forced."""

    name: str | None = None
    url: str | None = None
    force: bool | None = field(default=False)


BranchConf = Union[Branch, Mapping[str, Any], None]


def load(
    db: Any,
    filename: str | os.PathLike[str],
    tablename: str | None = None,
    sql: str | None = None,
    load_args: Mapping[str, Any] | None = None,
    meta_conf: Meta | None = None,
    remote_conf: Remote | None = None,
    branch_conf: BranchConf = None,
) -> Any:
    """Loads a table, or a query, into a file."""
    if (tablename is None) == (sql is None):
        raise UsageError("USAGE", "A load needs either tablename or sql.")
    database = _database(db)
    what: Any = tablename if tablename is not None else {"sql": sql}
    ref = _ref(_conf(branch_conf))
    place: dict[str, Any] = {} if ref is None or _is_old_default(database, ref) else {"at": ref}
    action = database.load(what, filename, **place, **_remote(remote_conf), **dict(load_args or {}))
    return _told(action, filename, tablename, sql, meta_conf)


def save(
    db: Any,
    tablename: str,
    filename: str | os.PathLike[str],
    save_args: Mapping[str, Any] | None = None,
    meta_conf: Meta | None = None,
    remote_conf: Remote | None = None,
    branch_conf: BranchConf = None,
    commit_message: str | None = None,
) -> Any:
    """Saves a file into a table, which it replaces, as one commit."""
    database = _database(db)
    options: dict[str, Any] = dict(save_args or {})
    for old in ("primary_key", "pks"):
        if old in options:
            options["key"] = options.pop(old)
    if commit_message is not None:
        options["message"] = commit_message
    place = _save_options(database, _conf(branch_conf))
    action = database.save(tablename, filename, **{**options, **place, **_remote(remote_conf)})
    return _told(action, filename, tablename, None, meta_conf)


def _database(db: Any) -> Database:
    if isinstance(db, Database):
        return db
    # What doltcli calls a repository.
    folder = getattr(db, "repo_dir", None)
    return Database(f"dolt:{folder}" if folder is not None else db)


def _conf(conf: BranchConf) -> Branch:
    if conf is None:
        return SerialBranch()
    if isinstance(conf, Branch):
        return conf
    words = dict(conf)
    kinds: dict[str, Callable[..., Branch]] = {
        "AppendBranch": SerialBranch,
        "MergeBranch": MergeBranch,
        "NewBranch": NewBranch,
        "SerialBranch": SerialBranch,
    }
    kind = kinds.get(words.pop("_type", "SerialBranch"))
    try:
        if kind is not None:
            return kind(**words)
    except TypeError:
        pass
    raise UsageError(
        "OPTION_INVALID",
        f"The branch_conf {dict(conf)!r} is none of SerialBranch, NewBranch and MergeBranch.",
        data={"option": "branch_conf"},
    )


def _ref(conf: Branch) -> str | None:
    if isinstance(conf, MergeBranch):
        return conf.branch_from
    return conf.branch if isinstance(conf, (SerialBranch, NewBranch)) else None


def _save_options(database: Database, conf: Branch) -> dict[str, Any]:
    if isinstance(conf, MergeBranch):
        plan = {"merge_to": conf.merge_to, "from": conf.branch_from}
        kept = {word: ref for word, ref in plan.items() if not _is_old_default(database, ref)}
        # Merging the default branch into itself is saving to it.
        return {"branch": {"merge_to": _default(database), **kept}} if kept else {}
    if isinstance(conf, NewBranch):
        return {"branch": {"new": conf.branch}}
    ref = _ref(conf)
    return {} if ref is None or _is_old_default(database, ref) else {"branch": ref}


def _is_old_default(database: Database, ref: str) -> bool:
    """Whether a ref is the old name of the default branch, and no branch has it."""
    if ref != _OLD_DEFAULT:
        return False
    try:
        return all(branch.name != _OLD_DEFAULT for branch in database.branches())
    except Exception:  # noqa: BLE001 - a database that is not there yet has no branch
        return True


def _default(database: Database) -> str:
    return database.default_branch


def _remote(remote: Remote | None) -> dict[str, Any]:
    if remote is None:
        return {}
    if remote.force:
        raise UsageError(
            "OPTION_INVALID",
            "Nothing is pushed by force: what others pushed is merged. Leave force out.",
            data={"option": "force"},
        )
    place = remote.url or remote.name
    if place is None:
        raise UsageError("OPTION_INVALID", "A Remote needs a url or a name.", data={"option": "remote_conf"})
    return {"remote": place}


def _told(action: Record, filename: Any, tablename: str | None, sql: str | None, meta: Meta | None) -> Any:
    old = Action(
        from_commit=action.from_commit,
        to_commit=action.from_commit if action.kind == "load" else action.to_commit,
        branch=action.branch,
        filename=os.fspath(filename),
        timestamp=datetime.datetime.fromisoformat(action.started_at.replace("Z", "+00:00")),
        context_id=action.run,
        tablename=tablename,
        sql=sql,
        kind=action.kind,
        meta={"id": action.id, "changed": action.changed, "table_hash": action.table_hash},
    )
    return (meta or Meta()).create(old)
