"""Turns the numbered migrations into one C file: embed.py OUTPUT FILE..."""
import os, re, sys

out, files = sys.argv[1], sorted(sys.argv[2:], key=os.path.basename)
with open(out, "w") as c:
    c.write('/* Made by embed.py. */\n#include "store/migrate.h"\n\n')
    for i, path in enumerate(files, 1):
        name = os.path.basename(path)
        if int(re.match(r"\d{4}", name).group()) != i:
            sys.exit(f"{name}: migrations are numbered 0001, 0002... without a gap")
        data = open(path, "rb").read() + b"\0"
        lines = [", ".join(str(b) for b in data[k : k + 24]) for k in range(0, len(data), 24)]
        c.write(f"static const unsigned char sql_{i}[] = {{\n" + ",\n".join(lines) + "};\n")
    c.write("const struct migration migrations[] = {\n")
    for i, path in enumerate(files, 1):
        c.write(f'\t{{{i}, "{os.path.basename(path)}", (const char *)sql_{i}}},\n')
    c.write("\t{0, 0, 0}};\n")
