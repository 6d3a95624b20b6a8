/* The subcommands of `markaz`. Each takes its own argv (argv[0] is its name) and returns the exit code: 0
 * done, 1 failed (a sentence on standard error says why and what to do), 2 wrong usage. */
#pragma once
#include "app/config.h"

int serve_main(int argc, char **argv);
int media_main(int argc, char **argv);
int demo_main(int argc, char **argv);
int apply_main(int argc, char **argv);
int export_main(int argc, char **argv);
int backup_main(int argc, char **argv);
int restore_main(int argc, char **argv);
int migrate_main(int argc, char **argv);
int doctor_main(int argc, char **argv);
int user_main(int argc, char **argv);
int flow_main(int argc, char **argv);
int archive_main(int argc, char **argv);
int events_main(int argc, char **argv);
int person_main(int argc, char **argv);
int keys_main(int argc, char **argv);
int replay_main(int argc, char **argv);
int sim_main(int argc, char **argv);
int bench_main(int argc, char **argv);

/* Options every command shares: --config FILE (or MARKAZ_CONFIG). Removes them from argv. 0, or -EINVAL after
 * saying why. */
int command_config(int *argc, char **argv, struct app_config *ret_config);
