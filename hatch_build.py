"""Give the package the addresses of its publisher; hatchling runs this at each build."""

import os

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Addresses(MetadataHookInterface):
    """Fill in ``[project.urls]`` from the environment of the publishing workflow."""

    def update(self, metadata):
        """Name the repository where one is known; elsewhere the package has no addresses."""
        server = os.environ.get("GITHUB_SERVER_URL")
        repository = os.environ.get("GITHUB_REPOSITORY")
        metadata["urls"] = {}
        if server and repository:
            source = f"{server}/{repository}"
            metadata["urls"] = {"Source": source, "Issues": f"{source}/issues"}
