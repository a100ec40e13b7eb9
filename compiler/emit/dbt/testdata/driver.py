"""Runs dbt and looks into its DuckDB file, for the tests of this package.

One process serves a whole test, so that dbt is imported once. Each line of
standard input is a JSON request, each line of standard output its answer:

  {"dbt": ["build", ...]}    -> {"ok": true, "nodes": {"people": "success"}, "log": ["..."]}
  {"execute": ["SQL", ...]}  -> {"ok": true}
  {"query": "SQL"}           -> {"ok": true, "rows": [["text", null], ...]}

The folder of the project is the working folder; TAPESTRY_DUCKDB names the file.
"""

import contextlib
import io
import json
import os
import sys

import duckdb
from dbt.adapters.factory import reset_adapters
from dbt.cli.main import dbtRunner

answers = sys.stdout


def run_dbt(arguments):
    log = []

    def note(event):
        if event.info.level != "debug":
            log.append(event.info.msg)

    with contextlib.redirect_stdout(io.StringIO()):
        result = dbtRunner(callbacks=[note]).invoke([*arguments, "--target", "duckdb", "--quiet"])
    reset_adapters()
    nodes = {}
    for one in getattr(result.result, "results", None) or []:
        if hasattr(one, "node"):  # run-operation has none
            nodes[one.node.name] = str(one.status)
    if result.exception:
        log.append(str(result.exception))
    return {"ok": result.success, "nodes": nodes, "log": log}


def in_database(work):
    connection = duckdb.connect(os.environ["TAPESTRY_DUCKDB"])
    try:
        connection.execute("set TimeZone = 'UTC'")
        return work(connection)
    finally:
        connection.close()


def execute(connection, statements):
    for statement in statements:
        connection.execute(statement)
    return {"ok": True}


def query(connection, statement):
    rows = connection.execute(statement).fetchall()
    return {"ok": True, "rows": [[None if v is None else str(v) for v in row] for row in rows]}


def answer(request):
    if "dbt" in request:
        return run_dbt(request["dbt"])
    if "execute" in request:
        return in_database(lambda c: execute(c, request["execute"]))
    return in_database(lambda c: query(c, request["query"]))


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # the test shows it
        reply = {"ok": False, "log": [f"{type(error).__name__}: {error}"]}
    print(json.dumps(reply), file=answers, flush=True)
