"""Makes the data and the query texts of TPC-DS with DuckDB, whose package and `tpcds` extension come from the package index.

fetch.py FOLDER SCALE  writes schema.sql, keys.sql, queries.json and a CSV for each table, unless FOLDER has them already.
Needs: pip install duckdb duckdb-extension-tpcds
"""

import json
import os
import sys
from glob import glob

import duckdb
import duckdb_extension_tpcds

folder, scale = sys.argv[1], float(sys.argv[2])
done = os.path.join(folder, "queries.json")
if os.path.exists(done):
    sys.exit()
os.makedirs(folder, exist_ok=True)
package = duckdb_extension_tpcds.__path__[0]
(extension,) = glob(f"{package}/**/tpcds.duckdb_extension", recursive=True)
db = duckdb.connect()
db.execute(f"load '{extension}'")
db.execute(f"call dsdgen(sf = {scale})")
schema, keys = [], []
for (table,) in db.execute("select table_name from information_schema.tables order by 1").fetchall():
    columns = db.execute(
        "select column_name, data_type from information_schema.columns where table_name = ? order by ordinal_position", [table]
    ).fetchall()
    schema.append(f"create table {table} ({', '.join(f'{name} {kind}' for name, kind in columns)})")
    key = columns[0][0]
    unique = f"select count({key}) = count(*) and count(distinct {key}) = count(*) from {table}"
    if key.endswith("_sk") and db.execute(unique).fetchone()[0]:
        keys.append(f"alter table {table} add primary key ({key})")
    db.execute(f"copy {table} to '{os.path.join(folder, table)}.csv' (header)")
for name, statements in (("schema", schema), ("keys", keys)):
    with open(os.path.join(folder, f"{name}.sql"), "w") as file:
        file.write(";\n".join(statements) + ";\n")
queries = [sql for (sql,) in db.execute("select query from tpcds_queries() order by query_nr").fetchall()]
with open(done, "w") as file:
    json.dump(queries, file)
