/* What the route table points at, one block a file. Each runs on a worker with x->reader open and x->who
 * filled as its route's access promises, and answers x. */
#pragma once
#include "api/routes.h"

/* auth.c */
route_handler session_create, session_get, session_delete, tokens_list, tokens_create, tokens_delete,
	me_patch;
/* resources.c */
route_handler rows_get_page, rows_get, rows_create, rows_patch, rows_delete, flow_check_post;
/* rules.c */
route_handler rule_check_post, rule_failures_get, rule_try_post;
/* prompts.c */
route_handler prompt_audio_put, prompt_audio_get, prompt_preview_post;
/* history.c */
route_handler interactions_list, interactions_get, audit_list;
/* contacts.c */
route_handler contact_open, contact_write, contact_end, contact_messages;
/* people.c */
route_handler person_get, person_export_get, person_erase_post;
/* events.c */
route_handler events_get;
/* vcon.c */
route_handler vcon_get;
/* decisions.c */
route_handler decisions_get;
/* recordings.c */
route_handler call_post;
route_handler trunk_state_get, trunk_test_post;
route_handler recording_get, recording_audio_get, recording_act_post, recording_delete, recording_hold_put,
	interaction_keep_put;
/* voicemails.c */
route_handler greeting_get, greeting_put, greeting_delete;
route_handler voicemail_list, voicemail_patch, voicemail_forward, voicemail_delete;
/* blocks.c */
route_handler block_list, block_create, block_lift;
/* waveform.c */
route_handler recording_waveform_get;
/* faxes.c */
route_handler fax_post, fax_list, fax_get, fax_delete, fax_pdf_get, fax_tiff_get, fax_report_get;
/* kpis.c */
route_handler kpis_get, kpi_definitions_get;
/* metrics.c */
route_handler metrics_get, health_get, ready_get;
/* openapi.c */
route_handler openapi_get;
