"""Branches and tags, merging, and undoing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..results import Action, Branch, Record, Records, Tag
from .calls import Calls, named, options_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..options import ConflictPolicy, ConflictRule, MergeOptions, UndoOptions


class BranchCalls(Calls):
    def branches(self, *, all: bool = False) -> Records[Branch]:
        """The branches and their heads."""
        return self._many(Branch, self._call("branches", {"options": {"all": all}}))

    def create_branch(self, name: str, from_: str | None = None, *, message: str | None = None) -> Branch:
        """Makes a branch at a ref. Default: the head of the default branch. `message` says what it is for."""
        given = {"from": from_, "options": options_of({"message": message})}
        return Branch(self._call("createBranch", named(name=name, **given)))

    branch = create_branch

    def delete_branch(self, name: str, *, remote: str | None = None) -> None:
        """Deletes a branch, here or at a remote; commits that no other branch or tag leads to go with the next gc."""
        self._call("deleteBranch", {"name": name, "options": options_of({"remote": remote})})

    def tags(self) -> Records[Tag]:
        """The tags."""
        return self._many(Tag, self._call("tags", {}))

    def create_tag(self, name: str, ref: str | None = None, *, message: str | None = None) -> Tag:
        """Names a commit. Default: the head of the default branch. `message` says what it is for."""
        return Tag(self._call("createTag", named(name=name, ref=ref, options=options_of({"message": message}))))

    tag = create_tag

    def delete_tag(self, name: str) -> None:
        """Removes a tag."""
        self._call("deleteTag", {"name": name})

    def conflicts(
        self, branch: str | None = None, *, into: str | None = None, on_conflict: ConflictPolicy | None = None
    ) -> Record:
        """What conflicts if a branch is merged, cell by cell, to be decided and given to `merge` as `resolve`."""
        options = named(into=into, onConflict=on_conflict)
        return Record(self._call("conflicts", named(branch=branch, options=options)))

    def set_rules(self, table: str, rules: Mapping[str, ConflictRule] | None) -> Record | None:
        """Keeps rules that decide a table's conflicts, such as `{"count": "sum"}`; None removes them."""
        kept = self._call("setRules", {"table": table, "rules": rules})
        return None if kept is None else Record(kept)

    def rules(self) -> Records[Record]:
        """The rules that tables keep for their conflicts."""
        return self._many(Record, self._call("rules", {}))

    def merge(self, branch: str, **options: Unpack[MergeOptions]) -> Action:
        """Merges a branch into another one, by row and cell."""
        return Action(self._call("merge", {"branch": branch, "options": options_of(options)}))

    def restore(self, table: str, at: str, **options: Unpack[UndoOptions]) -> Action:
        """Makes a table what it was at a ref, as a new commit."""
        return Action(self._call("restore", {"table": table, "at": at, "options": options_of(options)}))

    def restore_all(self, at: str, **options: Unpack[UndoOptions]) -> Records[Action]:
        """Makes every table what it was at a ref, as one new commit."""
        return self._many(Action, self._call("restoreAll", {"at": at, "options": options_of(options)}))

    def revert(self, what: str | Sequence[str], **options: Unpack[UndoOptions]) -> Action:
        """Takes back what commits changed, as a new commit."""
        return Action(self._call("revert", {"what": what, "options": options_of(options)}))

    def delete_rows(
        self,
        table: str,
        *,
        keys: Sequence[Sequence[Any]] | None = None,
        where: str | None = None,
        parameters: Sequence[Any] | Mapping[str, Any] | None = None,
        **options: Unpack[UndoOptions],
    ) -> Action:
        """Removes rows of a table, as a new commit: those with these keys, or those of which a condition in SQL is true."""
        which = options_of({"keys": keys, "where": where, "parameters": parameters})
        return Action(self._call("deleteRows", {"table": table, "which": which, "options": options_of(options)}))

    def drop(self, table: str, **options: Unpack[UndoOptions]) -> Action:
        """Removes a table, as a new commit; its history stays."""
        return Action(self._call("drop", {"table": table, "options": options_of(options)}))
