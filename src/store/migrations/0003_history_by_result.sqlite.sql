-- "All voicemails", "all abandoned": rare results are found without walking through every contact.
CREATE INDEX interaction_by_result ON interaction (tenant, result, started_ms, id);
