"""The seven metrics by DuckDB and gbstats: moments by pushed-down queries, then its statistics."""

import json
import sys
from math import sqrt

from gbstats.gbstats import process_experiment_results

from units import SHARPENED, connect, units, units_with_history

LEVEL = 0.95
CRITICAL = 1.959963984540054


def main(folder, threads, history):
    database = connect(folder, threads)
    table = units_with_history(database, folder) if history else units(folder)
    queries = [means(database, table), quantile(database, folder)]
    metrics = {metric["id"]: metric for _, own in queries for metric in own}
    analysis = {"var_names": ["control", "treatment"], "var_ids": ["control", "treatment"], "weights": [0.5, 0.5]}
    results = process_experiment_results(
        {
            "metrics": metrics,
            "analyses": [analysis | {"stats_engine": "frequentist", "difference_type": "relative"}],
            "query_results": [{"rows": rows, "metrics": [each["id"] for each in own]} for rows, own in queries],
        }
    )
    answers = {}
    for result in results:
        treatment = result["analyses"][0]["dimensions"][0]["variations"][1]
        if treatment["errorMessage"]:
            sys.exit(f"{result['metric']}: {treatment['errorMessage']}")
        # Its interval is lift ± t · error, its p that of lift / error: no further numbers.
        answers[result["metric"]] = {"lift": treatment["expected"], "lift_error": treatment["uplift"]["stddev"]}
    print(json.dumps(answers))


def means(database, table):
    """Proportions, means with their covariates, and the quotient, in one query."""
    metrics = [metric(name, "mean") for name in ("conversion", "signup")]
    metrics += [metric(name, "mean_ra", covariate_metric_type="count") for name in SHARPENED]
    metrics.append(metric("revenue_per_session", "ratio", denominator_metric_type="count"))
    columns = {}
    for index, each in enumerate(metrics):
        name = each["id"]
        # gbstats knows a metric's columns by its place in the query.
        if name == "revenue_per_session":
            columns |= moments(index, "main", "revenue") | moments(index, "denominator", "sessions")
            columns[f"m{index}_main_denominator_sum_product"] = "sum(revenue * sessions)"
            continue
        columns |= moments(index, "main", name)
        if name in SHARPENED:
            columns |= moments(index, "covariate", f"{name}_before")
            columns[f"m{index}_main_covariate_sum_product"] = f"sum({name} * {name}_before)"
    selected = ", ".join(f"{expression} as {name}" for name, expression in columns.items())
    query = f"select variant, count(*), {selected} from ({table}) group by variant order by variant"
    rows = []
    for variant, units, *values in database.execute(query).fetchall():
        row = {"variation": variant, "dimension": "All", "users": units, "count": units}
        rows.append(row | dict(zip(columns, values)))
    return rows, metrics


def quantile(database, folder):
    """The events' quantile with its limits, then the units around it."""
    database.execute(f"""
        create temp table waits as
        select x.variant, x.unit_id, e.value
        from '{folder}/events.parquet' e join exposed x on e.unit_id = x.unit_id
        where e.name = 'latency' and e.ts >= x.entered and e.ts < x.entered + interval 7 day""")
    rows = []
    counts = database.execute("select variant, count(*) from waits group by variant order by variant").fetchall()
    for variant, events in counts:
        apart = CRITICAL * sqrt(LEVEL * (1 - LEVEL) / events)
        at, lower, upper = database.execute(
            f"select unnest(quantile_disc(value, [{LEVEL}, {LEVEL - apart}, {LEVEL + apart}])) from waits where variant = ?",
            [variant],
        ).fetchnumpy().popitem()[1]
        clusters, below, below_squares, values, value_squares, products = database.execute(
            """select count(*), sum(below), sum(below * below), sum(n), sum(n * n), sum(below * n)
               from (select sum((value <= ?)::int)::double as below, count(*)::double as n
                     from waits where variant = ? group by unit_id)""",
            [float(at), variant],
        ).fetchone()
        rows.append(
            {
                "variation": variant,
                "dimension": "All",
                "users": clusters,
                "count": clusters,
                "m0_quantile_n": events,
                "m0_quantile_nstar": events,
                "m0_quantile": float(at),
                "m0_quantile_lower": float(lower),
                "m0_quantile_upper": float(upper),
                "m0_main_sum": below,
                "m0_main_sum_squares": below_squares,
                "m0_denominator_sum": values,
                "m0_denominator_sum_squares": value_squares,
                "m0_main_denominator_sum_product": products,
            }
        )
    return rows, [metric("latency_p95", "quantile_event", main_metric_type="quantile", quantile_value=LEVEL)]


def moments(index, part, column):
    return {f"m{index}_{part}_sum": f"sum({column})", f"m{index}_{part}_sum_squares": f"sum({column} * {column})"}


def metric(name, statistic, main_metric_type="count", **more):
    return {"id": name, "name": name, "statistic_type": statistic, "main_metric_type": main_metric_type} | more


main(sys.argv[1], int(sys.argv[2]), "history" in sys.argv[3:])
