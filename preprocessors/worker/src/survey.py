"""What an interpreter says of itself and of its packages, as JSON: `PythonEnvironment` of the model."""

import importlib.metadata
import json
import os
import platform
import re
import sys


def implementation_version():
    """As PEP 508 defines it."""
    info = sys.implementation.version
    version = "%d.%d.%d" % info[:3]
    return version if info.releaselevel == "final" else version + info.releaselevel[0] + str(info.serial)


packages = {}
for distribution in importlib.metadata.distributions():
    name, version = distribution.metadata["Name"], distribution.metadata["Version"]
    if name and version:
        # The first one on the path is the one that is imported. PEP 503 says how names are normalised.
        packages.setdefault(re.sub(r"[-_.]+", "-", name).lower(), version)

json.dump(
    {
        "executable": sys.executable,
        "version": platform.python_version(),
        "markers": {
            "implementation_name": sys.implementation.name,
            "implementation_version": implementation_version(),
            "os_name": os.name,
            "platform_machine": platform.machine(),
            "platform_python_implementation": platform.python_implementation(),
            "platform_release": platform.release(),
            "platform_system": platform.system(),
            "platform_version": platform.version(),
            "python_full_version": platform.python_version(),
            "python_version": ".".join(platform.python_version_tuple()[:2]),
            "sys_platform": sys.platform,
        },
        "packages": packages,
    },
    sys.stdout,
)
