"""Holds reports against the schemas of others, and prints what is wrong with them, a line each.

    tests/validate_reports.py REPORT…

`.xml` is JUnit's, by the schema of Jenkins' xUnit plugin; `.sarif` is SARIF 2.1.0, by the schema of OASIS (tests/schemas).
"""

import json
import pathlib
import sys

import jsonschema
import xmlschema

SCHEMAS = pathlib.Path(__file__).parent / "schemas"
SARIF = SCHEMAS / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"


def main():
    junit = xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd"))
    declared = json.loads(SARIF.read_text())
    validator = jsonschema.validators.validator_for(declared)
    validator.check_schema(declared)
    sarif = validator(declared, format_checker=validator.FORMAT_CHECKER)
    is_well = True
    for report in map(pathlib.Path, sys.argv[1:]):
        for mistake in mistakes(report, junit, sarif):
            is_well = False
            print(f"{report.name}: {mistake}")
    sys.exit(not is_well)


def mistakes(report, junit, sarif):
    if report.suffix == ".xml":
        try:
            return [f"{error.path}: {error.reason}" for error in junit.iter_errors(str(report))]
        except xmlschema.exceptions.XMLResourceParseError as error:
            return [error]
    log = json.loads(report.read_text())
    return [f"{error.json_path}: {error.message}" for error in sarif.iter_errors(log)]


main()
