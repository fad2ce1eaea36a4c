"""Hold a crate against the profiles of RO-Crate, without a network: a process of its own.

``python crate_check.py FOLDER PROFILE ...`` prints what is wrong, as JSON: [profile, check,
message]. The validator asks w3id.org what the words of a crate mean. Here it is told: these are the
words of the context of RO-Crate 1.1 that are used, and any other word is one that it does not know.
"""

from __future__ import annotations

import json
import sys

WORDS = """
    about author contentSize datePublished description encodingFormat hasPart identifier
    instrument license mentions name object programmingLanguage propertyID result
    softwareRequirements startTime value version ComputerLanguage CreateAction CreativeWork Dataset
    Organization Person PropertyValue SoftwareApplication SoftwareSourceCode
"""
CONTEXT = {
    **{word: f"http://schema.org/{word}" for word in WORDS.split()},
    "File": "http://schema.org/MediaObject",
    "conformsTo": "http://purl.org/dc/terms/conformsTo",
}


def main(folder: str, *profiles: str) -> None:
    """Print the problems of a crate under some profiles."""
    import requests
    from rocrate_validator import services
    from rocrate_validator.utils.http import HttpRequester

    def get(_: object, url: str, **__: object) -> requests.Response:
        assert url == "https://w3id.org/ro/crate/1.1/context", url
        answer = requests.Response()
        answer.status_code, answer.url = 200, url
        answer.headers["Content-Type"] = "application/ld+json"
        answer._content = json.dumps({"@context": CONTEXT}).encode()
        return answer

    HttpRequester.get = get  # type: ignore[method-assign]
    found = []
    for profile in profiles:
        asked = services.ValidationSettings(
            rocrate_uri=folder,
            profile_identifier=profile,
            requirement_severity="REQUIRED",
            offline=True,
            cache_path=f"{folder}.cache",
        )
        issues = services.validate(asked).get_issues()
        found += [[profile, issue.check.identifier, issue.message] for issue in issues]
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
