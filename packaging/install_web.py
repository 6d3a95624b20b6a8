#!/usr/bin/env python3
"""meson install: copies web/dist to PREFIX/share/markaz/web; says what to do when the screens were not built."""
import os
import pathlib
import shutil
import sys

source = pathlib.Path(os.environ["MESON_SOURCE_ROOT"]) / "web/dist"
target = pathlib.Path(os.environ["MESON_INSTALL_DESTDIR_PREFIX"]) / sys.argv[1]
if not (source / "index.html").exists():
    sys.exit("the screens are not built yet: run ./run build first, then meson install again")
shutil.rmtree(target, ignore_errors=True)
shutil.copytree(source, target)
print(f"Installing the screens to {target}")
