"""Runs dbt on several projects, for the tests of this package.

One process serves all of them, so that dbt is imported once. Standard input is a
JSON list of projects:

  {"dir": "…/dbt", "duckdb": "…/NAME.duckdb", "setup": ["SQL", …], "queries": {"name": "SQL"}}

Each is parsed for Snowflake, with every warning an error. Where it has a set-up,
that is run on a new DuckDB file, the project is built there, and the queries are
asked. Standard output is a JSON list: {"ok": …, "log": […], "rows": {"name": [[…]]}}.
"""

import contextlib
import io
import json
import os
import sys

import duckdb
from dbt.adapters.factory import reset_adapters
from dbt.cli.main import dbtRunner

os.environ["DO_NOT_TRACK"] = "1"


def run(project, arguments, log):
    def note(event):
        if event.info.level in ("warn", "error"):
            log.append(event.info.msg)

    where = ["--project-dir", project["dir"], "--profiles-dir", project["dir"]]
    with contextlib.redirect_stdout(io.StringIO()):
        result = dbtRunner(callbacks=[note]).invoke(["--warn-error", *arguments, *where, "--quiet"])
    reset_adapters()
    if result.exception:
        log.append(str(result.exception))
    return result.success


def build(project, log):
    os.environ["TAPESTRY_DUCKDB"] = project["duckdb"]
    with duckdb.connect(project["duckdb"]) as connection:
        for statement in project["setup"]:
            connection.execute(statement)
    if not run(project, ["build", "--target", "duckdb"], log):
        return None
    rows = {}
    with duckdb.connect(project["duckdb"]) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, sql in project["queries"].items():
            found = connection.execute(sql).fetchall()
            rows[name] = [" | ".join("NULL" if v is None else str(v) for v in row) for row in found]
    return rows


def judge(project):
    log = []
    ok = run(project, ["parse", "--show-all-deprecations", "--target", "snowflake"], log)
    rows = None
    if ok and project.get("setup"):
        rows = build(project, log)
        ok = rows is not None
    return {"ok": ok, "log": log, "rows": rows}


answers = sys.stdout
replies = []
for project in json.load(sys.stdin):
    try:
        replies.append(judge(project))
    except Exception as error:  # the test shows it
        replies.append({"ok": False, "log": [f"{type(error).__name__}: {error}"], "rows": None})
json.dump(replies, answers)
