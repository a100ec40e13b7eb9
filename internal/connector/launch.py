"""Starts a connector out of the packages of this Python.

  launch.py source-zoom spec|check|discover|read …       an installed package
  launch.py FOLDER/source-zoom spec|check|discover|read … a folder with a manifest

The package's own program is started, unless it was written for another version
of Airbyte's library than is installed and there is a manifest: that is then run
by the library itself.
"""

import importlib.metadata
import importlib.util
import json
import pathlib
import sys


def library_fits(distribution):
    """Whether the installed airbyte-cdk is one that the package asks for."""
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return True
    for line in importlib.metadata.requires(distribution) or []:
        wanted = Requirement(line)
        if wanted.name == "airbyte-cdk":
            return wanted.specifier.contains(importlib.metadata.version("airbyte-cdk"), prereleases=True)
    return True


def package_folder(name):
    spec = importlib.util.find_spec(name.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        return None
    return pathlib.Path(spec.submodule_search_locations[0])


def own_program(name, args):
    for entry in importlib.metadata.entry_points(group="console_scripts"):
        if entry.name == name:
            sys.argv = [name, *args]
            return entry.load()()
    sys.exit(f"the package of {name} has no program")


def read_yaml(file):
    import yaml  # a part of what airbyte-cdk needs

    return yaml.safe_load(file.read_text(encoding="utf-8"))


def manifest_of(folder):
    """The manifest with its specification, which older packages keep beside it."""
    manifest = read_yaml(folder / "manifest.yaml")
    for name in ("spec.yaml", "spec.json"):
        if "spec" not in manifest and (folder / name).is_file():
            spec = read_yaml(folder / name)
            manifest["spec"] = {
                "type": "Spec",
                "connection_specification": spec["connectionSpecification"],
                "documentation_url": spec.get("documentationUrl"),
            }
    return manifest


def say_spec(manifest):
    spec = manifest["spec"]
    print(json.dumps({"type": "SPEC", "spec": {
        "connectionSpecification": spec["connection_specification"],
        "documentationUrl": spec.get("documentation_url"),
    }}))


def run_manifest(folder, args):
    manifest = manifest_of(folder)
    if args[0] == "spec":
        return say_spec(manifest)
    # Beside this script, in the folder of the run.
    file = pathlib.Path(__file__).parent / "manifest.json"
    file.write_text(json.dumps(manifest), encoding="utf-8")
    more = ["--manifest-path", str(file)]
    if (folder / "components.py").is_file() and not (folder / "__init__.py").is_file():
        more += ["--components-path", str(folder / "components.py")]
    sys.path.insert(0, str(folder.parent))
    sys.argv = ["source-declarative-manifest", *args, *more]
    from airbyte_cdk.cli.source_declarative_manifest import run

    return run()


def main():
    name, args = sys.argv[1], sys.argv[2:]
    if "/" in name:
        return run_manifest(pathlib.Path(name), args)
    folder = package_folder(name)
    if folder and (folder / "manifest.yaml").is_file() and not library_fits("airbyte-" + name):
        return run_manifest(folder, args)
    return own_program(name, args)


if __name__ == "__main__":
    sys.exit(main())
