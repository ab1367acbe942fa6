"""What a browser gets answers as it does for a server, though it holds hashes where a server holds lists."""

from .notation import case, document, experiment, flag, group, rule, segment, variant
from .tests import belongs, compare, member, negated, present


def groups() -> list[dict]:
    """The same questions to both audiences."""
    return [group(f"for a {audience}", _document(), _cases(), audience) for audience in ("server", "client")]


def _document() -> dict:
    arms = [variant("control", control=True), variant("treatment", shown="1")]
    secret = [variant("control", control=True), variant("treatment", unreleased='"name"')]
    conditions = {
        "eq": compare("email", "eq", "a@example.com"),
        "ne": compare("email", "ne", "a@example.com"),
        "not eq": negated(compare("email", "eq", "a@example.com")),
        "in": member("email", "a@example.com", "b@example.com", "caf\u00e9@example.com"),
        "not in": negated(member("email", "a@example.com", "b@example.com")),
        "one in a list": member("email", "a@example.com"),
        "present": present("email"),
        "number eq": compare("account.number", "eq", 42),
        "number ne": compare("account.number", "ne", 42),
        "number eq zero": compare("account.number", "eq", 0),
        "number in": member("account.number", 42, -1.5, 1e300),
        "boolean eq": compare("account.closed", "eq", True),
        "boolean ne": compare("account.closed", "ne", True),
        "string where a number is given": compare("account.number", "eq", "42"),
        "public": compare("country", "eq", "IN"),
        "in a segment": belongs("testers"),
    }
    made = [experiment(name, targeting=condition) for name, condition in conditions.items()]
    made.append(experiment("claims", variants=arms, forced=[{"unit": "u_qa", "variant": "treatment"}]))
    made.append(experiment("secret", server_only=True, variants=secret, targeting=belongs("secret")))
    return document(
        made,
        [
            flag("shown", "number", "0", (rule("-1", member("email", "b@example.com")),)),
            flag("unreleased", "string", '""', server_only=True),
        ],
        private=[["email"], ["account", "number"], ["account", "closed"]],
        segments=[
            segment("testers", member("email", "a@example.com", "c@example.com")),
            segment("secret", compare("email", "eq", "a@example.com"), server_only=True),
        ],
    )


def _cases() -> list[dict]:
    emails = [
        "a@example.com",
        "b@example.com",
        "c@example.com",
        "A@example.com",
        "",
        "caf\u00e9@example.com",
        "cafe\u0301@example.com",
    ]
    cases = [
        case(f"email {email!a}", {"user": "u_42", "email": email})
        for email in [*emails, None, 42, True, ["a@example.com"], {}]
    ]
    numbers = [42, 42.0, 0, -0.0, -1.5, 1e300, 41.99999999999999, "42", True, None]
    cases += [case(f"number {number!r}", {"user": "u_42", "account": {"number": number}}) for number in numbers]
    cases += [
        case(f"closed {closed!r}", {"user": "u_42", "account": {"closed": closed}})
        for closed in (True, False, "true", 1, None)
    ]
    return [
        *cases,
        case("a user on the list", {"user": "u_qa", "email": "b@example.com", "country": "IN"}),
        case("nothing known", {"user": "u_42"}),
        case("nobody", {"email": "a@example.com"}),
    ]
