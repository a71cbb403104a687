#!/usr/bin/env python3
"""Validates reports of a folder with the schemas of others: JUnit's XSD of Jenkins' xUnit plugin, and the JSON Schema of SARIF 2.1.0.

    tests/bench/validate_reports.py target/release/exemplar FOLDER junit-10.xsd sarif-schema-2.1.0.json

Needs `lxml` and `jsonschema`. The schemas are their owners': the first is in the repository `jenkinsci/xunit-plugin`, the second in that
of OASIS and in the crate `serde-sarif`. What both ask for is in the suite too, as a table (`tests/suite/reports.rs`).
"""

import json
import pathlib
import subprocess
import sys

import jsonschema
from lxml import etree


def printed(exemplar, folder, form):
    command = [exemplar, "check", ".", "--format", form]
    return subprocess.run(command, cwd=folder, capture_output=True).stdout


def main():
    exemplar, folder, xsd, schema = sys.argv[1:]
    exemplar = pathlib.Path(exemplar).resolve()
    junit = etree.XMLSchema(etree.parse(xsd))
    junit.validate(etree.fromstring(printed(exemplar, folder, "junit")))
    declared = json.loads(pathlib.Path(schema).read_text())
    validator = jsonschema.validators.validator_for(declared)(declared)
    found = [str(error) for error in junit.error_log]
    found += [error.message for error in validator.iter_errors(json.loads(printed(exemplar, folder, "sarif")))]
    print(f"{folder}: {len(found)} mistakes in JUnit's XML and SARIF")
    print("\n".join(found))
    sys.exit(bool(found))


main()
