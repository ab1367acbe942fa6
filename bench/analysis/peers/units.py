"""The experiment's units by DuckDB: what the metric files beside this say, in its SQL."""

import duckdb
import numpy as np

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


def units_with_history(database, folder):
    """The same, but what stands for the past is the best guess by two numbers: that from before, and whether it is 0.

    The peers adjust by one number; adjusted by this guess, they answer what adjusting by both would.
    """
    database.execute(f"create temp table units as {units(folder)}")
    guesses = []
    for name in SHARPENED:
        past, any_past = f"{name}_before", f"({name}_before > 0)::double"
        terms = [(past, past), (past, any_past), (any_past, any_past), (past, name), (any_past, name)]
        covariances = ", ".join(f"covar_samp({one}, {other})" for one, other in terms)
        [(xx, xh, hh, xy, hy)] = database.execute(f"select {covariances} from units").fetchall()
        slope, step = np.linalg.solve([[xx, xh], [xh, hh]], [xy, hy])
        guesses.append(f"{float(slope)} * {past} + {float(step)} * {any_past} as {past}")
    return f"select * replace ({', '.join(guesses)}) from units"


def number(total, time):
    return f"coalesce({total.format(time=time)}, 0)::double"
