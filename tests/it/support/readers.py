"""Loads reports of wplint with the readers of others; prints how many findings each of them sees."""

import json
import sys

import jsonschema
import junitparser
from sarif import loader

# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/.]|^\\.[^./]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def main(schema, sarif, gitlab, junit):
    counts = {}
    with open(sarif, encoding="utf-8") as file:
        log = json.load(file)
    with open(schema, encoding="utf-8") as file:
        jsonschema.Draft7Validator(json.load(file)).validate(log)
    marked = sum("suppressions" in result for result in log["runs"][0]["results"])
    counts["sarif"] = len(loader.load_sarif_file(sarif).get_results()) - marked

    with open(gitlab, encoding="utf-8") as file:
        entries = json.load(file)
    jsonschema.Draft7Validator(GITLAB).validate(entries)
    fingerprints = [entry["fingerprint"] for entry in entries]
    assert len(fingerprints) == len(set(fingerprints)), "fingerprints are unique"
    counts["gitlab"] = len(entries)

    suites = junitparser.JUnitXml.fromfile(junit)
    cases = [case for suite in suites for case in suite]
    assert suites.tests == len(cases), (suites.tests, len(cases))
    failed = sum(isinstance(result, junitparser.Failure) for case in cases for result in case.result)
    assert suites.failures == failed, (suites.failures, failed)
    counts["junit"] = sum(bool(case.result) for case in cases)
    print(json.dumps(counts))


main(*sys.argv[1:])
