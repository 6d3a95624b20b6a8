-- Encrypted media of trunks and telephones (docs/internals/transport.md): off, optional, required.
ALTER TABLE "trunk" ADD COLUMN srtp TEXT DEFAULT 'off';
ALTER TABLE "user" ADD COLUMN srtp TEXT DEFAULT 'off';
