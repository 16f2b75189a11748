"""Metadata of the package. The version is in ionoscloud/version.py, the dependencies are in requirements.txt."""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'^__version__ = "(.+)"$', (HERE / "ionoscloud" / "version.py").read_text(), re.MULTILINE)
REQUIREMENTS = [
    line for line in (HERE / "requirements.txt").read_text().splitlines() if line and not line.startswith("#")
]
# The minimum versions are the oldest without known vulnerabilities that each Python can install.
SOCKS = ["PySocks >= 1.7.1"]
EMULATOR = [
    "openapi-schema-validator >= 0.6.2",
    "pyftpdlib >= 2.2",
    "pyopenssl >= 26.0",
    "trustme >= 1.1",
    "werkzeug >= 3.1.6",
]

setup(
    name="ionoscloud",
    version=VERSION.group(1) if VERSION else "",
    description="Python client for the IONOS Cloud API v5: typed, safe, fast, and tested against a real server",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license_expression="Apache-2.0",
    license_files=["LICENSE"],
    project_urls={"IONOS Cloud API": "https://api.ionos.com/cloudapi/v5"},
    python_requires=">=3.9",
    packages=find_packages(include=["ionoscloud", "ionoscloud.*"]),
    package_data={
        "ionoscloud": ["py.typed"],
        "ionoscloud.api": ["*.pyi"],
        "ionoscloud.emulator": ["openapi.json"],
    },
    install_requires=REQUIREMENTS,
    extras_require={
        "dask": [
            "distributed >= 2026.1.1; python_version >= '3.10'",
            "distributed >= 2024.8; python_version < '3.10'",
        ],
        "emulator": EMULATOR,
        "socks": SOCKS,
        "dev": [
            *EMULATOR,
            *SOCKS,
            "freezegun >= 1.5",
            "hypothesis >= 6.100",
            "ipython >= 8.18",
            "jinja2 >= 3.1.6",
            "mocket >= 3.13",
            "openapi-core >= 0.20",
            "openapi-spec-validator >= 0.7.1",
            "opentelemetry-instrumentation-urllib3 >= 0.48b0",
            "opentelemetry-sdk >= 1.27",
            "proxy.py >= 2.4",
            "pytest >= 9.0.3; python_version >= '3.10'",
            "pytest >= 8.0; python_version < '3.10'",
            "pyyaml >= 6.0",
            "tqdm >= 4.66.3",
            "truststore >= 0.10; python_version >= '3.10'",
            "vcrpy >= 7.0; python_version >= '3.10'",
        ],
    },
    entry_points={"pytest11": ["ionoscloud_emulator = ionoscloud.emulator.pytest_plugin"]},
    classifiers=[
        "Development Status :: 4 - Beta",
        "Framework :: Pytest",
        "Intended Audience :: Developers",
        "Intended Audience :: System Administrators",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.9",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: 3.14",
        "Topic :: Software Development :: Libraries :: Python Modules",
        "Topic :: Software Development :: Testing :: Mocking",
        "Topic :: System :: Systems Administration",
        "Typing :: Typed",
    ],
    keywords=["client", "cloud", "emulator", "iaas", "images", "ionos", "sdk"],
)
