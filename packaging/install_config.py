#!/usr/bin/env python3
"""meson install: puts the sample configuration in place unless one is there, with the folder of the installed screens."""
import os
import pathlib
import sys

target = pathlib.Path(os.environ.get("DESTDIR", "") + sys.argv[1])
if target.exists():
    print(f"Keeping {target}")
else:
    target.parent.mkdir(parents=True, exist_ok=True)
    sample = (pathlib.Path(os.environ["MESON_SOURCE_ROOT"]) / "packaging/markaz.conf").read_text()
    target.write_text(sample + f"\n# The built screens.\nweb_directory = {sys.argv[2]}\n")
    print(f"Installing {target}")
