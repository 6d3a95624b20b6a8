/** Made by "npm run types" from the server's OpenAPI document; do not edit. */
export interface paths {
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in */
        get: operations["get_session"];
        put?: never;
        /** Sign in */
        post: operations["post_session"];
        /** Sign out */
        delete: operations["delete_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change own preferences or password */
        patch: operations["patch_me"];
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Own access tokens */
        get: operations["get_tokens"];
        put?: never;
        /** Make an access token, shown once */
        post: operations["post_tokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an own access token */
        delete: operations["delete_tokens_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check a flow without saving it */
        post: operations["post_flows_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/business-rules/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check a business rule without saving it */
        post: operations["post_business_rules_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/business-rules/failures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Business rules that failed since they were saved */
        get: operations["get_business_rules_failures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/business-rules/try": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a business rule, or all saved ones, say of given facts */
        post: operations["post_business_rules_try"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prompts/{id}/audio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A prompt as callers hear it */
        get: operations["get_prompts_id_audio"];
        /** Upload a prompt's recording (WAV) */
        put: operations["put_prompts_id_audio"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prompts/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Speak a text */
        post: operations["post_prompts_preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/interactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Contacts, newest first; agents see their own */
        get: operations["get_interactions"];
        put?: never;
        /** Open a contact without a telephone; the same Idempotency-Key gives the same answer */
        post: operations["post_interactions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/interactions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One contact with everything */
        get: operations["get_interactions_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have an agent call somebody: the agent's device rings first; the same Idempotency-Key names the same call */
        post: operations["post_calls"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trunks/{id}/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is known of a trunk now, and its figures */
        get: operations["get_trunks_id_state"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trunks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Test a trunk by OPTIONS or by a short call; the outcome is in its state */
        post: operations["post_trunks_id_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/interactions/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was written in a contact, the newest or those before a number */
        get: operations["get_interactions_id_messages"];
        put?: never;
        /** Write in a contact as its customer */
        post: operations["post_interactions_id_messages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/interactions/{id}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a contact */
        post: operations["post_interactions_id_end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/interactions/{id}/vcon": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One contact as a vCon (IETF); agents: their own */
        get: operations["get_interactions_id_vcon"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/interactions/{id}/keep": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set or end the legal hold of one contact */
        put: operations["put_interactions_id_keep"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What there is of a person, by customer or by number or mail address */
        get: operations["get_people"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything about a person as one document */
        get: operations["get_people_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/erase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Erase a person; figures stay. confirm: the customer's name, or the address */
        post: operations["post_people_erase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/interactions/{id}/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why those agents: routing's decisions about one contact */
        get: operations["get_interactions_id_decisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The event log as CloudEvents, in order; resumes after a sequence, may wait for more */
        get: operations["get_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recordings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is known of a recording */
        get: operations["get_recordings_id"];
        put?: never;
        post?: never;
        /** Delete a recording's sound; that there was one, and who deleted it, stays */
        delete: operations["delete_recordings_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recordings/{id}/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set or end the legal hold of one recording */
        put: operations["put_recordings_id_hold"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recordings/{id}/audio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A recording as WAV (Range is honoured), or with format=opus as Ogg/Opus */
        get: operations["get_recordings_id_audio"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/interactions/{id}/recording": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin, end, pause or resume the recording of a call */
        post: operations["post_interactions_id_recording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recordings/{id}/waveform": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A recording's loudness over time */
        get: operations["get_recordings_id_waveform"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/voicemails/greeting": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The greeting of one's own voicemail */
        get: operations["get_voicemails_greeting"];
        /** Upload the greeting of one's own voicemail (WAV, at most a minute) */
        put: operations["put_voicemails_greeting"];
        post?: never;
        /** Remove the greeting of one's own voicemail */
        delete: operations["delete_voicemails_greeting"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/voicemails": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's own messages, newest first */
        get: operations["get_voicemails"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/voicemails/{id}/audio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A message (Range is honoured) */
        get: operations["get_voicemails_id_audio"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/voicemails/{id}/waveform": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A message's loudness over time */
        get: operations["get_voicemails_id_waveform"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/voicemails/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a message */
        delete: operations["delete_voicemails_id"];
        options?: never;
        head?: never;
        /** Mark a message as heard, or not */
        patch: operations["patch_voicemails_id"];
        trace?: never;
    };
    "/api/v1/voicemails/{id}/forward": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a message to a colleague */
        post: operations["post_voicemails_id_forward"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Addresses banned and calls outside stopped, in force or all of the last month */
        get: operations["get_blocks"];
        put?: never;
        /** Ban an address, or stop the calls outside of a person or of everybody, by hand */
        post: operations["post_blocks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/blocks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Lift a ban or a stop */
        delete: operations["delete_blocks_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faxes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Faxes, newest first; agents see those they sent */
        get: operations["get_faxes"];
        put?: never;
        /** Send a fax: a PDF or TIFF, a cover, or both; the same Idempotency-Key gives the same answer */
        post: operations["post_faxes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faxes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One fax */
        get: operations["get_faxes_id"];
        put?: never;
        post?: never;
        /** Take back a fax that waits to be sent */
        delete: operations["delete_faxes_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faxes/{id}/pdf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The pages of a fax as PDF */
        get: operations["get_faxes_id_pdf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faxes/{id}/tiff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The pages of a fax as they came, or went out */
        get: operations["get_faxes_id_tiff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faxes/{id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of a fax, with its first page, as PDF */
        get: operations["get_faxes_id_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/kpis": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures of a period */
        get: operations["get_kpis"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/kpis/definitions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How each figure is counted */
        get: operations["get_kpis_definitions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what, newest first */
        get: operations["get_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This description */
        get: operations["get_openapi_json"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Numbers for Prometheus */
        get: operations["get_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the process alive */
        get: operations["get_healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Can it take calls */
        get: operations["get_readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: The installation's own facts: exactly one row. */
        get: operations["get_settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: The installation's own facts: exactly one row. */
        get: operations["get_settings_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change (merge patch): The installation's own facts: exactly one row. */
        patch: operations["patch_settings_id"];
        trace?: never;
    };
    "/api/v1/skills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: Something an agent can do and a queue can ask for, with a proficiency from 1 to 10. */
        get: operations["get_skills"];
        put?: never;
        /** Create: Something an agent can do and a queue can ask for, with a proficiency from 1 to 10. */
        post: operations["post_skills"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/skills/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: Something an agent can do and a queue can ask for, with a proficiency from 1 to 10. */
        get: operations["get_skills_id"];
        put?: never;
        post?: never;
        /** Delete: Something an agent can do and a queue can ask for, with a proficiency from 1 to 10. */
        delete: operations["delete_skills_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): Something an agent can do and a queue can ask for, with a proficiency from 1 to 10. */
        patch: operations["patch_skills_id"];
        trace?: never;
    };
    "/api/v1/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: A group of people; a queue can be served by teams. */
        get: operations["get_teams"];
        put?: never;
        /** Create: A group of people; a queue can be served by teams. */
        post: operations["post_teams"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/teams/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: A group of people; a queue can be served by teams. */
        get: operations["get_teams_id"];
        put?: never;
        post?: never;
        /** Delete: A group of people; a queue can be served by teams. */
        delete: operations["delete_teams_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): A group of people; a queue can be served by teams. */
        patch: operations["patch_teams_id"];
        trace?: never;
    };
    "/api/v1/break-reasons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: A reason an agent gives when going on a break. */
        get: operations["get_break_reasons"];
        put?: never;
        /** Create: A reason an agent gives when going on a break. */
        post: operations["post_break_reasons"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/break-reasons/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: A reason an agent gives when going on a break. */
        get: operations["get_break_reasons_id"];
        put?: never;
        post?: never;
        /** Delete: A reason an agent gives when going on a break. */
        delete: operations["delete_break_reasons_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): A reason an agent gives when going on a break. */
        patch: operations["patch_break_reasons_id"];
        trace?: never;
    };
    "/api/v1/dispositions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: How a contact turned out, chosen in wrap-up. */
        get: operations["get_dispositions"];
        put?: never;
        /** Create: How a contact turned out, chosen in wrap-up. */
        post: operations["post_dispositions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dispositions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: How a contact turned out, chosen in wrap-up. */
        get: operations["get_dispositions_id"];
        put?: never;
        post?: never;
        /** Delete: How a contact turned out, chosen in wrap-up. */
        delete: operations["delete_dispositions_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): How a contact turned out, chosen in wrap-up. */
        patch: operations["patch_dispositions_id"];
        trace?: never;
    };
    "/api/v1/prompts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: Something that is played to callers. */
        get: operations["get_prompts"];
        put?: never;
        /** Create: Something that is played to callers. */
        post: operations["post_prompts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prompts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: Something that is played to callers. */
        get: operations["get_prompts_id"];
        put?: never;
        post?: never;
        /** Delete: Something that is played to callers. */
        delete: operations["delete_prompts_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): Something that is played to callers. */
        patch: operations["patch_prompts_id"];
        trace?: never;
    };
    "/api/v1/hours": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: Opening hours with holidays. */
        get: operations["get_hours"];
        put?: never;
        /** Create: Opening hours with holidays. */
        post: operations["post_hours"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hours/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: Opening hours with holidays. */
        get: operations["get_hours_id"];
        put?: never;
        post?: never;
        /** Delete: Opening hours with holidays. */
        delete: operations["delete_hours_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): Opening hours with holidays. */
        patch: operations["patch_hours_id"];
        trace?: never;
    };
    "/api/v1/trunks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: A SIP line to a provider or another exchange. */
        get: operations["get_trunks"];
        put?: never;
        /** Create: A SIP line to a provider or another exchange. */
        post: operations["post_trunks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trunks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: A SIP line to a provider or another exchange. */
        get: operations["get_trunks_id"];
        put?: never;
        post?: never;
        /** Delete: A SIP line to a provider or another exchange. */
        delete: operations["delete_trunks_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): A SIP line to a provider or another exchange. */
        patch: operations["patch_trunks_id"];
        trace?: never;
    };
    "/api/v1/capacity-profiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: How many contacts of which kinds a person has at once. */
        get: operations["get_capacity_profiles"];
        put?: never;
        /** Create: How many contacts of which kinds a person has at once. */
        post: operations["post_capacity_profiles"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/capacity-profiles/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: How many contacts of which kinds a person has at once. */
        get: operations["get_capacity_profiles_id"];
        put?: never;
        post?: never;
        /** Delete: How many contacts of which kinds a person has at once. */
        delete: operations["delete_capacity_profiles_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): How many contacts of which kinds a person has at once. */
        patch: operations["patch_capacity_profiles_id"];
        trace?: never;
    };
    "/api/v1/caller-ids": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: A number that called people may see, and who may show it. */
        get: operations["get_caller_ids"];
        put?: never;
        /** Create: A number that called people may see, and who may show it. */
        post: operations["post_caller_ids"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/caller-ids/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: A number that called people may see, and who may show it. */
        get: operations["get_caller_ids_id"];
        put?: never;
        post?: never;
        /** Delete: A number that called people may see, and who may show it. */
        delete: operations["delete_caller_ids_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): A number that called people may see, and who may show it. */
        patch: operations["patch_caller_ids_id"];
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: A person who signs in, takes contacts or is rung. */
        get: operations["get_users"];
        put?: never;
        /** Create: A person who signs in, takes contacts or is rung. */
        post: operations["post_users"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: A person who signs in, takes contacts or is rung. */
        get: operations["get_users_id"];
        put?: never;
        post?: never;
        /** Delete: A person who signs in, takes contacts or is rung. */
        delete: operations["delete_users_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): A person who signs in, takes contacts or is rung. */
        patch: operations["patch_users_id"];
        trace?: never;
    };
    "/api/v1/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: Where contacts wait for an agent, and by which rules. */
        get: operations["get_queues"];
        put?: never;
        /** Create: Where contacts wait for an agent, and by which rules. */
        post: operations["post_queues"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queues/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: Where contacts wait for an agent, and by which rules. */
        get: operations["get_queues_id"];
        put?: never;
        post?: never;
        /** Delete: Where contacts wait for an agent, and by which rules. */
        delete: operations["delete_queues_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): Where contacts wait for an agent, and by which rules. */
        patch: operations["patch_queues_id"];
        trace?: never;
    };
    "/api/v1/extensions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: A short number of a person or of a telephone of its own. */
        get: operations["get_extensions"];
        put?: never;
        /** Create: A short number of a person or of a telephone of its own. */
        post: operations["post_extensions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/extensions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: A short number of a person or of a telephone of its own. */
        get: operations["get_extensions_id"];
        put?: never;
        post?: never;
        /** Delete: A short number of a person or of a telephone of its own. */
        delete: operations["delete_extensions_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): A short number of a person or of a telephone of its own. */
        patch: operations["patch_extensions_id"];
        trace?: never;
    };
    "/api/v1/ring-groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: One number that rings several people or telephones. */
        get: operations["get_ring_groups"];
        put?: never;
        /** Create: One number that rings several people or telephones. */
        post: operations["post_ring_groups"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ring-groups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: One number that rings several people or telephones. */
        get: operations["get_ring_groups_id"];
        put?: never;
        post?: never;
        /** Delete: One number that rings several people or telephones. */
        delete: operations["delete_ring_groups_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): One number that rings several people or telephones. */
        patch: operations["patch_ring_groups_id"];
        trace?: never;
    };
    "/api/v1/flows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: What callers hear and may choose, step by step. */
        get: operations["get_flows"];
        put?: never;
        /** Create: What callers hear and may choose, step by step. */
        post: operations["post_flows"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: What callers hear and may choose, step by step. */
        get: operations["get_flows_id"];
        put?: never;
        post?: never;
        /** Delete: What callers hear and may choose, step by step. */
        delete: operations["delete_flows_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): What callers hear and may choose, step by step. */
        patch: operations["patch_flows_id"];
        trace?: never;
    };
    "/api/v1/numbers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: A number callers dial, and where it leads. */
        get: operations["get_numbers"];
        put?: never;
        /** Create: A number callers dial, and where it leads. */
        post: operations["post_numbers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/numbers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: A number callers dial, and where it leads. */
        get: operations["get_numbers_id"];
        put?: never;
        post?: never;
        /** Delete: A number callers dial, and where it leads. */
        delete: operations["delete_numbers_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): A number callers dial, and where it leads. */
        patch: operations["patch_numbers_id"];
        trace?: never;
    };
    "/api/v1/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: A person or company that contacts the house. */
        get: operations["get_customers"];
        put?: never;
        /** Create: A person or company that contacts the house. */
        post: operations["post_customers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/customers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: A person or company that contacts the house. */
        get: operations["get_customers_id"];
        put?: never;
        post?: never;
        /** Delete: A person or company that contacts the house. */
        delete: operations["delete_customers_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): A person or company that contacts the house. */
        patch: operations["patch_customers_id"];
        trace?: never;
    };
    "/api/v1/business-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: A short program that says how a contact about to enter a queue is treated. */
        get: operations["get_business_rules"];
        put?: never;
        /** Create: A short program that says how a contact about to enter a queue is treated. */
        post: operations["post_business_rules"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/business-rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: A short program that says how a contact about to enter a queue is treated. */
        get: operations["get_business_rules_id"];
        put?: never;
        post?: never;
        /** Delete: A short program that says how a contact about to enter a queue is treated. */
        delete: operations["delete_business_rules_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): A short program that says how a contact about to enter a queue is treated. */
        patch: operations["patch_business_rules_id"];
        trace?: never;
    };
    "/api/v1/recorders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: A recorder of others that calls are sent to (SIPREC). */
        get: operations["get_recorders"];
        put?: never;
        /** Create: A recorder of others that calls are sent to (SIPREC). */
        post: operations["post_recorders"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recorders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: A recorder of others that calls are sent to (SIPREC). */
        get: operations["get_recorders_id"];
        put?: never;
        post?: never;
        /** Delete: A recorder of others that calls are sent to (SIPREC). */
        delete: operations["delete_recorders_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): A recorder of others that calls are sent to (SIPREC). */
        patch: operations["patch_recorders_id"];
        trace?: never;
    };
    "/api/v1/trunk-groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List: Trunks that stand in for each other, and the numbers they dial. */
        get: operations["get_trunk_groups"];
        put?: never;
        /** Create: Trunks that stand in for each other, and the numbers they dial. */
        post: operations["post_trunk_groups"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trunk-groups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one: Trunks that stand in for each other, and the numbers they dial. */
        get: operations["get_trunk_groups_id"];
        put?: never;
        post?: never;
        /** Delete: Trunks that stand in for each other, and the numbers they dial. */
        delete: operations["delete_trunk_groups_id"];
        options?: never;
        head?: never;
        /** Change (merge patch): Trunks that stand in for each other, and the numbers they dial. */
        patch: operations["patch_trunk_groups_id"];
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Problem: {
            type: string;
            title: string;
            /** Format: int64 */
            status: number;
            detail: string;
            code: string;
            request: string;
            errors: components["schemas"]["ProblemError"][];
        };
        ProblemError: {
            pointer: string;
            code: string;
            message: string;
        };
        SignIn: {
            login: string;
            password: string;
        };
        Session: {
            user: components["schemas"]["User"];
            permissions: components["schemas"]["Permission"][];
        };
        MePatch: {
            language?: string;
            calendar?: string;
            digits?: string;
            theme?: string;
            device?: string;
            device_uri?: string | null;
            password?: string;
            current_password?: string;
        };
        Token: {
            id: string;
            kind: string;
            name: string | null;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            expires_at: number | null;
        };
        TokenPage: {
            items: components["schemas"]["Token"][];
            next_cursor: string | null;
        };
        TokenCreate: {
            name: string;
            /** Format: int64 */
            expires_at?: number;
        };
        TokenShown: {
            id: string;
            name: string;
            /** Format: int64 */
            expires_at: number;
            token: string;
        };
        SkillLevel: {
            skill: string;
            /** Format: int64 */
            level: number;
        };
        Texts: {
            fa?: string;
            ar?: string;
            zh?: string;
            en?: string;
        };
        HoursSpan: {
            days: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
            from: string;
            to: string;
        };
        DaySpan: {
            from: string;
            to: string;
        };
        Holiday: {
            date: string;
            name?: string;
            spans?: components["schemas"]["DaySpan"][];
        };
        QueueRing: {
            /** Format: int64 */
            after_s: number;
            /** Format: int64 */
            relax?: number;
            teams?: string[];
            agents?: string[];
        };
        FlowCheck: {
            document: components["schemas"]["FlowDocument"];
        };
        FlowIssue: {
            is_warning: boolean;
            node: string;
            field: string;
            code: string;
            message: string;
        };
        FlowIssues: {
            issues: components["schemas"]["FlowIssue"][];
        };
        RuleCheck: {
            text: string;
        };
        RuleIssue: {
            /** Format: int64 */
            line: number;
            message: string;
        };
        RuleIssues: {
            issues: components["schemas"]["RuleIssue"][];
        };
        RuleTry: {
            text?: string | null;
            facts?: {
                [key: string]: unknown;
            };
        };
        RuleAsk: {
            skill: string;
            /** Format: int64 */
            level: number;
            /** Format: int64 */
            any: number;
            /** @enum {string} */
            kind: "required" | "always" | "preferred" | "not";
        };
        RuleSaid: {
            rule: string | null;
            name: string;
            /** Format: int64 */
            version: number;
            note: string;
        };
        RuleFailure: {
            rule: string | null;
            name: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            line: number;
            message: string;
        };
        RuleTrouble: {
            rule: string;
            name: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            line: number;
            message: string;
            /** Format: int64 */
            at: number;
            /** Format: int64 */
            times: number;
        };
        RuleFailures: {
            items: components["schemas"]["RuleTrouble"][];
        };
        RuleResult: {
            queue: string | null;
            /** Format: int64 */
            priority: number;
            /** Format: int64 */
            head_start_s: number;
            /** Format: int64 */
            target_s: number;
            skills: components["schemas"]["RuleAsk"][];
            excluded: string[];
            preferred_agent: string | null;
            /** Format: int64 */
            patience_s: number;
            is_stopped: boolean;
            applied: components["schemas"]["RuleSaid"][];
            failed: components["schemas"]["RuleFailure"][];
        };
        PromptPreview: {
            text: string;
            /** @enum {string} */
            language: "fa" | "ar" | "zh" | "en";
        };
        Choice: {
            node: string;
            label: string | null;
            digits: string | null;
        };
        Interaction: {
            id: string;
            channel: string | null;
            direction: string | null;
            from: string | null;
            to: string | null;
            name: string | null;
            /** Format: int64 */
            started_at: number;
            /** Format: int64 */
            ended_at: number | null;
            /** Format: int64 */
            duration_ms: number | null;
            reason: string | null;
            /** @enum {string|null} */
            result: "answered" | "abandoned" | "voicemail" | "fax" | "overflowed" | "ended_in_flow" | "no_answer" | "busy" | "rejected" | "failed" | null;
            queue: string | null;
            agent: string | null;
            /** Format: int64 */
            wait_ms: number;
            /** Format: int64 */
            talk_ms: number;
            /** Format: int64 */
            hold_ms: number;
            /** Format: int64 */
            acw_ms: number;
            disposition: string | null;
            has_recording: boolean;
            chosen: components["schemas"]["Choice"][];
            /** Format: int64 */
            sip_code: number | null;
            trunk: string | null;
            is_erased: boolean;
            is_kept: boolean;
        };
        PersonFound: {
            customers: components["schemas"]["Customer"][];
            addresses: string[];
            /** Format: int64 */
            persons: number;
            /** Format: int64 */
            contacts: number;
            /** Format: int64 */
            recordings: number;
            is_open: boolean;
            is_kept: boolean;
            is_shared: boolean;
            is_complete: boolean;
        };
        PersonErase: {
            customer?: string | null;
            address?: string | null;
            confirm: string;
        };
        PersonErased: {
            /** Format: int64 */
            persons: number;
            /** Format: int64 */
            contacts: number;
            /** Format: int64 */
            recordings: number;
            /** Format: int64 */
            files_left: number;
        };
        PersonExport: {
            format: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            made_at: number;
            addresses: string[];
            customers: components["schemas"]["Customer"][];
            contacts: components["schemas"]["InteractionDetail"][];
        };
        InteractionKeep: {
            is_kept: boolean;
        };
        InteractionPage: {
            items: components["schemas"]["Interaction"][];
            next_cursor: string | null;
        };
        Segment: {
            id: string;
            queue: string | null;
            agent: string | null;
            /** Format: int64 */
            queued_at: number;
            /** Format: int64 */
            answered_at: number | null;
            /** Format: int64 */
            ended_at: number | null;
            result: string | null;
            /** Format: int64 */
            wait_ms: number;
            /** Format: int64 */
            ring_ms: number;
            /** Format: int64 */
            talk_ms: number;
            /** Format: int64 */
            hold_ms: number;
            /** Format: int64 */
            acw_ms: number;
            /** Format: int64 */
            holds: number;
            reason: string | null;
            disposition: string | null;
            notes: string | null;
        };
        Recording: {
            id: string;
            interaction: string;
            /** @enum {string} */
            kind: "call" | "voicemail";
            /** Format: int64 */
            started_at: number;
            /** Format: int64 */
            duration_ms: number | null;
            /** Format: int64 */
            bytes: number | null;
            reason: string | null;
            queue: string | null;
            format: string | null;
            hash: string | null;
            /** Format: int64 */
            lost_ms: number;
            is_encrypted: boolean;
            owner: string | null;
            agent: string | null;
            is_held: boolean;
            is_kept: boolean;
            /** Format: int64 */
            deleted_at: number | null;
            deleted_by: string | null;
            deleted_reason: string | null;
            work_queue: string | null;
            /** Format: int64 */
            removed_at: number | null;
            channels?: string[];
            /** @enum {string} */
            integrity?: "whole" | "broken" | "unknown";
            marks?: components["schemas"]["RecordingMark"][];
        };
        Party: {
            id: string;
            /** @enum {string} */
            role: "customer" | "agent" | "outside" | "supervisor";
            user: string | null;
            name: string | null;
            number: string | null;
            /** Format: int64 */
            joined_at: number;
            /** Format: int64 */
            left_at: number | null;
            reason: string | null;
        };
        LegQuality: {
            leg: string;
            role: string;
            codec: string;
            mos: number | null;
            /** Format: int64 */
            lost_permille: number;
            /** Format: int64 */
            jitter_ms: number;
            /** Format: int64 */
            rtt_ms: number;
            /** Format: int64 */
            duration_ms: number;
        };
        Voicemail: {
            id: string;
            interaction: string;
            owner: string;
            /** Format: int64 */
            left_at: number;
            /** Format: int64 */
            duration_ms: number;
            /** Format: int64 */
            heard_at: number | null;
            from: string | null;
            name: string | null;
        };
        VoicemailPage: {
            items: components["schemas"]["Voicemail"][];
            next_cursor: string | null;
        };
        VoicemailChange: {
            is_heard: boolean;
        };
        VoicemailForward: {
            to: string;
        };
        Block: {
            id: string;
            /** @enum {string} */
            kind: "address" | "calls";
            subject: string;
            reason: string;
            /** Format: int64 */
            count: number;
            /** Format: int64 */
            times: number;
            /** Format: int64 */
            since: number | null;
            /** Format: int64 */
            until: number | null;
        };
        BlockList: {
            items: components["schemas"]["Block"][];
        };
        BlockCreate: {
            /** @enum {string} */
            kind: "address" | "calls";
            subject: string;
            /** Format: int64 */
            minutes?: number;
        };
        RecordingMark: {
            /** Format: int64 */
            at_ms: number;
            /** @enum {string} */
            kind: "hold" | "resume" | "transfer" | "pause" | "note" | "party";
            text: string;
        };
        Message: {
            /** Format: int64 */
            number: number;
            /** Format: int64 */
            seq: number;
            /** Format: int64 */
            at: number;
            agent: string | null;
            text: string;
        };
        MessageList: {
            items: components["schemas"]["Message"][];
        };
        ContactOpen: {
            /** @enum {string} */
            channel: "chat" | "email" | "message" | "task";
            queue: string;
            from: string;
            to?: string;
            name?: string;
            text?: string;
            /** Format: int64 */
            priority?: number;
            customer?: string;
        };
        ContactOpened: {
            id: string;
            /** Format: int64 */
            seq: number;
        };
        ContactWrite: {
            text: string;
        };
        ContactWritten: {
            id: string;
            /** Format: int64 */
            seq: number;
            /** Format: int64 */
            number: number | null;
        };
        ContactEnd: {
            /** @enum {string} */
            reason?: "customer" | "system";
        };
        ContactEnded: {
            id: string;
            /** Format: int64 */
            seq: number;
        };
        Note: {
            /** Format: int64 */
            at: number;
            agent: string | null;
            disposition: string | null;
            text: string | null;
        };
        LogEvent: {
            /** Format: int64 */
            seq: number;
            /** Format: int64 */
            at: number;
            type: string;
            data: {
                [key: string]: unknown;
            };
        };
        Candidate: {
            agent: string;
            /** @enum {string} */
            verdict: "chosen" | "outranked" | "lacks_skill" | "not_available" | "at_capacity" | "in_wrap_up" | "resting" | "excluded" | "not_reached";
            /** Format: int64 */
            level: number;
            /** Format: int64 */
            unmet: number;
            /** Format: int64 */
            key: number;
            /** Format: int64 */
            idle_ms: number;
        };
        AppliedRule: {
            rule: string;
            name: string;
            /** Format: int64 */
            version: number;
            note: string | null;
        };
        Decision: {
            /** Format: int64 */
            decision: number;
            segment: string;
            /** Format: int64 */
            at: number;
            queue: string;
            agent: string;
            /** @enum {string} */
            how: "order" | "preference" | "hand" | "share";
            /** @enum {string} */
            strategy: "longest_idle" | "least_occupied" | "most_skilled" | "fewest_contacts" | "round_robin" | "ring_all" | "top_down" | "weighted";
            /** Format: int64 */
            ring: number;
            /** Format: int64 */
            priority: number;
            /** Format: int64 */
            waited_ms: number;
            /** Format: int64 */
            config_version: number;
            /** Format: int64 */
            n_considered: number;
            candidates: components["schemas"]["Candidate"][];
            rules: components["schemas"]["AppliedRule"][];
        };
        Decisions: {
            decisions: components["schemas"]["Decision"][];
            /** Format: int64 */
            n_not_kept: number;
        };
        CallCreate: {
            agent?: string | null;
            to: string;
            caller_id?: string | null;
            queue?: string | null;
            customer?: string | null;
        };
        CallCreated: {
            interaction: string;
        };
        RecordingHold: {
            is_kept: boolean;
        };
        RecordingAct: {
            /** @enum {string} */
            act: "start" | "stop" | "pause" | "resume";
        };
        RecordingState: {
            /** @enum {string} */
            state: "off" | "on" | "paused";
            is_allowed: boolean;
            is_pause_allowed: boolean;
        };
        Waveform: {
            /** Format: int64 */
            duration_ms: number;
            /** Format: int64 */
            channels: number;
            peaks: number[][];
        };
        AuditEntry: {
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            at: number;
            user: string | null;
            user_name: string | null;
            address: string | null;
            agent: string | null;
            resource: string;
            row: string | null;
            action: string;
            before: unknown;
            after: unknown;
        };
        AuditPage: {
            items: components["schemas"]["AuditEntry"][];
            next_cursor: string | null;
        };
        FaxCover: {
            from?: string | null;
            subject?: string | null;
            text?: string | null;
            /** @enum {string} */
            language?: "fa" | "ar" | "zh" | "en";
        };
        FaxCreate: {
            to: string;
            from?: string | null;
            name?: string | null;
            file?: string | null;
            cover?: components["schemas"]["FaxCover"] | null;
        };
        FaxCreated: {
            id: string;
            /** Format: int64 */
            pages: number;
        };
        Fax: {
            id: string;
            /** @enum {string} */
            direction: "inbound" | "outbound";
            /** @enum {string} */
            state: "queued" | "sent" | "failed" | "received" | "partial";
            from: string | null;
            to: string | null;
            name: string | null;
            /** Format: int64 */
            pages: number;
            /** Format: int64 */
            pages_done: number;
            /** Format: int64 */
            tries: number;
            reason: string | null;
            result: string | null;
            station: string | null;
            /** Format: int64 */
            bit_rate: number | null;
            interaction: string | null;
            queue: string | null;
            user: string | null;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            ended_at: number | null;
            /** Format: int64 */
            next_try_at: number | null;
            has_file: boolean;
        };
        FaxPage: {
            items: components["schemas"]["Fax"][];
            next_cursor: string | null;
        };
        Health: {
            status: string;
            version: string;
        };
        Readiness: {
            is_ready: boolean;
            is_degraded: boolean;
            is_center_ready: boolean;
            is_store_writing: boolean;
            /** @enum {string} */
            store_state: "writing" | "spooling" | "draining" | "stuck";
            /** Format: int64 */
            spool_pct: number;
            /** Format: int64 */
            room_s: number;
            alarms: string[];
        };
        NamedRef: {
            id: string;
            name: string;
        };
        ContactCustomer: {
            number: string | null;
            name: string | null;
            id: string | null;
            is_vip: boolean;
            notes: string | null;
        };
        Phone: {
            /** Format: int64 */
            contacts: number;
            /** Format: int64 */
            reachable: number;
            /** Format: int64 */
            rtt_ms: number;
            program: string;
            source: string;
        };
        Agent: {
            /** @enum {string} */
            presence: "offline" | "ready" | "break" | "not_responding";
            /** @enum {string} */
            state: "offline" | "ready" | "break" | "ringing" | "talking" | "hold" | "wrap_up" | "not_responding" | "unreachable";
            /** Format: int64 */
            state_since: number;
            break_reason: string | null;
            /** @enum {string} */
            device: "browser" | "phone" | "uri";
            is_device_reachable: boolean;
            device_reason: string | null;
            phone: components["schemas"]["Phone"] | null;
            next_presence: string | null;
        };
        Offer: {
            customer: components["schemas"]["ContactCustomer"];
            number: string | null;
            queue: components["schemas"]["NamedRef"] | null;
            chosen: components["schemas"]["Choice"][];
            history: components["schemas"]["Interaction"][];
            interaction: string;
            segment: string;
            /** Format: int64 */
            deadline_at: number;
            device: string;
            sdp: string | null;
            /** Format: int64 */
            wait_ms: number;
            is_auto_answer: boolean;
        };
        Call: {
            customer: components["schemas"]["ContactCustomer"];
            number: string | null;
            queue: components["schemas"]["NamedRef"] | null;
            chosen: components["schemas"]["Choice"][];
            history: components["schemas"]["Interaction"][];
            interaction: string;
            segment: string;
            /** @enum {string} */
            state: "connecting" | "connected" | "held" | "ended";
            is_muted: boolean;
            is_recording: boolean;
            /** Format: int64 */
            connected_at: number | null;
            /** Format: int64 */
            held_at: number | null;
            reason: string | null;
        };
        WrapUp: {
            customer: components["schemas"]["ContactCustomer"];
            number: string | null;
            queue: components["schemas"]["NamedRef"] | null;
            chosen: components["schemas"]["Choice"][];
            history: components["schemas"]["Interaction"][];
            interaction: string;
            segment: string;
            /** Format: int64 */
            until: number | null;
            is_extended: boolean;
            disposition_required: boolean;
            dispositions: components["schemas"]["NamedRef"][];
            disposition: string | null;
            notes: string | null;
        };
        Waiting: {
            interaction: string;
            number: string | null;
            name: string | null;
            /** Format: int64 */
            since: number;
            /** Format: int64 */
            position: number;
            /** Format: int64 */
            priority: number;
            is_vip: boolean;
            /** Format: int64 */
            ring: number;
            /** Format: int64 */
            target_at: number | null;
            is_near_target: boolean;
            /** Format: int64 */
            estimate_ms: number | null;
            preferred: string | null;
        };
        LiveQueue: {
            id: string;
            name: string;
            /** Format: int64 */
            waiting: number;
            /** Format: int64 */
            oldest_since: number | null;
            /** Format: int64 */
            ringing: number;
            /** Format: int64 */
            talking: number;
            /** Format: int64 */
            agents_ready: number;
            /** Format: int64 */
            agents_free: number;
            /** Format: int64 */
            agents_reachable: number;
            is_open: boolean;
            /** Format: int64 */
            owed: number;
            /** Format: int64 */
            ewt_ms: number | null;
            /** Format: int64 */
            service_level_ms: number;
            /** Format: int64 */
            service_level_target_pct: number;
            today: components["schemas"]["KpiCounts"];
            waits: components["schemas"]["Waiting"][];
        };
        PickQueue: {
            id: string;
            name: string;
            waits: components["schemas"]["Waiting"][];
        };
        LiveCustomer: {
            number: string | null;
            name: string | null;
        };
        LiveAgent: {
            id: string;
            name: string;
            team: string | null;
            state: string;
            /** Format: int64 */
            state_since: number;
            break_reason: string | null;
            device: string;
            is_device_reachable: boolean;
            device_reason: string | null;
            phone: components["schemas"]["Phone"] | null;
            interaction: string | null;
            customer: components["schemas"]["LiveCustomer"] | null;
            queue: string | null;
            today: components["schemas"]["KpiCounts"];
        };
        TrunkTest: {
            /** @enum {string} */
            kind?: "options" | "call";
            number?: string;
        };
        TrunkFigures: {
            /** Format: int64 */
            attempts: number;
            /** Format: int64 */
            answered: number;
            /** Format: int64 */
            busy: number;
            /** Format: int64 */
            no_answer: number;
            /** Format: int64 */
            rejected: number;
            /** Format: int64 */
            failed: number;
            /** Format: int64 */
            blocked: number;
            /** Format: int64 */
            talk_ms: number;
            /** Format: int64 */
            asr_pct: number | null;
            /** Format: int64 */
            ner_pct: number | null;
            /** Format: int64 */
            acd_ms: number | null;
            mos: number | null;
            /** Format: int64 */
            incoming: number;
        };
        TrunkFailure: {
            /** Format: int64 */
            code: number;
            text: string;
            /** Format: int64 */
            at: number;
        };
        TrunkTested: {
            id: string;
            /** @enum {string} */
            kind: "options" | "call";
            is_running: boolean;
            is_ok: boolean;
            /** @enum {string} */
            outcome: "running" | "answered" | "silent" | "unable" | "busy" | "no_answer" | "rejected" | "failed";
            /** Format: int64 */
            code: number;
            text: string;
            /** Format: int64 */
            at: number;
            /** Format: int64 */
            took_ms: number;
        };
        LiveTrunk: {
            id: string;
            name: string;
            is_up: boolean | null;
            /** Format: int64 */
            calls: number;
            reason: string | null;
            /** @enum {string} */
            registration: "none" | "trying" | "registered" | "failed";
            /** Format: int64 */
            channels: number;
            /** Format: int64 */
            channels_max: number;
            /** Format: int64 */
            calls_per_second: number;
            /** Format: int64 */
            stepped_back_until: number | null;
            stepped_back_reason: string | null;
            last_failure: components["schemas"]["TrunkFailure"] | null;
            hour: components["schemas"]["TrunkFigures"];
            day: components["schemas"]["TrunkFigures"];
            test: components["schemas"]["TrunkTested"] | null;
        };
        Live: {
            queues: components["schemas"]["LiveQueue"][];
            agents: components["schemas"]["LiveAgent"][];
            all: components["schemas"]["KpiCounts"];
            trunks: components["schemas"]["LiveTrunk"][];
        };
        /** @enum {string} */
        Permission: "handle" | "see_live" | "see_history" | "listen" | "read_config" | "change_config" | "change_users" | "see_audit" | "steer_agents" | "supervise" | "dial" | "see_customers" | "change_customers" | "erase_people" | "see_teams" | "open_contacts";
        FlowDocument: {
            [key: string]: unknown;
        };
        OpenApi: {
            [key: string]: unknown;
        };
        InteractionDetail: components["schemas"]["Interaction"] & {
            segments: components["schemas"]["Segment"][];
            events: components["schemas"]["LogEvent"][];
            recordings: components["schemas"]["Recording"][];
            notes: components["schemas"]["Note"][];
            messages: components["schemas"]["Message"][];
            parties: components["schemas"]["Party"][];
            quality: components["schemas"]["LegQuality"][];
        };
        /** @description The installation's own facts: exactly one row. */
        Setting: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description Name of the house, spoken and shown. */
            organisation: string;
            /**
             * @description Language callers hear when nothing else says so.
             * @enum {string}
             */
            default_language: "fa" | "ar" | "zh" | "en";
            /** @description IANA time zone of reports, like Asia/Tehran. */
            time_zone: string;
            /** @description Realm telephones register in; it is part of their stored passwords. */
            sip_realm: string;
            /** @description Address the outside reaches this server at; none means what the system says. */
            public_address: string | null;
            /** @description The house music for those who wait; none means the built-in one. */
            music: string | null;
            /**
             * Format: int64
             * @description Seconds a customer with priority counts as having waited already.
             */
            vip_head_start_s: number;
            /**
             * Format: int64
             * @description Seconds each point of a customer's value counts as having waited already.
             */
            value_head_start_s: number;
            /** @description Country calling code numbers without one belong to, like 98; none: numbers are dialled as written. */
            country_code: string | null;
            /** @description What people dial before a number of another town, like 0. */
            national_prefix: string | null;
            /** @description What people dial before a country code, like 00. */
            international_prefix: string;
            /** @description Beginnings of numbers nobody may call, like +98909 or +882; emergency numbers always may. */
            forbidden_prefixes: string[];
            /** @description Short numbers everybody may always call, dialled exactly as written. */
            emergency_numbers: string[];
            /**
             * Format: int64
             * @description Most calls over all trunks at once; 0 for no limit. Emergency calls always pass.
             */
            outside_calls_max: number;
            /**
             * Format: int64
             * @description Most calls over all trunks begun in a second; 0 for no limit.
             */
            outside_calls_per_second: number;
            /** @description Queue (channel message) in which the messages flows leave for queues are worked off; none: they are only kept. */
            voicemail_queue: string | null;
            /** @description Dialled on a telephone: ready. Letters are *, # and digits; none: no such code. */
            feature_ready: string;
            /** @description Dialled on a telephone: on break. */
            feature_break: string;
            /** @description Dialled on a supervisor's telephone, with an extension behind it: listen there. */
            feature_listen: string;
            /** @description Dialled on a telephone: take the call that rings at a colleague of the same team. */
            feature_pick_up: string;
            /** @description Dialled on a telephone: hear one's own messages. */
            feature_voicemail: string;
            /** @description Dialled on a telephone: record what callers hear before they leave a message. */
            feature_greeting: string;
            /**
             * Format: int64
             * @description First slot of parked calls; telephones dial a slot to take what is parked there.
             */
            park_first: number;
            /**
             * Format: int64
             * @description Last slot.
             */
            park_last: number;
            /**
             * Format: int64
             * @description Seconds after which a parked call rings at who parked it, then goes to its queue.
             */
            park_return_s: number;
            /** @description When the agent who has a conference leaves, the others stay in it. */
            is_conference_kept: boolean;
            /**
             * @description When agents are told that a supervisor is in their call: never, from whispering on, always.
             * @enum {string}
             */
            supervision_notice: "never" | "whisper" | "always";
            /** @description What agents are told of supervision is beeped to them, too. */
            is_supervision_beeped: boolean;
            /** @description Our number as other fax machines show it: digits, + and spaces, at most 20. */
            fax_station: string | null;
            /** @description Line on top of each page we send, in Latin letters; none: no line. */
            fax_header: string | null;
            /**
             * Format: int64
             * @description How often a fax is tried before it is given up.
             */
            fax_tries: number;
            /**
             * Format: int64
             * @description Seconds between two tries of a fax.
             */
            fax_retry_s: number;
            /**
             * @description How recordings are kept once their call is over: wav as they were recorded, opus compressed to a tenth.
             * @enum {string}
             */
            recording_format: "wav" | "opus";
            /** @description Whether recordings are encrypted on the disk. */
            is_recording_encrypted: boolean;
            /**
             * Format: int64
             * @description Days after which new recordings get another key.
             */
            recording_key_days: number;
            /** @description Whether the tones of telephone keys are left out of recordings. */
            is_recording_masked: boolean;
            /**
             * Format: int64
             * @description Seconds between beeps that tell everybody in the call it is recorded; 0: no beep.
             */
            recording_beep_s: number;
            /**
             * Format: int64
             * @description Seconds after which a paused recording goes on by itself; 0: never.
             */
            recording_pause_max_s: number;
            /**
             * Format: int64
             * @description Megabytes that stay free: with less, no new recording begins, and an alarm says so; 0: no matter.
             */
            recording_disk_reserve_mb: number;
            /**
             * @description Whether outbound calls without a queue are recorded.
             * @enum {string}
             */
            record_outbound: "never" | "always" | "on_demand";
            /**
             * @description Whether calls between people of the house are recorded.
             * @enum {string}
             */
            record_internal: "never" | "always" | "on_demand";
            /** @description Whether agents may listen to the recordings of their own contacts. */
            agents_hear_own: boolean;
            /**
             * Format: int64
             * @description Days after which recordings of calls are removed; 0: never.
             */
            keep_recordings_days: number;
            /**
             * Format: int64
             * @description Days after which voicemail is removed; 0: never.
             */
            keep_voicemails_days: number;
            /**
             * Format: int64
             * @description Days after which notes and messages of contacts are removed; 0: never.
             */
            keep_texts_days: number;
            /**
             * Format: int64
             * @description Days after which names and numbers are taken out of contacts; figures stay; 0: never.
             */
            keep_people_days: number;
            /**
             * Format: int64
             * @description Days after which archived months of the event log are removed; 0: never.
             */
            keep_events_days: number;
            /** @description Addresses never banned for wrong passwords and never slowed down, like the office: 192.0.2.7 or 192.0.2.0/24. Those of trunks are so by themselves. */
            allowed_addresses: string[];
            /**
             * Format: int64
             * @description SIP packets a second heard from an address nobody knows; 0: no limit.
             */
            flood_packets: number;
            /**
             * Format: int64
             * @description SIP requests a second answered to an address nobody knows; 0: no limit.
             */
            flood_requests: number;
            /**
             * Format: int64
             * @description So many times as much is heard from a whole network (256 addresses).
             */
            flood_network_times: number;
            /**
             * Format: int64
             * @description So many times as much is heard from trunks, allowed addresses, and where somebody signed in within the last hour.
             */
            flood_known_times: number;
            /**
             * Format: int64
             * @description Wrong telephone passwords from an address within an hour before it is banned; 0: never.
             */
            ban_failures: number;
            /**
             * Format: int64
             * @description Minutes the first ban of an address lasts; each further one twice as long.
             */
            ban_minutes: number;
            /**
             * Format: int64
             * @description Hours a ban lasts at most.
             */
            ban_max_hours: number;
            /** @description Whether calls outside may only go to the own country (country_code) and the allowed ones. */
            is_abroad_restricted: boolean;
            /** @description Beginnings of numbers abroad that may be called, like +971 or +44. */
            allowed_countries: string[];
            /** @description What a minute costs by the number's beginning, like +44=0.05; the longest fits. */
            call_costs: string[];
            /**
             * Format: int64
             * @description When calls of all cost so much within an hour, calls outside are stopped; 0: no limit.
             */
            cost_max_hour: number;
            /**
             * Format: int64
             * @description When calls of all cost so much within a day, calls outside are stopped; 0: no limit.
             */
            cost_max_day: number;
            /**
             * Format: int64
             * @description When calls of one person cost so much within a day, that person's are stopped; 0: no limit.
             */
            user_cost_max_day: number;
            /**
             * Format: int64
             * @description When one person makes so many calls outside within an hour, that person's are stopped; 0: no limit.
             */
            user_calls_max_hour: number;
            /** @description When the night begins for calls outside, like 22:00. */
            night_from: string | null;
            /** @description When it ends, like 07:00. */
            night_until: string | null;
            /**
             * Format: int64
             * @description When one person makes so many calls outside within an hour of the night, that person's are stopped; 0: nobody calls outside at night.
             */
            night_calls_max_hour: number;
            /**
             * Format: int64
             * @description Days after which audit entries are removed; 0: never.
             */
            keep_audit_days: number;
        };
        SettingPage: {
            items: components["schemas"]["Setting"][];
            next_cursor: string | null;
        };
        /** @description The installation's own facts: exactly one row. */
        SettingPatch: {
            /** @description Name of the house, spoken and shown. */
            organisation?: string;
            /**
             * @description Language callers hear when nothing else says so.
             * @enum {string}
             */
            default_language?: "fa" | "ar" | "zh" | "en";
            /** @description IANA time zone of reports, like Asia/Tehran. */
            time_zone?: string;
            /** @description Realm telephones register in; it is part of their stored passwords. */
            sip_realm?: string;
            /** @description Address the outside reaches this server at; none means what the system says. */
            public_address?: string | null;
            /** @description The house music for those who wait; none means the built-in one. */
            music?: string | null;
            /**
             * Format: int64
             * @description Seconds a customer with priority counts as having waited already.
             */
            vip_head_start_s?: number;
            /**
             * Format: int64
             * @description Seconds each point of a customer's value counts as having waited already.
             */
            value_head_start_s?: number;
            /** @description Country calling code numbers without one belong to, like 98; none: numbers are dialled as written. */
            country_code?: string | null;
            /** @description What people dial before a number of another town, like 0. */
            national_prefix?: string | null;
            /** @description What people dial before a country code, like 00. */
            international_prefix?: string;
            /** @description Beginnings of numbers nobody may call, like +98909 or +882; emergency numbers always may. */
            forbidden_prefixes?: string[];
            /** @description Short numbers everybody may always call, dialled exactly as written. */
            emergency_numbers?: string[];
            /**
             * Format: int64
             * @description Most calls over all trunks at once; 0 for no limit. Emergency calls always pass.
             */
            outside_calls_max?: number;
            /**
             * Format: int64
             * @description Most calls over all trunks begun in a second; 0 for no limit.
             */
            outside_calls_per_second?: number;
            /** @description Queue (channel message) in which the messages flows leave for queues are worked off; none: they are only kept. */
            voicemail_queue?: string | null;
            /** @description Dialled on a telephone: ready. Letters are *, # and digits; none: no such code. */
            feature_ready?: string;
            /** @description Dialled on a telephone: on break. */
            feature_break?: string;
            /** @description Dialled on a supervisor's telephone, with an extension behind it: listen there. */
            feature_listen?: string;
            /** @description Dialled on a telephone: take the call that rings at a colleague of the same team. */
            feature_pick_up?: string;
            /** @description Dialled on a telephone: hear one's own messages. */
            feature_voicemail?: string;
            /** @description Dialled on a telephone: record what callers hear before they leave a message. */
            feature_greeting?: string;
            /**
             * Format: int64
             * @description First slot of parked calls; telephones dial a slot to take what is parked there.
             */
            park_first?: number;
            /**
             * Format: int64
             * @description Last slot.
             */
            park_last?: number;
            /**
             * Format: int64
             * @description Seconds after which a parked call rings at who parked it, then goes to its queue.
             */
            park_return_s?: number;
            /** @description When the agent who has a conference leaves, the others stay in it. */
            is_conference_kept?: boolean;
            /**
             * @description When agents are told that a supervisor is in their call: never, from whispering on, always.
             * @enum {string}
             */
            supervision_notice?: "never" | "whisper" | "always";
            /** @description What agents are told of supervision is beeped to them, too. */
            is_supervision_beeped?: boolean;
            /** @description Our number as other fax machines show it: digits, + and spaces, at most 20. */
            fax_station?: string | null;
            /** @description Line on top of each page we send, in Latin letters; none: no line. */
            fax_header?: string | null;
            /**
             * Format: int64
             * @description How often a fax is tried before it is given up.
             */
            fax_tries?: number;
            /**
             * Format: int64
             * @description Seconds between two tries of a fax.
             */
            fax_retry_s?: number;
            /**
             * @description How recordings are kept once their call is over: wav as they were recorded, opus compressed to a tenth.
             * @enum {string}
             */
            recording_format?: "wav" | "opus";
            /** @description Whether recordings are encrypted on the disk. */
            is_recording_encrypted?: boolean;
            /**
             * Format: int64
             * @description Days after which new recordings get another key.
             */
            recording_key_days?: number;
            /** @description Whether the tones of telephone keys are left out of recordings. */
            is_recording_masked?: boolean;
            /**
             * Format: int64
             * @description Seconds between beeps that tell everybody in the call it is recorded; 0: no beep.
             */
            recording_beep_s?: number;
            /**
             * Format: int64
             * @description Seconds after which a paused recording goes on by itself; 0: never.
             */
            recording_pause_max_s?: number;
            /**
             * Format: int64
             * @description Megabytes that stay free: with less, no new recording begins, and an alarm says so; 0: no matter.
             */
            recording_disk_reserve_mb?: number;
            /**
             * @description Whether outbound calls without a queue are recorded.
             * @enum {string}
             */
            record_outbound?: "never" | "always" | "on_demand";
            /**
             * @description Whether calls between people of the house are recorded.
             * @enum {string}
             */
            record_internal?: "never" | "always" | "on_demand";
            /** @description Whether agents may listen to the recordings of their own contacts. */
            agents_hear_own?: boolean;
            /**
             * Format: int64
             * @description Days after which recordings of calls are removed; 0: never.
             */
            keep_recordings_days?: number;
            /**
             * Format: int64
             * @description Days after which voicemail is removed; 0: never.
             */
            keep_voicemails_days?: number;
            /**
             * Format: int64
             * @description Days after which notes and messages of contacts are removed; 0: never.
             */
            keep_texts_days?: number;
            /**
             * Format: int64
             * @description Days after which names and numbers are taken out of contacts; figures stay; 0: never.
             */
            keep_people_days?: number;
            /**
             * Format: int64
             * @description Days after which archived months of the event log are removed; 0: never.
             */
            keep_events_days?: number;
            /** @description Addresses never banned for wrong passwords and never slowed down, like the office: 192.0.2.7 or 192.0.2.0/24. Those of trunks are so by themselves. */
            allowed_addresses?: string[];
            /**
             * Format: int64
             * @description SIP packets a second heard from an address nobody knows; 0: no limit.
             */
            flood_packets?: number;
            /**
             * Format: int64
             * @description SIP requests a second answered to an address nobody knows; 0: no limit.
             */
            flood_requests?: number;
            /**
             * Format: int64
             * @description So many times as much is heard from a whole network (256 addresses).
             */
            flood_network_times?: number;
            /**
             * Format: int64
             * @description So many times as much is heard from trunks, allowed addresses, and where somebody signed in within the last hour.
             */
            flood_known_times?: number;
            /**
             * Format: int64
             * @description Wrong telephone passwords from an address within an hour before it is banned; 0: never.
             */
            ban_failures?: number;
            /**
             * Format: int64
             * @description Minutes the first ban of an address lasts; each further one twice as long.
             */
            ban_minutes?: number;
            /**
             * Format: int64
             * @description Hours a ban lasts at most.
             */
            ban_max_hours?: number;
            /** @description Whether calls outside may only go to the own country (country_code) and the allowed ones. */
            is_abroad_restricted?: boolean;
            /** @description Beginnings of numbers abroad that may be called, like +971 or +44. */
            allowed_countries?: string[];
            /** @description What a minute costs by the number's beginning, like +44=0.05; the longest fits. */
            call_costs?: string[];
            /**
             * Format: int64
             * @description When calls of all cost so much within an hour, calls outside are stopped; 0: no limit.
             */
            cost_max_hour?: number;
            /**
             * Format: int64
             * @description When calls of all cost so much within a day, calls outside are stopped; 0: no limit.
             */
            cost_max_day?: number;
            /**
             * Format: int64
             * @description When calls of one person cost so much within a day, that person's are stopped; 0: no limit.
             */
            user_cost_max_day?: number;
            /**
             * Format: int64
             * @description When one person makes so many calls outside within an hour, that person's are stopped; 0: no limit.
             */
            user_calls_max_hour?: number;
            /** @description When the night begins for calls outside, like 22:00. */
            night_from?: string | null;
            /** @description When it ends, like 07:00. */
            night_until?: string | null;
            /**
             * Format: int64
             * @description When one person makes so many calls outside within an hour of the night, that person's are stopped; 0: nobody calls outside at night.
             */
            night_calls_max_hour?: number;
            /**
             * Format: int64
             * @description Days after which audit entries are removed; 0: never.
             */
            keep_audit_days?: number;
        };
        /** @description Something an agent can do and a queue can ask for, with a proficiency from 1 to 10. */
        Skill: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What people call the skill. */
            name: string;
            /** @description What having the skill means. */
            description: string | null;
        };
        SkillPage: {
            items: components["schemas"]["Skill"][];
            next_cursor: string | null;
        };
        /** @description Something an agent can do and a queue can ask for, with a proficiency from 1 to 10. */
        SkillCreate: {
            /** @description What people call the skill. */
            name: string;
            /** @description What having the skill means. */
            description?: string | null;
        };
        /** @description Something an agent can do and a queue can ask for, with a proficiency from 1 to 10. */
        SkillPatch: {
            /** @description What people call the skill. */
            name?: string;
            /** @description What having the skill means. */
            description?: string | null;
        };
        /** @description A group of people; a queue can be served by teams. */
        Team: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What people call the team. */
            name: string;
            /** @description What the team is for. */
            description: string | null;
        };
        TeamPage: {
            items: components["schemas"]["Team"][];
            next_cursor: string | null;
        };
        /** @description A group of people; a queue can be served by teams. */
        TeamCreate: {
            /** @description What people call the team. */
            name: string;
            /** @description What the team is for. */
            description?: string | null;
        };
        /** @description A group of people; a queue can be served by teams. */
        TeamPatch: {
            /** @description What people call the team. */
            name?: string;
            /** @description What the team is for. */
            description?: string | null;
        };
        /** @description A reason an agent gives when going on a break. */
        BreakReason: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What agents choose, like "Lunch". */
            name: string;
            /** @description Whether the time counts as paid. */
            is_paid: boolean;
        };
        BreakReasonPage: {
            items: components["schemas"]["BreakReason"][];
            next_cursor: string | null;
        };
        /** @description A reason an agent gives when going on a break. */
        BreakReasonCreate: {
            /** @description What agents choose, like "Lunch". */
            name: string;
            /**
             * @description Whether the time counts as paid.
             * @default true
             */
            is_paid: boolean;
        };
        /** @description A reason an agent gives when going on a break. */
        BreakReasonPatch: {
            /** @description What agents choose, like "Lunch". */
            name?: string;
            /** @description Whether the time counts as paid. */
            is_paid?: boolean;
        };
        /** @description How a contact turned out, chosen in wrap-up. */
        Disposition: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What agents choose after a contact. */
            name: string;
            /** @description When to choose it. */
            description: string | null;
        };
        DispositionPage: {
            items: components["schemas"]["Disposition"][];
            next_cursor: string | null;
        };
        /** @description How a contact turned out, chosen in wrap-up. */
        DispositionCreate: {
            /** @description What agents choose after a contact. */
            name: string;
            /** @description When to choose it. */
            description?: string | null;
        };
        /** @description How a contact turned out, chosen in wrap-up. */
        DispositionPatch: {
            /** @description What agents choose after a contact. */
            name?: string;
            /** @description When to choose it. */
            description?: string | null;
        };
        /** @description Something that is played to callers. */
        Prompt: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What people call the prompt. */
            name: string;
            /**
             * @description Spoken from its texts, played from a file, or music.
             * @enum {string}
             */
            kind: "speech" | "file" | "music";
            /** @description What is spoken, by language. */
            texts: components["schemas"]["Texts"];
            /**
             * Format: int64
             * @description Length of the uploaded audio in milliseconds; null when there is none.
             */
            audio_ms: number | null;
        };
        PromptPage: {
            items: components["schemas"]["Prompt"][];
            next_cursor: string | null;
        };
        /** @description Something that is played to callers. */
        PromptCreate: {
            /** @description What people call the prompt. */
            name: string;
            /**
             * @description Spoken from its texts, played from a file, or music.
             * @default speech
             * @enum {string}
             */
            kind: "speech" | "file" | "music";
            /** @description What is spoken, by language. */
            texts?: components["schemas"]["Texts"];
        };
        /** @description Something that is played to callers. */
        PromptPatch: {
            /** @description What people call the prompt. */
            name?: string;
            /**
             * @description Spoken from its texts, played from a file, or music.
             * @enum {string}
             */
            kind?: "speech" | "file" | "music";
            /** @description What is spoken, by language. */
            texts?: components["schemas"]["Texts"];
        };
        /** @description Opening hours with holidays. */
        Hours: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What people call these hours. */
            name: string;
            /** @description IANA time zone, like Asia/Tehran. */
            time_zone: string;
            /** @description When it is open: [{"days": ["sat", ...], "from": "08:00", "to": "12:30"}, ...]. */
            spans: components["schemas"]["HoursSpan"][];
            /** @description Dates with other hours: [{"date": "2026-03-21", "name": ..., "spans": []}, ...]. */
            holidays: components["schemas"]["Holiday"][];
        };
        HoursPage: {
            items: components["schemas"]["Hours"][];
            next_cursor: string | null;
        };
        /** @description Opening hours with holidays. */
        HoursCreate: {
            /** @description What people call these hours. */
            name: string;
            /** @description IANA time zone, like Asia/Tehran. */
            time_zone: string;
            /**
             * @description When it is open: [{"days": ["sat", ...], "from": "08:00", "to": "12:30"}, ...].
             * @default []
             */
            spans: components["schemas"]["HoursSpan"][];
            /**
             * @description Dates with other hours: [{"date": "2026-03-21", "name": ..., "spans": []}, ...].
             * @default []
             */
            holidays: components["schemas"]["Holiday"][];
        };
        /** @description Opening hours with holidays. */
        HoursPatch: {
            /** @description What people call these hours. */
            name?: string;
            /** @description IANA time zone, like Asia/Tehran. */
            time_zone?: string;
            /** @description When it is open: [{"days": ["sat", ...], "from": "08:00", "to": "12:30"}, ...]. */
            spans?: components["schemas"]["HoursSpan"][];
            /** @description Dates with other hours: [{"date": "2026-03-21", "name": ..., "spans": []}, ...]. */
            holidays?: components["schemas"]["Holiday"][];
        };
        /** @description A SIP line to a provider or another exchange. */
        Trunk: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What people call the trunk. */
            name: string;
            /**
             * @description How SIP travels.
             * @enum {string}
             */
            transport: "udp" | "tcp" | "tls";
            /** @description Calls from the addresses are accepted as this trunk's. */
            is_accepted_by_address: boolean;
            /** @description Addresses of the other side: 192.0.2.7, 192.0.2.0/24 or 192.0.2.7:5062. */
            addresses: string[];
            /** @description Calls that prove login and password are accepted as this trunk's. */
            is_accepted_by_digest: boolean;
            /** @description We register at the other side with login and password. */
            is_registered_outwards: boolean;
            /** @description Where calls and registrations go: sip:host or sip:host:port. */
            proxy: string | null;
            /** @description User name at the other side. */
            login: string | null;
            /** @description Password at the other side; stored encrypted. */
            has_password: boolean;
            /** @description Beginnings of numbers this trunk dials, like +98; none means all. */
            prefixes: string[];
            /**
             * Format: int64
             * @description Of the trunks that may dial a number the lowest goes first; the others when it fails.
             */
            position: number;
            /**
             * @description How the other side wants numbers: +98211234, 98211234, 0211234, or as they were dialled.
             * @enum {string}
             */
            number_format: "e164" | "digits" | "national" | "as_dialled";
            /** @description Number shown on outbound calls. */
            caller_id: string | null;
            /**
             * Format: int64
             * @description Most calls at once; 0 for no limit.
             */
            calls_max: number;
            /**
             * Format: int64
             * @description Seconds between checks that the other side answers; 0 for never.
             */
            qualify_interval_s: number;
            /** @description Whether faxes are asked and allowed to travel as T.38; otherwise as sound. */
            has_t38: boolean;
            /**
             * @description Encrypted sound (SRTP) on our calls: optional offers it, required refuses calls without. What the other side offers encrypted is always taken so.
             * @enum {string}
             */
            srtp: "off" | "optional" | "required" | "required_tls";
            /** @description Whether the trunk is used. */
            is_enabled: boolean;
            /**
             * Format: int64
             * @description Most calls begun in a second, both ways; 0 for no limit.
             */
            calls_per_second: number;
            /**
             * Format: int64
             * @description Milliseconds within which the other side has to say anything to a call of ours; then the next trunk is tried.
             */
            first_answer_ms: number;
            /**
             * Format: int64
             * @description Share of the calls in a group whose strategy is weighted; 0: only when the others fail.
             */
            weight: number;
            /** @description What a minute costs, like 0.025, where rates say nothing; in the currency of all trunks. */
            cost_per_minute: string | null;
            /** @description What a minute costs by the number's beginning: +98912=0.025; the longest one that fits counts. */
            rates: string[];
            /**
             * Format: int64
             * @description When fewer percent of its calls are answered, the trunk steps back for a while; 0: never.
             */
            asr_min_pct: number;
            /**
             * Format: int64
             * @description When its calls sound worse than this (MOS in tenths, 35 is 3.5), the trunk steps back for a while; 0: never.
             */
            mos_min_tenths: number;
            /**
             * Format: int64
             * @description Seconds for which a trunk that does badly goes behind the others.
             */
            step_back_s: number;
            /**
             * Format: int64
             * @description Seconds a registration of ours shall last; the other side may say otherwise.
             */
            register_expires_s: number;
            /**
             * Format: int64
             * @description Seconds after which a failed registration is tried again; twice as long each time, up to half an hour.
             */
            register_retry_s: number;
            /** @description How called numbers are written for the other side, after number_format: +98=0 replaces a beginning, 9= takes it away, =9 puts it in front; the longest that fits is carried out. */
            out_called_rules: string[];
            /** @description The same for the number shown on calls of ours. */
            out_caller_rules: string[];
            /** @description The same for the number called, of calls that come in: as our numbers have it. */
            in_called_rules: string[];
            /** @description The same for the caller's number, of calls that come in. */
            in_caller_rules: string[];
            /**
             * @description Callers' numbers as they come, after the rules, or made E.164 by the country of the settings.
             * @enum {string}
             */
            in_number_format: "as_is" | "e164";
            /**
             * @description Which number may be shown over it: any the rules give, one of caller_ids_allowed (else its own), or its own alone.
             * @enum {string}
             */
            caller_id_policy: "any" | "allowed" | "own";
            /** @description Numbers, or beginnings of numbers, that may be shown over it. */
            caller_ids_allowed: string[];
            /** @description Whether calls carry P-Asserted-Identity: the trunk's own number, else the one shown. */
            is_identity_asserted: boolean;
            /** @description Whether P-Asserted-Identity in its calls says who calls, instead of From. */
            is_identity_believed: boolean;
            /** @description Whether a caller who is forwarded over it brings along the number first called (Diversion) and User-to-User. */
            is_diversion_sent: boolean;
        };
        TrunkPage: {
            items: components["schemas"]["Trunk"][];
            next_cursor: string | null;
        };
        /** @description A SIP line to a provider or another exchange. */
        TrunkCreate: {
            /** @description What people call the trunk. */
            name: string;
            /**
             * @description How SIP travels.
             * @default udp
             * @enum {string}
             */
            transport: "udp" | "tcp" | "tls";
            /**
             * @description Calls from the addresses are accepted as this trunk's.
             * @default false
             */
            is_accepted_by_address: boolean;
            /** @description Addresses of the other side: 192.0.2.7, 192.0.2.0/24 or 192.0.2.7:5062. */
            addresses?: string[];
            /**
             * @description Calls that prove login and password are accepted as this trunk's.
             * @default false
             */
            is_accepted_by_digest: boolean;
            /**
             * @description We register at the other side with login and password.
             * @default false
             */
            is_registered_outwards: boolean;
            /** @description Where calls and registrations go: sip:host or sip:host:port. */
            proxy?: string | null;
            /** @description User name at the other side. */
            login?: string | null;
            /** @description Password at the other side; stored encrypted. */
            password?: string | null;
            /** @description Beginnings of numbers this trunk dials, like +98; none means all. */
            prefixes?: string[];
            /**
             * Format: int64
             * @description Of the trunks that may dial a number the lowest goes first; the others when it fails.
             * @default 0
             */
            position: number;
            /**
             * @description How the other side wants numbers: +98211234, 98211234, 0211234, or as they were dialled.
             * @default e164
             * @enum {string}
             */
            number_format: "e164" | "digits" | "national" | "as_dialled";
            /** @description Number shown on outbound calls. */
            caller_id?: string | null;
            /**
             * Format: int64
             * @description Most calls at once; 0 for no limit.
             * @default 0
             */
            calls_max: number;
            /**
             * Format: int64
             * @description Seconds between checks that the other side answers; 0 for never.
             * @default 60
             */
            qualify_interval_s: number;
            /**
             * @description Whether faxes are asked and allowed to travel as T.38; otherwise as sound.
             * @default true
             */
            has_t38: boolean;
            /**
             * @description Encrypted sound (SRTP) on our calls: optional offers it, required refuses calls without. What the other side offers encrypted is always taken so.
             * @default off
             * @enum {string}
             */
            srtp: "off" | "optional" | "required" | "required_tls";
            /**
             * @description Whether the trunk is used.
             * @default true
             */
            is_enabled: boolean;
            /**
             * Format: int64
             * @description Most calls begun in a second, both ways; 0 for no limit.
             * @default 0
             */
            calls_per_second: number;
            /**
             * Format: int64
             * @description Milliseconds within which the other side has to say anything to a call of ours; then the next trunk is tried.
             * @default 2000
             */
            first_answer_ms: number;
            /**
             * Format: int64
             * @description Share of the calls in a group whose strategy is weighted; 0: only when the others fail.
             * @default 100
             */
            weight: number;
            /** @description What a minute costs, like 0.025, where rates say nothing; in the currency of all trunks. */
            cost_per_minute?: string | null;
            /** @description What a minute costs by the number's beginning: +98912=0.025; the longest one that fits counts. */
            rates?: string[];
            /**
             * Format: int64
             * @description When fewer percent of its calls are answered, the trunk steps back for a while; 0: never.
             * @default 0
             */
            asr_min_pct: number;
            /**
             * Format: int64
             * @description When its calls sound worse than this (MOS in tenths, 35 is 3.5), the trunk steps back for a while; 0: never.
             * @default 0
             */
            mos_min_tenths: number;
            /**
             * Format: int64
             * @description Seconds for which a trunk that does badly goes behind the others.
             * @default 300
             */
            step_back_s: number;
            /**
             * Format: int64
             * @description Seconds a registration of ours shall last; the other side may say otherwise.
             * @default 300
             */
            register_expires_s: number;
            /**
             * Format: int64
             * @description Seconds after which a failed registration is tried again; twice as long each time, up to half an hour.
             * @default 30
             */
            register_retry_s: number;
            /** @description How called numbers are written for the other side, after number_format: +98=0 replaces a beginning, 9= takes it away, =9 puts it in front; the longest that fits is carried out. */
            out_called_rules?: string[];
            /** @description The same for the number shown on calls of ours. */
            out_caller_rules?: string[];
            /** @description The same for the number called, of calls that come in: as our numbers have it. */
            in_called_rules?: string[];
            /** @description The same for the caller's number, of calls that come in. */
            in_caller_rules?: string[];
            /**
             * @description Callers' numbers as they come, after the rules, or made E.164 by the country of the settings.
             * @default as_is
             * @enum {string}
             */
            in_number_format: "as_is" | "e164";
            /**
             * @description Which number may be shown over it: any the rules give, one of caller_ids_allowed (else its own), or its own alone.
             * @default any
             * @enum {string}
             */
            caller_id_policy: "any" | "allowed" | "own";
            /** @description Numbers, or beginnings of numbers, that may be shown over it. */
            caller_ids_allowed?: string[];
            /**
             * @description Whether calls carry P-Asserted-Identity: the trunk's own number, else the one shown.
             * @default false
             */
            is_identity_asserted: boolean;
            /**
             * @description Whether P-Asserted-Identity in its calls says who calls, instead of From.
             * @default true
             */
            is_identity_believed: boolean;
            /**
             * @description Whether a caller who is forwarded over it brings along the number first called (Diversion) and User-to-User.
             * @default false
             */
            is_diversion_sent: boolean;
        };
        /** @description A SIP line to a provider or another exchange. */
        TrunkPatch: {
            /** @description What people call the trunk. */
            name?: string;
            /**
             * @description How SIP travels.
             * @enum {string}
             */
            transport?: "udp" | "tcp" | "tls";
            /** @description Calls from the addresses are accepted as this trunk's. */
            is_accepted_by_address?: boolean;
            /** @description Addresses of the other side: 192.0.2.7, 192.0.2.0/24 or 192.0.2.7:5062. */
            addresses?: string[];
            /** @description Calls that prove login and password are accepted as this trunk's. */
            is_accepted_by_digest?: boolean;
            /** @description We register at the other side with login and password. */
            is_registered_outwards?: boolean;
            /** @description Where calls and registrations go: sip:host or sip:host:port. */
            proxy?: string | null;
            /** @description User name at the other side. */
            login?: string | null;
            /** @description Password at the other side; stored encrypted. */
            password?: string | null;
            /** @description Beginnings of numbers this trunk dials, like +98; none means all. */
            prefixes?: string[];
            /**
             * Format: int64
             * @description Of the trunks that may dial a number the lowest goes first; the others when it fails.
             */
            position?: number;
            /**
             * @description How the other side wants numbers: +98211234, 98211234, 0211234, or as they were dialled.
             * @enum {string}
             */
            number_format?: "e164" | "digits" | "national" | "as_dialled";
            /** @description Number shown on outbound calls. */
            caller_id?: string | null;
            /**
             * Format: int64
             * @description Most calls at once; 0 for no limit.
             */
            calls_max?: number;
            /**
             * Format: int64
             * @description Seconds between checks that the other side answers; 0 for never.
             */
            qualify_interval_s?: number;
            /** @description Whether faxes are asked and allowed to travel as T.38; otherwise as sound. */
            has_t38?: boolean;
            /**
             * @description Encrypted sound (SRTP) on our calls: optional offers it, required refuses calls without. What the other side offers encrypted is always taken so.
             * @enum {string}
             */
            srtp?: "off" | "optional" | "required" | "required_tls";
            /** @description Whether the trunk is used. */
            is_enabled?: boolean;
            /**
             * Format: int64
             * @description Most calls begun in a second, both ways; 0 for no limit.
             */
            calls_per_second?: number;
            /**
             * Format: int64
             * @description Milliseconds within which the other side has to say anything to a call of ours; then the next trunk is tried.
             */
            first_answer_ms?: number;
            /**
             * Format: int64
             * @description Share of the calls in a group whose strategy is weighted; 0: only when the others fail.
             */
            weight?: number;
            /** @description What a minute costs, like 0.025, where rates say nothing; in the currency of all trunks. */
            cost_per_minute?: string | null;
            /** @description What a minute costs by the number's beginning: +98912=0.025; the longest one that fits counts. */
            rates?: string[];
            /**
             * Format: int64
             * @description When fewer percent of its calls are answered, the trunk steps back for a while; 0: never.
             */
            asr_min_pct?: number;
            /**
             * Format: int64
             * @description When its calls sound worse than this (MOS in tenths, 35 is 3.5), the trunk steps back for a while; 0: never.
             */
            mos_min_tenths?: number;
            /**
             * Format: int64
             * @description Seconds for which a trunk that does badly goes behind the others.
             */
            step_back_s?: number;
            /**
             * Format: int64
             * @description Seconds a registration of ours shall last; the other side may say otherwise.
             */
            register_expires_s?: number;
            /**
             * Format: int64
             * @description Seconds after which a failed registration is tried again; twice as long each time, up to half an hour.
             */
            register_retry_s?: number;
            /** @description How called numbers are written for the other side, after number_format: +98=0 replaces a beginning, 9= takes it away, =9 puts it in front; the longest that fits is carried out. */
            out_called_rules?: string[];
            /** @description The same for the number shown on calls of ours. */
            out_caller_rules?: string[];
            /** @description The same for the number called, of calls that come in: as our numbers have it. */
            in_called_rules?: string[];
            /** @description The same for the caller's number, of calls that come in. */
            in_caller_rules?: string[];
            /**
             * @description Callers' numbers as they come, after the rules, or made E.164 by the country of the settings.
             * @enum {string}
             */
            in_number_format?: "as_is" | "e164";
            /**
             * @description Which number may be shown over it: any the rules give, one of caller_ids_allowed (else its own), or its own alone.
             * @enum {string}
             */
            caller_id_policy?: "any" | "allowed" | "own";
            /** @description Numbers, or beginnings of numbers, that may be shown over it. */
            caller_ids_allowed?: string[];
            /** @description Whether calls carry P-Asserted-Identity: the trunk's own number, else the one shown. */
            is_identity_asserted?: boolean;
            /** @description Whether P-Asserted-Identity in its calls says who calls, instead of From. */
            is_identity_believed?: boolean;
            /** @description Whether a caller who is forwarded over it brings along the number first called (Diversion) and User-to-User. */
            is_diversion_sent?: boolean;
        };
        /** @description How many contacts of which kinds a person has at once. */
        CapacityProfile: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What people call the profile. */
            name: string;
            /**
             * Format: int64
             * @description Most calls a person has at once; 0 for none.
             */
            voice_max: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the calls takes; all together 100.
             */
            voice_load: number;
            /** @description Channels whose contacts do not stand in the way of new calls. */
            voice_interrupts: ("voice" | "chat" | "email" | "message" | "task")[];
            /**
             * Format: int64
             * @description Most chats a person has at once; 0 for none.
             */
            chat_max: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the chats takes; all together 100.
             */
            chat_load: number;
            /** @description Channels whose contacts do not stand in the way of new chats. */
            chat_interrupts: ("voice" | "chat" | "email" | "message" | "task")[];
            /**
             * Format: int64
             * @description Most e-mails a person has at once; 0 for none.
             */
            email_max: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the e-mails takes; all together 100.
             */
            email_load: number;
            /** @description Channels whose contacts do not stand in the way of new e-mails. */
            email_interrupts: ("voice" | "chat" | "email" | "message" | "task")[];
            /**
             * Format: int64
             * @description Most messages a person has at once; 0 for none.
             */
            message_max: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the messages takes; all together 100.
             */
            message_load: number;
            /** @description Channels whose contacts do not stand in the way of new messages. */
            message_interrupts: ("voice" | "chat" | "email" | "message" | "task")[];
            /**
             * Format: int64
             * @description Most tasks a person has at once; 0 for none.
             */
            task_max: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the tasks takes; all together 100.
             */
            task_load: number;
            /** @description Channels whose contacts do not stand in the way of new tasks. */
            task_interrupts: ("voice" | "chat" | "email" | "message" | "task")[];
        };
        CapacityProfilePage: {
            items: components["schemas"]["CapacityProfile"][];
            next_cursor: string | null;
        };
        /** @description How many contacts of which kinds a person has at once. */
        CapacityProfileCreate: {
            /** @description What people call the profile. */
            name: string;
            /**
             * Format: int64
             * @description Most calls a person has at once; 0 for none.
             * @default 1
             */
            voice_max: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the calls takes; all together 100.
             * @default 100
             */
            voice_load: number;
            /**
             * @description Channels whose contacts do not stand in the way of new calls.
             * @default [
             *       "email",
             *       "task"
             *     ]
             */
            voice_interrupts: ("voice" | "chat" | "email" | "message" | "task")[];
            /**
             * Format: int64
             * @description Most chats a person has at once; 0 for none.
             * @default 4
             */
            chat_max: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the chats takes; all together 100.
             * @default 25
             */
            chat_load: number;
            /**
             * @description Channels whose contacts do not stand in the way of new chats.
             * @default []
             */
            chat_interrupts: ("voice" | "chat" | "email" | "message" | "task")[];
            /**
             * Format: int64
             * @description Most e-mails a person has at once; 0 for none.
             * @default 5
             */
            email_max: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the e-mails takes; all together 100.
             * @default 20
             */
            email_load: number;
            /**
             * @description Channels whose contacts do not stand in the way of new e-mails.
             * @default []
             */
            email_interrupts: ("voice" | "chat" | "email" | "message" | "task")[];
            /**
             * Format: int64
             * @description Most messages a person has at once; 0 for none.
             * @default 4
             */
            message_max: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the messages takes; all together 100.
             * @default 25
             */
            message_load: number;
            /**
             * @description Channels whose contacts do not stand in the way of new messages.
             * @default []
             */
            message_interrupts: ("voice" | "chat" | "email" | "message" | "task")[];
            /**
             * Format: int64
             * @description Most tasks a person has at once; 0 for none.
             * @default 5
             */
            task_max: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the tasks takes; all together 100.
             * @default 20
             */
            task_load: number;
            /**
             * @description Channels whose contacts do not stand in the way of new tasks.
             * @default []
             */
            task_interrupts: ("voice" | "chat" | "email" | "message" | "task")[];
        };
        /** @description How many contacts of which kinds a person has at once. */
        CapacityProfilePatch: {
            /** @description What people call the profile. */
            name?: string;
            /**
             * Format: int64
             * @description Most calls a person has at once; 0 for none.
             */
            voice_max?: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the calls takes; all together 100.
             */
            voice_load?: number;
            /** @description Channels whose contacts do not stand in the way of new calls. */
            voice_interrupts?: ("voice" | "chat" | "email" | "message" | "task")[];
            /**
             * Format: int64
             * @description Most chats a person has at once; 0 for none.
             */
            chat_max?: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the chats takes; all together 100.
             */
            chat_load?: number;
            /** @description Channels whose contacts do not stand in the way of new chats. */
            chat_interrupts?: ("voice" | "chat" | "email" | "message" | "task")[];
            /**
             * Format: int64
             * @description Most e-mails a person has at once; 0 for none.
             */
            email_max?: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the e-mails takes; all together 100.
             */
            email_load?: number;
            /** @description Channels whose contacts do not stand in the way of new e-mails. */
            email_interrupts?: ("voice" | "chat" | "email" | "message" | "task")[];
            /**
             * Format: int64
             * @description Most messages a person has at once; 0 for none.
             */
            message_max?: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the messages takes; all together 100.
             */
            message_load?: number;
            /** @description Channels whose contacts do not stand in the way of new messages. */
            message_interrupts?: ("voice" | "chat" | "email" | "message" | "task")[];
            /**
             * Format: int64
             * @description Most tasks a person has at once; 0 for none.
             */
            task_max?: number;
            /**
             * Format: int64
             * @description Per cent of a person that one of the tasks takes; all together 100.
             */
            task_load?: number;
            /** @description Channels whose contacts do not stand in the way of new tasks. */
            task_interrupts?: ("voice" | "chat" | "email" | "message" | "task")[];
        };
        /** @description A number that called people may see, and who may show it. */
        CallerId: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description Number shown, as the trunk's provider wants it. */
            number: string;
            /** @description Name shown with it, and in the agent's list. */
            name: string | null;
            /** @description Whether the number is hidden from the called side (the trunk still learns it). */
            is_withheld: boolean;
            /** @description Trunks it may be shown on; none means all. */
            trunks: string[];
            /** @description Teams that may choose it; none means everybody. */
            teams: string[];
        };
        CallerIdPage: {
            items: components["schemas"]["CallerId"][];
            next_cursor: string | null;
        };
        /** @description A number that called people may see, and who may show it. */
        CallerIdCreate: {
            /** @description Number shown, as the trunk's provider wants it. */
            number: string;
            /** @description Name shown with it, and in the agent's list. */
            name?: string | null;
            /**
             * @description Whether the number is hidden from the called side (the trunk still learns it).
             * @default false
             */
            is_withheld: boolean;
            /** @description Trunks it may be shown on; none means all. */
            trunks?: string[];
            /** @description Teams that may choose it; none means everybody. */
            teams?: string[];
        };
        /** @description A number that called people may see, and who may show it. */
        CallerIdPatch: {
            /** @description Number shown, as the trunk's provider wants it. */
            number?: string;
            /** @description Name shown with it, and in the agent's list. */
            name?: string | null;
            /** @description Whether the number is hidden from the called side (the trunk still learns it). */
            is_withheld?: boolean;
            /** @description Trunks it may be shown on; none means all. */
            trunks?: string[];
            /** @description Teams that may choose it; none means everybody. */
            teams?: string[];
        };
        /** @description A person who signs in, takes contacts or is rung. */
        User: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What the person signs in with. */
            login: string;
            /** @description The person's name as others see it. */
            name: string;
            /** @description What the person may do. */
            roles: ("agent" | "supervisor" | "administrator" | "connector")[];
            /** @description The team the person belongs to. */
            team: string | null;
            /**
             * @description Whose calls a supervisor sees, hears and enters: everybody's, or those of teams: the own one and supervised_teams.
             * @enum {string}
             */
            supervises: "all" | "teams";
            /** @description With supervises teams: the teams beside the own one. */
            supervised_teams: string[];
            /** @description What the person can do, with a proficiency from 1 to 10. */
            skills: components["schemas"]["SkillLevel"][];
            /** @description How many contacts of which kinds at once; none means the defaults: one call, four chats, five e-mails. */
            capacity: string | null;
            /**
             * @description Language of the person's screens.
             * @enum {string}
             */
            language: "fa" | "ar" | "zh-Hant" | "en";
            /**
             * @description Calendar of the person's screens.
             * @enum {string}
             */
            calendar: "gregorian" | "jalali" | "hijri";
            /**
             * @description Digits of the person's screens.
             * @enum {string}
             */
            digits: "latin" | "persian" | "arabic" | "han";
            /**
             * @description Light or dark screens; auto follows the system.
             * @enum {string}
             */
            theme: "auto" | "light" | "dark";
            /** @description Whether the person may sign in and be rung. */
            is_active: boolean;
            /** @description Password for signing in: at least 10 letters. */
            has_password: boolean;
            /**
             * @description What rings: the browser, a registered telephone, or any SIP address or number.
             * @enum {string}
             */
            device: "browser" | "phone" | "uri";
            /** @description SIP address or number that rings when device is uri. */
            device_uri: string | null;
            /** @description User name with which the person's telephone registers. */
            sip_login: string | null;
            /** @description Password with which the person's telephone registers. */
            has_sip_password: boolean;
            /**
             * @description Encrypted sound (SRTP) with the person's telephone: optional offers it, required refuses calls without, required_tls also lets it register over TLS only: else the keys travel in the clear.
             * @enum {string}
             */
            srtp: "off" | "optional" | "required" | "required_tls";
            /** @description Ready from the start without signing in, like a desk telephone. */
            is_always_ready: boolean;
            /** @description Calls connect at once after a short tone instead of ringing. */
            is_auto_answer: boolean;
            /** @description Short number colleagues dial. */
            extension: string | null;
            /** @description Number shown on the person's calls outside; none: the trunk's. */
            caller_id: string | null;
        };
        UserPage: {
            items: components["schemas"]["User"][];
            next_cursor: string | null;
        };
        /** @description A person who signs in, takes contacts or is rung. */
        UserCreate: {
            /** @description What the person signs in with. */
            login: string;
            /** @description The person's name as others see it. */
            name: string;
            /** @description What the person may do. */
            roles: ("agent" | "supervisor" | "administrator" | "connector")[];
            /** @description The team the person belongs to. */
            team?: string | null;
            /**
             * @description Whose calls a supervisor sees, hears and enters: everybody's, or those of teams: the own one and supervised_teams.
             * @default all
             * @enum {string}
             */
            supervises: "all" | "teams";
            /** @description With supervises teams: the teams beside the own one. */
            supervised_teams?: string[];
            /** @description What the person can do, with a proficiency from 1 to 10. */
            skills?: components["schemas"]["SkillLevel"][];
            /** @description How many contacts of which kinds at once; none means the defaults: one call, four chats, five e-mails. */
            capacity?: string | null;
            /**
             * @description Language of the person's screens.
             * @default en
             * @enum {string}
             */
            language: "fa" | "ar" | "zh-Hant" | "en";
            /**
             * @description Calendar of the person's screens.
             * @default gregorian
             * @enum {string}
             */
            calendar: "gregorian" | "jalali" | "hijri";
            /**
             * @description Digits of the person's screens.
             * @default latin
             * @enum {string}
             */
            digits: "latin" | "persian" | "arabic" | "han";
            /**
             * @description Light or dark screens; auto follows the system.
             * @default auto
             * @enum {string}
             */
            theme: "auto" | "light" | "dark";
            /**
             * @description Whether the person may sign in and be rung.
             * @default true
             */
            is_active: boolean;
            /** @description Password for signing in: at least 10 letters. */
            password?: string | null;
            /**
             * @description What rings: the browser, a registered telephone, or any SIP address or number.
             * @default browser
             * @enum {string}
             */
            device: "browser" | "phone" | "uri";
            /** @description SIP address or number that rings when device is uri. */
            device_uri?: string | null;
            /** @description User name with which the person's telephone registers. */
            sip_login?: string | null;
            /** @description Password with which the person's telephone registers. */
            sip_password?: string | null;
            /**
             * @description Encrypted sound (SRTP) with the person's telephone: optional offers it, required refuses calls without, required_tls also lets it register over TLS only: else the keys travel in the clear.
             * @default off
             * @enum {string}
             */
            srtp: "off" | "optional" | "required" | "required_tls";
            /**
             * @description Ready from the start without signing in, like a desk telephone.
             * @default false
             */
            is_always_ready: boolean;
            /**
             * @description Calls connect at once after a short tone instead of ringing.
             * @default false
             */
            is_auto_answer: boolean;
            /** @description Short number colleagues dial. */
            extension?: string | null;
            /** @description Number shown on the person's calls outside; none: the trunk's. */
            caller_id?: string | null;
        };
        /** @description A person who signs in, takes contacts or is rung. */
        UserPatch: {
            /** @description What the person signs in with. */
            login?: string;
            /** @description The person's name as others see it. */
            name?: string;
            /** @description What the person may do. */
            roles?: ("agent" | "supervisor" | "administrator" | "connector")[];
            /** @description The team the person belongs to. */
            team?: string | null;
            /**
             * @description Whose calls a supervisor sees, hears and enters: everybody's, or those of teams: the own one and supervised_teams.
             * @enum {string}
             */
            supervises?: "all" | "teams";
            /** @description With supervises teams: the teams beside the own one. */
            supervised_teams?: string[];
            /** @description What the person can do, with a proficiency from 1 to 10. */
            skills?: components["schemas"]["SkillLevel"][];
            /** @description How many contacts of which kinds at once; none means the defaults: one call, four chats, five e-mails. */
            capacity?: string | null;
            /**
             * @description Language of the person's screens.
             * @enum {string}
             */
            language?: "fa" | "ar" | "zh-Hant" | "en";
            /**
             * @description Calendar of the person's screens.
             * @enum {string}
             */
            calendar?: "gregorian" | "jalali" | "hijri";
            /**
             * @description Digits of the person's screens.
             * @enum {string}
             */
            digits?: "latin" | "persian" | "arabic" | "han";
            /**
             * @description Light or dark screens; auto follows the system.
             * @enum {string}
             */
            theme?: "auto" | "light" | "dark";
            /** @description Whether the person may sign in and be rung. */
            is_active?: boolean;
            /** @description Password for signing in: at least 10 letters. */
            password?: string | null;
            /**
             * @description What rings: the browser, a registered telephone, or any SIP address or number.
             * @enum {string}
             */
            device?: "browser" | "phone" | "uri";
            /** @description SIP address or number that rings when device is uri. */
            device_uri?: string | null;
            /** @description User name with which the person's telephone registers. */
            sip_login?: string | null;
            /** @description Password with which the person's telephone registers. */
            sip_password?: string | null;
            /**
             * @description Encrypted sound (SRTP) with the person's telephone: optional offers it, required refuses calls without, required_tls also lets it register over TLS only: else the keys travel in the clear.
             * @enum {string}
             */
            srtp?: "off" | "optional" | "required" | "required_tls";
            /** @description Ready from the start without signing in, like a desk telephone. */
            is_always_ready?: boolean;
            /** @description Calls connect at once after a short tone instead of ringing. */
            is_auto_answer?: boolean;
            /** @description Short number colleagues dial. */
            extension?: string | null;
            /** @description Number shown on the person's calls outside; none: the trunk's. */
            caller_id?: string | null;
        };
        /** @description Where contacts wait for an agent, and by which rules. */
        Queue: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What people call the queue. */
            name: string;
            /**
             * @description Kind of contact that waits here; those that are no calls are opened through the API.
             * @enum {string}
             */
            channel: "voice" | "chat" | "email" | "message" | "task";
            /**
             * @description Which of the fitting free agents is rung.
             * @enum {string}
             */
            strategy: "longest_idle" | "least_occupied" | "most_skilled" | "fewest_contacts" | "round_robin" | "ring_all" | "top_down" | "weighted";
            /**
             * Format: int64
             * @description For weighted: what each second idle counts for an agent.
             */
            weight_idle: number;
            /**
             * Format: int64
             * @description For weighted: what each level held of the skills asked counts for an agent.
             */
            weight_skill: number;
            /**
             * Format: int64
             * @description For weighted: what each per cent of today's occupancy counts against an agent.
             */
            weight_occupancy: number;
            /**
             * Format: int64
             * @description For weighted: what each contact taken today counts against an agent.
             */
            weight_contacts: number;
            /**
             * @description Who is next: the longest wait, or the nearest breach of the service level (due).
             * @enum {string}
             */
            order: "waiting" | "due";
            /**
             * Format: int64
             * @description Higher goes first where queues compete for an agent.
             */
            priority: number;
            /**
             * Format: int64
             * @description Seconds of waiting that a point of priority is worth; 0: priority always wins.
             */
            age_s: number;
            /**
             * Format: int64
             * @description Least per cent of its agents' contacts the queue gets while somebody waits; 0 for none.
             */
            share_pct: number;
            /** @description Skills an agent must have, each with the least proficiency. */
            skills: components["schemas"]["SkillLevel"][];
            /** @description More skills as text, like: persian >= 5 and (sales or support >= 3) prefer vip >= 7. */
            skill_expression: string | null;
            /** @description Teams that serve the queue; no teams and no agents means everybody. */
            teams: string[];
            /** @description People who serve the queue beside the teams, the first first for top_down. */
            agents: string[];
            /** @description Who else helps as waiting grows: [{"after_s": 60, "relax": 2, "teams": [ids], "agents": [ids]}, ...]. */
            rings: components["schemas"]["QueueRing"][];
            /**
             * Format: int64
             * @description Most contacts of this queue one agent has at once; 0: as many as capacity allows.
             */
            per_agent_max: number;
            /**
             * Format: int64
             * @description Fitting agents kept free for other queues: for work that can wait.
             */
            keep_free: number;
            /**
             * Format: int64
             * @description Seconds an agent rings before the next is tried.
             */
            ring_timeout_s: number;
            /**
             * Format: int64
             * @description Missed offers in a row that make an agent not responding; 0 for never.
             */
            misses_max: number;
            /**
             * Format: int64
             * @description Seconds of after-contact work; 0 for none.
             */
            wrap_up_s: number;
            /**
             * Format: int64
             * @description Seconds an agent may add to the after-contact work.
             */
            wrap_up_extend_s: number;
            /** @description Whether wrap-up asks for a disposition. */
            is_disposition_required: boolean;
            /** @description Dispositions offered; none means all. */
            dispositions: string[];
            /**
             * Format: int64
             * @description An answer within this many seconds is in the service level; a new queue's default is its channel's.
             */
            service_level_s: number;
            /**
             * Format: int64
             * @description Per cent of contacts that shall be answered in the service level; a new queue's default is its channel's.
             */
            service_level_target_pct: number;
            /**
             * Format: int64
             * @description Seconds before the service level's time at which a wait is marked as near it; 0 for never.
             */
            warn_s: number;
            /**
             * Format: int64
             * @description Abandoned before this many milliseconds counts as short abandoned.
             */
            short_abandon_ms: number;
            /**
             * Format: int64
             * @description Most contacts that wait; 0 for no limit.
             */
            capacity: number;
            /**
             * Format: int64
             * @description Seconds after which a contact leaves the queue by rule; 0 for never.
             */
            max_wait_s: number;
            /**
             * Format: int64
             * @description Longest estimated wait at which a new contact is taken; 0 for any.
             */
            max_estimate_s: number;
            /** @description Whether contacts leave, and new ones are refused, while nobody who could take them is ready. */
            is_left_without_agents: boolean;
            /**
             * Format: int64
             * @description Seconds without anybody ready before contacts leave for that reason.
             */
            no_agents_s: number;
            /** @description When the queue takes new contacts; none means always. */
            hours: string | null;
            /** @description Whether those who wait leave when the queue closes. */
            is_left_when_closed: boolean;
            /**
             * @description Who is asked first: the agent the customer talked to last (7 days), the account's owner, or whoever of both is ready.
             * @enum {string}
             */
            preferred: "none" | "last_agent" | "account_owner" | "both";
            /**
             * Format: int64
             * @description Seconds a contact waits for the preferred agent alone; 0: only if free at once.
             */
            preferred_patience_s: number;
            /** @description Whether agents of the queue see who waits and may take one themselves. */
            is_pick_allowed: boolean;
            /**
             * Format: int64
             * @description Seconds until the first announcement; 0 for never.
             */
            announce_first_s: number;
            /**
             * Format: int64
             * @description Seconds between announcements; 0 for only one.
             */
            announce_every_s: number;
            /** @description Whether the caller hears the position in the queue. */
            is_position_announced: boolean;
            /** @description Whether the caller hears the estimated wait. */
            is_estimate_announced: boolean;
            /** @description Music for those who wait; none means the house music. */
            music: string | null;
            /** @description Prompts with audio played in this order, round and round, to those who wait; none means music. */
            playlist: string[];
            /** @description Whether all who wait hear the same place of the music, like a station; else each hears it from its beginning. */
            is_music_shared: boolean;
            /** @description Prompts spoken over the music in turn, one with each announcement. */
            announcements: string[];
            /**
             * @description Which calls are recorded: none, all, a share of them (recording_pct), or those an agent, the flow or another system asks for.
             * @enum {string}
             */
            recording: "never" | "always" | "percentage" | "on_demand";
            /**
             * Format: int64
             * @description Per cent of the calls that are recorded, with recording percentage.
             */
            recording_pct: number;
            /** @description Played to the caller when the recording begins; none: nothing is said. */
            recording_notice: string | null;
            /**
             * Format: int64
             * @description Days after which recordings of this queue's calls are removed; 0: as the settings say.
             */
            recording_days: number;
            /** @description Played to the caller on entering the queue. */
            greeting: string | null;
            /**
             * Format: int64
             * @description Handle time assumed for estimates until real ones exist.
             */
            handle_estimate_s: number;
            /** @description Number shown on calls made on the queue's behalf; none: the agent's, or the trunk's. */
            caller_id: string | null;
            /** @description Whether calls connect at once, after a beep to the agent, instead of ringing. */
            is_auto_answer: boolean;
            /** @description Whether the queue takes new contacts. */
            is_active: boolean;
        };
        QueuePage: {
            items: components["schemas"]["Queue"][];
            next_cursor: string | null;
        };
        /** @description Where contacts wait for an agent, and by which rules. */
        QueueCreate: {
            /** @description What people call the queue. */
            name: string;
            /**
             * @description Kind of contact that waits here; those that are no calls are opened through the API.
             * @default voice
             * @enum {string}
             */
            channel: "voice" | "chat" | "email" | "message" | "task";
            /**
             * @description Which of the fitting free agents is rung.
             * @default longest_idle
             * @enum {string}
             */
            strategy: "longest_idle" | "least_occupied" | "most_skilled" | "fewest_contacts" | "round_robin" | "ring_all" | "top_down" | "weighted";
            /**
             * Format: int64
             * @description For weighted: what each second idle counts for an agent.
             * @default 1
             */
            weight_idle: number;
            /**
             * Format: int64
             * @description For weighted: what each level held of the skills asked counts for an agent.
             * @default 60
             */
            weight_skill: number;
            /**
             * Format: int64
             * @description For weighted: what each per cent of today's occupancy counts against an agent.
             * @default 1
             */
            weight_occupancy: number;
            /**
             * Format: int64
             * @description For weighted: what each contact taken today counts against an agent.
             * @default 10
             */
            weight_contacts: number;
            /**
             * @description Who is next: the longest wait, or the nearest breach of the service level (due).
             * @default waiting
             * @enum {string}
             */
            order: "waiting" | "due";
            /**
             * Format: int64
             * @description Higher goes first where queues compete for an agent.
             * @default 0
             */
            priority: number;
            /**
             * Format: int64
             * @description Seconds of waiting that a point of priority is worth; 0: priority always wins.
             * @default 0
             */
            age_s: number;
            /**
             * Format: int64
             * @description Least per cent of its agents' contacts the queue gets while somebody waits; 0 for none.
             * @default 0
             */
            share_pct: number;
            /** @description Skills an agent must have, each with the least proficiency. */
            skills?: components["schemas"]["SkillLevel"][];
            /** @description More skills as text, like: persian >= 5 and (sales or support >= 3) prefer vip >= 7. */
            skill_expression?: string | null;
            /** @description Teams that serve the queue; no teams and no agents means everybody. */
            teams?: string[];
            /** @description People who serve the queue beside the teams, the first first for top_down. */
            agents?: string[];
            /**
             * @description Who else helps as waiting grows: [{"after_s": 60, "relax": 2, "teams": [ids], "agents": [ids]}, ...].
             * @default []
             */
            rings: components["schemas"]["QueueRing"][];
            /**
             * Format: int64
             * @description Most contacts of this queue one agent has at once; 0: as many as capacity allows.
             * @default 0
             */
            per_agent_max: number;
            /**
             * Format: int64
             * @description Fitting agents kept free for other queues: for work that can wait.
             * @default 0
             */
            keep_free: number;
            /**
             * Format: int64
             * @description Seconds an agent rings before the next is tried.
             * @default 20
             */
            ring_timeout_s: number;
            /**
             * Format: int64
             * @description Missed offers in a row that make an agent not responding; 0 for never.
             * @default 1
             */
            misses_max: number;
            /**
             * Format: int64
             * @description Seconds of after-contact work; 0 for none.
             * @default 30
             */
            wrap_up_s: number;
            /**
             * Format: int64
             * @description Seconds an agent may add to the after-contact work.
             * @default 60
             */
            wrap_up_extend_s: number;
            /**
             * @description Whether wrap-up asks for a disposition.
             * @default false
             */
            is_disposition_required: boolean;
            /** @description Dispositions offered; none means all. */
            dispositions?: string[];
            /**
             * Format: int64
             * @description An answer within this many seconds is in the service level; a new queue's default is its channel's.
             * @default 18
             */
            service_level_s: number;
            /**
             * Format: int64
             * @description Per cent of contacts that shall be answered in the service level; a new queue's default is its channel's.
             * @default 80
             */
            service_level_target_pct: number;
            /**
             * Format: int64
             * @description Seconds before the service level's time at which a wait is marked as near it; 0 for never.
             * @default 5
             */
            warn_s: number;
            /**
             * Format: int64
             * @description Abandoned before this many milliseconds counts as short abandoned.
             * @default 5000
             */
            short_abandon_ms: number;
            /**
             * Format: int64
             * @description Most contacts that wait; 0 for no limit.
             * @default 0
             */
            capacity: number;
            /**
             * Format: int64
             * @description Seconds after which a contact leaves the queue by rule; 0 for never.
             * @default 0
             */
            max_wait_s: number;
            /**
             * Format: int64
             * @description Longest estimated wait at which a new contact is taken; 0 for any.
             * @default 0
             */
            max_estimate_s: number;
            /**
             * @description Whether contacts leave, and new ones are refused, while nobody who could take them is ready.
             * @default false
             */
            is_left_without_agents: boolean;
            /**
             * Format: int64
             * @description Seconds without anybody ready before contacts leave for that reason.
             * @default 60
             */
            no_agents_s: number;
            /** @description When the queue takes new contacts; none means always. */
            hours?: string | null;
            /**
             * @description Whether those who wait leave when the queue closes.
             * @default false
             */
            is_left_when_closed: boolean;
            /**
             * @description Who is asked first: the agent the customer talked to last (7 days), the account's owner, or whoever of both is ready.
             * @default none
             * @enum {string}
             */
            preferred: "none" | "last_agent" | "account_owner" | "both";
            /**
             * Format: int64
             * @description Seconds a contact waits for the preferred agent alone; 0: only if free at once.
             * @default 15
             */
            preferred_patience_s: number;
            /**
             * @description Whether agents of the queue see who waits and may take one themselves.
             * @default false
             */
            is_pick_allowed: boolean;
            /**
             * Format: int64
             * @description Seconds until the first announcement; 0 for never.
             * @default 15
             */
            announce_first_s: number;
            /**
             * Format: int64
             * @description Seconds between announcements; 0 for only one.
             * @default 45
             */
            announce_every_s: number;
            /**
             * @description Whether the caller hears the position in the queue.
             * @default true
             */
            is_position_announced: boolean;
            /**
             * @description Whether the caller hears the estimated wait.
             * @default true
             */
            is_estimate_announced: boolean;
            /** @description Music for those who wait; none means the house music. */
            music?: string | null;
            /** @description Prompts with audio played in this order, round and round, to those who wait; none means music. */
            playlist?: string[];
            /**
             * @description Whether all who wait hear the same place of the music, like a station; else each hears it from its beginning.
             * @default true
             */
            is_music_shared: boolean;
            /** @description Prompts spoken over the music in turn, one with each announcement. */
            announcements?: string[];
            /**
             * @description Which calls are recorded: none, all, a share of them (recording_pct), or those an agent, the flow or another system asks for.
             * @default always
             * @enum {string}
             */
            recording: "never" | "always" | "percentage" | "on_demand";
            /**
             * Format: int64
             * @description Per cent of the calls that are recorded, with recording percentage.
             * @default 10
             */
            recording_pct: number;
            /** @description Played to the caller when the recording begins; none: nothing is said. */
            recording_notice?: string | null;
            /**
             * Format: int64
             * @description Days after which recordings of this queue's calls are removed; 0: as the settings say.
             * @default 0
             */
            recording_days: number;
            /** @description Played to the caller on entering the queue. */
            greeting?: string | null;
            /**
             * Format: int64
             * @description Handle time assumed for estimates until real ones exist.
             * @default 180
             */
            handle_estimate_s: number;
            /** @description Number shown on calls made on the queue's behalf; none: the agent's, or the trunk's. */
            caller_id?: string | null;
            /**
             * @description Whether calls connect at once, after a beep to the agent, instead of ringing.
             * @default false
             */
            is_auto_answer: boolean;
            /**
             * @description Whether the queue takes new contacts.
             * @default true
             */
            is_active: boolean;
        };
        /** @description Where contacts wait for an agent, and by which rules. */
        QueuePatch: {
            /** @description What people call the queue. */
            name?: string;
            /**
             * @description Kind of contact that waits here; those that are no calls are opened through the API.
             * @enum {string}
             */
            channel?: "voice" | "chat" | "email" | "message" | "task";
            /**
             * @description Which of the fitting free agents is rung.
             * @enum {string}
             */
            strategy?: "longest_idle" | "least_occupied" | "most_skilled" | "fewest_contacts" | "round_robin" | "ring_all" | "top_down" | "weighted";
            /**
             * Format: int64
             * @description For weighted: what each second idle counts for an agent.
             */
            weight_idle?: number;
            /**
             * Format: int64
             * @description For weighted: what each level held of the skills asked counts for an agent.
             */
            weight_skill?: number;
            /**
             * Format: int64
             * @description For weighted: what each per cent of today's occupancy counts against an agent.
             */
            weight_occupancy?: number;
            /**
             * Format: int64
             * @description For weighted: what each contact taken today counts against an agent.
             */
            weight_contacts?: number;
            /**
             * @description Who is next: the longest wait, or the nearest breach of the service level (due).
             * @enum {string}
             */
            order?: "waiting" | "due";
            /**
             * Format: int64
             * @description Higher goes first where queues compete for an agent.
             */
            priority?: number;
            /**
             * Format: int64
             * @description Seconds of waiting that a point of priority is worth; 0: priority always wins.
             */
            age_s?: number;
            /**
             * Format: int64
             * @description Least per cent of its agents' contacts the queue gets while somebody waits; 0 for none.
             */
            share_pct?: number;
            /** @description Skills an agent must have, each with the least proficiency. */
            skills?: components["schemas"]["SkillLevel"][];
            /** @description More skills as text, like: persian >= 5 and (sales or support >= 3) prefer vip >= 7. */
            skill_expression?: string | null;
            /** @description Teams that serve the queue; no teams and no agents means everybody. */
            teams?: string[];
            /** @description People who serve the queue beside the teams, the first first for top_down. */
            agents?: string[];
            /** @description Who else helps as waiting grows: [{"after_s": 60, "relax": 2, "teams": [ids], "agents": [ids]}, ...]. */
            rings?: components["schemas"]["QueueRing"][];
            /**
             * Format: int64
             * @description Most contacts of this queue one agent has at once; 0: as many as capacity allows.
             */
            per_agent_max?: number;
            /**
             * Format: int64
             * @description Fitting agents kept free for other queues: for work that can wait.
             */
            keep_free?: number;
            /**
             * Format: int64
             * @description Seconds an agent rings before the next is tried.
             */
            ring_timeout_s?: number;
            /**
             * Format: int64
             * @description Missed offers in a row that make an agent not responding; 0 for never.
             */
            misses_max?: number;
            /**
             * Format: int64
             * @description Seconds of after-contact work; 0 for none.
             */
            wrap_up_s?: number;
            /**
             * Format: int64
             * @description Seconds an agent may add to the after-contact work.
             */
            wrap_up_extend_s?: number;
            /** @description Whether wrap-up asks for a disposition. */
            is_disposition_required?: boolean;
            /** @description Dispositions offered; none means all. */
            dispositions?: string[];
            /**
             * Format: int64
             * @description An answer within this many seconds is in the service level; a new queue's default is its channel's.
             */
            service_level_s?: number;
            /**
             * Format: int64
             * @description Per cent of contacts that shall be answered in the service level; a new queue's default is its channel's.
             */
            service_level_target_pct?: number;
            /**
             * Format: int64
             * @description Seconds before the service level's time at which a wait is marked as near it; 0 for never.
             */
            warn_s?: number;
            /**
             * Format: int64
             * @description Abandoned before this many milliseconds counts as short abandoned.
             */
            short_abandon_ms?: number;
            /**
             * Format: int64
             * @description Most contacts that wait; 0 for no limit.
             */
            capacity?: number;
            /**
             * Format: int64
             * @description Seconds after which a contact leaves the queue by rule; 0 for never.
             */
            max_wait_s?: number;
            /**
             * Format: int64
             * @description Longest estimated wait at which a new contact is taken; 0 for any.
             */
            max_estimate_s?: number;
            /** @description Whether contacts leave, and new ones are refused, while nobody who could take them is ready. */
            is_left_without_agents?: boolean;
            /**
             * Format: int64
             * @description Seconds without anybody ready before contacts leave for that reason.
             */
            no_agents_s?: number;
            /** @description When the queue takes new contacts; none means always. */
            hours?: string | null;
            /** @description Whether those who wait leave when the queue closes. */
            is_left_when_closed?: boolean;
            /**
             * @description Who is asked first: the agent the customer talked to last (7 days), the account's owner, or whoever of both is ready.
             * @enum {string}
             */
            preferred?: "none" | "last_agent" | "account_owner" | "both";
            /**
             * Format: int64
             * @description Seconds a contact waits for the preferred agent alone; 0: only if free at once.
             */
            preferred_patience_s?: number;
            /** @description Whether agents of the queue see who waits and may take one themselves. */
            is_pick_allowed?: boolean;
            /**
             * Format: int64
             * @description Seconds until the first announcement; 0 for never.
             */
            announce_first_s?: number;
            /**
             * Format: int64
             * @description Seconds between announcements; 0 for only one.
             */
            announce_every_s?: number;
            /** @description Whether the caller hears the position in the queue. */
            is_position_announced?: boolean;
            /** @description Whether the caller hears the estimated wait. */
            is_estimate_announced?: boolean;
            /** @description Music for those who wait; none means the house music. */
            music?: string | null;
            /** @description Prompts with audio played in this order, round and round, to those who wait; none means music. */
            playlist?: string[];
            /** @description Whether all who wait hear the same place of the music, like a station; else each hears it from its beginning. */
            is_music_shared?: boolean;
            /** @description Prompts spoken over the music in turn, one with each announcement. */
            announcements?: string[];
            /**
             * @description Which calls are recorded: none, all, a share of them (recording_pct), or those an agent, the flow or another system asks for.
             * @enum {string}
             */
            recording?: "never" | "always" | "percentage" | "on_demand";
            /**
             * Format: int64
             * @description Per cent of the calls that are recorded, with recording percentage.
             */
            recording_pct?: number;
            /** @description Played to the caller when the recording begins; none: nothing is said. */
            recording_notice?: string | null;
            /**
             * Format: int64
             * @description Days after which recordings of this queue's calls are removed; 0: as the settings say.
             */
            recording_days?: number;
            /** @description Played to the caller on entering the queue. */
            greeting?: string | null;
            /**
             * Format: int64
             * @description Handle time assumed for estimates until real ones exist.
             */
            handle_estimate_s?: number;
            /** @description Number shown on calls made on the queue's behalf; none: the agent's, or the trunk's. */
            caller_id?: string | null;
            /** @description Whether calls connect at once, after a beep to the agent, instead of ringing. */
            is_auto_answer?: boolean;
            /** @description Whether the queue takes new contacts. */
            is_active?: boolean;
        };
        /** @description A short number of a person or of a telephone of its own. */
        Extension: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description Short number that is dialled. */
            number: string;
            /** @description Who or what answers there. */
            name: string;
            /** @description The person whose device rings; none: a telephone of its own. */
            user: string | null;
            /** @description User name with which a telephone of its own registers. */
            sip_login: string | null;
            /** @description Password with which a telephone of its own registers. */
            has_sip_password: boolean;
            /**
             * Format: int64
             * @description Seconds it rings before the call goes elsewhere.
             */
            ring_timeout_s: number;
            /** @description Extension or number called when nobody answers, or it is busy. */
            forward_to: string | null;
            /** @description Whether callers nobody answers may leave a message. */
            has_voicemail: boolean;
            /** @description What callers hear before the tone; none: a spoken text. */
            greeting: string | null;
            /**
             * Format: int64
             * @description Longest message in seconds.
             */
            voicemail_max_s: number;
            /** @description Whether its own telephone may call numbers outside; emergency numbers always. */
            may_dial_out: boolean;
            /** @description Whether it can be called. */
            is_active: boolean;
        };
        ExtensionPage: {
            items: components["schemas"]["Extension"][];
            next_cursor: string | null;
        };
        /** @description A short number of a person or of a telephone of its own. */
        ExtensionCreate: {
            /** @description Short number that is dialled. */
            number: string;
            /** @description Who or what answers there. */
            name: string;
            /** @description The person whose device rings; none: a telephone of its own. */
            user?: string | null;
            /** @description User name with which a telephone of its own registers. */
            sip_login?: string | null;
            /** @description Password with which a telephone of its own registers. */
            sip_password?: string | null;
            /**
             * Format: int64
             * @description Seconds it rings before the call goes elsewhere.
             * @default 25
             */
            ring_timeout_s: number;
            /** @description Extension or number called when nobody answers, or it is busy. */
            forward_to?: string | null;
            /**
             * @description Whether callers nobody answers may leave a message.
             * @default false
             */
            has_voicemail: boolean;
            /** @description What callers hear before the tone; none: a spoken text. */
            greeting?: string | null;
            /**
             * Format: int64
             * @description Longest message in seconds.
             * @default 120
             */
            voicemail_max_s: number;
            /**
             * @description Whether its own telephone may call numbers outside; emergency numbers always.
             * @default false
             */
            may_dial_out: boolean;
            /**
             * @description Whether it can be called.
             * @default true
             */
            is_active: boolean;
        };
        /** @description A short number of a person or of a telephone of its own. */
        ExtensionPatch: {
            /** @description Short number that is dialled. */
            number?: string;
            /** @description Who or what answers there. */
            name?: string;
            /** @description The person whose device rings; none: a telephone of its own. */
            user?: string | null;
            /** @description User name with which a telephone of its own registers. */
            sip_login?: string | null;
            /** @description Password with which a telephone of its own registers. */
            sip_password?: string | null;
            /**
             * Format: int64
             * @description Seconds it rings before the call goes elsewhere.
             */
            ring_timeout_s?: number;
            /** @description Extension or number called when nobody answers, or it is busy. */
            forward_to?: string | null;
            /** @description Whether callers nobody answers may leave a message. */
            has_voicemail?: boolean;
            /** @description What callers hear before the tone; none: a spoken text. */
            greeting?: string | null;
            /**
             * Format: int64
             * @description Longest message in seconds.
             */
            voicemail_max_s?: number;
            /** @description Whether its own telephone may call numbers outside; emergency numbers always. */
            may_dial_out?: boolean;
            /** @description Whether it can be called. */
            is_active?: boolean;
        };
        /** @description One number that rings several people or telephones. */
        RingGroup: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description Short number that is dialled. */
            number: string;
            /** @description What people call the group. */
            name: string;
            /** @description People whose devices ring, in this order. */
            users: string[];
            /** @description Extensions that ring, in this order, after the people. */
            extensions: string[];
            /** @description Numbers outside that ring, in this order, after the extensions. */
            numbers: string[];
            /**
             * @description Whether all ring at once, one after the other, or beginning with the next each time.
             * @enum {string}
             */
            strategy: "ring_all" | "in_order" | "round_robin";
            /**
             * Format: int64
             * @description Seconds each of them rings; with ring_all, all of them.
             */
            ring_timeout_s: number;
            /**
             * @description What happens when nobody answers.
             * @enum {string}
             */
            then: "hang_up" | "voicemail" | "extension" | "queue";
            /** @description The extension, when that is what happens. */
            then_extension: string | null;
            /** @description The queue, when that is what happens. */
            then_queue: string | null;
            /** @description Whose voicemail messages of the group are; none: they are with the recordings. */
            voicemail_user: string | null;
            /** @description What callers hear before the tone of the voicemail. */
            greeting: string | null;
            /** @description Whether it can be called. */
            is_active: boolean;
        };
        RingGroupPage: {
            items: components["schemas"]["RingGroup"][];
            next_cursor: string | null;
        };
        /** @description One number that rings several people or telephones. */
        RingGroupCreate: {
            /** @description Short number that is dialled. */
            number: string;
            /** @description What people call the group. */
            name: string;
            /** @description People whose devices ring, in this order. */
            users?: string[];
            /** @description Extensions that ring, in this order, after the people. */
            extensions?: string[];
            /** @description Numbers outside that ring, in this order, after the extensions. */
            numbers?: string[];
            /**
             * @description Whether all ring at once, one after the other, or beginning with the next each time.
             * @default ring_all
             * @enum {string}
             */
            strategy: "ring_all" | "in_order" | "round_robin";
            /**
             * Format: int64
             * @description Seconds each of them rings; with ring_all, all of them.
             * @default 20
             */
            ring_timeout_s: number;
            /**
             * @description What happens when nobody answers.
             * @default hang_up
             * @enum {string}
             */
            then: "hang_up" | "voicemail" | "extension" | "queue";
            /** @description The extension, when that is what happens. */
            then_extension?: string | null;
            /** @description The queue, when that is what happens. */
            then_queue?: string | null;
            /** @description Whose voicemail messages of the group are; none: they are with the recordings. */
            voicemail_user?: string | null;
            /** @description What callers hear before the tone of the voicemail. */
            greeting?: string | null;
            /**
             * @description Whether it can be called.
             * @default true
             */
            is_active: boolean;
        };
        /** @description One number that rings several people or telephones. */
        RingGroupPatch: {
            /** @description Short number that is dialled. */
            number?: string;
            /** @description What people call the group. */
            name?: string;
            /** @description People whose devices ring, in this order. */
            users?: string[];
            /** @description Extensions that ring, in this order, after the people. */
            extensions?: string[];
            /** @description Numbers outside that ring, in this order, after the extensions. */
            numbers?: string[];
            /**
             * @description Whether all ring at once, one after the other, or beginning with the next each time.
             * @enum {string}
             */
            strategy?: "ring_all" | "in_order" | "round_robin";
            /**
             * Format: int64
             * @description Seconds each of them rings; with ring_all, all of them.
             */
            ring_timeout_s?: number;
            /**
             * @description What happens when nobody answers.
             * @enum {string}
             */
            then?: "hang_up" | "voicemail" | "extension" | "queue";
            /** @description The extension, when that is what happens. */
            then_extension?: string | null;
            /** @description The queue, when that is what happens. */
            then_queue?: string | null;
            /** @description Whose voicemail messages of the group are; none: they are with the recordings. */
            voicemail_user?: string | null;
            /** @description What callers hear before the tone of the voicemail. */
            greeting?: string | null;
            /** @description Whether it can be called. */
            is_active?: boolean;
        };
        /** @description What callers hear and may choose, step by step. */
        Flow: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What people call the flow. */
            name: string;
            /** @description The flow's nodes, as docs/flow.md describes them. */
            document: components["schemas"]["FlowDocument"];
            /**
             * Format: int64
             * @description Counts up with each change of the document.
             */
            published_version: number | null;
        };
        FlowPage: {
            items: components["schemas"]["Flow"][];
            next_cursor: string | null;
        };
        /** @description What callers hear and may choose, step by step. */
        FlowCreate: {
            /** @description What people call the flow. */
            name: string;
            /** @description The flow's nodes, as docs/flow.md describes them. */
            document: components["schemas"]["FlowDocument"];
        };
        /** @description What callers hear and may choose, step by step. */
        FlowPatch: {
            /** @description What people call the flow. */
            name?: string;
            /** @description The flow's nodes, as docs/flow.md describes them. */
            document?: components["schemas"]["FlowDocument"];
        };
        /** @description A number callers dial, and where it leads. */
        Number: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What is dialled: "+98...", short digits, or a SIP user name. */
            number: string;
            /** @description What people call the number. */
            name: string | null;
            /** @description Flow the caller enters; either this or one of the next three. */
            flow: string | null;
            /** @description Queue the caller enters. */
            queue: string | null;
            /** @description Extension that rings. */
            extension: string | null;
            /** @description Ring group that rings. */
            ring_group: string | null;
            /** @description Only calls from this trunk; none means any. */
            trunk: string | null;
            /**
             * @description Language the caller hears first.
             * @enum {string}
             */
            language: "fa" | "ar" | "zh" | "en";
            /** @description Queue of messages that faxes to this number go to. With a flow or a queue, too: a fax is recognised by its tone. Alone: the number is a fax line. */
            fax_queue: string | null;
            /** @description Whether calls to the number are taken. */
            is_active: boolean;
            /** @description Whether customers may call it from a page: /visit/ and the number. */
            is_web: boolean;
            /** @description Whether camera and screen may be shown in calls from a page. */
            has_video: boolean;
        };
        NumberPage: {
            items: components["schemas"]["Number"][];
            next_cursor: string | null;
        };
        /** @description A number callers dial, and where it leads. */
        NumberCreate: {
            /** @description What is dialled: "+98...", short digits, or a SIP user name. */
            number: string;
            /** @description What people call the number. */
            name?: string | null;
            /** @description Flow the caller enters; either this or one of the next three. */
            flow?: string | null;
            /** @description Queue the caller enters. */
            queue?: string | null;
            /** @description Extension that rings. */
            extension?: string | null;
            /** @description Ring group that rings. */
            ring_group?: string | null;
            /** @description Only calls from this trunk; none means any. */
            trunk?: string | null;
            /**
             * @description Language the caller hears first.
             * @default en
             * @enum {string}
             */
            language: "fa" | "ar" | "zh" | "en";
            /** @description Queue of messages that faxes to this number go to. With a flow or a queue, too: a fax is recognised by its tone. Alone: the number is a fax line. */
            fax_queue?: string | null;
            /**
             * @description Whether calls to the number are taken.
             * @default true
             */
            is_active: boolean;
            /**
             * @description Whether customers may call it from a page: /visit/ and the number.
             * @default false
             */
            is_web: boolean;
            /**
             * @description Whether camera and screen may be shown in calls from a page.
             * @default false
             */
            has_video: boolean;
        };
        /** @description A number callers dial, and where it leads. */
        NumberPatch: {
            /** @description What is dialled: "+98...", short digits, or a SIP user name. */
            number?: string;
            /** @description What people call the number. */
            name?: string | null;
            /** @description Flow the caller enters; either this or one of the next three. */
            flow?: string | null;
            /** @description Queue the caller enters. */
            queue?: string | null;
            /** @description Extension that rings. */
            extension?: string | null;
            /** @description Ring group that rings. */
            ring_group?: string | null;
            /** @description Only calls from this trunk; none means any. */
            trunk?: string | null;
            /**
             * @description Language the caller hears first.
             * @enum {string}
             */
            language?: "fa" | "ar" | "zh" | "en";
            /** @description Queue of messages that faxes to this number go to. With a flow or a queue, too: a fax is recognised by its tone. Alone: the number is a fax line. */
            fax_queue?: string | null;
            /** @description Whether calls to the number are taken. */
            is_active?: boolean;
            /** @description Whether customers may call it from a page: /visit/ and the number. */
            is_web?: boolean;
            /** @description Whether camera and screen may be shown in calls from a page. */
            has_video?: boolean;
        };
        /** @description A person or company that contacts the house. */
        Customer: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description The customer's name. */
            name: string;
            /** @description Numbers the customer calls from, as +98.... */
            numbers: string[];
            /** @description The customer's e-mail address. */
            email: string | null;
            /**
             * @description Language the customer wants to hear.
             * @enum {string|null}
             */
            language: "fa" | "ar" | "zh" | "en" | null;
            /** @description What colleagues should know. */
            notes: string | null;
            /** @description Whether the customer is to be treated with priority. */
            is_vip: boolean;
            /**
             * Format: int64
             * @description What the customer is worth to the house: each point is a head start in the queue.
             */
            value: number;
            /** @description Who looks after the customer. */
            account_owner: string | null;
            /** @description People who are not offered this customer, like after a complaint. */
            excluded_agents: string[];
            /** @description Legal hold: nothing of this customer is erased or removed by age. */
            is_kept: boolean;
        };
        CustomerPage: {
            items: components["schemas"]["Customer"][];
            next_cursor: string | null;
        };
        /** @description A person or company that contacts the house. */
        CustomerCreate: {
            /** @description The customer's name. */
            name: string;
            /** @description Numbers the customer calls from, as +98.... */
            numbers?: string[];
            /** @description The customer's e-mail address. */
            email?: string | null;
            /**
             * @description Language the customer wants to hear.
             * @enum {string|null}
             */
            language?: "fa" | "ar" | "zh" | "en" | null;
            /** @description What colleagues should know. */
            notes?: string | null;
            /**
             * @description Whether the customer is to be treated with priority.
             * @default false
             */
            is_vip: boolean;
            /**
             * Format: int64
             * @description What the customer is worth to the house: each point is a head start in the queue.
             * @default 0
             */
            value: number;
            /** @description Who looks after the customer. */
            account_owner?: string | null;
            /** @description People who are not offered this customer, like after a complaint. */
            excluded_agents?: string[];
            /**
             * @description Legal hold: nothing of this customer is erased or removed by age.
             * @default false
             */
            is_kept: boolean;
        };
        /** @description A person or company that contacts the house. */
        CustomerPatch: {
            /** @description The customer's name. */
            name?: string;
            /** @description Numbers the customer calls from, as +98.... */
            numbers?: string[];
            /** @description The customer's e-mail address. */
            email?: string | null;
            /**
             * @description Language the customer wants to hear.
             * @enum {string|null}
             */
            language?: "fa" | "ar" | "zh" | "en" | null;
            /** @description What colleagues should know. */
            notes?: string | null;
            /** @description Whether the customer is to be treated with priority. */
            is_vip?: boolean;
            /**
             * Format: int64
             * @description What the customer is worth to the house: each point is a head start in the queue.
             */
            value?: number;
            /** @description Who looks after the customer. */
            account_owner?: string | null;
            /** @description People who are not offered this customer, like after a complaint. */
            excluded_agents?: string[];
            /** @description Legal hold: nothing of this customer is erased or removed by age. */
            is_kept?: boolean;
        };
        /** @description A short program that says how a contact about to enter a queue is treated. */
        BusinessRule: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What people call the rule; it is shown where it applied. */
            name: string;
            /** @description What the rule is for. */
            description: string | null;
            /**
             * Format: int64
             * @description Rules run in this order, the lowest first; the older one first where it is the same.
             */
            position: number;
            /** @description Whether the rule runs. */
            is_active: boolean;
            /** @description The rule in Lua, as docs/rules.md describes it. */
            text: string;
        };
        BusinessRulePage: {
            items: components["schemas"]["BusinessRule"][];
            next_cursor: string | null;
        };
        /** @description A short program that says how a contact about to enter a queue is treated. */
        BusinessRuleCreate: {
            /** @description What people call the rule; it is shown where it applied. */
            name: string;
            /** @description What the rule is for. */
            description?: string | null;
            /**
             * Format: int64
             * @description Rules run in this order, the lowest first; the older one first where it is the same.
             * @default 100
             */
            position: number;
            /**
             * @description Whether the rule runs.
             * @default true
             */
            is_active: boolean;
            /** @description The rule in Lua, as docs/rules.md describes it. */
            text: string;
        };
        /** @description A short program that says how a contact about to enter a queue is treated. */
        BusinessRulePatch: {
            /** @description What people call the rule; it is shown where it applied. */
            name?: string;
            /** @description What the rule is for. */
            description?: string | null;
            /**
             * Format: int64
             * @description Rules run in this order, the lowest first; the older one first where it is the same.
             */
            position?: number;
            /** @description Whether the rule runs. */
            is_active?: boolean;
            /** @description The rule in Lua, as docs/rules.md describes it. */
            text?: string;
        };
        /** @description A recorder of others that calls are sent to (SIPREC). */
        Recorder: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What people call the recorder. */
            name: string;
            /** @description Where recording sessions go: sip:recorder@host:port; add ;transport=tcp when it can, the messages are large. */
            uri: string;
            /** @description Calls of these queues are sent; none means all calls. */
            queues: string[];
            /**
             * Format: int64
             * @description How many of these calls are sent.
             */
            percent: number;
            /** @description Whether it is used. */
            is_enabled: boolean;
        };
        RecorderPage: {
            items: components["schemas"]["Recorder"][];
            next_cursor: string | null;
        };
        /** @description A recorder of others that calls are sent to (SIPREC). */
        RecorderCreate: {
            /** @description What people call the recorder. */
            name: string;
            /** @description Where recording sessions go: sip:recorder@host:port; add ;transport=tcp when it can, the messages are large. */
            uri: string;
            /** @description Calls of these queues are sent; none means all calls. */
            queues?: string[];
            /**
             * Format: int64
             * @description How many of these calls are sent.
             * @default 100
             */
            percent: number;
            /**
             * @description Whether it is used.
             * @default true
             */
            is_enabled: boolean;
        };
        /** @description A recorder of others that calls are sent to (SIPREC). */
        RecorderPatch: {
            /** @description What people call the recorder. */
            name?: string;
            /** @description Where recording sessions go: sip:recorder@host:port; add ;transport=tcp when it can, the messages are large. */
            uri?: string;
            /** @description Calls of these queues are sent; none means all calls. */
            queues?: string[];
            /**
             * Format: int64
             * @description How many of these calls are sent.
             */
            percent?: number;
            /** @description Whether it is used. */
            is_enabled?: boolean;
        };
        /** @description Trunks that stand in for each other, and the numbers they dial. */
        TrunkGroup: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            updated_at: number;
            /** @description What people call the group. */
            name: string;
            /** @description Beginnings of numbers it dials, like +98; of several groups the longest beginning that fits decides; none means all numbers no other group names. */
            prefixes: string[];
            /** @description Trunks the calls go over, in this order; when one fails, the next is tried. */
            trunks: string[];
            /**
             * @description Who goes first: as listed, in the proportion of the trunks' weights, or the cheapest for the number.
             * @enum {string}
             */
            strategy: "in_order" | "weighted" | "least_cost";
            /** @description Whether the group is used. */
            is_enabled: boolean;
        };
        TrunkGroupPage: {
            items: components["schemas"]["TrunkGroup"][];
            next_cursor: string | null;
        };
        /** @description Trunks that stand in for each other, and the numbers they dial. */
        TrunkGroupCreate: {
            /** @description What people call the group. */
            name: string;
            /** @description Beginnings of numbers it dials, like +98; of several groups the longest beginning that fits decides; none means all numbers no other group names. */
            prefixes?: string[];
            /** @description Trunks the calls go over, in this order; when one fails, the next is tried. */
            trunks?: string[];
            /**
             * @description Who goes first: as listed, in the proportion of the trunks' weights, or the cheapest for the number.
             * @default in_order
             * @enum {string}
             */
            strategy: "in_order" | "weighted" | "least_cost";
            /**
             * @description Whether the group is used.
             * @default true
             */
            is_enabled: boolean;
        };
        /** @description Trunks that stand in for each other, and the numbers they dial. */
        TrunkGroupPatch: {
            /** @description What people call the group. */
            name?: string;
            /** @description Beginnings of numbers it dials, like +98; of several groups the longest beginning that fits decides; none means all numbers no other group names. */
            prefixes?: string[];
            /** @description Trunks the calls go over, in this order; when one fails, the next is tried. */
            trunks?: string[];
            /**
             * @description Who goes first: as listed, in the proportion of the trunks' weights, or the cheapest for the number.
             * @enum {string}
             */
            strategy?: "in_order" | "weighted" | "least_cost";
            /** @description Whether the group is used. */
            is_enabled?: boolean;
        };
        KpiCounts: {
            /** Format: int64 */
            offered: number;
            /** Format: int64 */
            answered: number;
            /** Format: int64 */
            answered_in_level: number;
            /** Format: int64 */
            abandoned: number;
            /** Format: int64 */
            abandoned_in_level: number;
            /** Format: int64 */
            short_abandoned: number;
            /** Format: int64 */
            overflowed_out: number;
            /** Format: int64 */
            waiting_at_start: number;
            /** Format: int64 */
            waiting_now: number;
            /** Format: int64 */
            wait_answered_ms: number;
            /** Format: int64 */
            wait_all_ms: number;
            /** Format: int64 */
            wait_max_ms: number;
            /** Format: int64 */
            ring_ms: number;
            /** Format: int64 */
            talk_ms: number;
            /** Format: int64 */
            hold_ms: number;
            /** Format: int64 */
            acw_ms: number;
            /** Format: int64 */
            handled: number;
            /** Format: int64 */
            held: number;
            /** Format: int64 */
            transferred: number;
            /** Format: int64 */
            transferred_warm: number;
            /** Format: int64 */
            consults: number;
            /** Format: int64 */
            consulted: number;
            /** Format: int64 */
            consult_ms: number;
            /** Format: int64 */
            conferenced: number;
            /** Format: int64 */
            offers: number;
            /** Format: int64 */
            offers_missed: number;
            /** Format: int64 */
            blocked: number;
            /** Format: int64 */
            attempts: number;
            /** Format: int64 */
            outbound_calls: number;
            /** Format: int64 */
            outbound_answered: number;
            /** Format: int64 */
            outbound_talk_ms: number;
            /** Format: int64 */
            logged_in_ms: number;
            /** Format: int64 */
            available_ms: number;
            /** Format: int64 */
            break_ms: number;
            /** Format: int64 */
            not_responding_ms: number;
            /** Format: int64 */
            announced: number;
            asa: number | null;
            avg_time_in_queue: number | null;
            abandon_rate: number | null;
            blocked_rate: number | null;
            aht: number | null;
            talk_time: number | null;
            occupancy: number | null;
            utilisation: number | null;
            transfer_rate: number | null;
            hold_rate: number | null;
            consult_rate: number | null;
            ewt_error_abs_ms: number | null;
            ewt_bias_ms: number | null;
            service_levels: {
                sl_default: number | null;
                sl_answered: number | null;
                sl_abandon_positive: number | null;
                sl_strict: number | null;
                sl_flow: number | null;
                sl_early_out: number | null;
            };
        };
        QueueKpis: components["schemas"]["KpiCounts"] & {
            queue: string;
        };
        AgentKpis: components["schemas"]["KpiCounts"] & {
            agent: string;
        };
        Kpis: {
            /** Format: int64 */
            from_at: number;
            /** Format: int64 */
            to_at: number;
            all: components["schemas"]["KpiCounts"];
            queues: components["schemas"]["QueueKpis"][];
            agents: components["schemas"]["AgentKpis"][];
        };
        KpiDefinitions: {
            [key: string]: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    get_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MePatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_tokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_tokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenShown"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_tokens_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_flows_check: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FlowCheck"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowIssues"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_business_rules_check: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleCheck"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleIssues"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_business_rules_failures: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleFailures"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_business_rules_try: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleTry"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleResult"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_prompts_id_audio: {
        parameters: {
            query?: {
                language?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/wav": string;
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_prompts_id_audio: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "audio/wav": string;
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_prompts_preview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptPreview"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/wav": string;
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_interactions: {
        parameters: {
            query?: {
                from_at?: number;
                to_at?: number;
                queue?: string;
                agent?: string;
                search?: string;
                result?: string;
                direction?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InteractionPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_interactions: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContactOpen"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactOpened"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_interactions_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InteractionDetail"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_calls: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CallCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallCreated"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_trunks_id_state: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LiveTrunk"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_trunks_id_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrunkTest"];
            };
        };
        responses: {
            /** @description OK */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LiveTrunk"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_interactions_id_messages: {
        parameters: {
            query?: {
                before?: number;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageList"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_interactions_id_messages: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContactWrite"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactWritten"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_interactions_id_end: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContactEnd"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactEnded"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_interactions_id_vcon: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vcon+json": string;
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_interactions_id_keep: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InteractionKeep"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_people: {
        parameters: {
            query?: {
                customer?: string;
                address?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonFound"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_people_export: {
        parameters: {
            query?: {
                customer?: string;
                address?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonExport"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_people_erase: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonErase"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonErased"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_interactions_id_decisions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decisions"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_events: {
        parameters: {
            query?: {
                after_seq?: number;
                limit?: number;
                wait_s?: number;
                types?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/cloudevents-batch+json": string;
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_recordings_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recording"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_recordings_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_recordings_id_hold: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecordingHold"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_recordings_id_audio: {
        parameters: {
            query?: {
                format?: string;
                channel?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/wav": string;
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_interactions_id_recording: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecordingAct"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordingState"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_recordings_id_waveform: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Waveform"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_voicemails_greeting: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/wav": string;
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_voicemails_greeting: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "audio/wav": string;
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_voicemails_greeting: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_voicemails: {
        parameters: {
            query?: {
                state?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VoicemailPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_voicemails_id_audio: {
        parameters: {
            query?: {
                format?: string;
                channel?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/wav": string;
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_voicemails_id_waveform: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Waveform"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_voicemails_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_voicemails_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VoicemailChange"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_voicemails_id_forward: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VoicemailForward"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_blocks: {
        parameters: {
            query?: {
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlockList"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_blocks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BlockCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Block"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_blocks_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_faxes: {
        parameters: {
            query?: {
                direction?: string;
                state?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaxPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_faxes: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FaxCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaxCreated"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_faxes_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fax"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_faxes_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_faxes_id_pdf: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_faxes_id_tiff: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/tiff": string;
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_faxes_id_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_kpis: {
        parameters: {
            query?: {
                from_at?: number;
                to_at?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Kpis"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_kpis_definitions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KpiDefinitions"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_audit: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_openapi_json: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenApi"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_settings: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_settings_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Setting"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_settings_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Setting"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_skills: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_skills: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SkillCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Skill"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_skills_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Skill"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_skills_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_skills_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SkillPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Skill"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_teams: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_teams: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_teams_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_teams_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_teams_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_break_reasons: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BreakReasonPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_break_reasons: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BreakReasonCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BreakReason"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_break_reasons_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BreakReason"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_break_reasons_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_break_reasons_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BreakReasonPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BreakReason"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_dispositions: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DispositionPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_dispositions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DispositionCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Disposition"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_dispositions_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Disposition"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_dispositions_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_dispositions_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DispositionPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Disposition"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_prompts: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_prompts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_prompts_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_prompts_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_prompts_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_hours: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HoursPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_hours: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HoursCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hours"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_hours_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hours"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_hours_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_hours_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HoursPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hours"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_trunks: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_trunks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrunkCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trunk"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_trunks_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trunk"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_trunks_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_trunks_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrunkPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trunk"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_capacity_profiles: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CapacityProfilePage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_capacity_profiles: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CapacityProfileCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CapacityProfile"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_capacity_profiles_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CapacityProfile"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_capacity_profiles_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_capacity_profiles_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CapacityProfilePatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CapacityProfile"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_caller_ids: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallerIdPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_caller_ids: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CallerIdCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallerId"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_caller_ids_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallerId"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_caller_ids_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_caller_ids_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CallerIdPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallerId"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_users: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_users: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_users_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_users_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_users_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_queues: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuePage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_queues: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueueCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_queues_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_queues_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_queues_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueuePatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_extensions: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExtensionPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_extensions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExtensionCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Extension"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_extensions_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Extension"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_extensions_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_extensions_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExtensionPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Extension"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_ring_groups: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RingGroupPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_ring_groups: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RingGroupCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RingGroup"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_ring_groups_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RingGroup"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_ring_groups_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_ring_groups_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RingGroupPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RingGroup"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_flows: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_flows: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FlowCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flow"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_flows_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flow"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_flows_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_flows_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FlowPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flow"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_numbers: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NumberPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_numbers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NumberCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Number"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_numbers_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Number"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_numbers_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_numbers_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NumberPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Number"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_customers: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_customers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CustomerCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Customer"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_customers_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Customer"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_customers_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_customers_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CustomerPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Customer"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_business_rules: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BusinessRulePage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_business_rules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BusinessRuleCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BusinessRule"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_business_rules_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BusinessRule"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_business_rules_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_business_rules_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BusinessRulePatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BusinessRule"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_recorders: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecorderPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_recorders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecorderCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recorder"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_recorders_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recorder"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_recorders_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_recorders_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecorderPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recorder"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_trunk_groups: {
        parameters: {
            query?: {
                search?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkGroupPage"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_trunk_groups: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrunkGroupCreate"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkGroup"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_trunk_groups_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkGroup"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_trunk_groups_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patch_trunk_groups_id: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrunkGroupPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkGroup"];
                };
            };
            /** @description What went wrong and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
