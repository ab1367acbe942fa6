"""The experiment's units by DuckDB: what the metric files beside this say, in its SQL."""

import duckdb

# What a unit's number is: of each, in the week after the first exposure, and where asked for in the two weeks before it.
SUMS = {
    "revenue": "sum(value) filter (name = 'revenue' and {time})",
    "sessions": "count(*) filter (name = 'session' and {time})",
    "page_views": "count(*) filter (name = 'page_view' and {time})",
    "conversion": "count(*) filter (name = 'revenue' and {time}) > 0",
    "signup": "count(*) filter (name = 'signup' and {time}) > 0",
}
SHARPENED = ("revenue", "sessions", "page_views")


def connect(folder, threads):
    """A database with `exposed`: each unit's first exposure."""
    database = duckdb.connect()
    database.execute(f"set threads = {threads}")
    database.execute(f"""
        create temp table exposed as
        select unit_id, arg_min(variant::varchar, ts) as variant, min(ts) as entered
        from '{folder}/exposures.parquet' where experiment = 'checkout' group by unit_id""")
    return database


def units(folder):
    """One row a unit: `variant`, and each sum in its time, those from before as `<name>_before`."""
    columns = [f"{number(SUMS[name], 'e.ts >= x.entered')} as {name}" for name in SUMS]
    columns += [f"{number(SUMS[name], 'e.ts < x.entered')} as {name}_before" for name in SHARPENED]
    return f"""
        select any_value(x.variant) as variant, {', '.join(columns)}
        from exposed x left join '{folder}/events.parquet' e on e.unit_id = x.unit_id
          and e.ts >= x.entered - interval 14 day and e.ts < x.entered + interval 7 day
        group by x.unit_id"""


def number(total, time):
    return f"coalesce({total.format(time=time)}, 0)::double"
