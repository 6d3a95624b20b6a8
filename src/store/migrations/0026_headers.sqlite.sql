-- Whose word a trunk's is: P-Asserted-Identity believed, forwarded calls named (docs/sip.md).
ALTER TABLE "trunk" ADD COLUMN is_identity_believed INTEGER DEFAULT 1;
ALTER TABLE "trunk" ADD COLUMN is_diversion_sent INTEGER DEFAULT 0;
