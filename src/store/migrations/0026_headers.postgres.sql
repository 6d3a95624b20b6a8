-- Whose word a trunk's is: P-Asserted-Identity believed, forwarded calls named (docs/sip.md).
ALTER TABLE "trunk" ADD COLUMN is_identity_believed BIGINT DEFAULT 1;
ALTER TABLE "trunk" ADD COLUMN is_diversion_sent BIGINT DEFAULT 0;
