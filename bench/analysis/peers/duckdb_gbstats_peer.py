"""The seven metrics by DuckDB and gbstats: moments by pushed-down queries, then its statistics."""

import json
import sys
from math import sqrt

from gbstats.gbstats import process_experiment_results

from units import SHARPENED, connect, units

LEVEL = 0.95
CRITICAL = 1.959963984540054


def main(folder, threads):
    database = connect(folder, threads)
    queries = [means(database, folder), quantile(database, folder)]
    metrics = {name: metric for _, own in queries for name, metric in own.items()}
    analysis = {"var_names": ["control", "treatment"], "var_ids": ["control", "treatment"], "weights": [0.5, 0.5]}
    results = process_experiment_results(
        {
            "metrics": metrics,
            "analyses": [analysis | {"stats_engine": "frequentist", "difference_type": "relative"}],
            "query_results": [{"rows": rows, "metrics": list(own), "sql": ""} for rows, own in queries],
        }
    )
    answers = {}
    for result in results:
        treatment = result.analyses[0].dimensions[0].variations[1]
        answers[result.metric] = {"lift": treatment.expected, "interval": list(treatment.ci), "p": treatment.pValue}
    print(json.dumps(answers))


def means(database, folder):
    """Proportions, means with their covariates, and the quotient, in one query."""
    columns = {"n": "count(*)"}
    metrics = {}
    for name in ("conversion", "signup"):
        columns |= moments(name, "main", name)
        metrics[name] = metric(name, "mean")
    for name in SHARPENED:
        columns |= moments(name, "main", name) | moments(name, "covariate", f"{name}_before")
        columns[f"{name}_main_covariate_sum_product"] = f"sum({name} * {name}_before)"
        metrics[name] = metric(name, "mean_ra", covariate_metric_type="count")
    ratio = "revenue_per_session"
    columns |= moments(ratio, "main", "revenue") | moments(ratio, "denominator", "sessions")
    columns[f"{ratio}_main_denominator_sum_product"] = "sum(revenue * sessions)"
    metrics[ratio] = metric(ratio, "ratio", denominator_metric_type="count")
    selected = ", ".join(f"{expression} as {name}" for name, expression in columns.items())
    query = f"select variant, {selected} from ({units(folder)}) group by variant order by variant"
    rows = []
    for variant, *values in database.execute(query).fetchall():
        row = dict(zip(columns, values))
        users = row.pop("n")
        rows.append({"variation": variant, "dimension": "All", "users": users, "count": users} | row)
    return rows, metrics


def quantile(database, folder):
    """The events' quantile with its limits, then the units around it."""
    name = "latency_p95"
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
                f"{name}_quantile_n": events,
                f"{name}_quantile_nstar": events,
                f"{name}_quantile": float(at),
                f"{name}_quantile_lower": float(lower),
                f"{name}_quantile_upper": float(upper),
                f"{name}_main_sum": below,
                f"{name}_main_sum_squares": below_squares,
                f"{name}_denominator_sum": values,
                f"{name}_denominator_sum_squares": value_squares,
                f"{name}_main_denominator_sum_product": products,
            }
        )
    return rows, {name: metric(name, "quantile_event", main_metric_type="quantile", quantile_value=LEVEL)}


def moments(metric, part, column):
    return {f"{metric}_{part}_sum": f"sum({column})", f"{metric}_{part}_sum_squares": f"sum({column} * {column})"}


def metric(name, statistic, main_metric_type="count", **more):
    return {"id": name, "name": name, "statistic_type": statistic, "main_metric_type": main_metric_type} | more


main(sys.argv[1], int(sys.argv[2]))
