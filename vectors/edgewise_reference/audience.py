"""What of a document reaches a browser."""


def seen_by(document: dict, audience: str) -> dict:
    """The document as a `client` sees it: without what is marked `server_only`. A `server` sees everything.

    That browsers get hashes for the literals of private attributes changes no answer, so nothing is hashed here.
    """
    if audience == "server":
        return document
    parts = ("segments", "experiments", "flags")
    return {**document, **{part: [one for one in document[part] if not one.get("server_only")] for part in parts}}
