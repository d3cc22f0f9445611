from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from doltflow import AsyncDatabase, Database, DoltflowError
from doltflow._command import _node
from doltflow._server import server


def test_one_process_serves_every_thread(db: Database) -> None:
    db.save("t", [{"id": 0}], key="id")
    pid = server().process.pid
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            db.save("t", [{"id": number}], mode="append")
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert db.row_count("t") == 9
    assert server().process.pid == pid


def test_a_killed_process_is_told_and_the_next_call_goes_on(db: Database) -> None:
    db.save("t", [{"id": 1}], key="id")
    killed = server()
    os.kill(killed.process.pid, signal.SIGKILL)
    with pytest.raises(DoltflowError) as caught:
        # The first call may still be told to the old one.
        for _ in range(2):
            killed.call("tables", {}, db=1)
    assert caught.value.code == "ENGINE_FAILED" and caught.value.retryable
    assert db.row_count("t") == 1
    assert server().process.pid != killed.process.pid


@pytest.mark.skipif(not hasattr(os, "fork"), reason="(not here: no fork)")
def test_a_fork_has_a_process_of_its_own(db: Database) -> None:
    db.save("t", [{"id": 1}], key="id")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            db.save("t", [{"id": 2}], mode="append")
            os.write(write, f"{server().process.pid}".encode())
            server().end()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    other = int(os.read(read, 100))
    os.close(read)
    assert other != server().process.pid
    assert db.row_count("t") == 2


def test_it_ends_with_python_and_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "from doltflow import Database; from doltflow._server import server\n"
        "db = Database('p.db'); db.save('t', [{'id': 1}], key='id'); print(server().process.pid)"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
    assert list(temporary.iterdir()) == []
    assert done.stderr == ""


def test_asyncio_calls_run_side_by_side_and_a_cancelled_one_leaves_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncDatabase(tmp_path / "async.db") as db:
            await db.save("t", [{"id": 0}], key="id")
            await asyncio.gather(*(db.save("t", [{"id": number}], mode="append") for number in range(1, 5)))
            assert await db.row_count("t") == 5
            assert [row["id"] async for row in db.rows("t")] == [0, 1, 2, 3, 4]
            rows = [{"id": number, "x": "x" * 50} for number in range(200_000)]
            task = asyncio.create_task(db.save("big", rows, key="id"))
            await asyncio.sleep(0.3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert [table.name for table in await db.tables()] == ["t"]

    asyncio.run(main())


def test_without_node_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("doltflow._command._wheel_node", lambda: None)
    _node.cache_clear()
    with pytest.raises(DoltflowError, match=r"pip install \"doltflow\[node\]\"") as caught:
        _node(None, str(tmp_path))
    assert caught.value.code == "NODE_MISSING"
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.1.0\n")
    old.chmod(0o755)
    with pytest.raises(DoltflowError, match="v18.1.0") as caught:
        _node(None, str(tmp_path))
    assert caught.value.code == "NODE_TOO_OLD"
