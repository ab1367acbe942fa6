"""Runs a script on a DuckDB database, and prints each row as a JSON object a line.

    duckdb_run.py DATABASE SCRIPT
"""

import json
import sys
from pathlib import Path

import duckdb


def main() -> None:
    _, database, script = sys.argv
    with duckdb.connect(database) as connection:
        for statement in duckdb.extract_statements(Path(script).read_text(encoding="utf-8")):
            answer = connection.execute(statement)
            if statement.type != duckdb.StatementType.SELECT:
                continue
            names = [column[0] for column in answer.description]
            for row in answer.fetchall():
                # Decimals and moments as they are spelled.
                print(json.dumps(dict(zip(names, row)), default=str))


if __name__ == "__main__":
    main()
