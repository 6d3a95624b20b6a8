/* Where calls go whose proxy is a name without a port: SRV records (RFC 3263 section 4.2, RFC 2782), looked
 * up by the system's resolvers, by priority and, among equals, by chance and weight. Answers are kept as long
 * as they say, also that there are none; a target that failed goes last for a while. NAPTR is not asked: our
 * URIs name their transport (section 4.1). */
#pragma once
#include "sip/room.h"
#include "sip/srv_list.h"

#define SRV_CACHE 32
#define SRV_DEAD_MS 60000 /* a target that failed goes behind the others for so long */
#define SRV_TTL_MAX_S 3600
#define SRV_NONE_MS 60000   /* there is no such record */
#define SRV_TROUBLE_MS 5000 /* nobody said so: asked again soon */

struct srv_query;
/* list is borrowed; n 0: there are no such records. */
typedef void srv_handler(const struct srv_list *list, void *arg);

/* Asks for _sip._udp.host or what else fits. The handler is called once, perhaps before this returns; freeing
 * the query first means never. 0 or -errno, then it is not called. */
int srv_ask(struct room *room, const char *host, enum sip_transport transport, srv_handler *on_list,
	void *arg, struct srv_query **ret_query);
void srv_query_free(struct srv_query *query);
/* The target did not answer, or cannot take calls. */
void srv_target_failed(struct room *room, const struct srv_target *target);
void srv_free(struct room *room);

/* srv_leg.c: the targets of one leg's call. */

/* Calls the trunk's name by its targets, one after the other. 0: it goes on by itself; -errno. */
int srv_leg_begin(struct leg *leg, const struct sip_command *command, const char *uri);
/* Whether uri is a name to be looked up. */
bool srv_is_due(const char *uri);
/* The target tried last is given up; true: the next one was asked. */
bool srv_leg_next(struct leg *leg);
/* What srv_leg_next is told of silence: only the branch of the current target counts. */
bool srv_leg_is_heard(const struct leg *leg);
void srv_leg_free(struct leg *leg);
