/* The one small configuration file: `key = value` lines, `#` comments. Every key can be overridden by an
 * environment variable MARKAZ_<KEY IN CAPITALS>. Everything else lives in the database. Unknown keys and bad
 * values are refused with the line. */
#pragma once
#include "api/api.h"
#include "media/media.h"
#include "sip/sip.h"
#include "store/where.h"

#include <stdbool.h>
#include <stddef.h>

struct app_config {
	char data_directory[200];
	char database_url[STORE_WHERE_MAX]; /* "": the file markaz.db, or what the directory says; holds a
					       password */
	struct api_config api;
	struct sip_config sip;
	struct media_config media;
	char speech_program[256];
	int speech_workers;
	char log_level[8];
	int spool_mb;	     /* of events kept while the database does not take them */
	int route_log_days;  /* whole days of the routing log kept for replay and explanations */
	char queue_log[256]; /* file written as Asterisk writes queue_log (app/queue_log.h); "": none */
	int archive_months;  /* whole months of events kept in the database; 0: all */
	int comfort_noise;   /* 1: silence is offered and told as RFC 3389 says, else sent as it is */
	int drain_s;	     /* how long SIGTERM waits for contacts to end */
};

/* What follows from data_directory where nothing is said: certificates. 0 or -ENAMETOOLONG. */
int config_complete(struct app_config *c);
void config_defaults(struct app_config *c);
/* Reads one setting: 0, or -EINVAL with a sentence in ret_error. Pure. */
int config_set(struct app_config *c, const char *key, const char *value, char *ret_error, size_t error_size);
/* Reads a whole text of n bytes. On -EINVAL ret_error begins with "line N: ". Pure; fuzzed. */
int config_parse(struct app_config *c, const char *text, size_t n, char *ret_error, size_t error_size);
/* What the environment says, over what c holds. 0 or -EINVAL with ret_error. */
int config_environment(struct app_config *c, char *ret_error, size_t error_size);
/* Defaults, then the file (path NULL: none), then the environment. 0 or -errno with ret_error. */
int config_load(struct app_config *c, const char *path, char *ret_error, size_t error_size);
