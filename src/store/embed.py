"""Turns the numbered migrations into one C file: embed.py OUTPUT FILE...

NNNN_name.sql is for every database. Where they differ there are NNNN_name.sqlite.sql and NNNN_name.postgres.sql. PostgreSQL
begins at its first file, which makes the schema of that number at once."""
import os, re, sys

out, files = sys.argv[1], sorted(sys.argv[2:], key=os.path.basename)
kinds = ("sqlite", "postgres")
steps = {}
for path in files:
    name = os.path.basename(path)
    m = re.fullmatch(r"(\d{4})_(\w+?)(\.(\w+))?\.sql", name) or sys.exit(f"{name}: a migration is called 0001_name.sql")
    step = steps.setdefault(int(m[1]), {})
    for kind in [m[4]] if m[4] else kinds:
        if kind not in kinds or kind in step:
            sys.exit(f"{name}: one file a number and database (sqlite, postgres)")
        step[kind] = (m[2], path)
first = min((n for n, step in steps.items() if "postgres" in step), default=0)
with open(out, "w") as c:
    c.write('/* Made by embed.py. */\n#include "store/migrate.h"\n\n')
    for number in range(1, len(steps) + 1):
        step = steps.get(number) or sys.exit("migrations are numbered 0001, 0002... without a gap")
        for kind in kinds:
            if kind not in step:
                if kind == "sqlite" or (first and number > first):
                    sys.exit(f"migration {number} has no file for {kind}")
                continue
            data = open(step[kind][1], "rb").read() + b"\0"
            lines = [", ".join(str(b) for b in data[k : k + 24]) for k in range(0, len(data), 24)]
            c.write(f"static const unsigned char {kind}_{number}[] = {{\n" + ",\n".join(lines) + "};\n")
    c.write("const struct migration migrations[] = {\n")
    for number, step in sorted(steps.items()):
        texts = ", ".join(f"(const char *){k}_{number}" if k in step else "0" for k in kinds)
        c.write(f'\t{{{number}, "{number:04d}_{step["sqlite"][0]}", {texts}}},\n')
    c.write("\t{0, 0, 0, 0}};\n")
