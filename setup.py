from setuptools import setup

setup()  # for tools that run this file; pyproject.toml has the metadata
