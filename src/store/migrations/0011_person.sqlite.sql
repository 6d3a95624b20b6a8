-- Filled in by the part that needs it.
SELECT 1;
